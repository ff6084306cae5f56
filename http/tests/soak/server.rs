//! A server that treats each request as its path says.

use tokio::io::AsyncWriteExt;
use tokio::task::yield_now;

use crate::harness::{BoxIo, read_content, read_head, say};

/// What becomes of a request, and of its connection behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Whole,
    /// Byte by byte.
    Slow,
    Chunked,
    /// Whole, and the connection is closed: as announced, without a word, or when the next request is here.
    CloseSaid,
    CloseSilent,
    CloseInTheRace,
    /// Half of a response, and the end.
    Cut,
    /// None at all.
    Stall,
}

impl Fate {
    /// Which of them a number stands for: in half of all cases nothing is wrong.
    pub(crate) fn of(number: usize) -> Self {
        match number % 40 {
            0..3 => Self::Slow,
            3..6 => Self::Chunked,
            6..9 => Self::CloseSaid,
            9..12 => Self::CloseSilent,
            12..15 => Self::CloseInTheRace,
            15..17 => Self::Cut,
            17 => Self::Stall,
            _ => Self::Whole,
        }
    }
}

/// Serves one connection. The paths are `/NUMBER/…`, and each is the content of its response.
pub(crate) async fn serve(mut io: BoxIo) {
    loop {
        let head = read_head(&mut io).await;
        let Some(path) = head.split(' ').nth(1) else {
            return;
        };
        if !head.starts_with("GET") {
            read_content(&mut io, 4).await;
        }
        let number = path.split('/').nth(1).unwrap().parse().unwrap();
        let fate = Fate::of(number);
        let length = path.len();
        let plain = format!("content-length: {length}\r\n\r\n{path}");
        match fate {
            Fate::Whole | Fate::CloseSilent | Fate::CloseInTheRace => ok(&mut io, &plain).await,
            Fate::CloseSaid => ok(&mut io, &format!("connection: close\r\n{plain}")).await,
            Fate::Chunked => {
                let coded = format!("{length:x}\r\n{path}\r\n0\r\n\r\n");
                ok(
                    &mut io,
                    &format!("transfer-encoding: chunked\r\n\r\n{coded}"),
                )
                .await;
            }
            Fate::Slow => mumble(&mut io, &format!("HTTP/1.1 200 OK\r\n{plain}")).await,
            Fate::Cut => ok(&mut io, &plain[..plain.len() - 1]).await,
            // Whoever waits goes away at some time.
            Fate::Stall => {
                read_head(&mut io).await;
                return;
            }
        }
        match fate {
            Fate::CloseSaid | Fate::Cut => {
                let _ = io.shutdown().await;
                return;
            }
            Fate::CloseSilent => return,
            Fate::CloseInTheRace => {
                read_head(&mut io).await;
                return;
            }
            _ => {}
        }
    }
}

async fn ok(io: &mut BoxIo, rest: &str) {
    say(io, &format!("HTTP/1.1 200 OK\r\n{rest}")).await;
}

async fn mumble(io: &mut BoxIo, text: &str) {
    for byte in text.as_bytes().chunks(1) {
        if io.write_all(byte).await.is_err() || io.flush().await.is_err() {
            return;
        }
        yield_now().await;
    }
}
