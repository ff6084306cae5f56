use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::server::Acceptor;
use rustls::sign::SingleCertAndKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::error::Kind;
use crate::explain::{self, Facts, Side};
use crate::stream::{Engine, Failure, deliver_alert, key_log};
use crate::{
    ClientAuth, Error, HandshakeError, Identity, Resumption, TlsInfo, TlsStream, provider,
};

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
    /// Whether clients are asked for a certificate. The default is [`ClientAuth::Off`].
    pub client_auth: ClientAuth,
    /// How sessions are resumed. The default is tickets with keys of its own, which clones of the options share.
    pub resumption: Resumption,
    /// How long a handshake may take, from the first byte on. Others: Node 120 s, nginx 60 s, Go none. The default is
    /// 10 s.
    pub handshake_timeout: Duration,
}

impl Default for ServerTlsOptions {
    fn default() -> Self {
        Self {
            alpn: Vec::new(),
            versions: TlsVersions::default(),
            client_auth: ClientAuth::default(),
            resumption: Resumption::default(),
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
            .with_client_cert_verifier(options.client_auth.verifier()?)
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(identity.certified_key())));
        config.alpn_protocols.clone_from(&options.alpn);
        let resumption = options.resumption.bind(&options.client_auth);
        resumption.apply(&mut config);
        config.key_log = key_log(None);
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
                Hello::Tls {
                    server_name,
                    received,
                } => self.finish(server_name, received, io).await,
                Hello::Plaintext => Err(HandshakeError {
                    error: Kind::Plaintext.into(),
                    plaintext: Some(io),
                }),
                Hello::Refused(error, alert) => {
                    if io.write_all(&alert).await.is_ok() {
                        deliver_alert(io).await;
                    }
                    let failure = explain::Failure::new(Side::Server, error, &Facts::default());
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
        server_name: Option<String>,
        received: Vec<u8>,
        mut io: IO,
    ) -> Result<TlsStream<IO>, HandshakeError<IO>>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let mut engine = Engine::server(Arc::clone(&self.config), received)
            .map_err(|error| Error::from(Kind::Config(error)))?;
        match engine.handshake(&mut io).await {
            Ok(()) => match TlsInfo::of(engine.state(), server_name) {
                Some(info) => Ok(TlsStream::new(io, engine, info)),
                None => Err(Error::from(Kind::Io(io::ErrorKind::UnexpectedEof.into())).into()),
            },
            Err(failure) => {
                if matches!(failure, Failure::Tls(_)) {
                    deliver_alert(io).await;
                }
                Err(Error::of_handshake(Side::Server, failure, &Facts::default()).into())
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
    Tls {
        server_name: Option<String>,
        /// All that was read.
        received: Vec<u8>,
    },
    /// With a letter: a method of HTTP, or a greeting of some other protocol.
    Plaintext,
    /// With something that rustls refuses, and the alert that says so.
    Refused(rustls::Error, Vec<u8>),
}

async fn read_hello<IO: AsyncRead + Unpin>(io: &mut IO) -> Result<Hello, Error> {
    let mut acceptor = Acceptor::default();
    let mut received = Vec::with_capacity(4096);
    loop {
        let before = received.len();
        if io.read_buf(&mut received).await.map_err(Kind::Io)? == 0 {
            return Err(Kind::Io(io::ErrorKind::UnexpectedEof.into()).into());
        }
        // A TLS record begins with 22, an SSL 2.0 hello with 0x80: neither is a letter.
        if before == 0 && received.first().is_some_and(u8::is_ascii_alphabetic) {
            return Ok(Hello::Plaintext);
        }
        let mut new = received.get(before..).unwrap_or_default();
        while !new.is_empty() {
            // rustls bounds what it keeps; it reports a full buffer as an error.
            acceptor.read_tls(&mut new).map_err(Kind::Io)?;
        }
        match acceptor.accept() {
            Ok(Some(accepted)) => {
                let server_name = accepted.client_hello().server_name().map(str::to_owned);
                return Ok(Hello::Tls {
                    server_name,
                    received,
                });
            }
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
