//! A server of ours and a client that is not, with a pipe or a bad network between them.

use std::fmt::Debug;
use std::sync::Arc;

use rustls::SupportedProtocolVersion;
use rustls::client::Resumption;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, duplex};
use tokio_rustls::TlsConnector;
use wharf_faults::{Plan, faulty_pipe};
use wharf_tls::{ServerTls, ServerTlsOptions, TlsStream};

use crate::authority::Authority;

pub(crate) const TLS13: &SupportedProtocolVersion = &rustls::version::TLS13;
pub(crate) const TLS12: &SupportedProtocolVersion = &rustls::version::TLS12;

pub(crate) type Server = TlsStream<DuplexStream>;
pub(crate) type Client = tokio_rustls::client::TlsStream<DuplexStream>;

pub(crate) struct Peers {
    server: ServerTls,
    client: TlsConnector,
}

impl Peers {
    pub(crate) fn new(version: &'static SupportedProtocolVersion) -> Self {
        let root = Authority::root("test root");
        let identity = root.leaf().identity();
        let mut config = root.client_config(None, &[version]);
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

    /// Connected over the two ends of a pipe.
    pub(crate) async fn handshake<IO: AsyncRead + AsyncWrite + Unpin + Debug>(
        &self,
        near: DuplexStream,
        far: IO,
    ) -> (TlsStream<IO>, Client) {
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
