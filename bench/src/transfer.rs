//! Bulk in one direction over one connection, with blocking calls, whatever the stream is.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use anyhow::{Context, bail, ensure};

use crate::process::check_answer;
use crate::server::BODY;

/// What is read from a stream at once.
pub const READ_BYTES: usize = 256 * 1024;
/// What is written at once, and the size of a chunk.
const WRITE_BYTES: usize = 64 * 1024;
/// No server here answers with as much.
const HEAD_BYTES_MAX: u64 = 8 * 1024;

/// Which way the bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From server to client.
    Down,
    /// From client to server.
    Up,
}

/// How the end of the content is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// `Content-Length`.
    Length,
    /// The chunked coding.
    Chunked,
}

/// Where the servers of `http` have so much content, framed so.
pub fn down_path(framing: Framing, bytes: u64) -> String {
    let folder = match framing {
        Framing::Length => "dl",
        Framing::Chunked => "dlc",
    };
    format!("/{folder}/{bytes}")
}

/// Connects, with [`bulk::congestion`](crate::bulk::congestion).
pub fn connect(server: std::net::SocketAddr) -> anyhow::Result<BufReader<TcpStream>> {
    let stream = crate::bulk::connect(server)?;
    Ok(BufReader::with_capacity(READ_BYTES, stream))
}

/// Asks for `bytes` of content, framed so, and reads it to its end. Each piece is shown to `look`, and is wrong if that
/// says so.
pub fn down<S: Read + Write>(
    stream: &mut BufReader<S>,
    path: &str,
    framing: Framing,
    bytes: u64,
    look: fn(&[u8]) -> bool,
) -> anyhow::Result<()> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.get_mut().write_all(request.as_bytes())?;
    let head = Head::read(stream)?;
    match framing {
        Framing::Length => {
            ensure!(head.length == Some(bytes), "the head is {:?}", head.text);
            skip(stream, bytes, look)?;
        }
        Framing::Chunked => {
            ensure!(
                head.length.is_none() && head.chunked,
                "the head is {:?}",
                head.text
            );
            let arrived = skip_chunked(stream, look)?;
            ensure!(arrived == bytes, "{arrived} bytes of {bytes} arrived");
        }
    }
    ensure!(
        stream.buffer().is_empty(),
        "more arrived than was asked for"
    );
    Ok(())
}

/// Sends `bytes` of content to `/up`, which is to say `answer` to it.
///
/// Behind the content goes a request for `/`: once that is answered, all of the content has been read, even by a server
/// that answered the first at once.
pub fn up<S: Read + Write>(
    stream: &mut BufReader<S>,
    framing: Framing,
    bytes: u64,
    answer: &str,
) -> anyhow::Result<()> {
    let framed = match framing {
        Framing::Length => format!("Content-Length: {bytes}"),
        Framing::Chunked => "Transfer-Encoding: chunked".to_owned(),
    };
    let to_server = stream.get_mut();
    let request = format!("POST /up HTTP/1.1\r\nHost: localhost\r\n{framed}\r\n\r\n");
    to_server.write_all(request.as_bytes())?;
    let whole = piece(framing, WRITE_BYTES);
    for _ in 0..bytes / WRITE_BYTES as u64 {
        to_server.write_all(&whole)?;
    }
    let rest = usize::try_from(bytes % WRITE_BYTES as u64)?;
    if rest > 0 {
        to_server.write_all(&piece(framing, rest))?;
    }
    if framing == Framing::Chunked {
        to_server.write_all(b"0\r\n\r\n")?;
    }
    to_server.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let (_, content) = read_answer(stream)?;
    ensure!(
        content == answer.as_bytes(),
        "the answer is {}",
        content.escape_ascii()
    );
    let (head, content) = read_answer(stream)?;
    let whole = head + std::str::from_utf8(&content)?;
    check_answer(&whole).with_context(|| format!("the answer is {whole:?}"))
}

/// A part of the content as it is written.
fn piece(framing: Framing, bytes: usize) -> Vec<u8> {
    let zeros = vec![0; bytes];
    match framing {
        Framing::Length => zeros,
        Framing::Chunked => [format!("{bytes:x}\r\n").as_bytes(), &zeros, b"\r\n"].concat(),
    }
}

/// A response head, with status 200.
#[derive(Debug)]
struct Head {
    text: String,
    length: Option<u64>,
    chunked: bool,
}

impl Head {
    fn read(stream: &mut impl BufRead) -> anyhow::Result<Self> {
        let mut text = String::new();
        while !text.ends_with("\r\n\r\n") {
            text += &read_line(stream)?;
            ensure!(text.len() as u64 <= HEAD_BYTES_MAX, "the head is {text:?}");
        }
        ensure!(text.starts_with("HTTP/1.1 200 "), "the head is {text:?}");
        let lower = text.to_ascii_lowercase();
        let value = |name: &str| {
            let line = lower.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.trim().to_owned())
        };
        let length = value("content-length:").map(|length| length.parse());
        Ok(Self {
            length: length.transpose().with_context(|| text.clone())?,
            chunked: value("transfer-encoding:").as_deref() == Some("chunked"),
            text,
        })
    }
}

/// A line with its end.
fn read_line(stream: &mut impl BufRead) -> anyhow::Result<String> {
    let mut line = String::new();
    stream.by_ref().take(HEAD_BYTES_MAX).read_line(&mut line)?;
    ensure!(line.ends_with("\r\n"), "the stream ended after {line:?}");
    Ok(line)
}

/// Head and content of a short answer.
fn read_answer(stream: &mut impl BufRead) -> anyhow::Result<(String, Vec<u8>)> {
    let head = Head::read(stream)?;
    let length = head.length.filter(|length| *length <= BODY.len() as u64);
    let Some(length) = length else {
        bail!("the head is {:?}", head.text);
    };
    let mut content = vec![0; usize::try_from(length)?];
    stream.read_exact(&mut content)?;
    Ok((head.text, content))
}

fn skip(stream: &mut impl BufRead, bytes: u64, look: fn(&[u8]) -> bool) -> anyhow::Result<()> {
    let mut left = bytes;
    while left > 0 {
        let arrived = stream.fill_buf()?;
        ensure!(!arrived.is_empty(), "the stream ended {left} bytes early");
        let part = usize::try_from(left).map_or(arrived.len(), |left| left.min(arrived.len()));
        ensure!(look(&arrived[..part]), "wrong content arrived");
        stream.consume(part);
        left -= part as u64;
    }
    Ok(())
}

/// How many bytes the chunks had. No server here sends extensions or trailers.
fn skip_chunked(stream: &mut impl BufRead, look: fn(&[u8]) -> bool) -> anyhow::Result<u64> {
    let mut bytes = 0;
    loop {
        let line = read_line(stream)?;
        let size = u64::from_str_radix(line.trim_end(), 16)
            .with_context(|| format!("the size of a chunk is {line:?}"))?;
        skip(stream, size, look)?;
        let end = read_line(stream)?;
        ensure!(end == "\r\n", "behind a chunk is {end:?}");
        if size == 0 {
            return Ok(bytes);
        }
        bytes += size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// Gives what is told, and keeps what is written.
    struct Script {
        answers: Cursor<Vec<u8>>,
        written: Vec<u8>,
    }

    impl Read for Script {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.answers.read(buffer)
        }
    }

    impl Write for Script {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.written.write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn script(answers: &str) -> BufReader<Script> {
        BufReader::new(Script {
            answers: Cursor::new(answers.as_bytes().to_vec()),
            written: Vec::new(),
        })
    }

    fn downloads(framing: Framing, answer: &str) -> bool {
        let look = |content: &[u8]| content.iter().all(|byte| *byte == b'0');
        down(&mut script(answer), "/dl", framing, 12, look).is_ok()
    }

    #[test]
    fn a_download_is_as_long_as_asked_for_and_framed_as_asked_for() {
        let sized = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n000000000000";
        assert!(downloads(Framing::Length, sized));
        assert!(!downloads(Framing::Chunked, sized));
        for wrong in [
            sized.replace("200", "404"),
            sized.replace("12", "13"),
            sized.replace("000", "00"),
            sized.replace("000", "001"),
            sized.to_owned() + "0",
        ] {
            assert!(!downloads(Framing::Length, &wrong), "{wrong}");
        }

        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\na\r\n0000000000\r\n2\r\n00\r\n0\r\n\r\n";
        assert!(downloads(Framing::Chunked, chunked));
        assert!(!downloads(Framing::Length, chunked));
        for wrong in [
            chunked.replace("2\r\n00\r\n", ""),
            chunked.replace("2\r\n00", "3\r\n000"),
            chunked.replace("2\r\n00", "3\r\n00"),
            chunked.replace("2\r\n00", "2\r\n01"),
            chunked.replace("\r\n0\r\n\r\n", ""),
        ] {
            assert!(!downloads(Framing::Chunked, &wrong), "{wrong}");
        }
    }

    #[test]
    fn an_upload_is_framed_as_told_and_both_answers_are_looked_at() {
        let hello = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\ncontent-length: 13\r\n\r\nHello, World!";
        let answers = format!("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n65537{hello}");
        let bytes = WRITE_BYTES as u64 + 1;
        for framing in [Framing::Length, Framing::Chunked] {
            let mut stream = script(&answers);
            up(&mut stream, framing, bytes, "65537").unwrap();
            let written = &stream.get_ref().written;
            let zeros = written.iter().filter(|byte| **byte == 0).count();
            assert_eq!(zeros as u64, bytes);
            let chunked = written.windows(8).any(|eight| eight == b"10000\r\n\0");
            assert_eq!(chunked, framing == Framing::Chunked);
            assert!(up(&mut script(&answers), framing, bytes, "65536").is_err());
            let wrong = answers.replace("World", "world");
            assert!(up(&mut script(&wrong), framing, bytes, "65537").is_err());
        }
    }
}
