//! What bounds a handshake: its time, and how many there are.

use std::time::Duration;

use tokio::io::{AsyncWriteExt, duplex};
use wharf_tls::{ServerTls, ServerTlsOptions};

use crate::authority::Authority;
use crate::visit::Client;

#[tokio::test]
async fn stalled_handshakes_make_room_and_shut_nobody_out() {
    let ca = Authority::root("root");
    let options = ServerTlsOptions {
        handshakes_max: 3,
        ..ServerTlsOptions::default()
    };
    let tls = ServerTls::new(ca.leaf().identity(), &options).unwrap();
    let mut stalled = Vec::new();
    let mut ends = Vec::new();
    for _ in 0..5 {
        let (mut near, far) = duplex(1024);
        near.write_all(&[22, 3, 1]).await.unwrap();
        ends.push(near);
        let tls = tls.clone();
        stalled.push(tokio::spawn(async move { tls.accept(far).await }));
        tokio::task::yield_now().await;
    }
    for task in stalled.drain(..2) {
        let failed = task.await.unwrap().unwrap_err();
        assert!(failed.error.is_evicted(), "{}", failed.error);
    }
    assert_eq!(tls.snapshot().handshakes, 3);
    Client::new(&ca, None).visit(&tls).await.info();
    let counts = tls.snapshot().counts;
    assert_eq!((counts.evicted, counts.full), (3, 1));
    drop(ends);
}

#[tokio::test(start_paused = true)]
async fn a_drip_of_a_hello_does_not_move_the_deadline() {
    let ca = Authority::root("root");
    let options = ServerTlsOptions {
        handshake_timeout: Duration::from_secs(3),
        ..ServerTlsOptions::default()
    };
    let tls = ServerTls::new(ca.leaf().identity(), &options).unwrap();
    let (mut near, far) = duplex(1024);
    let drip = async {
        for byte in [22, 3, 1, 2, 0].into_iter().chain(std::iter::repeat(1)) {
            if near.write_u8(byte).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    let start = tokio::time::Instant::now();
    let (accepted, ()) = tokio::join!(tls.accept(far), drip);
    assert!(accepted.unwrap_err().error.is_timeout());
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(tls.snapshot().counts.timed_out, 1);
}
