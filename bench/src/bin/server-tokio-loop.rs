//! The floor: reads, counts the ends of requests, writes as many ready-made answers. No HTTP.

#![forbid(unsafe_code)]

use memchr::memmem::Finder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// As many bytes as the others write, the date frozen.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 13\r\n\
    date: Mon, 23 Nov 2026 12:00:00 GMT\r\n\r\nHello, World!";
const END: &[u8] = b"\r\n\r\n";
const BUFFER_BYTES: usize = 8 * 1024;

fn main() -> std::io::Result<()> {
    wharf_bench::server::run(wharf_bench::server::accept_all(async |stream| {
        // A client that goes away is how every run of the load generator ends.
        let _ = echo(stream).await;
    }))
}

async fn echo(mut stream: TcpStream) -> std::io::Result<()> {
    let finder = Finder::new(END);
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut answers = Vec::new();
    let mut filled = 0;
    loop {
        // A request that fills the buffer offers no room, reads as the end of the stream, and is closed on.
        let read = stream.read(&mut buffer[filled..]).await?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        answers.clear();
        let mut done = 0;
        for at in finder.find_iter(&buffer[..filled]) {
            answers.extend_from_slice(ANSWER);
            done = at + END.len();
        }
        stream.write_all(&answers).await?;
        buffer.copy_within(done..filled, 0);
        filled -= done;
    }
}
