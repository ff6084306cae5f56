//! PROXY headers of HAProxy and curl, whose programs speak before the client does.

use std::net::SocketAddr;
use std::process::Command;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use wharf_interop_tests::{PATIENCE, Process, has_ipv6_loopback, peer};
use wharf_net::{
    Addr, Admission, Bind, Conn, Listener, ProxyChecksum, ProxyHeader, ProxyPolicy, ProxySsl,
    ProxyVersion,
};

/// Everything that HAProxy 2.6 can add to a header of version 2.
const ALL: &str = "send-proxy-v2 proxy-v2-options \
                   crc32c,unique-id,authority,ssl,cert-cn,ssl-cipher,cert-sig,cert-key";

/// Listens for a proxy on this host.
async fn behind_a_proxy(endpoint: &str) -> Listener {
    let bound = Listener::bind(&endpoint.parse().unwrap(), &Bind::default()).await;
    let proxies = "127.0.0.0/8, ::1".parse().unwrap();
    bound.unwrap().admission(Admission {
        proxy: Some(ProxyPolicy::trusting(proxies)),
        ..Admission::default()
    })
}

fn address(listener: &Listener) -> SocketAddr {
    listener.local_addr().inet().unwrap()
}

async fn accept(listener: &mut Listener) -> Conn {
    let accepted = timeout(PATIENCE, listener.accept()).await;
    accepted.expect("nothing is admitted").unwrap()
}

#[track_caller]
fn header(conn: &Conn) -> &ProxyHeader {
    conn.info().proxy.as_deref().expect("it was asked for")
}

/// The first byte behind the header, and an answer to it.
async fn converse(conn: &mut Conn, client: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin)) {
    client.write_all(b"?").await.unwrap();
    let read = timeout(PATIENCE, conn.read_u8()).await;
    assert_eq!(read.expect("nothing comes").unwrap(), b'?');
    conn.write_all(b"!").await.unwrap();
    let read = timeout(PATIENCE, client.read_u8()).await;
    assert_eq!(read.expect("nothing comes").unwrap(), b'!');
}

fn loopbacks() -> Vec<&'static str> {
    let mut loopbacks = vec!["127.0.0.1:0"];
    if has_ipv6_loopback() {
        loopbacks.push("[::1]:0");
    }
    loopbacks
}

#[tokio::test]
async fn the_client_is_the_one_that_haproxy_names() {
    let Some(haproxy) = peer::haproxy() else {
        return;
    };
    let mut listener = behind_a_proxy("127.0.0.1:0").await;
    let ours = address(&listener);
    for (words, version) in [
        ("send-proxy", ProxyVersion::V1),
        ("send-proxy-v2", ProxyVersion::V2),
        (ALL, ProxyVersion::V2),
    ] {
        for from in loopbacks() {
            let (_proxy, front) = haproxy.relay(from, ours, words);
            let mut client = TcpStream::connect(front).await.unwrap();
            // Some versions connect to the server only once the client has said something.
            client.write_all(b"+").await.unwrap();
            let mut conn = accept(&mut listener).await;
            let info = conn.info();
            assert_eq!(info.peer, client.local_addr().unwrap().into(), "{words}");
            assert_eq!(info.local, front.into(), "{words}");
            assert_eq!(info.transport_local, ours.into(), "{words}");
            assert_ne!(info.transport_peer, info.peer, "{words}");
            assert_eq!(header(&conn).version, version);
            assert_eq!(conn.read_u8().await.unwrap(), b'+', "{words}");
            converse(&mut conn, &mut client).await;

            let tlvs = &header(&conn).tlvs;
            assert_eq!(tlvs.others, []);
            if words == ALL {
                assert_eq!(tlvs.checksum, ProxyChecksum::Crc32c);
                let id = tlvs.unique_id.as_deref().unwrap();
                assert!(!id.is_empty());
            } else {
                assert_eq!(*tlvs, Default::default(), "{words}");
            }
        }
    }
}

#[tokio::test]
async fn haproxy_does_not_name_a_client_on_a_unix_socket() {
    let Some(haproxy) = peer::haproxy() else {
        return;
    };
    let mut listener = behind_a_proxy("127.0.0.1:0").await;
    for words in ["send-proxy", ALL] {
        let (_proxy, path) = haproxy.relay_unix(address(&listener), words);
        let mut client = UnixStream::connect(&path).await.unwrap();
        client.write_all(b"+").await.unwrap();
        let mut conn = accept(&mut listener).await;
        assert_eq!(header(&conn).addresses, None, "{words}");
        assert_eq!(conn.info().peer, conn.info().transport_peer, "{words}");
        assert_eq!(conn.read_u8().await.unwrap(), b'+', "{words}");
        converse(&mut conn, &mut client).await;
        std::fs::remove_file(path).unwrap();
    }
}

#[tokio::test]
async fn all_that_haproxy_tells_of_a_tls_client_arrives() {
    let (Some(haproxy), Some(openssl)) = (peer::haproxy(), peer::openssl()) else {
        return;
    };
    let both = haproxy.path("both.pem");
    let text = both.to_str().unwrap();
    // The same certificate for both sides. HAProxy wants it in a file with its key.
    let _ = openssl
        .run(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-batch",
            "-days",
            "2",
            "-subj",
            "/CN=somebody",
            "-keyout",
            text,
            "-out",
            text,
        ])
        .success();
    let key_and_certificate = std::fs::read_to_string(&both).unwrap();
    assert!(key_and_certificate.contains("PRIVATE KEY"), "both in one");

    let mut listener = behind_a_proxy("127.0.0.1:0").await;
    let bind = format!("ssl crt {text} alpn h2 verify optional ca-file {text}");
    let (_proxy, front) = haproxy.relay_tls(&bind, address(&listener), ALL);
    let mut command = openssl.command(&["s_client", "-connect", &front.to_string(), "-quiet"]);
    command.args(["-servername", "app.example", "-alpn", "h2", "-tls1_3"]);
    let client = Process::spawn_with_stdin(command.args(["-cert", text]));
    let conn = accept(&mut listener).await;

    let tlvs = &header(&conn).tlvs;
    assert_eq!(tlvs.alpn.as_deref(), Some(&b"h2"[..]));
    assert_eq!(tlvs.authority.as_deref(), Some("app.example"));
    assert_eq!(tlvs.checksum, ProxyChecksum::Crc32c);
    let peer = conn.info().peer.inet().unwrap();
    let id = format!(
        "{}:{}_{}:{}",
        peer.ip(),
        peer.port(),
        front.ip(),
        front.port()
    );
    assert_eq!(tlvs.unique_id.as_deref(), Some(id.as_bytes()));
    assert_eq!(tlvs.netns, None);
    assert_eq!(tlvs.others, []);
    let ssl = tlvs.ssl.as_deref().unwrap();
    assert_eq!(
        ssl.client,
        ProxySsl::CLIENT_TLS | ProxySsl::CLIENT_CERT_CONN | ProxySsl::CLIENT_CERT_SESS
    );
    assert!(ssl.is_client_verified());
    assert_eq!(ssl.version.as_deref(), Some("TLSv1.3"));
    assert_eq!(ssl.cn.as_deref(), Some("somebody"));
    assert_eq!(ssl.key_alg.as_deref(), Some("RSA2048"));
    assert_eq!(ssl.sig_alg.as_deref(), Some("RSA-SHA256"));
    assert!(ssl.cipher.as_deref().unwrap().starts_with("TLS_"));
    assert_eq!(ssl.others, []);
    drop((conn, client));
}

#[tokio::test]
async fn a_health_check_of_haproxy_is_its_own_connection() {
    let Some(haproxy) = peer::haproxy() else {
        return;
    };
    let mut listener = behind_a_proxy("127.0.0.1:0").await;
    let words = "send-proxy-v2 check check-send-proxy";
    let (proxy, _) = haproxy.relay("127.0.0.1:0", address(&listener), words);
    let mut conn = accept(&mut listener).await;
    assert!(header(&conn).is_local());
    assert_eq!(conn.info().peer, conn.info().transport_peer);
    let mut ping = [0; 6];
    let read = timeout(PATIENCE, conn.read_exact(&mut ping)).await;
    read.expect("nothing comes").unwrap();
    assert_eq!(&ping, b"PING\r\n");
    conn.write_all(b"PONG\r\n").await.unwrap();
    drop(proxy);
}

/// One exchange of curl, which sends a header of version 1 in its own name.
async fn curl_is_itself(listener: &mut Listener, mut command: Command) -> Conn {
    let process = Process::spawn(command.args(["--haproxy-protocol"]));
    let mut conn = accept(listener).await;
    assert_eq!(header(&conn).version, ProxyVersion::V1);
    assert_eq!(conn.info().peer, conn.info().transport_peer);
    assert_eq!(conn.info().local, conn.info().transport_local);
    let mut first = [0; 5];
    let read = timeout(PATIENCE, conn.read_exact(&mut first)).await;
    read.expect("nothing comes").unwrap();
    assert_eq!(&first, b"GET /");
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    conn.write_all(answer).await.unwrap();
    let _ = conn.shutdown().await;
    assert_eq!(process.finish(PATIENCE).success().text(), "hello");
    conn
}

#[tokio::test]
async fn curl_names_itself() {
    let Some(curl) = peer::curl() else { return };
    for endpoint in loopbacks() {
        let mut listener = behind_a_proxy(endpoint).await;
        let mut command = curl.command();
        command.arg(format!("http://{}/", address(&listener)));
        let conn = curl_is_itself(&mut listener, command).await;
        assert!(header(&conn).addresses.is_some());
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let mut listener = behind_a_proxy(&format!("unix:{}", path.display())).await;
    let mut command = curl.command();
    command.arg("--unix-socket").arg(&path);
    let conn = curl_is_itself(&mut listener, {
        command.arg("http://localhost/");
        command
    })
    .await;
    assert_eq!(conn.info().peer, Addr::Unnamed);
}
