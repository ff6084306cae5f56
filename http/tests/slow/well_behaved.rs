use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::harbour::Harbour;

/// Much longer than anything here takes: for waits that only fail if something hangs.
pub(crate) const GENEROUS: Duration = Duration::from_secs(120);

/// How many requests it makes each time: on a connection that is kept, and on connections of their own.
const KEPT: usize = 100;
const NEW: usize = 20;

/// A client that asks and reads, as one should.
pub(crate) struct WellBehaved {
    address: SocketAddr,
    kept: TcpStream,
    asked: usize,
}

impl WellBehaved {
    pub(crate) fn new(harbour: &Harbour) -> Self {
        Self {
            address: harbour.address,
            kept: connect(harbour.address),
            asked: 0,
        }
    }

    /// Makes its requests and checks that each is answered.
    ///
    /// The server looks at connections in their order and at what is due before it looks at what has come, so whatever
    /// was there or due before has been seen to when this returns.
    pub(crate) fn is_served(&mut self) {
        for _ in 0..KEPT {
            self.asked += 1;
            ask(&mut self.kept, self.asked);
        }
        for _ in 0..NEW {
            self.asked += 1;
            ask(&mut connect(self.address), self.asked);
        }
    }

    /// Makes requests until something is so.
    pub(crate) fn until(&mut self, what: &str, mut is_so: impl FnMut() -> bool) {
        const REQUESTS_MAX: usize = 1_000_000;
        for _ in 0..REQUESTS_MAX {
            if is_so() {
                return;
            }
            self.asked += 1;
            ask(&mut self.kept, self.asked);
        }
        panic!("it never happened that {what}");
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(GENEROUS)).unwrap();
    stream
}

fn ask(stream: &mut TcpStream, number: usize) {
    let request = format!("GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut received = Vec::new();
    let end = format!("\r\n\r\n/{number}");
    let mut piece = [0; 1024];
    while !received.ends_with(end.as_bytes()) {
        match stream.read(&mut piece) {
            Ok(n @ 1..) => received.extend_from_slice(&piece[..n]),
            other => panic!("{other:?} after {}", received.escape_ascii()),
        }
    }
    assert!(
        received.starts_with(b"HTTP/1.1 200 "),
        "{}",
        received.escape_ascii()
    );
}
