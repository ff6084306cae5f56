//! Through proxies that no one here wrote, to a server of ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use bytes::Bytes;
use http_body_util::Full;
use wharf_http::{ClientConfig, Phase, Progress, Proxy, ProxyError, Route};
use wharf_interop_tests::peer::{self, ApacheServing, MicrosocksServing};
use wharf_interop_tests::tls::content;
use wharf_tls::{ServerTls, ServerTlsOptions};

use crate::harbour::{Far, chunked};
use crate::identity::Identity;
use crate::ours::{Ours, echo};

const RIGHT: &str = "alice:hunter2@";
const WRONG: &str = "alice:hunter3@";
const NOBODY: &str = "";

/// A server of ours, and a proxy in front of it.
struct Behind<'a> {
    identity: &'a Identity,
    ours: Ours,
    is_secured: bool,
    /// The scheme and the port of the proxy.
    proxy: (&'a str, u16),
}

impl<'a> Behind<'a> {
    async fn new(identity: &'a Identity, is_secured: bool, proxy: (&'a str, u16)) -> Self {
        let options = ServerTlsOptions::default();
        let tls = is_secured.then(|| ServerTls::new(identity.server(), &options).unwrap());
        Self {
            identity,
            ours: Ours::start(tls, echo()).await,
            is_secured,
            proxy,
        }
    }

    /// The server as a client reaches it that says so to the proxy.
    fn far(&self, userinfo: &str) -> Far {
        let (scheme, port) = self.proxy;
        let proxy: Proxy = format!("{scheme}://{userinfo}127.0.0.1:{port}")
            .parse()
            .unwrap();
        let config = ClientConfig {
            route: Route::Proxies(Box::new(proxy.into())),
            tls: Some(self.identity.tls.clone()),
            proxy_tls: Some(self.identity.tls.clone()),
            ..ClientConfig::default()
        };
        let identity = self.is_secured.then_some(self.identity);
        Far::with(
            &format!("ours behind {scheme}"),
            self.ours.port,
            identity,
            config,
        )
    }

    fn target(&self, host: &str) -> String {
        format!("{host}:{}", self.ours.port)
    }
}

/// Content of each kind goes both ways, over a connection that is kept.
async fn exchanges(far: &Far) {
    for length in [0, 1, 1_000_000] {
        let sent = Bytes::from(content(length));
        let head = far.fetch(far.empty("HEAD", "/")).await;
        assert_eq!((head.status.as_u16(), head.content.len()), (200, 0));
        let post = far.request("POST", "/echo").body(Full::new(sent.clone()));
        let fetched = far.fetch(post.unwrap()).await;
        assert!(fetched.content == sent, "{} {length}", far.name);
        let put = far.request("PUT", "/echo").body(chunked(&sent));
        let fetched = far.fetch(put.unwrap()).await;
        assert!(fetched.content == sent, "{} {length}", far.name);
    }
    let is_kept = Arc::<AtomicBool>::default();
    let note = Arc::clone(&is_kept);
    let mut request = far.empty("GET", "/");
    wharf_http::on_progress(&mut request, move |progress| {
        if matches!(progress, Progress::Kept { .. }) {
            note.store(true, SeqCst);
        }
    });
    assert_eq!(far.fetch(request).await.content, "hello", "{}", far.name);
    assert!(is_kept.load(SeqCst), "{}: not kept", far.name);
}

/// Who is not known to the proxy gets nothing from the server, and is told why.
async fn strangers(behind: &Behind<'_>) {
    for (userinfo, is_known) in [(WRONG, true), (NOBODY, false)] {
        let far = behind.far(userinfo);
        let shown = format!("{} {userinfo}", far.name);
        let fetched = far.try_fetch(far.empty("GET", "/")).await;
        if !behind.is_secured && behind.proxy.0.starts_with("http") {
            let fetched = fetched.unwrap();
            assert_eq!(fetched.status, 407, "{shown}");
            assert!(!fetched.fields.contains_key("x-port"), "{shown}");
            continue;
        }
        let error = fetched.expect_err(&shown);
        let is_right = match error.proxy() {
            Some(ProxyError::CredentialsRefused) => is_known,
            Some(ProxyError::CredentialsRequired) => !is_known,
            _ => false,
        };
        assert!(is_right, "{shown}: {error:?}");
        assert_eq!(error.phase(), Some(Phase::Proxy), "{shown}");
    }
}

async fn through_apache(scheme: &str, apache: &ApacheServing, identity: &Identity) {
    for is_secured in [false, true] {
        let behind = Behind::new(identity, is_secured, (scheme, apache.port)).await;
        let far = behind.far(RIGHT);
        exchanges(&far).await;
        let via = far.get("/").await.fields.get("x-via").cloned();
        // A tunnel leaves what goes through it alone, and is over when the client is.
        assert_eq!(via.is_some(), !is_secured, "{}", far.name);
        drop(far);
        let target = behind.target("127.0.0.1");
        let asked = if is_secured {
            format!("CONNECT {target} HTTP/1.1 200")
        } else {
            format!("GET http://{target}/ HTTP/1.1 200")
        };
        apache.was_asked(&asked);
        strangers(&behind).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apache_forwards_requests_and_opens_tunnels() {
    let Some(apache) = peer::apache() else { return };
    let identity = Identity::new();
    through_apache("http", &apache.proxy(None), &identity).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apache_does_so_behind_tls_too() {
    let Some(apache) = peer::apache() else { return };
    let identity = Identity::new();
    let proxy = apache.proxy(Some(identity.files()));
    through_apache("https", &proxy, &identity).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tunnel_to_where_nobody_listens_is_refused() {
    let Some(apache) = peer::apache() else { return };
    let identity = Identity::new();
    let proxy = apache.proxy(None);
    let behind = Behind::new(&identity, true, ("http", proxy.port)).await;
    let far = behind.far(RIGHT);
    drop(behind.ours);
    let error = far.try_fetch(far.empty("GET", "/")).await.unwrap_err();
    let status = error.proxy().and_then(ProxyError::status);
    assert_eq!(status.map(|status| status.as_u16()), Some(503), "{error:?}");
}

async fn through_microsocks(scheme: &str, socks: &MicrosocksServing, host: &str) {
    let identity = Identity::new();
    for is_secured in [false, true] {
        let behind = Behind::new(&identity, is_secured, (scheme, socks.port)).await;
        exchanges(&behind.far(RIGHT).at(host)).await;
        // Only where the proxy resolves names does it hear them.
        let heard = if scheme == "socks5h" {
            host
        } else {
            "127.0.0.1"
        };
        socks.has_connected_to(&behind.target(heard));
        strangers(&behind).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn microsocks_connects_to_names_and_addresses() {
    let Some(microsocks) = peer::microsocks() else {
        return;
    };
    let socks = microsocks.start();
    through_microsocks("socks5h", &socks, "localhost").await;
    through_microsocks("socks5h", &socks, "127.0.0.1").await;
    through_microsocks("socks5", &socks, "127.0.0.1").await;
}
