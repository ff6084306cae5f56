//! What TLS refuses after the handshake.

use std::io::{self, ErrorKind};

use rustls::{AlertDescription, Error};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
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

#[tokio::test]
async fn an_alert_that_the_transport_has_no_room_for_is_sent_later() {
    let peers = Peers::new(TLS13);
    let corrupt = Script::after(peers.handshake_bytes().await + 8, Step::Corrupt { xor: 1 });
    let (mut server, mut client) = peers.connected_through(Plan::a_to_b(corrupt)).await;
    // The network holds 64 KiB, and some more on its way. Nobody reads.
    let mut sent = 0;
    while let Ok(written) = tokio::time::timeout(
        std::time::Duration::from_millis(50),
        server.write(&[b's'; 60_000]),
    )
    .await
    {
        sent += written.unwrap();
    }
    client.write_all(b"first").await.unwrap();
    client.flush().await.unwrap();
    server.read(&mut [0; 100]).await.unwrap_err();
    let mut received = vec![0; sent];
    let drain = async {
        client.read_exact(&mut received).await.unwrap();
        client.read_u8().await.unwrap_err()
    };
    let (flushed, error) = tokio::join!(server.flush(), drain);
    flushed.unwrap();
    let alert = Error::AlertReceived(AlertDescription::BadRecordMac);
    assert_eq!(tls_error(&error), &alert);
}
