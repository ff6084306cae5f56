use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::server::{Accepted, Acceptor};
use rustls::sign::SingleCertAndKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_rustls::server::StartHandshake;

use crate::client::Watched;
use crate::error::Kind;
use crate::explain::{Facts, Failure, Side};
use crate::{Error, HandshakeError, Identity, TlsInfo, TlsStream, provider};

/// After a failed handshake: how long we go on reading what the peer sends, so that it gets to see our alert.
const ALERT_LINGER_TIME: Duration = Duration::from_millis(500);
/// And how much. A client may have sent a whole request behind its ClientHello.
const ALERT_LINGER_BYTES: usize = 1024 * 1024;

/// A record with the fatal alert `decode_error` ([RFC 8446 §6.2]).
///
/// [RFC 8446 §6.2]: https://www.rfc-editor.org/rfc/rfc8446#section-6.2
const DECODE_ERROR: [u8; 7] = [21, 3, 3, 0, 2, 2, 50];

/// How a server speaks TLS.
#[derive(Clone, Debug)]
pub struct ServerTlsOptions {
    /// The protocols offered by ALPN, the preferred one first. A client that offers only others is refused with the
    /// alert `no_application_protocol`; one that offers none is served. The default is none, and an HTTP server fills
    /// in its own.
    pub alpn: Vec<Vec<u8>>,
    /// Which versions are spoken. The default is TLS 1.3 and 1.2.
    pub versions: TlsVersions,
    /// How long a handshake may take, from the first byte on. Others: Node 120 s, nginx 60 s, Go none. The default is
    /// 10 s.
    pub handshake_timeout: Duration,
}

impl Default for ServerTlsOptions {
    fn default() -> Self {
        Self {
            alpn: Vec::new(),
            versions: TlsVersions::default(),
            handshake_timeout: Duration::from_secs(10),
        }
    }
}

/// A range of TLS versions. Older ones than 1.2 do not exist here ([RFC 8996]).
///
/// [RFC 8996]: https://www.rfc-editor.org/rfc/rfc8996
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsVersions {
    /// TLS 1.3, and 1.2 for clients that know no better.
    #[default]
    Tls13And12,
    /// TLS 1.3 only.
    Tls13,
}

impl TlsVersions {
    pub(crate) fn supported(self) -> &'static [&'static SupportedProtocolVersion] {
        const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];
        const ONLY_13: &[&SupportedProtocolVersion] = &[&TLS13];
        match self {
            Self::Tls13And12 => BOTH,
            Self::Tls13 => ONLY_13,
        }
    }
}

/// The server side of TLS: a cheap handle that turns streams into [`TlsStream`]s.
#[derive(Clone)]
pub struct ServerTls {
    config: Arc<ServerConfig>,
    handshake_timeout: Duration,
}

impl ServerTls {
    /// Serves `identity` to every client, whatever name it asks for.
    ///
    /// # Errors
    ///
    /// When the provider cannot speak the versions asked for.
    pub fn new(identity: Identity, options: &ServerTlsOptions) -> Result<Self, Error> {
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(options.versions.supported())
            .map_err(Kind::Config)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(identity.certified_key())));
        config.alpn_protocols.clone_from(&options.alpn);
        Ok(Self {
            config: Arc::new(config),
            handshake_timeout: options.handshake_timeout,
        })
    }

    /// The same server, offering `protocols` by ALPN.
    #[must_use]
    pub fn with_alpn(&self, protocols: &[&[u8]]) -> Self {
        let mut config = ServerConfig::clone(&self.config);
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Self {
            config: Arc::new(config),
            handshake_timeout: self.handshake_timeout,
        }
    }

    /// The protocols offered by ALPN, the preferred one first.
    pub fn alpn(&self) -> &[Vec<u8>] {
        &self.config.alpn_protocols
    }

    /// Performs the handshake on `io` ([RFC 8446 §2]).
    ///
    /// When it fails, the alert is sent, and what the client still sends is read for a bounded while: a socket closed
    /// with unread bytes in it is reset, and the reset would overtake the alert.
    ///
    /// # Errors
    ///
    /// [`HandshakeError`]; if the client spoke plain text, it holds the stream, so that the caller can answer.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops `io` in the middle of the handshake, without an alert.
    ///
    /// [RFC 8446 §2]: https://www.rfc-editor.org/rfc/rfc8446#section-2
    pub async fn accept<IO>(&self, mut io: IO) -> Result<TlsStream<IO>, HandshakeError<IO>>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let handshake = async {
            match read_hello(&mut io).await? {
                Hello::Tls(accepted) => self.finish(*accepted, io).await,
                Hello::Plaintext => Err(HandshakeError {
                    error: Kind::Plaintext.into(),
                    plaintext: Some(io),
                }),
                Hello::Refused(error, alert) => {
                    if io.write_all(&alert).await.is_ok() {
                        deliver_alert(io).await;
                    }
                    let failure = Failure::new(Side::Server, error, &Facts::default());
                    Err(Error::from(Kind::Handshake(failure)).into())
                }
            }
        };
        match timeout(self.handshake_timeout, handshake).await {
            Ok(result) => result,
            Err(_elapsed) => Err(Error::from(Kind::Timeout(self.handshake_timeout)).into()),
        }
    }

    async fn finish<IO>(
        &self,
        accepted: Accepted,
        io: IO,
    ) -> Result<TlsStream<IO>, HandshakeError<IO>>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let start = StartHandshake::from_parts(accepted, Watched::new(io));
        match start
            .into_stream(Arc::clone(&self.config))
            .into_fallible()
            .await
        {
            Ok(stream) => match TlsInfo::of(stream.get_ref().1, stream.get_ref().1.server_name()) {
                Some(info) => Ok(TlsStream::new(stream.into(), info)),
                None => Err(Error::from(Kind::Io(io::ErrorKind::UnexpectedEof.into())).into()),
            },
            Err((error, io)) => {
                let error = Error::of_handshake(Side::Server, error, &Facts::default());
                if !error.is_io() {
                    deliver_alert(io).await;
                }
                Err(error.into())
            }
        }
    }
}

impl std::fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerTls")
            .field("handshake_timeout", &self.handshake_timeout)
            .finish_non_exhaustive()
    }
}

/// How a connection begins.
enum Hello {
    /// With a whole ClientHello.
    Tls(Box<Accepted>),
    /// With a letter: a method of HTTP, or a greeting of some other protocol.
    Plaintext,
    /// With something that rustls refuses, and the alert that says so.
    Refused(rustls::Error, Vec<u8>),
}

async fn read_hello<IO: AsyncRead + Unpin>(io: &mut IO) -> Result<Hello, Error> {
    let mut acceptor = Acceptor::default();
    let mut scratch = vec![0; 4096];
    let mut first = true;
    loop {
        let n = io.read(&mut scratch).await.map_err(Kind::Io)?;
        let mut received = scratch.get(..n).unwrap_or_default();
        match received.first() {
            None => return Err(Kind::Io(io::ErrorKind::UnexpectedEof.into()).into()),
            // A TLS record begins with 22, an SSL 2.0 hello with 0x80: neither is a letter.
            Some(byte) if first && byte.is_ascii_alphabetic() => return Ok(Hello::Plaintext),
            Some(_) => first = false,
        }
        while !received.is_empty() {
            // rustls bounds what it keeps; it reports a full buffer as an error.
            acceptor.read_tls(&mut received).map_err(Kind::Io)?;
        }
        match acceptor.accept() {
            Ok(Some(accepted)) => return Ok(Hello::Tls(Box::new(accepted))),
            Ok(None) => {}
            Err((error, mut alert)) => {
                let mut bytes = Vec::new();
                // Writing to a vector cannot fail.
                let _ = alert.write_all(&mut bytes);
                // rustls is silent about what it cannot even take for a record or a message.
                if bytes.is_empty() {
                    bytes.extend_from_slice(&DECODE_ERROR);
                }
                return Ok(Hello::Refused(error, bytes));
            }
        }
    }
}

/// Sends FIN and reads until the peer closes too, within bounds.
pub(crate) async fn deliver_alert<IO: AsyncRead + AsyncWrite + Unpin>(mut io: IO) {
    let discard = async {
        io.shutdown().await?;
        let mut scratch = vec![0; 16 * 1024];
        let mut left = ALERT_LINGER_BYTES;
        loop {
            match io.read(&mut scratch).await? {
                n if n == 0 || n > left => return io::Result::Ok(()),
                n => left -= n,
            }
        }
    };
    // The handshake has failed already; what goes wrong now changes nothing.
    let _ = timeout(ALERT_LINGER_TIME, discard).await;
}
