//! Handshakes against rustls's own client, over an in-memory pipe.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use rustls::{AlertDescription, ClientConfig, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_rustls::TlsConnector;
use wharf_tls::{Identity, ServerTls, ServerTlsOptions, TlsVersions, provider};

#[expect(dead_code, reason = "each test file uses its part of it")]
mod authority;

use authority::Authority;

/// A certification authority, and an identity for `localhost` that it issued.
struct Pki {
    root: Authority,
    identity: Identity,
}

fn pki() -> Pki {
    let root = Authority::root("test root");
    let identity = root.leaf().identity();
    Pki { root, identity }
}

const BOTH: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];

fn client(
    root: Option<&Authority>,
    versions: &[&'static SupportedProtocolVersion],
    alpn: &[&[u8]],
) -> TlsConnector {
    let roots = root.map_or_else(RootCertStore::empty, Authority::roots);
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

fn localhost() -> ServerName<'static> {
    "localhost".try_into().unwrap()
}

fn server(pki: &Pki, options: &ServerTlsOptions) -> ServerTls {
    ServerTls::new(pki.identity.clone(), options).unwrap()
}

fn only_1_3() -> ServerTlsOptions {
    ServerTlsOptions {
        versions: TlsVersions::Tls13,
        ..ServerTlsOptions::default()
    }
}

#[tokio::test]
async fn both_versions_are_spoken_and_described() {
    let pki = pki();
    let tls = server(&pki, &ServerTlsOptions::default()).with_alpn(&[b"http/1.1"]);
    for (version, name) in [
        (&rustls::version::TLS13, "TLSv1.3"),
        (&rustls::version::TLS12, "TLSv1.2"),
    ] {
        let (near, far) = duplex(64 * 1024);
        let connector = client(Some(&pki.root), &[version], &[b"http/1.1"]);
        let (accepted, connected) =
            tokio::join!(tls.accept(far), connector.connect(localhost(), near));
        connected.unwrap();
        let stream = accepted.unwrap();
        let info = stream.info();
        assert_eq!(info.version_name(), name);
        let group = info.named_group_name().unwrap();
        assert!(["X25519MLKEM768", "x25519"].contains(&group), "{group}");
        assert_eq!(info.alpn.as_deref(), Some(&b"http/1.1"[..]));
        assert_eq!(info.server_name.as_deref(), Some("localhost"));
        assert!(
            info.cipher_suite_name().starts_with("TLS_"),
            "{}",
            info.cipher_suite_name()
        );
        assert!(!info.resumed);
    }
}

#[tokio::test]
async fn two_up_to_date_peers_agree_on_a_post_quantum_group() {
    let pki = pki();
    let tls = server(&pki, &ServerTlsOptions::default());
    let (near, far) = duplex(64 * 1024);
    let connector = client(Some(&pki.root), BOTH, &[]);
    let (accepted, connected) = tokio::join!(tls.accept(far), connector.connect(localhost(), near));
    connected.unwrap();
    assert_eq!(
        accepted.unwrap().info().named_group_name(),
        Some("X25519MLKEM768")
    );
}

#[tokio::test]
async fn a_session_is_resumed_and_known_to_be() {
    let pki = pki();
    let tls = server(&pki, &ServerTlsOptions::default());
    let connector = client(Some(&pki.root), BOTH, &[]);
    let mut resumed = Vec::new();
    for _ in 0..2 {
        let (near, far) = duplex(64 * 1024);
        let (accepted, connected) =
            tokio::join!(tls.accept(far), connector.connect(localhost(), near));
        let (mut accepted, mut connected) = (accepted.unwrap(), connected.unwrap());
        resumed.push(accepted.info().resumed);
        // The tickets come behind the handshake; the client sees them when it reads.
        accepted.write_all(b"x").await.unwrap();
        accepted.flush().await.unwrap();
        connected.read_u8().await.unwrap();
    }
    assert_eq!(resumed, [false, true]);
}

#[tokio::test]
async fn a_server_of_1_3_only_refuses_1_2() {
    let pki = pki();
    let tls = server(&pki, &only_1_3());
    let (near, far) = duplex(64 * 1024);
    let connector = client(Some(&pki.root), &[&rustls::version::TLS12], &[]);
    let (accepted, connected) = tokio::join!(tls.accept(far), connector.connect(localhost(), near));
    accepted.unwrap_err();
    let error = connected.unwrap_err().to_string();
    assert!(error.contains("ProtocolVersion"), "{error}");
}

#[tokio::test]
async fn a_client_that_offers_only_other_protocols_is_told_so() {
    let pki = pki();
    let tls = server(&pki, &ServerTlsOptions::default()).with_alpn(&[b"http/1.1"]);
    let (near, far) = duplex(64 * 1024);
    let connector = client(Some(&pki.root), BOTH, &[b"h2"]);
    let (accepted, connected) = tokio::join!(tls.accept(far), connector.connect(localhost(), near));
    accepted.unwrap_err();
    let error = connected.unwrap_err().to_string();
    assert!(error.contains("NoApplicationProtocol"), "{error}");
}

#[tokio::test]
async fn a_client_that_does_not_trust_us_says_why() {
    let pki = pki();
    let tls = server(&pki, &ServerTlsOptions::default());
    let (near, far) = duplex(64 * 1024);
    let connector = client(None, BOTH, &[]);
    let (accepted, connected) = tokio::join!(tls.accept(far), connector.connect(localhost(), near));
    connected.unwrap_err();
    let error = accepted.unwrap_err().error;
    assert_eq!(error.alert_received(), Some(AlertDescription::UnknownCA));
    assert!(!error.is_timeout() && !error.is_io());
}

#[tokio::test(start_paused = true)]
async fn a_handshake_has_a_deadline() {
    let pki = pki();
    let tls = server(&pki, &ServerTlsOptions::default());
    let start = tokio::time::Instant::now();
    let (mut near, far) = duplex(1024);
    near.write_all(&[0x16, 3, 1]).await.unwrap();
    let error = tls.accept(far).await.unwrap_err().error;
    assert!(error.is_timeout());
    assert_eq!(error.to_string(), "handshake not finished within 10s");
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn plain_text_is_recognised_and_nothing_is_said_to_it() {
    let pki = pki();
    let tls = server(&pki, &ServerTlsOptions::default());
    let (mut near, far) = duplex(1024);
    near.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let failed = tls.accept(far).await.unwrap_err();
    assert!(failed.error.is_plaintext());
    failed
        .plaintext
        .unwrap()
        .write_all(b"speak TLS")
        .await
        .unwrap();
    let mut answer = String::new();
    near.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "speak TLS");
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_is_an_io_error() {
    let pki = pki();
    let tls = server(&pki, &ServerTlsOptions::default());
    let (mut near, far) = duplex(1024);
    near.write_all(&[0x16, 3, 1]).await.unwrap();
    drop(near);
    assert!(tls.accept(far).await.unwrap_err().error.is_io());
}

/// A handshake record with a message that is no ClientHello.
const NO_HELLO: [u8; 9] = [0x16, 3, 1, 0, 4, 99, 0, 0, 0];

#[tokio::test]
async fn garbage_gets_an_alert() {
    let pki = pki();
    let tls = server(&pki, &ServerTlsOptions::default());
    let (mut near, far) = duplex(1024);
    near.write_all(&NO_HELLO).await.unwrap();
    let (accepted, alert) = tokio::join!(tls.accept(far), async {
        let mut alert = [0; 7];
        near.read_exact(&mut alert).await.unwrap();
        drop(near);
        alert
    });
    accepted.unwrap_err();
    assert_eq!(alert[0], 21, "an alert record");
}

#[tokio::test]
async fn the_alert_survives_a_client_that_goes_on_sending() {
    let pki = pki();
    let tls = server(&pki, &only_1_3());
    // Over real sockets: only there does a close with unread bytes turn into a reset.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    for _ in 0..20 {
        let accept = async {
            tls.accept(listener.accept().await.unwrap().0)
                .await
                .map(drop)
        };
        let refused = async {
            let mut io = tokio::net::TcpStream::connect(address).await.unwrap();
            io.write_all(&NO_HELLO).await.unwrap();
            let (mut reader, mut writer) = io.split();
            let sending = async {
                let _ = writer.write_all(&[0; 400_000]).await;
                let _ = writer.shutdown().await;
            };
            let mut answer = Vec::new();
            let ((), read) = tokio::join!(sending, reader.read_to_end(&mut answer));
            read.expect("the alert was overtaken by a reset");
            answer
        };
        let (accepted, answer) = tokio::join!(accept, refused);
        accepted.unwrap_err();
        assert_eq!(answer.first(), Some(&21));
    }
}

type Pair = (
    wharf_tls::TlsStream<DuplexStream>,
    tokio_rustls::client::TlsStream<DuplexStream>,
);

async fn connected(pipe: usize) -> Pair {
    let pki = pki();
    let tls = server(&pki, &ServerTlsOptions::default());
    let (near, far) = duplex(pipe);
    let connector = client(Some(&pki.root), BOTH, &[]);
    let (accepted, connected) = tokio::join!(tls.accept(far), connector.connect(localhost(), near));
    (accepted.unwrap(), connected.unwrap())
}

#[tokio::test]
async fn a_shutdown_delivers_everything_and_close_notify() {
    let (mut server, mut client) = connected(4096).await;
    let content = vec![b'x'; 60_000];
    let (sent, received) = tokio::join!(
        async {
            server.write_all(&content).await?;
            server.shutdown().await
        },
        async {
            let mut received = Vec::new();
            client.read_to_end(&mut received).await.map(|_| received)
        }
    );
    sent.unwrap();
    assert_eq!(received.unwrap(), content);
}

#[tokio::test]
async fn an_end_without_close_notify_is_an_error() {
    let (mut server, client) = connected(64 * 1024).await;
    drop(client);
    let error = server.read(&mut [0; 10]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}

#[tokio::test]
async fn reading_sends_what_a_write_left_behind() {
    // The pipe is too narrow for the write, and nobody flushes: what is left has to leave while we wait for the answer.
    let (mut server, mut client) = connected(4096).await;
    let question = vec![b'q'; 30_000];
    let serve = async {
        server.write_all(&question).await.unwrap();
        let mut answer = [0; 6];
        server.read_exact(&mut answer).await.unwrap();
        answer
    };
    let answer = async {
        let mut received = vec![0; 30_000];
        client.read_exact(&mut received).await.unwrap();
        client.write_all(b"answer").await.unwrap();
        client.flush().await.unwrap();
    };
    let both = async { tokio::join!(serve, answer).0 };
    let waited = tokio::time::timeout(Duration::from_secs(20), both).await;
    assert_eq!(&waited.expect("a deadlock"), b"answer");
}
