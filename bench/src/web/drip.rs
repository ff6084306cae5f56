//! A request head that arrives byte by byte.
//!
//! What a server reads at once depends on who is faster, it or the sender. Here each byte is a read of its own: the
//! next one is sent when the server's socket is empty again, which can be seen from another process. A server that
//! begins anew with each byte then costs as much as it does, and is not spared by reading two.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use rustix::io::ioctl_fionread;

use crate::bulk::connect;
use crate::process::{ServerProcess, check_answer};
use crate::server::BODY;

/// A server that stops reading must not hang the bench.
const STALL_MAX: Duration = Duration::from_secs(10);
/// Each field line. Of these, a head of 16 KiB has less than a hundred, which several servers have as their bound.
const LINE_BYTES: usize = 256;
const START: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n";

/// A head of exactly so many bytes, field lines of the same length one after the other.
///
/// # Panics
///
/// When it is not longer than a line.
pub fn head(bytes: usize) -> String {
    let mut head = START.to_owned();
    let end = "\r\n";
    while head.len() + end.len() < bytes {
        let name = format!("X-{}: ", head.len());
        let mut line = (bytes - end.len() - head.len()).min(LINE_BYTES);
        // The rest must not be too short for a line.
        let rest = bytes - end.len() - head.len() - line;
        if rest > 0 && rest < LINE_BYTES / 2 {
            line -= LINE_BYTES / 2;
        }
        let value = "v".repeat(line - name.len() - end.len());
        head = head + &name + &value + end;
    }
    head += end;
    assert_eq!(head.len(), bytes, "longer than a line");
    head
}

/// Sends `count` such heads over one connection, each answered before the next; how long it took.
pub fn send(server: &ServerProcess, head: &str, count: usize) -> anyhow::Result<Duration> {
    let mut stream = connect(server.address)?;
    // Once a first request is answered, the server surely has the connection.
    stream.write_all(self::head(LINE_BYTES).as_bytes())?;
    read_answer(&mut stream)?;
    let theirs = server.connection_of(stream.local_addr()?)?;
    let began = Instant::now();
    for _ in 0..count {
        for byte in head.as_bytes() {
            stream.write_all(&[*byte])?;
            let sent = Instant::now();
            while ioctl_fionread(&theirs)? > 0 {
                ensure!(sent.elapsed() < STALL_MAX, "the server reads no more");
                std::hint::spin_loop();
            }
        }
        read_answer(&mut stream)?;
    }
    Ok(began.elapsed())
}

fn read_answer(stream: &mut impl Read) -> anyhow::Result<()> {
    let mut answer = Vec::new();
    let mut some = [0; 1024];
    while !answer.ends_with(BODY) {
        let read = stream.read(&mut some)?;
        ensure!(read > 0, "the stream ended after {}", answer.escape_ascii());
        answer.extend_from_slice(&some[..read]);
    }
    let answer = String::from_utf8(answer)?;
    check_answer(&answer).with_context(|| format!("the answer is {answer:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_as_long_as_told_and_made_of_lines_of_like_length() {
        for bytes in [256, 300, 4096, 8192, 16384] {
            let head = head(bytes);
            assert_eq!(head.len(), bytes);
            assert!(
                head.starts_with(START) && head.ends_with("v\r\n\r\n"),
                "{head}"
            );
            let lines = head.split_terminator("\r\n").skip(2);
            let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
            assert!(lines.len() <= bytes / LINE_BYTES + 1 && lines.len() < 90);
            assert!(
                lines
                    .iter()
                    .all(|line| line.starts_with("X-") && line.len() < LINE_BYTES)
            );
        }
    }
}
