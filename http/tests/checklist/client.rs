//! A client that sends bytes as it is told to, and reads answers strictly.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use tokio_rustls::rustls::{ClientConnection, StreamOwned};

use crate::target::{NAME, client_config};

/// Much longer than any answer takes: it only fails if something hangs.
const GENEROUS: Duration = Duration::from_secs(120);

/// How bytes reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) tls: bool,
    pub(crate) pace: Pace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// All at once.
    Whole,
    /// Each byte in a segment or a record of its own; of many, the first and the last [`SLOWLY`]. On a busy machine,
    /// the deadline of a head would pass else.
    ByteByByte,
}

const SLOWLY: usize = 1500;

impl Pace {
    fn pieces(self, bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
        let (start, rest) = match self {
            Self::Whole => bytes.split_at(0),
            Self::ByteByByte => bytes.split_at(bytes.len().min(SLOWLY)),
        };
        let (middle, end) = match self {
            Self::Whole => (rest, &rest[rest.len()..]),
            Self::ByteByByte => rest.split_at(rest.len().saturating_sub(SLOWLY)),
        };
        let middle = (!middle.is_empty()).then_some(middle);
        start.chunks(1).chain(middle).chain(end.chunks(1))
    }
}

impl Way {
    pub(crate) const ALL: [Self; 4] = [
        Self {
            tls: false,
            pace: Pace::Whole,
        },
        Self {
            tls: false,
            pace: Pace::ByteByByte,
        },
        Self {
            tls: true,
            pace: Pace::Whole,
        },
        Self {
            tls: true,
            pace: Pace::ByteByByte,
        },
    ];
}

/// A connection to a server. When a test fails, what was said on it is printed.
pub(crate) struct Client {
    stream: Stream,
    way: Way,
    row: u8,
    sent: Vec<u8>,
    received: Vec<u8>,
    /// How much of what was received has been read as answers.
    understood: usize,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Client {
    pub(crate) fn connect(row: u8, address: SocketAddr, way: Way, names_server: bool) -> Self {
        let tcp = TcpStream::connect(address).unwrap();
        tcp.set_nodelay(true).unwrap();
        tcp.set_read_timeout(Some(GENEROUS)).unwrap();
        tcp.set_write_timeout(Some(GENEROUS)).unwrap();
        let stream = if way.tls {
            let name = NAME.try_into().unwrap();
            let conn = ClientConnection::new(client_config(names_server), name).unwrap();
            Stream::Tls(Box::new(StreamOwned::new(conn, tcp)))
        } else {
            Stream::Plain(tcp)
        };
        Self {
            stream,
            way,
            row,
            sent: Vec::new(),
            received: Vec::new(),
            understood: 0,
        }
    }

    pub(crate) fn way(&self) -> Way {
        self.way
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).unwrap();
    }

    /// Sends where the server may have gone already.
    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let bytes = bytes.as_ref();
        self.sent.extend_from_slice(bytes);
        for piece in self.way.pace.pieces(bytes) {
            self.stream.write_all(piece)?;
            self.stream.flush()?;
        }
        Ok(())
    }

    /// Says that nothing more will come.
    pub(crate) fn finish(&mut self) {
        match &mut self.stream {
            Stream::Plain(tcp) => tcp.shutdown(Shutdown::Write).unwrap(),
            Stream::Tls(tls) => {
                tls.conn.send_close_notify();
                tls.flush().unwrap();
            }
        }
    }

    /// Reads a final response to anything but HEAD.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> Answer {
        let head = self.final_head();
        self.content_behind(head)
    }

    /// Reads a final response to HEAD.
    #[track_caller]
    pub(crate) fn answer_to_head(&mut self) -> Answer {
        self.final_head()
    }

    /// Reads a final response, and perhaps a 100 (Continue) before it.
    #[track_caller]
    pub(crate) fn answer_behind_continue(&mut self) -> Answer {
        let mut head = self.head();
        if head.status == 100 {
            assert_eq!(head.fields, [], "100 (Continue) has nothing to say");
            head = self.head();
        }
        head.check_final();
        self.content_behind(head)
    }

    /// Reads an informational response.
    #[track_caller]
    pub(crate) fn informational(&mut self) -> Answer {
        let head = self.head();
        assert!((100..200).contains(&head.status), "{head:?}");
        assert_eq!(head.field("content-length"), None, "{head:?}");
        assert_eq!(head.field("transfer-encoding"), None, "{head:?}");
        head
    }

    #[track_caller]
    fn final_head(&mut self) -> Answer {
        let head = self.head();
        head.check_final();
        head
    }

    /// The server has sent all it has to say and closed its side in order, with close_notify over TLS.
    #[track_caller]
    pub(crate) fn ends(&mut self) {
        assert!(!self.read_more(), "more than was expected");
        let rest = self.received[self.understood..].escape_ascii();
        assert_eq!(rest.to_string(), "", "more than was expected");
    }

    /// The server cuts the connection: with a reset over TCP, without close_notify over TLS.
    #[track_caller]
    pub(crate) fn is_cut(&mut self) {
        let kind = loop {
            match self.read() {
                Ok(0) => panic!("an orderly end"),
                Ok(_) => {}
                Err(error) => break error.kind(),
            }
        };
        let expected = [io::ErrorKind::ConnectionReset, io::ErrorKind::UnexpectedEof];
        assert!(expected.contains(&kind), "{kind}");
    }

    /// The connection is open and in step: one more request gets its own answer. It asks to close.
    #[track_caller]
    pub(crate) fn is_open(&mut self) {
        self.is_open_to(&format!("OPTIONS /open HTTP/1.1\r\nHost: {NAME}\r\n\r\n"));
    }

    /// The same for this request, which must not have content.
    #[track_caller]
    pub(crate) fn is_open_to(&mut self, request: &str) {
        let (head, _) = request.split_once("\r\n\r\n").unwrap();
        self.send(format!("{head}\r\nConnection: close\r\n\r\n"));
        let answer = self.answer();
        assert!(answer.says_close(), "{answer:?}");
        self.ends();
    }

    /// What there is to the end of the connection, orderly or not.
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        while self.read().is_ok_and(|n| n > 0) {}
        let rest = self.received[self.understood..].to_vec();
        self.understood = self.received.len();
        rest
    }

    /// What was received so far.
    pub(crate) fn received(&self) -> &[u8] {
        &self.received
    }

    /// Reads a given number of bytes that are not HTTP.
    #[track_caller]
    pub(crate) fn raw(&mut self, length: usize) -> Vec<u8> {
        self.need(length);
        let bytes = self.received[self.understood..][..length].to_vec();
        self.understood += length;
        bytes
    }

    #[track_caller]
    fn head(&mut self) -> Answer {
        let end = loop {
            let unread = &self.received[self.understood..];
            if let Some(at) = memchr::memmem::find(unread, b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.read_more(), "the end came before a head");
        };
        let head = String::from_utf8(self.raw(end)).unwrap();
        Answer::parse(&head)
    }

    #[track_caller]
    fn content_behind(&mut self, head: Answer) -> Answer {
        let mut answer = head;
        let length = answer.field("content-length");
        let coding = answer.field("transfer-encoding");
        match (length, coding) {
            _ if matches!(answer.status, 204 | 304) => {}
            (Some(length), None) => answer.content = self.raw(length.parse().unwrap()),
            (None, Some("chunked")) => self.chunks(&mut answer),
            (None, None) => {
                while self.read_more() {}
                answer.content = self.received[self.understood..].to_vec();
                self.understood = self.received.len();
            }
            _ => panic!("framing: {answer:?}"),
        }
        answer
    }

    #[track_caller]
    fn chunks(&mut self, answer: &mut Answer) {
        loop {
            let size = self.line();
            let size = usize::from_str_radix(&size, 16).unwrap();
            if size == 0 {
                break;
            }
            answer.content.extend(self.raw(size));
            assert_eq!(self.line(), "", "behind a chunk");
        }
        loop {
            let line = self.line();
            if line.is_empty() {
                return;
            }
            answer.trailers.push(field_line(&line));
        }
    }

    #[track_caller]
    fn line(&mut self) -> String {
        loop {
            let unread = &self.received[self.understood..];
            if let Some(at) = memchr::memmem::find(unread, b"\r\n") {
                let mut line = self.raw(at + 2);
                line.truncate(at);
                return String::from_utf8(line).unwrap();
            }
            assert!(self.read_more(), "the end came inside a line");
        }
    }

    #[track_caller]
    fn need(&mut self, length: usize) {
        while self.received.len() - self.understood < length {
            assert!(self.read_more(), "the end came inside content");
        }
    }

    /// `false` at an orderly end. Anything else that ends the connection fails the test: a reset may cost a client the
    /// answer.
    #[track_caller]
    fn read_more(&mut self) -> bool {
        match self.read() {
            Ok(n) => n > 0,
            Err(error) => panic!("{error}"),
        }
    }

    fn read(&mut self) -> io::Result<usize> {
        let mut buf = [0; 4096];
        let n = self.stream.read(&mut buf)?;
        self.received.extend_from_slice(&buf[..n]);
        Ok(n)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "row {}, {:?}\nsent     {}\nreceived {}",
                self.row,
                self.way,
                shown(&self.sent),
                shown(&self.received)
            );
        }
    }
}

fn shown(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(2000)];
    let more = bytes.len() - start.len();
    format!("{} and {more} bytes more", start.escape_ascii())
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.read(buf),
            Self::Tls(tls) => tls.read(buf),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.write(buf),
            Self::Tls(tls) => tls.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}

/// A response.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) line: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) content: Vec<u8>,
    pub(crate) trailers: Vec<(String, String)>,
}

impl Answer {
    #[track_caller]
    fn parse(head: &str) -> Self {
        let mut lines = head.trim_end_matches("\r\n").split("\r\n");
        let line = lines.next().unwrap().to_owned();
        // status-line = HTTP-version SP status-code SP [ reason-phrase ]
        let (status, _reason) = line
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.split_once(' '))
            .unwrap_or_else(|| panic!("status line {line:?}"));
        assert_eq!(status.len(), 3, "{line}");
        Self {
            status: status.parse().unwrap(),
            fields: lines.map(field_line).collect(),
            line,
            content: Vec::new(),
            trailers: Vec::new(),
        }
    }

    /// The only line of a field.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut lines = self.fields.iter().filter(|(line, _)| line == name);
        let value = lines.next().map(|(_, value)| value.as_str());
        assert_eq!(lines.next(), None, "two lines of {name}");
        value
    }

    pub(crate) fn says_close(&self) -> bool {
        self.field("connection") == Some("close")
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.content.clone()).unwrap()
    }

    /// What holds for every final response: a date (RFC 9110 §6.6.1), and one framing (RFC 9112 §6.1).
    #[track_caller]
    fn check_final(&self) {
        assert!(self.status >= 200, "{self:?}");
        let date = self
            .field("date")
            .unwrap_or_else(|| panic!("no Date: {self:?}"));
        let parsed = httpdate::parse_http_date(date).unwrap();
        assert_eq!(httpdate::fmt_http_date(parsed), date, "not an IMF-fixdate");
        let framings = ["content-length", "transfer-encoding"].map(|name| self.field(name));
        assert!(framings.iter().flatten().count() < 2, "{self:?}");
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = shown(&self.content);
        write!(
            f,
            "{} {:?} {content} {:?}",
            self.line, self.fields, self.trailers
        )
    }
}

/// Lines as we send them: `name: value` in lower case.
#[track_caller]
fn field_line(line: &str) -> (String, String) {
    let (name, value) = line
        .split_once(": ")
        .unwrap_or_else(|| panic!("field line {line:?}"));
    let is_clean = |text: &str| !text.contains(['\r', '\n', '\0']);
    assert!(is_clean(name) && is_clean(value), "{line:?}");
    (name.to_owned(), value.to_owned())
}
