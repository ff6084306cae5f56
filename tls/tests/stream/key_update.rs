//! Changes of keys, and the exporter.

use std::io::ErrorKind;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::peers::{Peers, TLS12, TLS13};

#[tokio::test]
async fn keys_change_many_times_at_the_wish_of_either_side() {
    let (mut server, mut client) = Peers::new(TLS13).connected(4096).await;
    for round in 0..200_u8 {
        if round % 2 == 0 {
            server.request_key_update().await.unwrap();
        } else {
            client.get_mut().1.refresh_traffic_keys().unwrap();
        }
        server.write_all(&[round; 100]).await.unwrap();
        server.flush().await.unwrap();
        let mut received = [0; 100];
        client.read_exact(&mut received).await.unwrap();
        assert_eq!(received, [round; 100]);
        client.write_all(&received).await.unwrap();
        client.flush().await.unwrap();
        server.read_exact(&mut received).await.unwrap();
        assert_eq!(received, [round; 100]);
    }
    assert_eq!(server.buffered_bytes(), 0);
}

#[tokio::test]
async fn a_reader_alone_follows_the_changes_of_its_peer() {
    let (mut server, mut client) = Peers::new(TLS13).connected(1 << 20).await;
    for round in 0..20 {
        client.get_mut().1.refresh_traffic_keys().unwrap();
        client.write_all(&[round; 10]).await.unwrap();
        client.flush().await.unwrap();
    }
    let mut received = [0; 200];
    server.read_exact(&mut received).await.unwrap();
    server.write_all(b"answer").await.unwrap();
    let mut answer = [0; 6];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"answer");
}

#[tokio::test]
async fn tls_1_2_has_no_key_update() {
    let (mut server, _client) = Peers::new(TLS12).connected(4096).await;
    let error = server.request_key_update().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[tokio::test]
async fn both_sides_export_the_same_keying_material() {
    let (server, client) = Peers::new(TLS13).connected(4096).await;
    let long = [b'c'; 1000];
    for context in [None, Some(&b""[..]), Some(b"context"), Some(&long)] {
        for length in [1, 32, 48, 500] {
            let mut ours = vec![0; length];
            server
                .export_keying_material(b"EXPORTER-Channel-Binding", context, &mut ours)
                .unwrap();
            let theirs = client
                .get_ref()
                .1
                .export_keying_material(vec![0; length], b"EXPORTER-Channel-Binding", context)
                .unwrap();
            assert_eq!(ours, theirs);
            server
                .export_keying_material(b"other label", context, &mut ours)
                .unwrap();
            assert!(length < 32 || ours != theirs);
        }
    }
}

#[tokio::test]
async fn what_cannot_be_exported_is_refused() {
    let (server, _client) = Peers::new(TLS13).connected(4096).await;
    let export = |label: &[u8], length| {
        let mut out = vec![0; length];
        server.export_keying_material(label, None, &mut out)
    };
    export(&[b'l'; 249], 32).unwrap();
    export(&[b'l'; 250], 32).unwrap_err();
    export(b"label", 0).unwrap_err();
    export(b"label", 70_000).unwrap_err();
    export(b"label", 255 * 48 + 1).unwrap_err();
    let (server, _client) = Peers::new(TLS12).connected(4096).await;
    let error = server
        .export_keying_material(b"label", None, &mut [0; 32])
        .unwrap_err();
    assert!(error.to_string().contains("TLS 1.3"), "{error}");
}
