//! What a row asserts.

use std::cell::OnceCell;

use serde_json::Value;

use crate::client::{Answer, Client, Pace, Way};
use crate::target::{NAME, Target};

/// A row of the checklist. Its number is what `coverage.rs` looks for.
pub(crate) fn row(number: u8) -> Row {
    Row {
        number,
        names_server: true,
        echo: OnceCell::new(),
        report: OnceCell::new(),
        hello: OnceCell::new(),
    }
}

pub(crate) struct Row {
    number: u8,
    names_server: bool,
    echo: OnceCell<Target>,
    report: OnceCell<Target>,
    hello: OnceCell<Target>,
}

impl Row {
    /// Over TLS, the client names no server, as one that knows an address alone. It may ask for any host then.
    pub(crate) fn without_server_name(self) -> Self {
        Self {
            names_server: false,
            ..self
        }
    }

    /// These bytes get this status alone, and the server closes. Whatever follows them is not read as a request.
    #[track_caller]
    pub(crate) fn refuses(&self, bytes: impl AsRef<[u8]>, status: u16) {
        let bytes = bytes.as_ref();
        self.refuses_unended(bytes, status);
        let followed = [bytes, b"GET /behind HTTP/1.1\r\nHost: a.test\r\n\r\n"].concat();
        let way = Way {
            tls: false,
            pace: Pace::Whole,
        };
        let mut client = self.client(self.echo(), way);
        client.send(followed);
        is_refused(&mut client, status);
    }

    /// The same for bytes that what follows would be a part of.
    #[track_caller]
    pub(crate) fn refuses_unended(&self, bytes: impl AsRef<[u8]>, status: u16) {
        self.on_echo(|client| {
            // A server that has answered may be gone before a slow machine has sent the rest. What matters is what is
            // read.
            let _ = client.try_send(&bytes);
            is_refused(client, status);
        });
    }

    /// This request gets 200 with its own content, and the connection stays open.
    #[track_caller]
    pub(crate) fn takes(&self, bytes: impl AsRef<[u8]>, content: impl AsRef<[u8]>) {
        self.on_echo(|client| {
            client.send(&bytes);
            let answer = client.answer();
            echoed(&answer, content.as_ref());
            assert!(!answer.says_close(), "{answer:?}");
            client.is_open();
        });
    }

    /// The same, but the server closes.
    #[track_caller]
    pub(crate) fn takes_and_closes(&self, bytes: impl AsRef<[u8]>, content: impl AsRef<[u8]>) {
        self.on_echo(|client| {
            client.send(&bytes);
            let answer = client.answer();
            echoed(&answer, content.as_ref());
            assert!(answer.says_close(), "{answer:?}");
            client.ends();
        });
    }

    /// This request is understood as `check` says, and the connection stays open.
    #[track_caller]
    pub(crate) fn reports(&self, bytes: impl AsRef<[u8]>, check: impl Fn(&Value)) {
        let target = self.report.get_or_init(|| Target::echo(&["--report"]));
        self.on(target, |client| {
            client.send(&bytes);
            let answer = client.answer();
            assert_eq!(answer.status, 200, "{answer:?}");
            check(&serde_json::from_slice(&answer.content).unwrap());
            client.is_open();
        });
    }

    /// A conversation with the example, in each way.
    #[track_caller]
    pub(crate) fn on_echo(&self, conversation: impl Fn(&mut Client)) {
        self.on(self.echo(), conversation);
    }

    /// A conversation with the example that answers without reading, and sends what it is asked for.
    #[track_caller]
    pub(crate) fn on_hello(&self, conversation: impl Fn(&mut Client)) {
        let target = self.hello.get_or_init(|| Target::echo(&["--hello"]));
        self.on(target, conversation);
    }

    /// A conversation with a service, in each way.
    #[track_caller]
    pub(crate) fn on(&self, target: &Target, conversation: impl Fn(&mut Client)) {
        for way in Way::ALL {
            conversation(&mut self.client(target, way));
        }
    }

    fn echo(&self) -> &Target {
        self.echo.get_or_init(|| Target::echo(&[]))
    }

    fn client(&self, target: &Target, way: Way) -> Client {
        let address = if way.tls { target.tls } else { target.plain };
        Client::connect(self.number, address, way, self.names_server)
    }
}

#[track_caller]
fn is_refused(client: &mut Client, status: u16) {
    let answer = client.answer();
    assert_eq!(answer.status, status, "{answer:?}");
    assert!(answer.says_close(), "{answer:?}");
    client.ends();
}

#[track_caller]
fn echoed(answer: &Answer, content: &[u8]) {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        answer.content.escape_ascii().to_string(),
        content.escape_ascii().to_string()
    );
}

/// A request without content.
pub(crate) fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: {NAME}\r\n\r\n")
}

/// The same with another field line.
pub(crate) fn with_field(line: impl AsRef<[u8]>) -> Vec<u8> {
    let start = format!("GET / HTTP/1.1\r\nHost: {NAME}\r\n");
    [start.as_bytes(), line.as_ref(), b"\r\n\r\n"].concat()
}

/// A request with this body in the chunked coding.
pub(crate) fn chunked(body: impl AsRef<[u8]>) -> Vec<u8> {
    let head = format!("POST / HTTP/1.1\r\nHost: {NAME}\r\nTransfer-Encoding: chunked\r\n\r\n");
    [head.as_bytes(), body.as_ref()].concat()
}
