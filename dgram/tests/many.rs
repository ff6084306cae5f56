//! Many datagrams from one plain socket, and many peers at one.

#![forbid(unsafe_code)]

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use wharf_dgram::{DgramOptions, SEND_MANY_MAX, Udp};

fn bind(address: &str) -> Udp {
    Udp::bind(address.parse().unwrap(), &DgramOptions::default()).unwrap()
}

#[tokio::test]
async fn each_goes_to_its_own_peer() {
    let sender = bind("[::]:0");
    let peers: Vec<_> = (0..10_u8)
        .map(|number| bind(["127.0.0.1:0", "[::1]:0"][usize::from(number % 2)]))
        .collect();
    let numbers: Vec<_> = (0..10_u8).map(|number| [number; 3]).collect();
    let datagrams: Vec<_> = peers
        .iter()
        .zip(&numbers)
        .map(|(peer, number)| (peer.local_addr(), &number[..]))
        .collect();
    assert_eq!(sender.send_many(&datagrams).await.unwrap(), 10);
    for (peer, number) in peers.iter().zip(numbers) {
        let mut buffer = [0; 9];
        let received = peer.recv(&mut buffer).await.unwrap();
        assert_eq!(buffer[..received.len], number);
        assert_eq!(received.from.port(), sender.local_addr().port());
    }
}

#[tokio::test]
async fn it_says_how_many_and_the_next_call_goes_on() {
    let (sender, peer) = (bind("127.0.0.1:0"), bind("127.0.0.1:0"));
    assert_eq!(sender.send_many(&[]).await.unwrap(), 0);

    let bytes: Vec<_> = (0..SEND_MANY_MAX as u8 + 5).collect();
    let datagrams: Vec<_> = bytes
        .chunks(1)
        .map(|byte| (peer.local_addr(), byte))
        .collect();
    assert_eq!(sender.send_many(&datagrams).await.unwrap(), SEND_MANY_MAX);
    let rest = &datagrams[SEND_MANY_MAX..];
    assert_eq!(sender.send_many(rest).await.unwrap(), 5);
    for byte in bytes {
        let mut buffer = [0];
        peer.recv(&mut buffer).await.unwrap();
        assert_eq!(buffer[0], byte, "in their order");
    }
}

#[tokio::test]
async fn the_one_that_cannot_be_sent_is_told_by_the_call_that_begins_with_it() {
    let (sender, peer) = (bind("127.0.0.1:0"), bind("127.0.0.1:0"));
    let nowhere: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let datagrams = [
        (peer.local_addr(), &b"one"[..]),
        (nowhere, b"two"),
        (peer.local_addr(), b"three"),
    ];
    assert_eq!(sender.send_many(&datagrams).await.unwrap(), 1);
    let error = sender.send_many(&datagrams[1..]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    assert_eq!(sender.send_many(&datagrams[2..]).await.unwrap(), 1);
    let mut buffer = [0; 9];
    for wanted in [&b"one"[..], b"three"] {
        let received = peer.recv(&mut buffer).await.unwrap();
        assert_eq!(&buffer[..received.len], wanted);
    }
}

#[tokio::test]
async fn one_socket_serves_thousands_of_peers() {
    const PEERS: u16 = 2000;
    let server = bind("127.0.0.1:0");
    let address = server.local_addr();
    let serve = async {
        let mut buffer = [0; 16];
        for _ in 0..PEERS {
            let received = server.recv(&mut buffer).await.unwrap();
            let answer = &buffer[..received.len];
            server.send_to(answer, received.from).await.unwrap();
        }
    };
    let ask = async {
        let peers: Vec<_> = (0..PEERS).map(|_| bind("127.0.0.1:0")).collect();
        // As many at a time as surely find room.
        for (turn, peers) in peers.chunks(100).enumerate() {
            let number = |at: usize| ((turn * 100 + at) as u16).to_be_bytes();
            for (at, peer) in peers.iter().enumerate() {
                peer.connect(address).unwrap();
                peer.send(&number(at)).await.unwrap();
            }
            for (at, peer) in peers.iter().enumerate() {
                let mut buffer = [0; 2];
                peer.recv(&mut buffer).await.unwrap();
                assert_eq!(buffer, number(at));
            }
        }
    };
    let both = async { tokio::join!(serve, ask) };
    tokio::time::timeout(Duration::from_secs(60), both)
        .await
        .expect("within a minute");
}
