//! A visit to a server, as both ends see it.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::{ClientSessionMemoryCache, Resumption};
use rustls_pki_types::CertificateDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_rustls::TlsConnector;
use wharf_tls::{Error, ServerTls, TlsInfo};

use crate::authority::{Authority, Issued};

/// A client that remembers its sessions.
#[derive(Clone)]
pub(crate) struct Client(TlsConnector);

impl Client {
    pub(crate) fn new(trusts: &Authority, shows: Option<&Issued>) -> Self {
        Self::with(trusts, shows, |_| {})
    }

    /// One that shows a chain of about so many bytes: its certificate, and that of its CA over and over.
    pub(crate) fn with_padding(trusts: &Authority, mut shows: Issued, bytes: usize) -> Self {
        let padding = trusts.der();
        shows.chain.resize(bytes / (padding.len() + 5), padding);
        Self::new(trusts, Some(&shows))
    }

    pub(crate) fn with(
        trusts: &Authority,
        shows: Option<&Issued>,
        change: impl FnOnce(&mut ClientConfig),
    ) -> Self {
        let mut config = trusts.client_config(shows, rustls::ALL_VERSIONS);
        config.resumption = Resumption::store(Arc::new(ClientSessionMemoryCache::new(32)));
        change(&mut config);
        Self(TlsConnector::from(Arc::new(config)))
    }

    /// Connects to `localhost`, and has a byte echoed. `None` for the client if it was refused.
    pub(crate) async fn visit(&self, tls: &ServerTls) -> Visit {
        self.visit_as(tls, "localhost").await
    }

    pub(crate) async fn visit_as(&self, tls: &ServerTls, name: &'static str) -> Visit {
        let (near, far) = duplex(64 * 1024);
        let serve = async {
            let mut stream = tls.accept(far).await.map_err(|failed| failed.error)?;
            let info = stream.info().clone();
            let byte = stream.read_u8().await.expect("the client sends a byte");
            stream.write_u8(byte).await.unwrap();
            stream.shutdown().await.unwrap();
            Ok(info)
        };
        let (server, client) = tokio::join!(serve, self.ask(near, name));
        Visit { server, client }
    }

    async fn ask(&self, io: DuplexStream, name: &'static str) -> std::io::Result<Seen> {
        let name = name.try_into().unwrap();
        let mut stream = self.0.connect(name, io).await?;
        stream.write_u8(7).await?;
        stream.flush().await?;
        assert_eq!(stream.read_u8().await?, 7);
        // To the end, so that tickets that came behind are taken in.
        stream.read_to_end(&mut Vec::new()).await?;
        let (_, tls) = stream.get_ref();
        Ok(Seen {
            certificate: tls.peer_certificates().unwrap()[0].clone(),
        })
    }
}

/// What came of a connection, at both ends.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(crate) server: Result<TlsInfo, Error>,
    pub(crate) client: std::io::Result<Seen>,
}

/// What a client got to see.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) certificate: CertificateDer<'static>,
}

impl Visit {
    #[track_caller]
    pub(crate) fn info(self) -> TlsInfo {
        self.client.expect("the client is served");
        self.server.expect("the server serves")
    }

    #[track_caller]
    pub(crate) fn certificate(self) -> CertificateDer<'static> {
        self.server.expect("the server serves");
        self.client.expect("the client is served").certificate
    }

    /// The server's error. The client has one too.
    #[track_caller]
    pub(crate) fn refusal(self) -> Error {
        self.client.expect_err("the client is refused");
        self.server.expect_err("the server refuses")
    }
}
