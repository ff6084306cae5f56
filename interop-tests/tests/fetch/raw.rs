//! A server that says what a test has written down, one answer for each connection.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use wharf_interop_tests::PATIENCE;

pub(crate) struct Raw {
    pub(crate) port: u16,
    requests: Receiver<String>,
}

impl Raw {
    /// A server that answers a request, head and content, with what `answer` says, and closes.
    pub(crate) fn new<A>(answer: A) -> Self
    where
        A: Fn(&str) -> String + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, requests) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Some(request) = serve(stream.unwrap(), &answer) else {
                    continue;
                };
                if tell.send(request).is_err() {
                    return;
                }
            }
        });
        Self { port, requests }
    }

    /// One that always says the same.
    pub(crate) fn saying(answer: &str) -> Self {
        let answer = answer.to_owned();
        Self::new(move |_| answer.clone())
    }

    /// A 200 with this content.
    pub(crate) fn with_content(content: &str) -> Self {
        Self::saying(&ok(content))
    }

    /// The same on a Unix socket.
    pub(crate) fn at(path: &Path, answer: &str) {
        let listener = UnixListener::bind(path).unwrap();
        let answer = answer.to_owned();
        thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), &|_| answer.clone());
            }
        });
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The next request that was answered.
    #[track_caller]
    pub(crate) fn request(&self) -> String {
        self.requests.recv_timeout(PATIENCE).unwrap()
    }
}

pub(crate) fn ok(content: &str) -> String {
    let length = content.len();
    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{content}")
}

/// Reads a head, and nothing behind it.
pub(crate) fn read_head(stream: &mut impl Read) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
}

/// Reads a request and answers it. `None` if there was none, or nobody wanted the answer.
fn serve(mut stream: impl Read + Write, answer: &impl Fn(&str) -> String) -> Option<String> {
    let mut request = Vec::new();
    let mut piece = vec![0; 64 << 10];
    while !is_whole(&request) {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return None,
            Ok(n) => request.extend(&piece[..n]),
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    stream.write_all(answer(&request).as_bytes()).ok()?;
    Some(request)
}

fn is_whole(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
        return false;
    };
    let (head, content) = request.split_at(end + 4);
    let head = String::from_utf8_lossy(head);
    if head.contains("\r\ntransfer-encoding: chunked") {
        return content.ends_with(b"0\r\n\r\n");
    }
    let length = head.split_once("\r\ncontent-length: ");
    let length = length.map_or(0, |(_, rest)| rest.lines().next().unwrap().parse().unwrap());
    content.len() >= length
}
