//! A root, a server it has issued a certificate to, and a client that trusts it.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType};
use wharf_tls::{Identity, ServerTls, ServerTlsOptions, provider};

pub(crate) struct Pki {
    identity: Identity,
    pub(crate) connector: TlsConnector,
}

impl Pki {
    /// A certificate for `localhost`.
    pub(crate) fn new() -> Self {
        Self::naming(&["localhost"])
    }

    pub(crate) fn naming(names: &[&str]) -> Self {
        let now = OffsetDateTime::now_utc();
        let key = || Key::generate(KeyType::P256).unwrap();
        let (day, subject) = (Duration::from_secs(86_400), CaSubject::new("test root"));
        let root = Authority::root(key(), &subject, day, 1, now).unwrap();
        let wanted = EndEntity {
            names: names.iter().map(|name| name.parse().unwrap()).collect(),
            ..EndEntity::default()
        };
        let key = key();
        let leaf = root.issue(&wanted, &key, now).unwrap().certificate;
        let pem = (leaf.to_pem(), key.to_pem());
        let identity = Identity::from_pem(pem.0.as_bytes(), pem.1.as_bytes()).unwrap();

        let mut roots = RootCertStore::empty();
        roots.add(root.certificate().der().to_vec().into()).unwrap();
        let mut client = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        client.alpn_protocols = vec![b"http/1.1".to_vec()];
        client.enable_early_data = true;
        Self {
            identity,
            connector: TlsConnector::from(Arc::new(client)).early_data(true),
        }
    }

    pub(crate) fn server(&self) -> ServerTls {
        self.server_with(&ServerTlsOptions::default())
    }

    pub(crate) fn server_with(&self, options: &ServerTlsOptions) -> ServerTls {
        ServerTls::new(self.identity.clone(), options).unwrap()
    }

    /// Over `io`, with `localhost` for a name.
    pub(crate) async fn connect<IO>(&self, io: IO) -> TlsStream<IO>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let name = "localhost".try_into().unwrap();
        self.connector.connect(name, io).await.unwrap()
    }
}
