use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::runtime::{Builder, Runtime};
use wharf_http::h1::Limits;
use wharf_http::{Server, ServerConfig};
use wharf_net::{Bind, Drain, Listener};
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType};
use wharf_tls::{ClientTls, ClientTlsOptions, Identity, Roots, ServerTls, ServerTlsOptions, Trust};

use crate::service::service;

const DAY: Duration = Duration::from_secs(86_400);

/// Our server on two ports, with threads of its own; gone when dropped.
pub(crate) struct Harbour {
    pub(crate) runtime: Runtime,
    /// Where it speaks HTTP.
    pub(crate) http: SocketAddr,
    /// Where it speaks HTTPS, as `localhost`.
    pub(crate) https: SocketAddr,
    /// The root's certificate.
    pub(crate) root: PathBuf,
    /// Our own client, which trusts it.
    pub(crate) client: ClientTls,
    _folder: TempDir,
}

/// The defaults, but content of any length is taken.
pub(crate) fn unbounded() -> ServerConfig {
    ServerConfig {
        limits: taking(None),
        ..ServerConfig::default()
    }
}

/// Limits with so much content in a request.
pub(crate) fn taking(content_bytes_max: Option<u64>) -> Limits {
    Limits {
        content_bytes_max,
        ..Limits::default()
    }
}

impl Harbour {
    pub(crate) fn start() -> Self {
        Self::with(unbounded())
    }

    pub(crate) fn with(config: ServerConfig) -> Self {
        let now = OffsetDateTime::now_utc();
        let key = || Key::generate(KeyType::P256).unwrap();
        let root = Authority::root(key(), &CaSubject::new("test root"), DAY, 0, now).unwrap();
        let root_pem = root.certificate().to_pem();
        let folder = TempDir::new().unwrap();
        let root_file = folder.path().join("root.crt");
        std::fs::write(&root_file, &root_pem).unwrap();
        let client = ClientTlsOptions {
            roots: Roots::Own(Trust::from_pem(root_pem.as_bytes()).unwrap()),
            ..ClientTlsOptions::default()
        };

        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let server = Server::new(service()).config(config);
        let http = serve(&runtime, server.clone());
        let https = serve(&runtime, server.tls(tls(&root, &key(), now)));
        Self {
            runtime,
            http,
            https,
            root: root_file,
            client: ClientTls::new(&client).unwrap(),
            _folder: folder,
        }
    }

    /// A URL of each scheme.
    pub(crate) fn urls(&self, path: &str) -> [String; 2] {
        [
            format!("http://localhost:{}{path}", self.http.port()),
            format!("https://localhost:{}{path}", self.https.port()),
        ]
    }
}

fn tls(root: &Authority, key: &Key, now: OffsetDateTime) -> ServerTls {
    let names = ["localhost", "127.0.0.1"].map(|name| name.parse().unwrap());
    let request = EndEntity {
        names: names.into(),
        ..EndEntity::default()
    };
    let leaf = root.issue(&request, key, now).unwrap().certificate.to_pem();
    let identity = Identity::from_pem(leaf.as_bytes(), key.to_pem().as_bytes()).unwrap();
    ServerTls::new(identity, &ServerTlsOptions::default()).unwrap()
}

fn serve(runtime: &Runtime, server: Server<impl wharf_http::HttpService + Sync>) -> SocketAddr {
    let any = "127.0.0.1:0".parse().unwrap();
    let listener = runtime
        .block_on(Listener::bind(&any, &Bind::default()))
        .unwrap();
    let address = listener.local_addr().inet().unwrap();
    runtime.spawn(server.serve(listener, Drain::new()));
    address
}
