use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::time::timeout;
use wharf_http::{Client, ClientConfig};
use wharf_interop_tests::PATIENCE;
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType};
use wharf_tls::{ClientTls, ClientTlsOptions, Roots, Trust};

const DAY: Duration = Duration::from_secs(86_400);

/// Who a foreign server is, in files, and a client that trusts it.
pub(crate) struct Identity {
    chain: PathBuf,
    key: PathBuf,
    tls: ClientTls,
    _folder: TempDir,
}

impl Identity {
    pub(crate) fn new() -> Self {
        let now = OffsetDateTime::now_utc();
        let key = || Key::generate(KeyType::P256).unwrap();
        let root = Authority::root(key(), &CaSubject::new("test root"), DAY, 0, now).unwrap();
        let wanted = EndEntity {
            names: vec!["127.0.0.1".parse().unwrap()],
            ..EndEntity::default()
        };
        let own = key();
        let leaf = root.issue(&wanted, &own, now).unwrap().certificate;
        let folder = TempDir::new().unwrap();
        let (chain, key) = (
            folder.path().join("chain.pem"),
            folder.path().join("key.pem"),
        );
        std::fs::write(&chain, leaf.to_pem()).unwrap();
        std::fs::write(&key, &*own.to_pem()).unwrap();
        let options = ClientTlsOptions {
            roots: Roots::Own(Trust::from_pem(root.certificate().to_pem().as_bytes()).unwrap()),
            ..ClientTlsOptions::default()
        };
        Self {
            chain,
            key,
            tls: ClientTls::new(&options).unwrap(),
            _folder: folder,
        }
    }

    pub(crate) fn files(&self) -> [&Path; 2] {
        [&self.chain, &self.key]
    }
}

/// A foreign server, as our client reaches it.
pub(crate) struct Far {
    pub(crate) client: Client,
    base: String,
    /// For the messages of what fails.
    pub(crate) name: String,
}

/// A response with all of its content.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) status: StatusCode,
    pub(crate) fields: HeaderMap,
    pub(crate) content: Bytes,
    pub(crate) trailers: Option<HeaderMap>,
}

impl Far {
    pub(crate) fn new(name: &str, port: u16, identity: Option<&Identity>) -> Self {
        let scheme = identity.map_or("http", |_| "https");
        let config = ClientConfig {
            tls: identity.map(|identity| identity.tls.clone()),
            ..ClientConfig::default()
        };
        Self {
            client: Client::new(config),
            base: format!("{scheme}://127.0.0.1:{port}"),
            name: format!("{name} over {scheme}"),
        }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
    }

    pub(crate) async fn get(&self, path: &str) -> Fetched {
        let request = self.request("GET", path).body(Full::<Bytes>::default());
        self.fetch(request.unwrap()).await
    }

    /// Sends a request and reads its response to the end.
    pub(crate) async fn fetch<B>(&self, request: Request<B>) -> Fetched
    where
        B: http_body::Body + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let shown = format!("{}: {} {}", self.name, request.method(), request.uri());
        let whole = async {
            let (head, content) = self.client.send(request).await?.into_parts();
            let collected = content.collect().await?;
            Ok(Fetched {
                status: head.status,
                fields: head.headers,
                trailers: collected.trailers().cloned(),
                content: collected.to_bytes(),
            })
        };
        let fetched: Result<_, wharf_http::Error> = timeout(PATIENCE, whole).await.expect(&shown);
        fetched.unwrap_or_else(|error| panic!("{shown}: {error:?}"))
    }
}

impl Fetched {
    /// The client's port, as the server has seen it.
    pub(crate) fn port(&self) -> u16 {
        self.fields["x-port"].to_str().unwrap().parse().unwrap()
    }
}
