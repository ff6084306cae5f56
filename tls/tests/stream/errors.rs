//! What TLS refuses after the handshake.

use std::io::{self, ErrorKind};
use std::time::Duration;

use rustls::{AlertDescription, Error};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use wharf_faults::{Plan, Script, Step};

use crate::peers::{Peers, TLS12, TLS13};

fn tls_error(error: &io::Error) -> &Error {
    assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
    error.get_ref().unwrap().downcast_ref().unwrap()
}

#[tokio::test]
async fn an_error_comes_after_the_content_before_it_and_is_repeated() {
    for (version, record) in [(TLS13, 5 + 5 + 17), (TLS12, 5 + 5 + 24)] {
        let peers = Peers::new(version);
        let second = peers.handshake_bytes().await + record;
        let corrupt = Script::after(second + 8, Step::Corrupt { xor: 1 });
        let (mut server, mut client) = peers.connected_through(Plan::a_to_b(corrupt)).await;
        for content in [b"first", b"other"] {
            client.write_all(content).await.unwrap();
            client.flush().await.unwrap();
        }
        // Into a buffer with room for both.
        let mut received = [0; 100];
        assert_eq!(server.read(&mut received).await.unwrap(), 5);
        assert_eq!(&received[..5], b"first");
        for _ in 0..3 {
            let error = server.read(&mut received).await.unwrap_err();
            assert_eq!(tls_error(&error), &Error::DecryptError);
            let error = server.write(b"answer").await.unwrap_err();
            assert_eq!(tls_error(&error), &Error::DecryptError);
        }
        // The alert is on its way without anybody flushing.
        let error = client.read(&mut received).await.unwrap_err();
        let alert = Error::AlertReceived(AlertDescription::BadRecordMac);
        assert_eq!(tls_error(&error), &alert);
        server.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn an_error_is_not_delayed() {
    let peers = Peers::new(TLS13);
    let corrupt = Script::after(peers.handshake_bytes().await + 8, Step::Corrupt { xor: 1 });
    let (mut server, mut client) = peers.connected_through(Plan::a_to_b(corrupt)).await;
    client.write_all(b"first").await.unwrap();
    client.flush().await.unwrap();
    let error = server.read(&mut [0; 100]).await.unwrap_err();
    assert_eq!(tls_error(&error), &Error::DecryptError);
    assert_eq!(server.buffered_bytes(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_alert_that_the_transport_has_no_room_for_is_sent_later() {
    let peers = Peers::new(TLS13);
    let corrupt = Script::after(peers.handshake_bytes().await + 8, Step::Corrupt { xor: 1 });
    let (mut server, mut client) = peers.connected_through(Plan::a_to_b(corrupt)).await;
    // Nobody reads, so at some point the network is full. The clock is paused: it moves when nothing else does.
    let full = async { while server.write(&[b's'; 60_000]).await.is_ok() {} };
    timeout(Duration::from_secs(1), full).await.unwrap_err();
    client.write_all(b"first").await.unwrap();
    client.flush().await.unwrap();
    server.read(&mut [0; 100]).await.unwrap_err();
    assert!(server.buffered_bytes() > 0, "the network had room");
    let mut received = Vec::new();
    let (flushed, read) = tokio::join!(server.flush(), client.read_to_end(&mut received));
    flushed.unwrap();
    let alert = Error::AlertReceived(AlertDescription::BadRecordMac);
    assert_eq!(tls_error(&read.unwrap_err()), &alert);
}
