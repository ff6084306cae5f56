//! Bulk in one direction over one connection, with blocking calls.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use rustls::{ClientConnection, HandshakeKind};

use super::client::Client;
use crate::bulk::connect;
use crate::process::check_answer;
use crate::server::BODY;

/// What is read from the socket at once, and what is read from TLS.
const READ_BYTES: usize = 256 * 1024;
/// What is written at once: four records.
const WRITE_BYTES: usize = 64 * 1024;

/// Which way the bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From server to client: `GET /bulk`.
    Down,
    /// From client to server: `POST /up`.
    Up,
}

/// A connection for transfers.
#[derive(Debug)]
pub struct Transfer {
    session: ClientConnection,
    /// Many records in one system call: rustls by itself asks for one at a time.
    from_server: BufReader<TcpStream>,
    to_server: TcpStream,
}

impl Transfer {
    /// Connects with a full handshake.
    pub fn connect(server: SocketAddr, client: &Client) -> anyhow::Result<Self> {
        let to_server = connect(server)?;
        let mut transfer = Self {
            session: client.connection()?,
            from_server: BufReader::with_capacity(READ_BYTES, to_server.try_clone()?),
            to_server,
        };
        while transfer.session.is_handshaking() {
            transfer.session.complete_io(&mut transfer.to_server)?;
        }
        client.check(&transfer.session, HandshakeKind::Full)?;
        Ok(transfer)
    }

    /// Moves so many bytes; how long it took.
    pub fn run(&mut self, direction: Direction, bytes: u64) -> anyhow::Result<Duration> {
        let began = Instant::now();
        match direction {
            Direction::Down => self.down(bytes)?,
            Direction::Up => self.up(bytes)?,
        }
        Ok(began.elapsed())
    }

    fn down(&mut self, bytes: u64) -> anyhow::Result<()> {
        self.write(b"GET /bulk HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let mut received = Vec::new();
        while !received.windows(4).any(|four| four == b"\r\n\r\n") {
            let mut some = [0; 1024];
            let read = self.read(&mut some)?;
            received.extend_from_slice(&some[..read]);
        }
        let received = String::from_utf8(received)?;
        let (head, content) = received.split_once("\r\n\r\n").context("no head")?;
        let length = format!("content-length: {bytes}");
        ensure!(
            head.starts_with("HTTP/1.1 200 ")
                && head.lines().any(|line| line.eq_ignore_ascii_case(&length)),
            "the head is {head:?}"
        );
        let mut left = bytes - content.len() as u64;
        let mut buffer = vec![0; READ_BYTES];
        while left > 0 {
            let read = self.read(&mut buffer)? as u64;
            ensure!(read <= left, "more arrived than was announced");
            left -= read;
        }
        Ok(())
    }

    /// Behind the content goes another request: once that is answered, all of the content has been read, even by a server
    /// that answered the first at once.
    fn up(&mut self, bytes: u64) -> anyhow::Result<()> {
        let head =
            format!("POST /up HTTP/1.1\r\nHost: localhost\r\nContent-Length: {bytes}\r\n\r\n");
        self.write(head.as_bytes())?;
        let zeros = vec![0; WRITE_BYTES];
        let mut left = bytes;
        while left > 0 {
            let part = usize::try_from(left).map_or(WRITE_BYTES, |left| left.min(WRITE_BYTES));
            self.write(&zeros[..part])?;
            left -= part as u64;
        }
        self.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let body = std::str::from_utf8(BODY)?;
        let mut received = String::new();
        while received.matches(body).count() < 2 {
            let mut some = [0; 1024];
            let read = self.read(&mut some)?;
            received.push_str(std::str::from_utf8(&some[..read])?);
        }
        for answer in received.split_inclusive(body) {
            check_answer(answer).with_context(|| format!("the answer is {answer:?}"))?;
        }
        Ok(())
    }

    /// At least one byte.
    fn read(&mut self, buffer: &mut [u8]) -> anyhow::Result<usize> {
        loop {
            match self.session.reader().read(buffer) {
                Ok(0) => bail!("the stream ended"),
                Ok(read) => return Ok(read),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
            ensure!(
                !self.from_server.fill_buf()?.is_empty(),
                "the stream ended without close_notify"
            );
            self.session.read_tls(&mut self.from_server)?;
            self.session.process_new_packets()?;
        }
    }

    fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.session.writer().write_all(bytes)?;
        while self.session.wants_write() {
            self.session.write_tls(&mut self.to_server)?;
        }
        Ok(())
    }
}
