//! A server that gives back what it gets, for tests and for speed runs:
//!
//! ```text
//! cargo run --release -p wharf-http --example http_echo -- --listen 127.0.0.1:8080
//! ```
//!
//! It has the defaults of [`ServerConfig`] but for what a mode needs: `--report` asks for the heads as they were
//! received, and `--hello` lifts the bound on content, so that an upload may have any length.

use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use data_encoding::BASE64;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Either, Full};
use serde_json::json;
use wharf_http::h1::RawHead;
use wharf_http::{HttpService, Incoming, Server, ServerConfig, service_fn};
use wharf_net::{Bind, Drain, Endpoint, Listener, ShutdownSignal};
use wharf_tls::{Identity, ServerTls, ServerTlsOptions};

const USAGE: &str = "\
usage: http_echo --listen ENDPOINT [--tls CERTIFICATES KEY] [--report | --hello]

Prints its URL when it is ready; port 0 takes a free one. Ends at SIGINT or SIGTERM, after what is under way.

Any request is answered with 200 and its own content. Content is collected first, so that half of it never gets a 200.
The one exception is CONNECT: this is no proxy, and says 501.

--tls      speaks HTTPS with the certificate chain and the private key in these PEM files
--report   answers with a JSON object that says what was received: method, target, uri, version, fields, body (base64),
           trailers. Octets that are not UTF-8 are written as \\xNN.
--hello    answers GET / with `Hello, World!`, GET /dl/N with N bytes, GET /dlc/N with as many in chunks, and POST /up
           with the number of bytes it was sent. Content of any length is taken.
";

#[tokio::main]
pub(crate) async fn main() -> ExitCode {
    match Args::parse(std::env::args().skip(1)) {
        Some(args) => match run(args).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("http_echo: {error}");
                ExitCode::FAILURE
            }
        },
        None => {
            eprint!("{USAGE}");
            ExitCode::FAILURE
        }
    }
}

struct Args {
    listen: String,
    /// The files of the chain and of the key.
    tls: Option<(String, String)>,
    mode: Mode,
}

#[derive(Clone, Copy)]
enum Mode {
    Echo,
    Report,
    Hello,
}

impl Args {
    fn parse(mut args: impl Iterator<Item = String>) -> Option<Self> {
        let (mut listen, mut tls, mut mode) = (None, None, Mode::Echo);
        while let Some(arg) = args.next() {
            match (arg.as_str(), mode) {
                ("--listen", _) => listen = Some(args.next()?),
                ("--tls", _) => tls = Some((args.next()?, args.next()?)),
                ("--report", Mode::Echo) => mode = Mode::Report,
                ("--hello", Mode::Echo) => mode = Mode::Hello,
                _ => return None,
            }
        }
        let listen = listen?;
        Some(Self { listen, tls, mode })
    }
}

async fn run(args: Args) -> Result<(), Box<dyn Error>> {
    let mut config = ServerConfig::default();
    match args.mode {
        Mode::Echo => serve(service_fn(echo), config, &args).await,
        Mode::Report => {
            config.raw_head = true;
            serve(service_fn(report), config, &args).await
        }
        Mode::Hello => {
            config.limits.content_bytes_max = None;
            serve(service_fn(hello), config, &args).await
        }
    }
}

async fn serve(
    service: impl HttpService + Sync,
    config: ServerConfig,
    args: &Args,
) -> Result<(), Box<dyn Error>> {
    let mut server = Server::new(service).config(config);
    let mut scheme = "http";
    if let Some((chain, key)) = &args.tls {
        let identity = Identity::from_pem(&std::fs::read(chain)?, &std::fs::read(key)?)?;
        server = server.tls(ServerTls::new(identity, &ServerTlsOptions::default())?);
        scheme = "https";
    }
    let endpoint: Endpoint = args.listen.parse()?;
    let listener = Listener::bind(&endpoint, &Bind::default()).await?;
    let mut signal = ShutdownSignal::new()?;
    #[expect(clippy::print_stdout, reason = "the address is this program's output")]
    {
        println!("{scheme}://{}/", listener.local_addr());
    }

    let drain = Drain::new();
    let server = server.serve(listener, drain.clone());
    let stop = async {
        signal.recv().await;
        drain.begin(Duration::from_secs(5));
    };
    let (served, ()) = tokio::join!(server, stop);
    eprintln!("{:?}", served?);
    Ok(())
}

type Content = Either<Full<Bytes>, Filler>;

async fn echo(request: Request<Incoming>) -> Result<Response<Content>, wharf_http::Error> {
    if request.method() == Method::CONNECT {
        return Ok(not_a_proxy());
    }
    let content = request.into_body().collect().await?.to_bytes();
    Ok(answer("application/octet-stream", content))
}

async fn report(request: Request<Incoming>) -> Result<Response<Content>, wharf_http::Error> {
    if request.method() == Method::CONNECT {
        return Ok(not_a_proxy());
    }
    let (head, body) = request.into_parts();
    let body = body.collect().await?;
    let raw = head.extensions.get::<RawHead>();
    let fields = raw.into_iter().flat_map(RawHead::field_lines);
    let trailers = body
        .trailers()
        .into_iter()
        .flat_map(HeaderMap::iter)
        .map(|(name, value)| [name.to_string(), text(value.as_bytes())])
        .collect::<Vec<_>>();
    let report = json!({
        "method": head.method.as_str(),
        "target": raw.map(|raw| text(raw.target())),
        "uri": head.uri.to_string(),
        "version": format!("{:?}", head.version),
        "fields": fields.map(|(name, value)| [text(name), text(value)]).collect::<Vec<_>>(),
        "body": BASE64.encode(&body.to_bytes()),
        "trailers": trailers,
    });
    Ok(answer("application/json", report.to_string()))
}

async fn hello(request: Request<Incoming>) -> Result<Response<Content>, wharf_http::Error> {
    const PLAIN: &str = "text/plain";
    let (head, mut body) = request.into_parts();
    let path = head.uri.path();
    let filler = |prefix| path.strip_prefix(prefix)?.parse().ok();
    match head.method {
        Method::GET | Method::HEAD if path == "/" => Ok(answer(PLAIN, "Hello, World!")),
        Method::GET | Method::HEAD => {
            let filler = match (filler("/dl/"), filler("/dlc/")) {
                (Some(left), _) => Filler { left, says: true },
                (_, Some(left)) => Filler { left, says: false },
                _ => return Ok(refusal(StatusCode::NOT_FOUND)),
            };
            Ok(response("application/octet-stream", Either::Right(filler)))
        }
        Method::POST if path == "/up" => {
            let mut length = 0;
            while let Some(frame) = body.frame().await {
                length += frame?.data_ref().map_or(0, Bytes::len);
            }
            Ok(answer(PLAIN, length.to_string()))
        }
        _ => Ok(refusal(StatusCode::NOT_FOUND)),
    }
}

/// A 2xx would make the connection a tunnel.
fn not_a_proxy() -> Response<Content> {
    refusal(StatusCode::NOT_IMPLEMENTED)
}

fn refusal(status: StatusCode) -> Response<Content> {
    let mut refusal = answer("text/plain", format!("{status}\n"));
    *refusal.status_mut() = status;
    refusal
}

fn answer(media_type: &'static str, content: impl Into<Bytes>) -> Response<Content> {
    response(media_type, Either::Left(Full::new(content.into())))
}

fn response(media_type: &'static str, content: Content) -> Response<Content> {
    let mut response = Response::new(content);
    let media_type = HeaderValue::from_static(media_type);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// Octets as text, those that are not UTF-8 as `\xNN`.
fn text(octets: &[u8]) -> String {
    let mut text = String::new();
    for chunk in octets.utf8_chunks() {
        text.push_str(chunk.valid());
        for octet in chunk.invalid() {
            text.push_str(&format!("\\x{octet:02x}"));
        }
    }
    text
}

/// Content that means nothing.
struct Filler {
    left: u64,
    /// Says beforehand how long it is, so that it is framed by `Content-Length`; otherwise in chunks.
    says: bool,
}

static FILLING: [u8; 64 * 1024] = [b'x'; 64 * 1024];

impl Body for Filler {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length =
            usize::try_from(self.left).map_or(FILLING.len(), |left| left.min(FILLING.len()));
        if length == 0 {
            return Poll::Ready(None);
        }
        self.left -= length as u64;
        let piece = Bytes::from_static(&FILLING[..length]);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        if self.says {
            SizeHint::with_exact(self.left)
        } else {
            SizeHint::default()
        }
    }
}
