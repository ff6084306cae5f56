//! What `wharf fetch` does.
//!
//! | file | what it holds |
//! |---|---|
//! | `args.rs` | its flags and help |
//! | `url.rs` | the URL, as a person writes it |
//! | `field.rs` | a field of the request, as it is given |
//! | `request.rs` | the request: method, fields, content |
//! | `upload.rs` | content that is sent as it is read |
//! | `client.rs` | the client: trust, route, times |
//! | `resolve.rs` | addresses that are known beforehand |
//! | `heads.rs` | heads as text |
//! | `again.rs` | what is told of further attempts |
//! | `explain/` | how it went, layer by layer |
//! | `output.rs` | where the content goes |
//! | `progress.rs` | how far a download is |
//! | `failure.rs` | exit status and hints |

mod again;
pub(crate) mod args;
mod client;
pub(crate) mod explain;
mod failure;
mod field;
mod heads;
mod output;
mod progress;
mod request;
mod resolve;
mod upload;
mod url;

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;

use http::header::LOCATION;
use http::response::Parts;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use wharf_http::{Client, Incoming};

pub(crate) use args::Fetch;
pub(crate) use explain::Explaining;
pub(crate) use failure::{Class, Failure};

use explain::Recorder;
use heads::Heads;
use output::Output;
use progress::Progress;

use crate::serve::printable;

/// Asks, and writes the answer where it shall go. `explaining` is told how it goes.
pub(crate) async fn fetch(args: &Fetch, explaining: Option<&Explaining>) -> Result<(), Failure> {
    let recorder = explaining.map(Explaining::recorder);
    let url = url::parse(args.url.as_deref().unwrap_or_default())?;
    let mut output = Output::open(&args.output, &url, explaining.is_none()).await?;
    let mut config = client::config(args, &url)?;
    // What was read into memory may go behind a redirect or into another attempt; it is not copied for that.
    config.replay_bytes_max = request::DATA_BYTES_MAX as usize;
    let mut request = request::build(&args.request, url).await?;
    let heads = Heads::listen(args, recorder, &mut request);

    let (request, mut sending) = if shows_upload(args) {
        Progress::of_upload(request)
    } else {
        (request, Progress::none())
    };
    if let Some(recorder) = recorder {
        recorder.begin(request.method(), request.uri());
    }
    let sent = Client::new(config).send(request);
    let response = Box::pin(sending.during(sent)).await?;
    drop(sending);
    output.write_heads(&heads.take()).await?;
    let (head, mut content) = response.into_parts();
    if args.output.fail && (head.status.is_client_error() || head.status.is_server_error()) {
        return Err(refused(&head));
    }
    if args.request.location && leads_elsewhere(&head) {
        return Err(stays_behind(&head));
    }
    let progress = if args.output.silent || output.is_terminal() {
        Progress::none()
    } else {
        Progress::new(content.size_hint().exact())
    };
    if let Some(recorder) = recorder {
        recorder.receive(output.place());
    }
    copy(args, recorder, &mut content, &mut output, progress).await?;
    if let Some(recorder) = recorder {
        recorder.received_all();
    }
    output.finish().await
}

/// What is told of heads and of further attempts would come between, and so would what a person types.
fn shows_upload(args: &Fetch) -> bool {
    let is_typed = |file: &Path| file == Path::new("-") && io::stdin().is_terminal();
    let file = args.request.upload_file.as_deref();
    let is_told = args.output.verbose || args.request.retry > 0;
    file.is_some_and(|file| !is_typed(file)) && !args.output.silent && !is_told
}

fn refused(head: &Parts) -> Failure {
    let error = anyhow::anyhow!("the server answered {}", head.status);
    Failure::new(Class::Status, error)
}

/// Whether a response is a redirect that a client follows, if it can.
fn leads_elsewhere(head: &Parts) -> bool {
    let is_one = matches!(head.status.as_u16(), 301 | 302 | 303 | 307 | 308);
    is_one && head.headers.contains_key(LOCATION)
}

/// The only reason for which one is not followed and is no error to the client.
fn stays_behind(head: &Parts) -> Failure {
    let place = head.headers.get(LOCATION);
    let place = printable(place.map_or(&b""[..], |place| place.as_bytes()));
    let error = anyhow::anyhow!("redirected to {place}, and the content that was sent is not kept");
    Failure::new(Class::Redirect, error).hint("send it there")
}

/// Writes content as it comes, and takes no more of it than is written.
async fn copy(
    args: &Fetch,
    recorder: Option<&Arc<Recorder>>,
    content: &mut Incoming,
    output: &mut Output,
    mut progress: Progress,
) -> Result<(), Failure> {
    while let Some(frame) = progress.during(content.frame()).await {
        match frame?.into_data() {
            Ok(data) => {
                if let Some(recorder) = recorder {
                    recorder.received(data.len());
                }
                output.write(&data).await?;
                progress.add(data.len());
            }
            Err(frame) => {
                if let Ok(trailers) = frame.into_trailers() {
                    heads::tell_trailers(args, &trailers);
                }
            }
        }
    }
    Ok(())
}
