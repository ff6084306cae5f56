use std::io;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};

use super::config::{self, Base};
use super::credentials::Credentials;
use super::native::Reading;
use super::verifier::{OneName, Verifier};
use super::{ClientTlsOptions, HandshakeReport, Noting, Sni, Watched};
use crate::error::Kind;
use crate::explain::{self, Facts, Greeting, Side};
use crate::peer::LatePeer;
use crate::stream::{Engine, Failure, deliver_alert};
use crate::{Error, Identity, TlsFacts, TlsStream, danger};

/// The client side of TLS: a cheap handle that turns streams into [`TlsStream`]s.
///
/// Clones share everything: options that are reloaded, and the sessions that can be resumed.
///
/// ```no_run
/// use wharf_tls::{ClientTls, ClientTlsOptions};
///
/// # async fn example(io: tokio::io::DuplexStream) -> Result<(), wharf_tls::Error> {
/// let tls = ClientTls::new(&ClientTlsOptions::default())?;
/// match tls.connect("example.com", io).await {
///     Ok(stream) => println!("{}", stream.info().version_name()),
///     Err(error) => eprintln!("{error}; {}", error.hint().unwrap_or_default()),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ClientTls {
    base: Base,
    current: Arc<ArcSwap<Current>>,
}

/// What new connections use.
struct Current {
    /// How often this was changed.
    generation: u64,
    options: ClientTlsOptions,
    config: Arc<ClientConfig>,
    verifier: Arc<Verifier>,
}

impl ClientTls {
    /// Checks the options. With [`Roots::Native`](super::Roots::Native), files may be read.
    ///
    /// # Errors
    ///
    /// When there are no trust anchors, a CRL or the ECH configuration is not usable, or options exclude each other.
    pub fn new(options: &ClientTlsOptions) -> Result<Self, Error> {
        Self::with_base(options, Base::Path)
    }

    pub(crate) fn with_base(options: &ClientTlsOptions, base: Base) -> Result<Self, Error> {
        let current = Current::new(options, base, Reading::Shared)?;
        Ok(Self {
            base,
            current: Arc::new(ArcSwap::from_pointee(current)),
        })
    }

    /// Lets new connections, of clones too, use other options. Trust anchors of the operating system are read anew.
    ///
    /// Connections that are open go on. No session of theirs is resumed under the new options, which may trust others.
    /// A client made by [`danger`] goes on to check what it checked.
    ///
    /// # Errors
    ///
    /// As of [`new`](Self::new); then the old options stay.
    pub fn reload(&self, options: &ClientTlsOptions) -> Result<(), Error> {
        let next = Arc::new(Current::new(options, self.base, Reading::Anew)?);
        self.current.rcu(|current| Current {
            generation: current.generation + 1,
            options: next.options.clone(),
            config: Arc::clone(&next.config),
            verifier: Arc::clone(&next.verifier),
        });
        Ok(())
    }

    /// How often [`reload`](Self::reload) and [`set_identity`](Self::set_identity) have changed what new connections use, from clones
    /// too: for who keeps connections, and wants none from before.
    pub fn generation(&self) -> u64 {
        self.current.load().generation
    }

    /// Lets new connections, of clones too, present another identity, or none.
    ///
    /// Connections that are open keep theirs, and so do their sessions: a server takes the client of a resumed session
    /// for the one that began it, so no session is resumed under another identity.
    pub fn set_identity(&self, identity: Option<Identity>) {
        self.current.rcu(|current| {
            let mut options = current.options.clone();
            options.identity.clone_from(&identity);
            let mut config = ClientConfig::clone(&current.config);
            config.client_auth_cert_resolver = Arc::new(Credentials::of(options.identity.as_ref()));
            // rustls would not resume with other credentials either; an empty store needs no such reasoning.
            config.resumption = config::resumption(&options);
            Current {
                generation: current.generation + 1,
                options,
                config: Arc::new(config),
                verifier: Arc::clone(&current.verifier),
            }
        });
    }

    /// Performs the handshake on `io` with the server called `name`: a DNS name in ASCII (IDNA A-labels), or an IP
    /// address ([RFC 8446 §2], [RFC 9525]).
    ///
    /// Under TLS 1.3 a server verifies the client's certificate only after this has succeeded: its refusal arrives with
    /// the first read, and [`Error::from_read`] explains it.
    ///
    /// When the handshake fails for a reason of ours, the alert is sent, and what the server still sends is read for a
    /// bounded while, so that the alert is not overtaken by a reset.
    ///
    /// # Errors
    ///
    /// [`Error`], with a hint where there is something to do about it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops `io` in the middle of the handshake, without an alert.
    ///
    /// [RFC 8446 §2]: https://www.rfc-editor.org/rfc/rfc8446#section-2
    /// [RFC 9525]: https://www.rfc-editor.org/rfc/rfc9525
    pub async fn connect<IO>(&self, name: &str, io: IO) -> Result<TlsStream<IO>, Error>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        self.perform(name, io, Facts::default()).await.0
    }

    /// The same, for who wants to know how it went: what was offered and presented is told of a handshake that failed, too.
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect).
    ///
    /// # Cancel safety
    ///
    /// That of [`connect`](Self::connect).
    pub async fn connect_reported<IO>(
        &self,
        name: &str,
        io: IO,
    ) -> (Result<TlsStream<IO>, Error>, HandshakeReport)
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let noting = Facts {
            noting: Some(Box::<Noting>::default()),
            ..Facts::default()
        };
        let (connected, facts) = self.perform(name, io, noting).await;
        let report = facts.noting.map(|noting| HandshakeReport::from(*noting));
        (connected, report.unwrap_or_default())
    }

    async fn perform<IO>(
        &self,
        name: &str,
        io: IO,
        facts: Facts,
    ) -> (Result<TlsStream<IO>, Error>, Facts)
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let current = self.current.load_full();
        let (config, sent_name) = match parse(name).and_then(|name| current.for_server(name)) {
            Ok(prepared) => prepared,
            Err(error) => return (Err(error), facts),
        };
        let limit = current.options.handshake_timeout;
        let deadline = Instant::now() + limit;
        let handshake = timeout_at(deadline, handshake(config, sent_name, io));
        let (ended, facts) = explain::gather_into(facts, handshake).await;
        let connected = match ended {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err((error, io))) => {
                let error = explained(error, &facts);
                if !error.is_io() {
                    // How far it gets changes nothing: the handshake has failed already.
                    let _ = timeout_at(deadline, deliver_alert(io)).await;
                }
                Err(error)
            }
            Err(_elapsed) if facts.first_bytes.is_empty() => Err(Kind::Silence(limit).into()),
            Err(_elapsed) => Err(Kind::Timeout(limit).into()),
        };
        (connected, facts)
    }
}

impl std::fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientTls")
            .field("checks", &self.base)
            .field("options", &self.current.load().options)
            .finish_non_exhaustive()
    }
}

impl Current {
    fn new(options: &ClientTlsOptions, base: Base, reading: Reading) -> Result<Self, Error> {
        if let Sni::Other(name) = &options.sni {
            parse(name)?;
        }
        let (config, verifier) = config::build(options, base, reading)?;
        Ok(Self {
            generation: 0,
            options: options.clone(),
            config: Arc::new(config),
            verifier,
        })
    }

    /// The configuration for a server, and the name that it is sent.
    fn for_server(
        &self,
        name: ServerName<'static>,
    ) -> Result<(Arc<ClientConfig>, ServerName<'static>), Error> {
        let Sni::Other(other) = &self.options.sni else {
            return Ok((Arc::clone(&self.config), name));
        };
        let mut config = ClientConfig::clone(&self.config);
        let verifier = Arc::clone(&self.verifier);
        danger::set_verifier(&mut config, Arc::new(OneName { name, verifier }));
        Ok((Arc::new(config), parse(other)?))
    }
}

fn parse(name: &str) -> Result<ServerName<'static>, Error> {
    ServerName::try_from(name.to_owned()).map_err(|_| Kind::ServerName(name.to_owned()).into())
}

async fn handshake<IO>(
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    mut io: IO,
) -> Result<TlsStream<IO>, (Failure, IO)>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let sent_name = match &name {
        ServerName::DnsName(name) if config.enable_sni => Some(name.as_ref().to_owned()),
        _ => None,
    };
    let mut engine = match Engine::client(config, name) {
        Ok(engine) => engine,
        Err(error) => return Err((Failure::Tls(error), io)),
    };
    if let Err(failure) = engine.handshake(&mut Watched::new(&mut io)).await {
        let agreed = TlsFacts::of(engine.state()).map(|facts| TlsFacts {
            server_name: sent_name,
            signature_scheme: explain::signature_scheme(),
            ..facts
        });
        explain::note_for_report(|noting| noting.agreed = agreed.map(Into::into));
        return Err((failure, io));
    }
    let Some(mut facts) = TlsFacts::of(engine.state()) else {
        return Err((Failure::Io(io::ErrorKind::UnexpectedEof.into()), io));
    };
    facts.server_name = sent_name;
    facts.signature_scheme = explain::signature_scheme();
    facts.peer = LatePeer::of_chain(engine.state().peer_certificates());
    Ok(TlsStream::new(io, engine, facts.into()))
}

fn explained(failure: Failure, facts: &Facts) -> Error {
    let error = Error::of_handshake(Side::Client, failure, facts);
    match Greeting::of(facts) {
        Some(greeting) if !error.is_io() => Kind::NotTls(greeting).into(),
        _ => error,
    }
}
