//! Heads as text: for `-v` on stderr, for `-i` and `-I` among the output.

use std::sync::{Arc, Mutex};

use http::{HeaderMap, Request, response};
use wharf_http::h1::{InvalidStatus, ReasonPhrase};
use wharf_http::{Progress, on_progress};

use super::args::Fetch;
use super::field::is_secret;
use crate::serve::printable;
use crate::ui;

/// The heads of the answers that are to be printed, as far as they have not been.
#[derive(Clone, Debug, Default)]
pub(super) struct Heads(Arc<Mutex<Vec<u8>>>);

impl Heads {
    /// Listens for the heads of this request, if the flags ask for any.
    pub(super) fn listen<B>(args: &Fetch, request: &mut Request<B>) -> Self {
        let heads = Self::default();
        let is_told = args.output.verbose;
        let is_kept = args.output.include || args.request.head;
        if is_told || is_kept {
            let kept = heads.clone();
            on_progress(request, move |progress| {
                if is_told {
                    tell(progress);
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

fn tell(progress: Progress<'_>) {
    match progress {
        Progress::HeadSent(bytes) => {
            let text = bytes.strip_suffix(b"\r\n\r\n").unwrap_or(bytes);
            for line in text.split(|byte| *byte == b'\n') {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                ui::paste(&format!("> {}", printable(&without_secret(line))));
            }
            ui::paste(">");
        }
        Progress::HeadReceived(head) => {
            for line in lines(head) {
                ui::paste(&format!("< {}", printable(&line)));
            }
            ui::paste("<");
        }
        _ => {}
    }
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

/// What people paste into reports has no credentials in it.
fn without_secret(line: &[u8]) -> Vec<u8> {
    let colon = line.iter().position(|byte| *byte == b':');
    let name = colon.map(|at| line.split_at(at).0);
    match name.and_then(|name| name.try_into().ok()) {
        Some(name) if is_secret(&name) => format!("{name}: [redacted]").into_bytes(),
        _ => line.to_owned(),
    }
}

/// The lines of a head. Which letters of a name were large is not known any more, and means nothing.
fn lines(head: &response::Parts) -> impl Iterator<Item = Vec<u8>> {
    let status = match head.extensions.get::<InvalidStatus>() {
        Some(received) => received.0,
        None => head.status,
    };
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
        let line = |line: &str| String::from_utf8(without_secret(line.as_bytes())).unwrap();
        assert_eq!(
            line("authorization: Basic YQ=="),
            "authorization: [redacted]"
        );
        assert_eq!(line("Cookie: a=b"), "cookie: [redacted]");
        assert_eq!(line("accept: */*"), "accept: */*");
        assert_eq!(line("GET /a:b HTTP/1.1"), "GET /a:b HTTP/1.1");
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
