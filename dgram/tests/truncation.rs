//! A datagram longer than the buffer is never cut silently.

#![forbid(unsafe_code)]

use wharf_dgram::{DgramOptions, Recv, Udp};

async fn receive(datagram: &[u8], buffer: &mut [u8]) -> Recv {
    let here = Udp::bind("127.0.0.1:0".parse().unwrap(), &DgramOptions::default()).unwrap();
    let there = Udp::bind("127.0.0.1:0".parse().unwrap(), &DgramOptions::default()).unwrap();
    here.send_to(datagram, there.local_addr()).await.unwrap();
    here.send_to(b"next", there.local_addr()).await.unwrap();
    let received = there.recv(buffer).await.unwrap();
    assert_eq!(received.from, here.local_addr());

    let mut whole = [0; 16];
    let next = there.recv(&mut whole).await.unwrap();
    assert_eq!(
        (&whole[..next.len], next.truncated),
        (&b"next"[..], false),
        "the next datagram is not affected"
    );
    received
}

#[tokio::test]
async fn a_datagram_longer_than_the_buffer_is_reported() {
    let mut buffer = [0; 4];
    let received = receive(b"harbour", &mut buffer).await;
    assert_eq!((received.len, received.truncated), (4, true));
    assert_eq!(&buffer, b"harb");
}

#[tokio::test]
async fn a_datagram_that_just_fits_is_whole() {
    let mut buffer = [0; 7];
    let received = receive(b"harbour", &mut buffer).await;
    assert_eq!((received.len, received.truncated), (7, false));
}

#[tokio::test]
async fn an_empty_buffer_cuts_everything_but_an_empty_datagram() {
    let received = receive(b"harbour", &mut []).await;
    assert_eq!((received.len, received.truncated), (0, true));
    let received = receive(b"", &mut []).await;
    assert_eq!((received.len, received.truncated), (0, false));
}
