//! Bulk in one direction over one TLS connection, with blocking calls.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustls::{ClientConnection, HandshakeKind};

use super::client::Client;
use crate::bulk::connect;
use crate::server::BODY;
use crate::transfer::{Direction, Framing, READ_BYTES, down, up};

/// A connection for transfers.
#[derive(Debug)]
pub struct Transfer {
    stream: BufReader<Session>,
}

impl Transfer {
    /// Connects with a full handshake.
    pub fn connect(server: SocketAddr, client: &Client) -> anyhow::Result<Self> {
        let to_server = connect(server)?;
        let mut session = Session {
            tls: client.connection()?,
            from_server: BufReader::with_capacity(READ_BYTES, to_server.try_clone()?),
            to_server,
        };
        while session.tls.is_handshaking() {
            session.tls.complete_io(&mut session.to_server)?;
        }
        client.check(&session.tls, HandshakeKind::Full)?;
        let stream = BufReader::with_capacity(READ_BYTES, session);
        Ok(Self { stream })
    }

    /// Moves so many bytes: `GET /bulk`, or `POST /up`. How long it took.
    pub fn run(&mut self, direction: Direction, bytes: u64) -> anyhow::Result<Duration> {
        let began = Instant::now();
        match direction {
            Direction::Down => down(&mut self.stream, "/bulk", Framing::Length, bytes, |_| true)?,
            Direction::Up => {
                let answer = std::str::from_utf8(BODY)?;
                up(&mut self.stream, Framing::Length, bytes, answer)?;
            }
        }
        Ok(began.elapsed())
    }
}

#[derive(Debug)]
struct Session {
    tls: ClientConnection,
    /// Many records in one system call: rustls by itself asks for one at a time.
    from_server: BufReader<TcpStream>,
    to_server: TcpStream,
}

impl Read for Session {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.tls.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                done => return done,
            }
            if self.from_server.fill_buf()?.is_empty() {
                return Err(io::Error::other("the stream ended without close_notify"));
            }
            self.tls.read_tls(&mut self.from_server)?;
            self.tls.process_new_packets().map_err(io::Error::other)?;
        }
    }
}

impl Write for Session {
    /// What is taken is sent: at once four records.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.tls.writer().write(bytes)?;
        while self.tls.wants_write() {
            self.tls.write_tls(&mut self.to_server)?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
