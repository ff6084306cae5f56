//! Connections that agreed on what they were to agree on.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, ensure};
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, SupportedKxGroup, aws_lc_rs};
use rustls::pki_types::ServerName;
use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, ProtocolVersion, RootCertStore,
    SupportedCipherSuite,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::files::SERVER_NAME;
use super::tickets::{Store, Tickets, Use};

/// What both sides are to agree on. The version is TLS 1.3, the application protocol is HTTP/1.1.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The only group that the client offers.
    pub group: &'static dyn SupportedKxGroup,
    /// The only suite.
    pub suite: SupportedCipherSuite,
}

/// A client that offers exactly its terms, and checks that they are what came about.
#[derive(Clone, Debug)]
pub struct Client {
    config: Arc<ClientConfig>,
    terms: Terms,
}

impl Client {
    /// A client without sessions: each of its handshakes is a full one.
    pub fn new(roots: RootCertStore, terms: Terms) -> anyhow::Result<Self> {
        let provider = CryptoProvider {
            kx_groups: vec![terms.group],
            cipher_suites: vec![terms.suite],
            ..aws_lc_rs::default_provider()
        };
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.resumption = Resumption::disabled();
        let config = Arc::new(config);
        Ok(Self { config, terms })
    }

    /// The same with these tickets.
    #[must_use]
    pub fn with_tickets(&self, tickets: &Arc<Tickets>, may: Use) -> Self {
        let tickets = Arc::clone(tickets);
        let mut config = ClientConfig::clone(&self.config);
        config.resumption = Resumption::store(Arc::new(Store { tickets, may }));
        let config = Arc::new(config);
        Self { config, ..*self }
    }

    /// Connects, and fails unless the handshake was of this kind, on these terms.
    pub async fn connect(
        &self,
        server: SocketAddr,
        kind: HandshakeKind,
    ) -> anyhow::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let stream = TlsConnector::from(Arc::clone(&self.config))
            .connect(ServerName::try_from(SERVER_NAME)?, stream)
            .await?;
        self.check(stream.get_ref().1, kind)?;
        Ok(stream)
    }

    /// The TLS side alone of a connection over any transport.
    pub fn connection(&self) -> anyhow::Result<ClientConnection> {
        let name = ServerName::try_from(SERVER_NAME)?;
        Ok(ClientConnection::new(Arc::clone(&self.config), name)?)
    }

    /// Fails unless the handshake was of this kind, on the client's terms.
    pub fn check(&self, connection: &ClientConnection, kind: HandshakeKind) -> anyhow::Result<()> {
        let was = connection.handshake_kind();
        ensure!(was == Some(kind), "the handshake was {was:?}, not {kind:?}");
        let version = connection.protocol_version();
        ensure!(
            version == Some(ProtocolVersion::TLSv1_3),
            "the version is {version:?}"
        );
        let group = connection
            .negotiated_key_exchange_group()
            .context("no group")?
            .name();
        ensure!(group == self.terms.group.name(), "the group is {group:?}");
        let suite = connection
            .negotiated_cipher_suite()
            .context("no suite")?
            .suite();
        ensure!(suite == self.terms.suite.suite(), "the suite is {suite:?}");
        let protocol = connection.alpn_protocol();
        ensure!(
            protocol == Some(b"http/1.1"),
            "the application protocol is {protocol:?}"
        );
        Ok(())
    }
}
