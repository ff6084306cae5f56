//! A server and a client with a bad network between them, and what the server made of it.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use rustls::SupportedProtocolVersion;
use rustls::client::Resumption;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use wharf_faults::{Plan, faulty_pipe};
use wharf_tls::{Error, ServerTls, ServerTlsOptions};

use crate::authority::Authority;

pub(crate) const TLS13: &SupportedProtocolVersion = &rustls::version::TLS13;
pub(crate) const TLS12: &SupportedProtocolVersion = &rustls::version::TLS12;

/// Longer than any deadline in here. The clock is paused, so waiting costs nothing.
const GENEROUS: Duration = Duration::from_secs(3600);

/// A server, and a client that trusts it. The client is `a`.
pub(crate) struct Peers {
    pub(crate) server: ServerTls,
    client: TlsConnector,
}

impl Peers {
    pub(crate) fn new(version: &'static SupportedProtocolVersion) -> Self {
        let root = Authority::root("test root");
        let identity = root.leaf().identity();
        let mut config = root.client_config(None, &[version]);
        // A ticket would make the second ClientHello longer than the first.
        config.resumption = Resumption::disabled();
        Self {
            server: ServerTls::new(identity, &ServerTlsOptions::default()).unwrap(),
            client: TlsConnector::from(Arc::new(config)),
        }
    }

    /// The client connects, sends each of `records` in one of its own, and closes. The server reads to the end.
    pub(crate) async fn upload(&self, plan: Plan, records: &[&[u8]]) -> Uploaded {
        let (near, far, network) = faulty_pipe(64 * 1024, plan);
        let network = tokio::spawn(network);
        let upload = async {
            let mut stream = self.connect(near).await?;
            for record in records {
                stream.write_all(record).await?;
                stream.flush().await?;
            }
            stream.shutdown().await?;
            // Held until the server has seen the end.
            stream.read_to_end(&mut Vec::new()).await
        };
        let serve = async {
            let mut stream = self
                .server
                .accept(far)
                .await
                .map_err(|failed| failed.error)?;
            let mut received = Vec::new();
            let end = timeout(GENEROUS, stream.read_to_end(&mut received)).await;
            let end = end.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()));
            Ok((received, end.map(drop)))
        };
        let served = tokio::select! {
            served = serve => served,
            // What the client makes of it is not what is tested.
            () = async { let _ = upload.await; std::future::pending().await } => unreachable!(),
        };
        network.abort();
        Uploaded(served)
    }

    pub(crate) async fn connect(
        &self,
        io: DuplexStream,
    ) -> io::Result<tokio_rustls::client::TlsStream<DuplexStream>> {
        let name = "localhost".try_into().unwrap();
        self.client.connect(name, io).await
    }

    /// How many bytes each side sends in a handshake.
    pub(crate) async fn handshake_bytes(&self) -> (u64, u64) {
        let (near, far, network) = faulty_pipe(64 * 1024, Plan::default());
        let network = tokio::spawn(network);
        let (accepted, connected) = tokio::join!(self.server.accept(far), self.connect(near));
        drop((accepted.unwrap(), connected.unwrap()));
        let report = network.await.unwrap();
        (report.a_to_b.received, report.b_to_a.received)
    }
}

/// What the server read, and how the stream ended; the error is one of the handshake.
pub(crate) struct Uploaded(pub(crate) Result<(Vec<u8>, io::Result<()>), Error>);

impl Uploaded {
    /// What was read, and the error that came then.
    #[track_caller]
    pub(crate) fn broken(self, what: &str) -> (Vec<u8>, io::Error) {
        let (received, end) = self.0.expect("the handshake was left alone");
        let Err(error) = end else {
            panic!("{what}: a clean end after {received:?}");
        };
        (received, error)
    }

    /// Never anything but a part of what was sent, and never a part with a clean end. Whether all of it arrived.
    #[track_caller]
    pub(crate) fn is_honest(&self, sent: &[u8], plan: &Plan) -> bool {
        let Ok((received, end)) = &self.0 else {
            return false;
        };
        assert!(sent.starts_with(received), "{plan:?}: other content");
        let is_whole = received.len() == sent.len();
        assert!(is_whole || end.is_err(), "{plan:?}: a short content");
        is_whole && end.is_ok()
    }
}
