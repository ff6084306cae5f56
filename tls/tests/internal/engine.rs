//! Both roles of the engine against each other, and what a public API does not reach yet: early data, configurations of
//! one's own. Part of the crate's unit tests.

use std::future::Future;
use std::io::{self, ErrorKind, Write};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::{ClientConfig, InvalidMessage, RootCertStore, ServerConfig};
use rustls_pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_rustls::TlsConnector;

use super::{Closed, Engine, Failure, KeyLogSink, TlsStream, key_log};
use crate::{TlsFacts, TlsInfo, provider};

type Stream = TlsStream<DuplexStream>;

fn configs() -> (ServerConfig, ClientConfig) {
    // Its own trust anchor.
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let mut server = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let mut client = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    server.key_log = key_log(None);
    client.key_log = key_log(None);
    (server, client)
}

fn engines(server: ServerConfig, client: ClientConfig) -> (Engine, Engine) {
    let name = "localhost".try_into().unwrap();
    (
        Engine::server(Arc::new(server), Vec::new()).unwrap(),
        Engine::client(Arc::new(client), name).unwrap(),
    )
}

fn stream(io: DuplexStream, engine: Engine) -> Stream {
    let info = TlsInfo::from(TlsFacts::of(engine.state()).unwrap());
    TlsStream::new(io, engine, info)
}

async fn connected(server: ServerConfig, client: ClientConfig, pipe: usize) -> (Stream, Stream) {
    let (mut far, mut near) = duplex(pipe);
    let (mut server, mut client) = engines(server, client);
    let (accepted, connected) =
        tokio::join!(server.handshake(&mut far), client.handshake(&mut near));
    accepted.unwrap();
    connected.unwrap();
    (stream(far, server), stream(near, client))
}

#[tokio::test]
async fn both_roles_talk_and_close() {
    for pipe in [1, 100, 4096, 1 << 20] {
        let (server, client) = configs();
        let (mut server, mut client) = connected(server, client, pipe).await;
        let talk = async {
            client.write_all(&[b'x'; 40_000]).await?;
            client.close(Duration::from_secs(60)).await
        };
        let answer = async {
            let mut received = Vec::new();
            server.read_to_end(&mut received).await.unwrap();
            let closed = server.close(Duration::from_secs(60)).await.unwrap();
            (received.len(), closed)
        };
        let (closed, answered) = tokio::join!(talk, answer);
        assert_eq!(closed.unwrap(), Closed::Clean);
        assert_eq!(answered, (40_000, Closed::Clean));
        assert_eq!(server.buffered_bytes() + client.buffered_bytes(), 0);
    }
}

#[tokio::test]
async fn a_handshake_that_is_dropped_at_every_poll_loses_nothing() {
    /// One poll for each future.
    async fn in_pieces(engine: &mut Engine, io: &mut DuplexStream) -> Result<(), Failure> {
        std::future::poll_fn(|cx| {
            let polled = pin!(engine.handshake(io)).poll(cx);
            if polled.is_pending() {
                cx.waker().wake_by_ref();
            }
            polled
        })
        .await
    }
    for pipe in [1, 7, 1000, 1 << 20] {
        let (server, client) = configs();
        let (mut server, mut client) = engines(server, client);
        let (mut far, mut near) = duplex(pipe);
        let (accepted, connected) = tokio::join!(
            in_pieces(&mut server, &mut far),
            in_pieces(&mut client, &mut near)
        );
        accepted.unwrap();
        connected.unwrap();
        let (mut server, mut client) = (stream(far, server), stream(near, client));
        let (sent, received) = tokio::join!(
            async {
                server.write_all(b"content").await?;
                server.shutdown().await
            },
            async {
                let mut received = String::new();
                client.read_to_string(&mut received).await.map(|_| received)
            }
        );
        sent.unwrap();
        assert_eq!(received.unwrap(), "content");
    }
}

#[tokio::test]
async fn a_handshake_message_of_60_kib_is_taken() {
    let (server, mut client) = configs();
    client.alpn_protocols = (0..240).map(|n| vec![n; 250]).collect();
    let (mut server, _client) = connected(server, client, 1000).await;
    server.flush().await.unwrap();
    assert_eq!(server.buffered_bytes(), 0);
}

#[tokio::test]
async fn a_handshake_message_longer_than_64_kib_is_refused() {
    // Announced as long; and announced as legal, but in records of one byte each, of which 64 KiB take 390 KB.
    let announced = [&[22, 3, 1, 0, 4][..], &[1, 1, 0, 1]].concat();
    let mut in_bytes = Vec::new();
    for byte in [&[1, 0, 0xf0, 0][..], &vec![0; 0xf000]].concat() {
        in_bytes.extend_from_slice(&[22, 3, 1, 0, 1, byte]);
    }
    for hello in [announced, in_bytes] {
        let (server, client) = configs();
        let (mut server, _) = engines(server, client);
        let (mut far, mut near) = duplex(1 << 20);
        near.write_all(&hello).await.unwrap();
        let Err(Failure::Tls(error)) = server.handshake(&mut far).await else {
            panic!("taken");
        };
        assert_eq!(error, InvalidMessage::HandshakePayloadTooLarge.into());
        assert_eq!(server.buffered_bytes(), 0);
    }
}

#[tokio::test]
async fn the_end_of_the_stream_in_a_handshake_is_unexpected() {
    let (server, client) = configs();
    let (mut server, _) = engines(server, client);
    let (mut far, near) = duplex(100);
    drop(near);
    match server.handshake(&mut far).await {
        Err(Failure::Io(error)) => assert_eq!(error.kind(), ErrorKind::UnexpectedEof),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_client_that_refuses_has_sent_its_alert() {
    let (server, _) = configs();
    let client = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let (mut server, mut client) = engines(server, client);
    let (mut far, mut near) = duplex(1 << 20);
    let (accepted, connected) =
        tokio::join!(server.handshake(&mut far), client.handshake(&mut near));
    assert!(matches!(connected, Err(Failure::Tls(_))));
    let unknown_ca = rustls::AlertDescription::UnknownCA;
    match accepted {
        Err(Failure::Tls(rustls::Error::AlertReceived(alert))) => assert_eq!(alert, unknown_ca),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn tickets_do_not_hold_up_a_server_whose_client_only_writes() {
    let (mut server, client) = configs();
    server.send_tls13_tickets = 8;
    let (mut server, mut client) = engines(server, client);
    // Too small for the tickets.
    let (mut far, mut near) = duplex(600);
    let (accepted, connected) =
        tokio::join!(server.handshake(&mut far), client.handshake(&mut near));
    accepted.unwrap();
    connected.unwrap();
    assert!(server.buffered_bytes() > 0, "the tickets had room");
    let (mut server, mut client) = (stream(far, server), stream(near, client));
    let mut received = vec![0; 5000];
    let (sent, read) = tokio::join!(
        async {
            client.write_all(&[1; 5000]).await?;
            client.flush().await
        },
        server.read_exact(&mut received)
    );
    sent.unwrap();
    read.unwrap();
}

#[tokio::test]
async fn both_roles_export_the_same_keying_material() {
    let (server, client) = configs();
    let (server, client) = connected(server, client, 4096).await;
    let (mut ours, mut theirs) = ([0; 32], [0; 32]);
    server
        .export_keying_material(b"label", None, &mut ours)
        .unwrap();
    client
        .export_keying_material(b"label", Some(b""), &mut theirs)
        .unwrap();
    assert_eq!(ours, theirs);
    assert_ne!(ours, [0; 32]);
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<Vec<u8>>>>);

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().push(line.to_vec());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_key_log_has_one_line_in_each_write() {
    let (mut server, client) = configs();
    let lines = Lines::default();
    server.key_log = key_log(Some(Arc::new(KeyLogSink::new(lines.clone()))));
    connected(server, client, 4096).await;
    let mut labels = Vec::new();
    for line in lines.0.lock().unwrap().iter() {
        let line = std::str::from_utf8(line).unwrap();
        let fields: Vec<_> = line.strip_suffix('\n').unwrap().split(' ').collect();
        let [label, random, secret] = fields[..] else {
            panic!("{line}");
        };
        labels.push(label.to_owned());
        assert_eq!(random.len(), 64);
        assert!([64, 96].contains(&secret.len()));
        assert!(secret.bytes().all(|c| b"0123456789abcdef".contains(&c)));
    }
    labels.sort_unstable();
    let expected = [
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "CLIENT_TRAFFIC_SECRET_0",
        "EXPORTER_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_TRAFFIC_SECRET_0",
    ];
    assert_eq!(labels, expected);
}

#[tokio::test]
async fn early_data_is_read_before_the_handshake_ends_and_answers_wait_for_it() {
    let (mut server, mut client) = configs();
    server.max_early_data_size = 10_000;
    client.enable_early_data = true;
    let (server, client) = (Arc::new(server), Arc::new(client));
    let connector = TlsConnector::from(client).early_data(true);
    for round in 0..2 {
        let (mut far, near) = duplex(1 << 20);
        let name = "localhost".try_into().unwrap();
        let mut engine = Engine::server(Arc::clone(&server), Vec::new()).unwrap();
        let ask = async {
            let mut stream = connector.connect(name, near).await?;
            stream.write_all(b"early question").await?;
            stream.flush().await?;
            stream.write_all(b", late question").await?;
            stream.shutdown().await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.map(|_| answer)
        };
        let serve = async {
            engine.handshake(&mut far).await.unwrap();
            let early = (
                engine.is_handshaking(),
                engine.early_data().map_or(0, |early| early.bytes()),
            );
            let info = TlsInfo::from(TlsFacts::of(engine.state()).unwrap());
            let mut stream = TlsStream::new(far, engine, info);
            let mut question = [0; 14];
            stream.read_exact(&mut question).await?;
            assert_eq!(&question, b"early question");
            stream.write_all(b"answer").await?;
            let mut rest = String::new();
            stream.read_to_string(&mut rest).await?;
            assert_eq!(rest, ", late question");
            stream.shutdown().await?;
            io::Result::Ok(early)
        };
        let (answer, early) = tokio::join!(ask, serve);
        assert_eq!(answer.unwrap(), "answer");
        // Only the second connection has a ticket.
        let expected = if round == 0 { (false, 0) } else { (true, 14) };
        assert_eq!(early.unwrap(), expected);
    }
}

#[tokio::test]
async fn what_was_read_before_the_engine_was_made_is_not_lost() {
    let (server, client) = configs();
    let (mut far, mut near) = duplex(1 << 20);
    let name = "localhost".try_into().unwrap();
    let mut client = Engine::client(Arc::new(client), name).unwrap();
    let serve = async {
        let mut received = Vec::new();
        while received.len() < 100 {
            far.read_buf(&mut received).await.unwrap();
        }
        let mut engine = Engine::server(Arc::new(server), received).unwrap();
        engine.handshake(&mut far).await
    };
    let (accepted, connected) = tokio::join!(serve, client.handshake(&mut near));
    accepted.unwrap();
    connected.unwrap();
}
