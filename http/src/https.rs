//! What HTTP over TLS needs beside HTTP over TCP.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use wharf_net::{Linger, close_lingering};
pub(crate) use wharf_tls::{
    ClientTls, EarlyData, Error as HandshakeError, HandshakeReport, ServerTls, TlsStream,
};
use wharf_tls::{ClientTlsOptions, Truncated};

use crate::error::Kind;
use crate::server::date;

pub use wharf_tls::{PeerIdentity, TlsInfo};

/// The same server, offering HTTP/1.1 by ALPN unless it was told what to offer. HTTP/1.0 has a name of its own there,
/// and curl offers nothing else when it is told to speak it.
pub(crate) fn with_http_alpn(tls: ServerTls) -> ServerTls {
    if tls.alpn().is_empty() {
        tls.with_alpn(&[b"http/1.1", b"http/1.0"])
    } else {
        tls
    }
}

/// The handshake. A failed one has been answered as far as it can be.
pub(crate) async fn accept<IO>(tls: &ServerTls, io: IO, linger: &Linger) -> Option<TlsStream<IO>>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    match tls.accept(io).await {
        Ok(stream) => Some(stream),
        Err(failed) => {
            if let Some(mut io) = failed.plaintext {
                let answer = async {
                    io.write_all(speak_tls().as_bytes()).await?;
                    close_lingering(&mut io, linger).await
                };
                // The answer is all we owe; how the close ends is of no interest.
                let _ = tokio::time::timeout(linger.time_max, answer).await;
            }
            None
        }
    }
}

/// What an HTTPS port says to somebody who speaks plain HTTP to it.
fn speak_tls() -> String {
    let message = "this port speaks HTTPS: begin with https://\n";
    let date = date::now();
    format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\
         connection: close\r\ndate: {}\r\n\r\n{message}",
        message.len(),
        String::from_utf8_lossy(date.as_bytes()),
    )
}

/// The handshake with a server.
pub(crate) async fn connect<IO>(tls: &ClientTls, name: &str, io: IO) -> Result<TlsStream<IO>, Kind>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    checked(tls.connect(name, io).await)
}

/// The same, with what was offered and presented.
pub(crate) async fn connect_reported<IO>(
    tls: &ClientTls,
    name: &str,
    io: IO,
) -> (Result<TlsStream<IO>, Kind>, HandshakeReport)
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let (connected, report) = tls.connect_reported(name, io).await;
    (checked(connected), report)
}

fn checked<IO>(connected: Result<TlsStream<IO>, HandshakeError>) -> Result<TlsStream<IO>, Kind> {
    let stream = connected.map_err(|error| Kind::Handshake(Box::new(error)))?;
    match stream.info().alpn.as_deref() {
        None | Some(b"http/1.1" | b"http/1.0") => Ok(stream),
        Some(other) => Err(Kind::Alpn(String::from_utf8_lossy(other).into_owned())),
    }
}

/// A client that trusts whom the operating system trusts, and offers HTTP/1.1.
pub(crate) fn default_client() -> Result<ClientTls, Kind> {
    let options = ClientTlsOptions {
        alpn: vec![b"http/1.1".to_vec()],
        ..ClientTlsOptions::default()
    };
    ClientTls::new(&options).map_err(|error| Kind::Handshake(Box::new(error)))
}

/// Whether a read failed because the server has refused us, as one of TLS 1.3 does behind the handshake.
pub(crate) fn is_refusal(error: &io::Error) -> bool {
    let error = HandshakeError::from_read(error);
    error.is_some_and(|error| error.alert_received().is_some())
}

/// Whether a stream ended without having been closed.
pub(crate) fn is_truncation(error: &io::Error) -> bool {
    Truncated::is(error)
}
