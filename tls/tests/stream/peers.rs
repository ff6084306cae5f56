//! A server of ours and a client that is not, with a pipe or a bad network between them.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::Resumption;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use time::OffsetDateTime;
use tokio::io::{DuplexStream, duplex};
use tokio_rustls::TlsConnector;
use wharf_faults::{Plan, faulty_pipe};
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType};
use wharf_tls::{Identity, ServerTls, ServerTlsOptions, provider};

pub(crate) const TLS13: &SupportedProtocolVersion = &rustls::version::TLS13;
pub(crate) const TLS12: &SupportedProtocolVersion = &rustls::version::TLS12;

pub(crate) type Server = wharf_tls::TlsStream<DuplexStream>;
pub(crate) type Client = tokio_rustls::client::TlsStream<DuplexStream>;

pub(crate) struct Peers {
    server: ServerTls,
    client: TlsConnector,
}

impl Peers {
    pub(crate) fn new(version: &'static SupportedProtocolVersion) -> Self {
        let now = OffsetDateTime::now_utc();
        let key = || Key::generate(KeyType::P256).unwrap();
        let subject = CaSubject::new("test root");
        let root = Authority::root(key(), &subject, Duration::from_secs(86_400), 1, now).unwrap();
        let leaf = EndEntity {
            names: vec!["localhost".parse().unwrap()],
            ..EndEntity::default()
        };
        let leaf_key = key();
        let certificate = root.issue(&leaf, &leaf_key, now).unwrap().certificate;
        let (chain, leaf_key) = (certificate.to_pem(), leaf_key.to_pem());
        let identity = Identity::from_pem(chain.as_bytes(), leaf_key.as_bytes()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(root.certificate().der().to_vec().into()).unwrap();
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        Self {
            server: ServerTls::new(identity, &ServerTlsOptions::default()).unwrap(),
            client: TlsConnector::from(Arc::new(config)),
        }
    }

    /// Connected by a pipe that holds so many bytes in each direction.
    pub(crate) async fn connected(&self, pipe: usize) -> (Server, Client) {
        let (near, far) = duplex(pipe);
        self.handshake(near, far).await
    }

    /// Connected by a network with a plan. The client is `a`.
    pub(crate) async fn connected_through(&self, plan: Plan) -> (Server, Client) {
        let (near, far, network) = faulty_pipe(64 * 1024, plan);
        tokio::spawn(network);
        self.handshake(near, far).await
    }

    /// How many bytes the client sends in a handshake.
    pub(crate) async fn handshake_bytes(&self) -> u64 {
        let (near, far, network) = faulty_pipe(64 * 1024, Plan::default());
        let network = tokio::spawn(network);
        drop(self.handshake(near, far).await);
        network.await.unwrap().a_to_b.received
    }

    async fn handshake(&self, near: DuplexStream, far: DuplexStream) -> (Server, Client) {
        let name = "localhost".try_into().unwrap();
        let (accepted, connected) =
            tokio::join!(self.server.accept(far), self.client.connect(name, near));
        (accepted.unwrap(), connected.unwrap())
    }
}

/// Content in which each place can be told from its neighbours.
pub(crate) fn content(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n % 251) as u8).collect()
}
