//! Datagrams through a network that loses, repeats and reorders them: what a protocol above has to do, and can.

#![forbid(unsafe_code)]

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::timeout;
use wharf_dgram::{BatchOptions, DgramOptions, Segments, Slots, Udp};
use wharf_faults::{DatagramProxy, Weather};

fn bind() -> Udp {
    Udp::bind("127.0.0.1:0".parse().unwrap(), &DgramOptions::default()).unwrap()
}

fn bad(seed: u64) -> Weather {
    Weather {
        seed,
        lose_percent: 20,
        duplicate_percent: 20,
        reorder_percent: 20,
    }
}

/// What never comes fails the test instead of stopping it.
const PATIENCE: Duration = Duration::from_secs(60);
/// After how long a message is sent again.
const AGAIN: Duration = Duration::from_millis(20);

/// Sends each message until it is acknowledged.
async fn send_all(socket: &Udp, to: SocketAddr, messages: u16) {
    socket.connect(to).unwrap();
    let mut buffer = [0; 9];
    for number in 0..messages {
        'sent: loop {
            socket.send(&number.to_be_bytes()).await.unwrap();
            while let Ok(received) = timeout(AGAIN, socket.recv(&mut buffer)).await {
                let received = received.unwrap();
                if buffer[..received.len] == number.to_be_bytes() {
                    break 'sent;
                }
                // Late word about an earlier one.
            }
        }
    }
}

/// Acknowledges whatever comes, and keeps what is next.
async fn receive_all(socket: &Udp, messages: u16) {
    let (mut next, mut buffer) = (0, [0; 9]);
    while next < messages {
        let received = socket.recv(&mut buffer).await.unwrap();
        assert_eq!((received.len, received.truncated), (2, false));
        let number = u16::from_be_bytes([buffer[0], buffer[1]]);
        assert!(number <= next, "{number} before {next}");
        if number == next {
            next += 1;
        }
        socket.send_to(&buffer[..2], received.from).await.unwrap();
    }
}

#[tokio::test]
async fn stop_and_wait_brings_everything_once_and_in_order() {
    let (client, server) = (bind(), bind());
    let proxy = DatagramProxy::start(server.local_addr(), bad(1), bad(2))
        .await
        .unwrap();
    let both = async {
        tokio::select! {
            () = send_all(&client, proxy.address(), 200) => {}
            // The last word may be lost: answering goes on until the client has heard it.
            () = receive_all(&server, u16::MAX) => unreachable!(),
        }
    };
    timeout(PATIENCE, both).await.expect("within a minute");
    let [there, back] = proxy.stop().await.unwrap();
    for fates in [there, back] {
        assert!(fates.lost > 10 && fates.duplicated > 10, "{fates:?}");
    }
}

#[tokio::test]
async fn a_batch_loses_single_datagrams_and_not_itself() {
    let server = bind().into_batch(&BatchOptions::default()).unwrap();
    let client = bind().into_batch(&BatchOptions::default()).unwrap();
    let weather = Weather {
        seed: 5,
        lose_percent: 50,
        ..Weather::default()
    };
    let calm = Weather::default();
    let proxy = DatagramProxy::start(server.local_addr(), weather, calm)
        .await
        .unwrap();
    let bytes: Vec<_> = (0..50_u8).flat_map(|number| [number; 20]).collect();
    let segments = Segments::new(proxy.address(), &bytes, 20);
    client.send(&segments).await.unwrap();
    let mut slots = Slots::default();
    let mut arrived = Vec::new();
    while let Ok(datagrams) = timeout(Duration::from_millis(500), server.recv(&mut slots)).await {
        for datagram in datagrams.unwrap() {
            assert_eq!(datagram.bytes, [datagram.bytes[0]; 20]);
            arrived.push(datagram.bytes[0]);
        }
    }
    let fates = proxy.stop().await.unwrap()[0];
    assert_eq!(fates.received, 50);
    assert_eq!(arrived.len() as u64, 50 - fates.lost);
    assert!(arrived.is_sorted() && 5 < arrived.len() && arrived.len() < 45);
}
