//! Heads as text: for `-v` on stderr, for `-i` and `-I` among the output, for `--explain`.

use std::sync::{Arc, Mutex};

use http::{HeaderMap, Request, StatusCode, response};
use wharf_http::h1::{InvalidStatus, ReasonPhrase};
use wharf_http::{Progress, on_progress};

use super::again::Again;
use super::args::Fetch;
use super::explain::Recorder;
use super::field::is_secret;
use crate::serve::printable;
use crate::ui;

/// Whether credentials are told. What people paste into reports has none in it unless they want that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credentials {
    LeftOut,
    Shown,
}

/// The heads of the answers that are to be printed, as far as they have not been.
#[derive(Clone, Debug, Default)]
pub(super) struct Heads(Arc<Mutex<Vec<u8>>>);

impl Heads {
    /// Listens to what happens to this request, for the flags and for `recorder`.
    pub(super) fn listen<B>(
        args: &Fetch,
        recorder: Option<&Arc<Recorder>>,
        request: &mut Request<B>,
    ) -> Self {
        let heads = Self::default();
        let is_told = args.output.verbose;
        let is_kept = args.output.include || args.request.head;
        let again = (args.request.retry > 0 && !args.output.silent).then(Again::default);
        if is_told || is_kept || again.is_some() || recorder.is_some() {
            let credentials = args.output.credentials();
            let (kept, recorder) = (heads.clone(), recorder.cloned());
            on_progress(request, move |progress| {
                if let Some(recorder) = &recorder {
                    recorder.hear(progress);
                }
                if is_told {
                    tell(progress, credentials);
                }
                if let Some(again) = &again {
                    again.hear(progress);
                }
                if let Progress::HeadReceived(head) = progress
                    && is_kept
                {
                    kept.keep(head);
                }
            });
        }
        heads
    }

    fn keep(&self, head: &response::Parts) {
        if let Ok(mut kept) = self.0.lock() {
            for line in lines(head) {
                kept.extend(line);
                kept.extend(b"\r\n");
            }
            kept.extend(b"\r\n");
        }
    }

    /// Takes those that came since the last time.
    pub(super) fn take(&self) -> Vec<u8> {
        self.0
            .lock()
            .map(|mut kept| std::mem::take(&mut *kept))
            .unwrap_or_default()
    }
}

fn tell(progress: Progress<'_>, credentials: Credentials) {
    let (sign, lines) = match progress {
        Progress::HeadSent(bytes) => ('>', sent(bytes, credentials)),
        Progress::HeadReceived(head) => ('<', received(head, credentials)),
        Progress::ProxyAsked(proxy) => {
            return ui::paste(&format!("* asking the proxy {proxy} for a connection"));
        }
        Progress::ProxyConnected => return ui::paste("* the proxy has made it"),
        _ => return,
    };
    for line in lines {
        ui::paste(&format!("{sign} {}", printable(line.as_bytes())));
    }
    ui::paste(&sign.to_string());
}

/// Tells of the fields behind the content.
pub(super) fn tell_trailers(args: &Fetch, trailers: &HeaderMap) {
    if args.output.verbose {
        for line in field_lines(trailers) {
            ui::paste(&format!("< {}", printable(&line)));
        }
        ui::paste("<");
    }
}

/// The lines of a head that is sent. What is no UTF-8 is replaced.
pub(super) fn sent(head: &[u8], credentials: Credentials) -> Vec<String> {
    let text = head.strip_suffix(b"\r\n\r\n").unwrap_or(head);
    let lines = text.split(|byte| *byte == b'\n');
    lines
        .map(|line| shown(line.strip_suffix(b"\r").unwrap_or(line), credentials))
        .collect()
}

/// The same for one that was received.
pub(super) fn received(head: &response::Parts, credentials: Credentials) -> Vec<String> {
    lines(head).map(|line| shown(&line, credentials)).collect()
}

fn shown(line: &[u8], credentials: Credentials) -> String {
    let colon = line.iter().position(|byte| *byte == b':');
    let name = colon.map(|at| line.split_at(at).0);
    match name.and_then(|name| name.try_into().ok()) {
        Some(name) if is_secret(&name) && credentials == Credentials::LeftOut => {
            format!("{name}: [redacted]")
        }
        _ => String::from_utf8_lossy(line).into_owned(),
    }
}

/// The status as it was received, whatever it is taken for.
pub(super) fn status(head: &response::Parts) -> StatusCode {
    match head.extensions.get::<InvalidStatus>() {
        Some(received) => received.0,
        None => head.status,
    }
}

/// The lines of a head. Which letters of a name were large is not known any more, and means nothing.
fn lines(head: &response::Parts) -> impl Iterator<Item = Vec<u8>> {
    let status = status(head);
    let reason = match head.extensions.get::<ReasonPhrase>() {
        Some(reason) => reason.as_bytes(),
        None => status.canonical_reason().unwrap_or_default().as_bytes(),
    };
    let mut first = format!("{:?} {} ", head.version, status.as_str()).into_bytes();
    first.extend(reason);
    std::iter::once(first).chain(field_lines(&head.headers))
}

fn field_lines(fields: &HeaderMap) -> impl Iterator<Item = Vec<u8>> {
    fields
        .iter()
        .map(|(name, value)| [name.as_str().as_bytes(), b": ", value.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_told() {
        let line = |line: &str| shown(line.as_bytes(), Credentials::LeftOut);
        assert_eq!(
            line("authorization: Basic YQ=="),
            "authorization: [redacted]"
        );
        assert_eq!(line("Cookie: a=b"), "cookie: [redacted]");
        assert_eq!(line("Set-Cookie: a=b; Path=/"), "set-cookie: [redacted]");
        assert_eq!(line("accept: */*"), "accept: */*");
        assert_eq!(line("GET /a:b HTTP/1.1"), "GET /a:b HTTP/1.1");
        assert_eq!(shown(b"cookie: a=b", Credentials::Shown), "cookie: a=b");
    }

    #[test]
    fn a_head_that_is_sent_is_told_line_by_line() {
        let head = b"GET / HTTP/1.1\r\nhost: a\r\nx: \xff\r\n\r\n";
        let lines = sent(head, Credentials::LeftOut);
        assert_eq!(lines, ["GET / HTTP/1.1", "host: a", "x: \u{fffd}"]);
    }

    #[test]
    fn a_head_is_told_as_it_was_received() {
        let response = http::Response::builder().status(404).header("A", "b");
        let (head, ()) = response.body(()).unwrap().into_parts();
        let lines: Vec<_> = lines(&head)
            .map(|line| String::from_utf8(line).unwrap())
            .collect();
        assert_eq!(lines, ["HTTP/1.1 404 Not Found", "a: b"]);
    }
}
