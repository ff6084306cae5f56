//! Proxies that are spoken to over TLS: whom we trust there, and who we are.

use std::fs;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use wharf_interop_tests::{Finished, Home, PATIENCE, Process, Server};
use wharf_pki::Profile;
use wharf_tls::{ClientAuth, Identity, ServerTls, ServerTlsOptions, Trust};

use crate::client_auth::{Party, serve};
use crate::raw::ok;
use crate::{command, fails, fetch};

/// A proxy whose certificate is from the CA of a home of its own.
struct Proxy {
    home: Home,
    port: u16,
    /// The names in the certificates that it was shown, connection by connection.
    names: Receiver<String>,
}

/// What it does about clients that do not say who they are.
#[derive(Clone, Copy, PartialEq)]
enum Strangers {
    Served,
    Refused,
}

impl Proxy {
    fn start(strangers: Strangers) -> Self {
        let home = Home::new();
        let server = Party::new(&home, "localhost", Profile::server());
        let trust = Trust::from_pem(&fs::read(home.root()).unwrap()).unwrap();
        let options = ServerTlsOptions {
            client_auth: match strangers {
                Strangers::Served => ClientAuth::Optional(trust),
                Strangers::Refused => ClientAuth::Required(trust),
            },
            ..ServerTlsOptions::default()
        };
        let identity = Identity::from_pem(server.chain.as_bytes(), server.key.as_bytes()).unwrap();
        let tls = ServerTls::new(identity, &options).unwrap();
        let (tell_port, port) = channel();
        let (tell, names) = channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let port = listener.local_addr().unwrap().port();
                tell_port.send(port).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    let Ok(mut stream) = tls.accept(stream).await else {
                        continue;
                    };
                    let peer = stream.info().peer();
                    let name = peer.map(|peer| peer.dns_names().join(" "));
                    if tell.send(name.unwrap_or_default()).is_err() {
                        return;
                    }
                    forward(&mut stream).await;
                }
            });
        });
        let port = port.recv().unwrap();
        Self { home, port, names }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    fn root(&self) -> String {
        self.home.root().to_str().unwrap().to_owned()
    }

    #[track_caller]
    fn seen(&self) -> String {
        self.names.recv_timeout(PATIENCE).unwrap()
    }
}

/// Opens a tunnel, or answers itself.
async fn forward(io: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = io.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let Some(rest) = head.strip_prefix("CONNECT ") else {
        let _ = io.write_all(ok("by proxy").as_bytes()).await;
        let _ = io.shutdown().await;
        return;
    };
    let target = rest.split(' ').next().unwrap();
    let mut server = TcpStream::connect(target).await.unwrap();
    io.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    let _ = copy_bidirectional(io, &mut server).await;
}

/// Was not trusted, and named.
#[track_caller]
fn check_untrusted(proxy: &Proxy, ended: &Finished) {
    let named = format!("no connection through the proxy {}", proxy.url());
    assert!(ended.stderr.contains(&named), "{ended}");
    assert!(ended.stderr.contains("--proxy-cacert FILE"), "{ended}");
}

#[test]
fn a_proxy_is_trusted_by_proxy_cacert_and_not_by_cacert() {
    let proxy = Proxy::start(Strangers::Served);
    let (at, root) = (proxy.url(), proxy.root());
    let by_proxy = ["-x", &at, "http://a.test/"];
    for args in [
        &[][..],
        &["--cacert", &root],
        &["--danger-accept-any-certificate"],
    ] {
        check_untrusted(&proxy, &fails(60, &[args, &by_proxy].concat()));
    }
    let trusting = ["--proxy-cacert", &root];
    let ended = fetch(&[&trusting[..], &by_proxy].concat()).success();
    assert_eq!(ended.text(), "by proxy");

    // Where there is a server behind it, that is not trusted by what is said of proxies.
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let url = format!("https://localhost:{}/", server.port());
    let behind = ["--proxy-cacert", &root, "-x", &at, &url];
    let ended = fails(60, &behind);
    assert!(ended.stderr.contains(": --cacert FILE"), "{ended}");
    assert!(!ended.stderr.contains("through the proxy"), "{ended}");
    // Its own CA is known in its home.
    let _ = Process::run(&mut command(&home, &behind)).success();
}

#[test]
fn without_a_flag_a_proxy_is_trusted_like_a_server() {
    let proxy = Proxy::start(Strangers::Served);
    let mut fetch = command(&proxy.home, &["--proxy-env", "http://a.test/"]);
    let ended = Process::run(fetch.env("http_proxy", proxy.url())).success();
    assert_eq!(ended.text(), "by proxy");
}

#[test]
fn a_proxy_is_shown_the_certificate_for_proxies_and_a_server_that_for_servers() {
    let proxy = Proxy::start(Strangers::Refused);
    let (at, root) = (proxy.url(), proxy.root());
    let (alice, bob) = (
        Party::new(&proxy.home, "alice.test", Profile::client()),
        Party::new(&proxy.home, "bob.test", Profile::client()),
    );
    let (alice, both) = (
        alice.write(&proxy.home, "alice.pem"),
        bob.write(&proxy.home, "bob.pem"),
    );
    let server = Party::new(&proxy.home, "localhost", Profile::server());
    let port = serve(&server, &fs::read_to_string(&root).unwrap());
    let secure = format!("https://localhost:{port}/");
    let by_proxy = ["--proxy-cacert", &root, "--cacert", &root, "-x", &at];
    let as_alice = ["--cert", &alice];
    for url in ["http://a.test/", &secure] {
        let ended = fails(35, &[&by_proxy[..], &as_alice, &[url]].concat());
        let hint = "hint: the proxy wants to know who we are: --proxy-cert FILE --proxy-key FILE";
        assert!(ended.stderr.contains(hint), "{ended}");
    }

    let (cert, key) = (proxy.home.beside("b.crt"), proxy.home.beside("b.key"));
    fs::write(&cert, &bob.chain).unwrap();
    fs::write(&key, &bob.key).unwrap();
    let (cert, key) = (cert.to_str().unwrap(), key.to_str().unwrap());
    for as_bob in [
        &["--proxy-cert", cert, "--proxy-key", key][..],
        &["--proxy-cert", &both],
    ] {
        let args = [&by_proxy[..], as_bob, &["http://a.test/"]].concat();
        assert_eq!(fetch(&args).success().text(), "by proxy");
        assert_eq!(proxy.seen(), "bob.test");
        let args = [&by_proxy[..], as_bob, &as_alice, &[&secure]].concat();
        assert_eq!(fetch(&args).success().text(), "alice.test");
        assert_eq!(proxy.seen(), "bob.test");
    }
}

#[test]
fn what_is_said_of_proxies_is_checked_and_needs_one() {
    let home = Home::new();
    let bad = home.beside("bad.pem");
    fs::write(&bad, "nothing").unwrap();
    let bad = bad.to_str().unwrap();
    for file in [bad, "/nowhere/a.pem"] {
        for at in ["http://127.0.0.1:1", "https://127.0.0.1:1"] {
            let by_proxy = ["-x", at, "http://a.test/"];
            fails(77, &[&["--proxy-cacert", file], &by_proxy[..]].concat());
            fails(58, &[&["--proxy-cert", file], &by_proxy[..]].concat());
        }
    }
    for flags in [
        &["--proxy-cacert", bad, "http://a.test/"][..],
        &["--proxy-cert", bad, "http://a.test/"],
        &["--proxy-key", bad, "-x", "http://b.test", "http://a.test/"],
    ] {
        assert_eq!(fetch(flags).code(), Some(2), "{flags:?}");
    }
}
