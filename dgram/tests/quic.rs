//! quinn on a socket of this crate, and quinn on its own, talk to each other.

#![forbid(unsafe_code)]
#![cfg(feature = "quinn")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use quinn::rustls::RootCertStore;
use quinn::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use quinn::{AsyncUdpSocket, ClientConfig, Endpoint, EndpointConfig, ServerConfig, TokioRuntime};
use wharf_dgram::{BatchOptions, BatchUdp, DgramOptions, Udp};
use wharf_faults::{DatagramProxy, Weather};

const NAME: &str = "echo.example";
const MESSAGE_BYTES: usize = 1 << 20;

fn batch(address: &str, options: &BatchOptions) -> BatchUdp {
    let bound = Udp::bind(address.parse().unwrap(), &DgramOptions::default()).unwrap();
    bound.into_batch(options).unwrap()
}

/// On whose socket an endpoint runs.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Socket {
    Ours,
    OursOneByOne,
    Stock,
}

fn endpoint(socket: Socket, address: &str, server: Option<ServerConfig>) -> Endpoint {
    let options = match socket {
        Socket::Stock => {
            let socket = std::net::UdpSocket::bind(address).unwrap();
            let runtime = Arc::new(TokioRuntime);
            return Endpoint::new(EndpointConfig::default(), server, socket, runtime).unwrap();
        }
        Socket::Ours => BatchOptions::default(),
        Socket::OursOneByOne => BatchOptions {
            segmentation: false,
            ..BatchOptions::default()
        },
    };
    Endpoint::new_with_abstract_socket(
        EndpointConfig::default(),
        server,
        Arc::new(batch(address, &options)),
        Arc::new(TokioRuntime),
    )
    .unwrap()
}

fn identity() -> (ServerConfig, ClientConfig) {
    let made = rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let certificate: CertificateDer<'static> = made.cert.der().clone();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    (
        ServerConfig::with_single_cert(vec![certificate], key).unwrap(),
        ClientConfig::with_root_certificates(Arc::new(roots)).unwrap(),
    )
}

/// Echoes streams, all of their content, until the client closes.
async fn serve(endpoint: Endpoint) {
    let connection = endpoint.accept().await.unwrap().await.unwrap();
    while let Ok((mut send, mut recv)) = connection.accept_bi().await {
        let message = recv.read_to_end(MESSAGE_BYTES).await.unwrap();
        send.write_all(&message).await.unwrap();
        send.finish().unwrap();
    }
    endpoint.wait_idle().await;
}

async fn ask(mut endpoint: Endpoint, config: ClientConfig, server: SocketAddr, bytes: usize) {
    endpoint.set_default_client_config(config);
    let connection = endpoint.connect(server, NAME).unwrap().await.unwrap();
    for turn in 0..2_u8 {
        let message: Vec<_> = (0..bytes)
            .map(|at| (at as u64 * 31 % 251) as u8 ^ turn)
            .collect();
        let (mut send, mut recv) = connection.open_bi().await.unwrap();
        let sending = async {
            send.write_all(&message).await.unwrap();
            send.finish().unwrap();
        };
        let receiving = recv.read_to_end(MESSAGE_BYTES);
        let ((), received) = tokio::join!(sending, receiving);
        assert!(received.unwrap() == message, "not what was sent");
    }
    connection.close(0_u32.into(), b"");
    endpoint.wait_idle().await;
}

async fn echoes(server_socket: Socket, client_socket: Socket, address: &str) {
    let (server, client) = identity();
    let server = endpoint(server_socket, address, Some(server));
    let at = server.local_addr().unwrap();
    let asking = ask(
        endpoint(client_socket, address, None),
        client,
        at,
        MESSAGE_BYTES,
    );
    let both = async { tokio::join!(serve(server), asking) };
    tokio::time::timeout(Duration::from_secs(120), both)
        .await
        .unwrap_or_else(|_| panic!("{client_socket:?} asks {server_socket:?} in vain"));
}

#[tokio::test]
async fn it_serves_clients_on_each_kind_of_socket() {
    for client in [Socket::Stock, Socket::Ours, Socket::OursOneByOne] {
        echoes(Socket::Ours, client, "127.0.0.1:0").await;
    }
}

#[tokio::test]
async fn it_asks_servers_on_each_kind_of_socket() {
    for server in [Socket::Stock, Socket::OursOneByOne] {
        echoes(server, Socket::Ours, "127.0.0.1:0").await;
    }
}

#[tokio::test]
async fn it_does_so_over_v6_and_on_a_socket_of_both_families() {
    echoes(Socket::Ours, Socket::Stock, "[::1]:0").await;
    let (server, client) = identity();
    let server = endpoint(Socket::Ours, "[::]:0", Some(server));
    let port = server.local_addr().unwrap().port();
    let there = SocketAddr::new("127.0.0.1".parse().unwrap(), port);
    let asking = ask(
        endpoint(Socket::Ours, "0.0.0.0:0", None),
        client,
        there,
        MESSAGE_BYTES,
    );
    let both = async { tokio::join!(serve(server), asking) };
    tokio::time::timeout(Duration::from_secs(120), both)
        .await
        .expect("within two minutes");
}

#[tokio::test]
async fn it_brings_everything_through_bad_weather() {
    let weather = |seed| Weather {
        seed,
        lose_percent: 3,
        duplicate_percent: 5,
        reorder_percent: 5,
    };
    let (server, client) = identity();
    let server = endpoint(Socket::Ours, "127.0.0.1:0", Some(server));
    let at = server.local_addr().unwrap();
    let proxy = DatagramProxy::start(at, weather(1), weather(2))
        .await
        .unwrap();
    let asking = ask(
        endpoint(Socket::Ours, "127.0.0.1:0", None),
        client,
        proxy.address(),
        64 * 1024,
    );
    let both = async { tokio::join!(serve(server), asking) };
    tokio::time::timeout(Duration::from_secs(120), both)
        .await
        .expect("within two minutes");
    for fates in proxy.stop().await.unwrap() {
        assert!(fates.lost > 0, "{fates:?}");
    }
}

#[tokio::test]
async fn a_datagram_that_cannot_be_sent_ends_no_connection() {
    let socket = batch("127.0.0.1:0", &BatchOptions::default());
    let contents = [7; 4000];
    for (to, segment_size) in [
        ("127.0.0.1:0", Some(1200)),
        ("[::1]:9", Some(1200)),
        ("192.0.2.1:9", None),
    ] {
        let transmit = quinn::udp::Transmit {
            destination: to.parse().unwrap(),
            ecn: None,
            contents: &contents,
            segment_size,
            src_ip: None,
        };
        // tokio has to have heard that something can be sent at all.
        let socket: &dyn AsyncUdpSocket = &socket;
        let sent = loop {
            match socket.try_send(&transmit) {
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    tokio::task::yield_now().await;
                }
                sent => break sent,
            }
        };
        assert!(sent.is_ok() || to.starts_with('['), "{to}: {sent:?}");
    }
    assert_eq!(AsyncUdpSocket::max_transmit_segments(&socket), 64);
    assert_eq!(AsyncUdpSocket::max_receive_segments(&socket), 64);
    assert!(!AsyncUdpSocket::may_fragment(&socket));
}
