//! Our side, in this process.

mod client;
mod server;

use std::fmt;
use std::fs;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use wharf_interop_tests::tls::{Ask, Pair, Version, content};
use wharf_tls::{Identity, TlsInfo, TlsVersions};

pub(crate) use client::OurClient;
pub(crate) use server::OurServer;

/// What our side says of one connection.
#[derive(Debug, Default)]
pub(crate) struct Ours {
    /// What the handshake agreed on.
    pub(crate) info: Option<TlsInfo>,
    /// Whether the content came whole.
    pub(crate) content: bool,
    /// Whether the peer's `close_notify` came.
    pub(crate) clean: bool,
    /// The alert that the peer sent, as rustls names it.
    pub(crate) alert: Option<String>,
    /// Why it failed.
    pub(crate) error: Option<String>,
}

impl fmt::Display for Ours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "we: {self:?}")
    }
}

/// How our side talks around the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Talk {
    Bytes,
    /// A POST, and a response that ends with the connection.
    Http,
}

/// The versions that we speak: both, unless the case is about a peer that does not speak ours.
pub(crate) fn versions(ours: &Ask, theirs: &Ask) -> TlsVersions {
    match ours.version {
        version if version == theirs.version => TlsVersions::Tls13And12,
        Version::Tls13 => TlsVersions::Tls13,
        Version::Tls12 => TlsVersions::Tls12,
    }
}

fn identity(pair: &Pair) -> Identity {
    let chain = fs::read(&pair.chain).unwrap();
    Identity::from_pem(&chain, &fs::read(&pair.key).unwrap()).unwrap()
}

fn alpn(ask: &Ask) -> Vec<Vec<u8>> {
    let protocols = ask.alpn.iter();
    protocols.map(|name| name.as_bytes().to_vec()).collect()
}

impl Ours {
    /// In TLS 1.3 a client may learn of an alert only after its handshake, as an I/O error.
    fn fail(&mut self, error: &dyn std::error::Error) {
        let text = chain(error);
        let alert = text.rsplit_once("received fatal alert: ");
        self.alert = alert.map(|(_, alert)| alert.to_owned());
        self.error = Some(text);
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

async fn answer<IO: AsyncRead + AsyncWrite + Unpin>(
    mut stream: IO,
    ask: &Ask,
    talk: Talk,
    ours: &mut Ours,
) -> io::Result<()> {
    if talk == Talk::Http {
        read_head(&mut stream).await?;
    }
    if receive(&mut stream, ask, ours).await? == 0 {
        // gnutls-cli has its first connection for the session alone.
        ours.clean = true;
        return stream.shutdown().await;
    }
    if talk == Talk::Http {
        stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").await?;
    }
    send(&mut stream, ask).await?;
    close(&mut stream, ask, ours).await
}

/// Reads the content; how much came. Nothing at all is no error, a part of it is.
async fn receive<IO: AsyncRead + Unpin>(
    stream: &mut IO,
    ask: &Ask,
    ours: &mut Ours,
) -> io::Result<usize> {
    let mut got = vec![0; ask.bytes];
    let mut length = 0;
    while length < got.len() {
        match stream.read(&mut got[length..]).await? {
            0 if length == 0 => return Ok(0),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => length += n,
        }
    }
    ours.content = got == content(ask.bytes);
    Ok(length)
}

async fn send<IO: AsyncWrite + Unpin>(stream: &mut IO, ask: &Ask) -> io::Result<()> {
    for piece in content(ask.bytes).chunks(ask.piece) {
        stream.write_all(piece).await?;
        // What is flushed has a record of its own.
        stream.flush().await?;
    }
    Ok(())
}

async fn close<IO: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut IO,
    ask: &Ask,
    ours: &mut Ours,
) -> io::Result<()> {
    if ask.closes_first {
        stream.shutdown().await?;
    }
    let more = stream.read(&mut [0; 1]).await?;
    if more > 0 {
        return Err(io::Error::other("more bytes came than were sent"));
    }
    ours.clean = true;
    if !ask.closes_first {
        stream.shutdown().await?;
    }
    Ok(())
}

/// Reads a request head byte by byte: the content behind it stays where it is.
async fn read_head<IO: AsyncRead + Unpin>(stream: &mut IO) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(())
}
