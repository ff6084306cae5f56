//! What the rows are sent to: `http_echo` in processes of its own, or a service in this one; each without and with TLS.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::runtime::Runtime;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use wharf_http::{HttpService, Server, ServerConfig};
use wharf_net::{Bind, Drain, Listener};
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType};
use wharf_tls::{Identity, ServerTls, ServerTlsOptions, provider};

/// The name that the server's certificate is for.
pub(crate) const NAME: &str = "a.test";

/// A server that is reached over TCP and over TLS, and ends with this.
pub(crate) struct Target {
    pub(crate) plain: SocketAddr,
    pub(crate) tls: SocketAddr,
    _servers: Servers,
}

/// Held for what their ends do.
#[expect(dead_code, reason = "they end with their target")]
enum Servers {
    Processes([Echo; 2]),
    Runtime(Background),
}

impl Target {
    /// The example, started with these arguments.
    pub(crate) fn echo(args: &[&str]) -> Self {
        let (plain, tls) = (Echo::start(args), Echo::start_tls(args));
        Self {
            plain: plain.address(),
            tls: tls.address(),
            _servers: Servers::Processes([plain, tls]),
        }
    }

    /// A service with the defaults of the server.
    pub(crate) fn service(service: impl HttpService + Sync) -> Self {
        Self::configured(service, ServerConfig::default())
    }

    pub(crate) fn configured(service: impl HttpService + Sync, config: ServerConfig) -> Self {
        let runtime = Runtime::new().unwrap();
        let server = Server::new(service).config(config);
        let pem = Pem::for_tests();
        let identity = Identity::from_pem(pem.chain.as_bytes(), pem.key.as_bytes()).unwrap();
        let tls = ServerTls::new(identity, &ServerTlsOptions::default()).unwrap();
        let start = |server: Server<_>| {
            let (any_port, bind) = ("127.0.0.1:0".parse().unwrap(), Bind::default());
            let listener = runtime.block_on(Listener::bind(&any_port, &bind)).unwrap();
            let address = listener.local_addr().inet().unwrap();
            runtime.spawn(server.serve(listener, Drain::new()));
            address
        };
        Self {
            plain: start(server.clone()),
            tls: start(server.tls(tls)),
            _servers: Servers::Runtime(Background(Some(runtime))),
        }
    }
}

/// A runtime that is dropped without waiting for what it runs.
struct Background(Option<Runtime>);

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// The example in a process of its own, which ends with this.
pub(crate) struct Echo {
    child: Child,
    url: String,
    /// Its certificate and key, which it has read when it says that it is ready.
    _files: Option<TempDir>,
}

impl Echo {
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::spawn(args, None)
    }

    pub(crate) fn start_tls(args: &[&str]) -> Self {
        let files = TempDir::new().unwrap();
        let pem = Pem::for_tests();
        std::fs::write(files.path().join("chain.pem"), &pem.chain).unwrap();
        std::fs::write(files.path().join("key.pem"), &pem.key).unwrap();
        Self::spawn(args, Some(files))
    }

    fn spawn(args: &[&str], files: Option<TempDir>) -> Self {
        // Test binaries live in target/<profile>/deps, examples beside it.
        let test = std::env::current_exe().unwrap();
        let program = test.ancestors().nth(2).unwrap().join("examples/http_echo");
        let mut command = Command::new(program);
        command.args(["--listen", "127.0.0.1:0"]).args(args);
        if let Some(files) = &files {
            let [chain, key] = ["chain.pem", "key.pem"].map(|file| files.path().join(file));
            command.arg("--tls").arg(chain).arg(key);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut url = String::new();
        let stdout = child.stdout.as_mut().unwrap();
        BufReader::new(stdout).read_line(&mut url).unwrap();
        Self {
            child,
            url: url.trim_end().to_owned(),
            _files: files,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn address(&self) -> SocketAddr {
        let address = self.url.trim_end_matches('/').rsplit('/').next().unwrap();
        address.parse().unwrap()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        // It may have ended before, as it was told.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server's certificate and key, and the root that a client trusts.
struct Pem {
    chain: String,
    key: String,
    root: Vec<u8>,
}

impl Pem {
    /// Made once: each test starts servers, and all may have the same.
    fn for_tests() -> &'static Self {
        static PEM: OnceLock<Pem> = OnceLock::new();
        PEM.get_or_init(|| {
            const DAY: Duration = Duration::from_secs(86_400);
            let now = OffsetDateTime::now_utc();
            let [root_key, key] = [(); 2].map(|()| Key::generate(KeyType::P256).unwrap());
            let subject = CaSubject::new("test root");
            let root = Authority::root(root_key, &subject, DAY, 1, now).unwrap();
            let end_entity = EndEntity {
                names: vec![NAME.parse().unwrap()],
                ..EndEntity::default()
            };
            let issued = root.issue(&end_entity, &key, now).unwrap();
            Self {
                chain: issued.certificate.to_pem(),
                key: key.to_pem().to_string(),
                root: root.certificate().der().to_vec(),
            }
        })
    }
}

/// A client of TLS that trusts these servers. It says which it wants, or does not.
pub(crate) fn client_config(names_server: bool) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(Pem::for_tests().root.clone().into()).unwrap();
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.enable_sni = names_server;
    Arc::new(config)
}
