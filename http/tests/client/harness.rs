//! Servers for the client, over TCP and over TLS: ours, and one that says whatever a test has written down.

use std::error::Error as StdError;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use bytes::Bytes;
use http::{Extensions, HeaderMap, Request, StatusCode};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use time::OffsetDateTime;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use wharf_http::{Client, ClientConfig, Error, HttpService, Server, ServerConfig};
use wharf_net::{Bind, Drain, Listener};
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType};
use wharf_tls::{ClientTls, ClientTlsOptions, Identity, Roots, ServerTls, ServerTlsOptions, Trust};

/// How a test reaches its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

pub(crate) const BOTH: [Scheme; 2] = [Scheme::Http, Scheme::Https];

/// Whom the clients of a test trust, and who its servers are.
#[derive(Clone)]
pub(crate) struct Pki {
    pub(crate) server: ServerTls,
    pub(crate) client: ClientTls,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let now = OffsetDateTime::now_utc();
        let key = || Key::generate(KeyType::P256).unwrap();
        let (day, subject) = (Duration::from_secs(86_400), CaSubject::new("test root"));
        let root = Authority::root(key(), &subject, day, 1, now).unwrap();
        let wanted = EndEntity {
            names: vec!["localhost".parse().unwrap(), "127.0.0.1".parse().unwrap()],
            ..EndEntity::default()
        };
        let key = key();
        let leaf = root.issue(&wanted, &key, now).unwrap().certificate;
        let (chain, key) = (leaf.to_pem(), key.to_pem());
        let identity = Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
        let trust = Trust::from_pem(root.certificate().to_pem().as_bytes()).unwrap();
        let options = ClientTlsOptions {
            roots: Roots::Own(trust),
            ..ClientTlsOptions::default()
        };
        Self {
            server: ServerTls::new(identity, &ServerTlsOptions::default()).unwrap(),
            client: ClientTls::new(&options).unwrap(),
        }
    }
}

/// A server, and how to reach it.
pub(crate) struct Origin {
    pub(crate) scheme: Scheme,
    pub(crate) address: SocketAddr,
    pub(crate) tls: ClientTls,
    /// How many connections were accepted.
    pub(crate) accepted: Arc<AtomicUsize>,
    pub(crate) task: JoinHandle<()>,
}

impl Origin {
    pub(crate) fn uri(&self, path: &str) -> String {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        format!("{scheme}://{}{path}", self.address)
    }

    pub(crate) fn config(&self) -> ClientConfig {
        ClientConfig {
            tls: Some(self.tls.clone()),
            ..ClientConfig::default()
        }
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.config())
    }

    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(SeqCst)
    }

    pub(crate) fn get(&self, path: &str) -> Request<Full<Bytes>> {
        self.request("GET", path, "")
    }

    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        content: impl Into<Bytes>,
    ) -> Request<Full<Bytes>> {
        let request = Request::builder().method(method).uri(self.uri(path));
        request.body(Full::new(content.into())).unwrap()
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A stream, with TLS or without.
pub(crate) trait Io: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

pub(crate) type BoxIo = Box<dyn Io>;

/// A server that runs `serve` for each connection; the first one is number 0.
pub(crate) async fn raw<F, Fut>(scheme: Scheme, serve: F) -> Origin
where
    F: Fn(usize, BoxIo) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    raw_as(Pki::new(), scheme, serve).await
}

/// The same, with an identity that clients may know already.
pub(crate) async fn raw_as<F, Fut>(pki: Pki, scheme: Scheme, serve: F) -> Origin
where
    F: Fn(usize, BoxIo) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let accepted = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&accepted);
    let (tls, serve) = (pki.server, Arc::new(serve));
    let task = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // What is said byte by byte is to arrive like that, and now.
            stream.set_nodelay(true).unwrap();
            let number = count.fetch_add(1, SeqCst);
            let (tls, serve) = (tls.clone(), Arc::clone(&serve));
            tokio::spawn(async move {
                let io: BoxIo = match scheme {
                    Scheme::Http => Box::new(stream),
                    Scheme::Https => match tls.accept(stream).await {
                        Ok(stream) => Box::new(stream),
                        Err(_) => return,
                    },
                };
                serve(number, io).await;
            });
        }
    });
    Origin {
        scheme,
        address,
        tls: pki.client,
        accepted,
        task,
    }
}

/// Our own server.
pub(crate) async fn served<S>(scheme: Scheme, config: ServerConfig, service: S) -> Origin
where
    S: HttpService,
{
    let pki = Pki::new();
    let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap(), &Bind::default())
        .await
        .unwrap();
    let address = listener.local_addr().inet().unwrap();
    let server = Server::new(service).config(config);
    let server = match scheme {
        Scheme::Http => server,
        Scheme::Https => server.tls(pki.server),
    };
    let task = tokio::spawn(async move {
        server.serve(listener, Drain::new()).await.unwrap();
    });
    Origin {
        scheme,
        address,
        tls: pki.client,
        accepted: Arc::default(),
        task,
    }
}

/// Reads a request head, and nothing behind it. Empty if the client closed instead.
pub(crate) async fn read_head(io: &mut BoxIo) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match io.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

/// Reads so many bytes of content.
pub(crate) async fn read_content(io: &mut BoxIo, length: usize) -> Vec<u8> {
    let mut content = vec![0; length];
    io.read_exact(&mut content).await.unwrap();
    content
}

/// Says something, all at once.
pub(crate) async fn say(io: &mut BoxIo, text: &str) {
    let said = async {
        io.write_all(text.as_bytes()).await?;
        io.flush().await
    };
    // The client may be gone, and then it is for the test to say whether it should.
    let _ = said.await;
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Much longer than anything here takes: it passes only if something hangs.
pub(crate) const GENEROUS: Duration = Duration::from_secs(30);

/// Waits for what has to happen.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(GENEROUS, what).await.expect("nothing happened")
}

/// A response with all of its content.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) status: StatusCode,
    pub(crate) fields: HeaderMap,
    pub(crate) extensions: Extensions,
    pub(crate) content: Bytes,
    pub(crate) trailers: Option<HeaderMap>,
}

/// Sends a request and reads its response to the end.
pub(crate) async fn fetch<B>(client: &Client, request: Request<B>) -> Result<Fetched, Error>
where
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let whole = async {
        let (head, content) = client.send(request).await?.into_parts();
        let collected = content.collect().await?;
        Ok(Fetched {
            status: head.status,
            fields: head.headers,
            extensions: head.extensions,
            trailers: collected.trailers().cloned(),
            content: collected.to_bytes(),
        })
    };
    soon(whole).await
}
