//! One handshake, from the first byte to the stream.

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::ServerTls;
use crate::error::Kind;
use crate::explain::{self, Side};
use crate::hello::{ClientHello, HelloReader, Progress};
use crate::info::TlsFacts;
use crate::stream::{Engine, Failure, deliver_alert};
use crate::{Error, HandshakeError, PeerIdentity, TlsStream};

/// A record with the fatal alert `unrecognized_name` ([RFC 6066 §3]).
///
/// [RFC 6066 §3]: https://www.rfc-editor.org/rfc/rfc6066#section-3
const UNRECOGNIZED_NAME: [u8; 7] = [21, 3, 3, 0, 2, 2, 112];

pub(super) async fn accept<IO>(tls: &ServerTls, io: IO) -> Result<TlsStream<IO>, HandshakeError<IO>>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let limit = tls.core.current.load().settings.options.handshake_timeout;
    match timeout(limit, within(tls, io)).await {
        Ok(result) => result,
        Err(_elapsed) => Err(Error::from(Kind::Timeout(limit)).into()),
    }
}

async fn within<IO>(tls: &ServerTls, mut io: IO) -> Result<TlsStream<IO>, HandshakeError<IO>>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    // The place is taken before the first byte: what it bounds is memory, and that is held from here on.
    let max = tls.core.current.load().settings.options.handshakes_max;
    let place = tls.core.handshakes.enter(max);
    let handshake = async {
        let (hello, received) = match read_hello(&mut io).await? {
            Start::Hello(hello, received) => (hello, received),
            Start::Plaintext => {
                return Err(HandshakeError {
                    error: Kind::Plaintext.into(),
                    plaintext: Some(io),
                });
            }
            Start::Refused(error, alert) => return Err(refuse(error, &alert, io).await.into()),
        };
        let selected = match &tls.selector {
            None => None,
            Some(selector) => match selector.select(hello.clone()).await {
                Ok(selected) => Some(selected),
                Err(error) => {
                    let error = Kind::NotSelected(error).into();
                    return Err(refuse(error, &UNRECOGNIZED_NAME, io).await.into());
                }
            },
        };
        let alpn = tls.alpn.as_ref();
        let server = selected.as_ref().unwrap_or(tls);
        finish(server, alpn.or(server.alpn.as_ref()), &hello, received, io).await
    };
    tokio::select! {
        biased;
        result = handshake => result,
        () = place.evicted() => Err(Error::from(Kind::Evicted(max)).into()),
    }
}

async fn finish<IO>(
    server: &ServerTls,
    alpn: Option<&Arc<[Vec<u8>]>>,
    hello: &ClientHello,
    received: Vec<u8>,
    mut io: IO,
) -> Result<TlsStream<IO>, HandshakeError<IO>>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let current = server.core.current.load_full();
    let mut engine = Engine::server(current.config(alpn), received)
        .map_err(|error| Error::from(Kind::Config(error)))?;
    let (handshake, seen) = explain::gather(engine.handshake(&mut io)).await;
    if let Err(failure) = handshake {
        let is_refusal = matches!(failure, Failure::Tls(_));
        let error = Error::of_handshake(Side::Server, failure, &seen);
        if is_refusal {
            deliver_alert(io).await;
        }
        return Err(error.into());
    }
    let Some(mut facts) = TlsFacts::of(engine.state()) else {
        return Err(Error::from(Kind::Io(io::ErrorKind::UnexpectedEof.into())).into());
    };
    if let Some(chain) = engine.state().peer_certificates() {
        let peer = PeerIdentity::new(chain);
        facts.peer = peer
            .map_err(|error| Error::from(Kind::PeerCertificate(error)))?
            .into();
    }
    // rustls resumes a session of a client whose certificate has run out since. It has no alert for that: the client sees
    // the end of the stream.
    if let Some(peer) = facts.peer()
        && peer.certificate().not_after() < SystemTime::now()
    {
        let error = Kind::PeerExpired(peer.certificate().not_after());
        deliver_alert(io).await;
        return Err(Error::from(error).into());
    }
    facts.server_name.clone_from(&hello.server_name);
    facts.trust_generation = current.trust_generation;
    facts.early_data = engine.early_data();
    facts.ja4 = current.settings.options.ja4.then(|| hello.ja4());
    Ok(TlsStream::new(io, engine, facts.into()))
}

/// How a connection begins.
enum Start {
    /// With a whole ClientHello; the bytes are everything that was read.
    Hello(ClientHello, Vec<u8>),
    /// With a letter: a method of HTTP, or a greeting of some other protocol.
    Plaintext,
    /// With something that is refused, and the alert that says so.
    Refused(Error, Vec<u8>),
}

async fn read_hello<IO: AsyncRead + Unpin>(io: &mut IO) -> Result<Start, Error> {
    let mut reader = HelloReader::default();
    loop {
        if io.read_buf(reader.buffer()).await.map_err(Kind::Io)? == 0 {
            return Err(Kind::Io(io::ErrorKind::UnexpectedEof.into()).into());
        }
        match reader.advance() {
            Progress::NeedMore => {}
            Progress::Hello(hello) => return Ok(Start::Hello(hello, reader.into_bytes())),
            Progress::Plaintext => return Ok(Start::Plaintext),
            Progress::Refused(error, alert) => {
                return Ok(Start::Refused(Kind::Hello(error).into(), alert));
            }
        }
    }
}

async fn refuse<IO: AsyncRead + AsyncWrite + Unpin>(
    error: Error,
    alert: &[u8],
    mut io: IO,
) -> Error {
    if io.write_all(alert).await.is_ok() {
        deliver_alert(io).await;
    }
    error
}
