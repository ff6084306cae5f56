//! A last answer arrives although the peer is still sending.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::net::TcpStream;
use wharf_net::{Bind, Linger, LingerEnd, Listener, close_lingering};

#[tokio::test]
async fn the_answer_survives_a_peer_that_keeps_sending() {
    let mut listener = Listener::bind(&"127.0.0.1:0".parse().unwrap(), &Bind::default())
        .await
        .unwrap();
    let mut client = TcpStream::connect(listener.local_addr().inet().unwrap())
        .await
        .unwrap();
    let mut conn = listener.accept().await.unwrap();
    client.write_all(&[0; 64 * 1024]).await.unwrap();
    conn.read_u8().await.unwrap();
    conn.write_all(b"no, thank you").await.unwrap();

    let server = tokio::spawn(async move { conn.close_lingering(&Linger::default()).await });
    client.write_all(&[0; 64 * 1024]).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "no, thank you");
    drop(client);
    assert_eq!(server.await.unwrap().unwrap(), LingerEnd::PeerClosed);
}

#[tokio::test]
async fn a_peer_that_sends_for_ever_is_given_up_at_the_byte_limit() {
    let (mut near, mut far) = duplex(1024);
    let sender = tokio::spawn(async move { while far.write_all(&[0; 512]).await.is_ok() {} });
    let linger = Linger {
        bytes_max: 10_000,
        time_max: Duration::from_secs(60),
    };
    assert_eq!(
        close_lingering(&mut near, &linger).await.unwrap(),
        LingerEnd::GaveUp
    );
    drop(near);
    sender.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_says_nothing_is_given_up_at_the_deadline() {
    let (mut near, _far) = duplex(1024);
    let linger = Linger {
        bytes_max: 10_000,
        time_max: Duration::from_secs(5),
    };
    assert_eq!(
        close_lingering(&mut near, &linger).await.unwrap(),
        LingerEnd::GaveUp
    );
}

#[tokio::test]
async fn a_peer_that_closes_ends_it() {
    let (mut near, mut far) = duplex(1024);
    far.write_all(b"bye").await.unwrap();
    drop(far);
    let end = close_lingering(&mut near, &Linger::default())
        .await
        .unwrap();
    assert_eq!(end, LingerEnd::PeerClosed);
}
