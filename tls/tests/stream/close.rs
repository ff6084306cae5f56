//! The ways a stream ends.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;
use wharf_tls::{Closed, Truncated};

use crate::peers::{Peers, TLS12, TLS13, content};

const WITHIN: Duration = Duration::from_secs(5);

#[tokio::test(start_paused = true)]
async fn a_close_that_we_begin_is_clean_for_both() {
    for version in [TLS13, TLS12] {
        let (mut server, mut client) = Peers::new(version).connected(4096).await;
        server.write_all(&content(60_000)).await.unwrap();
        let (closed, received) = tokio::join!(server.close(WITHIN), async {
            let mut received = Vec::new();
            client.read_to_end(&mut received).await.unwrap();
            client.shutdown().await.unwrap();
            received
        });
        assert_eq!(closed.unwrap(), Closed::Clean);
        assert!(received == content(60_000));
    }
}

#[tokio::test(start_paused = true)]
async fn a_close_that_the_peer_begins_is_clean_for_both() {
    for version in [TLS13, TLS12] {
        let (mut server, mut client) = Peers::new(version).connected(4096).await;
        client.shutdown().await.unwrap();
        assert_eq!(server.read(&mut [0; 10]).await.unwrap(), 0);
        assert_eq!(server.close(WITHIN).await.unwrap(), Closed::Clean);
        assert_eq!(client.read(&mut [0; 10]).await.unwrap(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn after_the_peers_close_notify_we_may_go_on_writing() {
    let (mut server, mut client) = Peers::new(TLS13).connected(4096).await;
    client.write_all(b"question").await.unwrap();
    client.shutdown().await.unwrap();
    let mut question = String::new();
    server.read_to_string(&mut question).await.unwrap();
    assert_eq!(question, "question");
    let answer = content(100_000);
    let (written, read) = tokio::join!(
        async {
            server.write_all(&answer).await?;
            server.close(WITHIN).await
        },
        async {
            let mut received = Vec::new();
            client.read_to_end(&mut received).await.map(|_| received)
        }
    );
    assert_eq!(written.unwrap(), Closed::Clean);
    assert!(read.unwrap() == answer);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_closes_meets_the_deadline() {
    let (mut server, _client) = Peers::new(TLS13).connected(4096).await;
    let start = Instant::now();
    assert_eq!(server.close(WITHIN).await.unwrap(), Closed::Deadline);
    assert_eq!(start.elapsed(), WITHIN);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_meets_the_deadline() {
    let (mut server, _client) = Peers::new(TLS13).connected(4096).await;
    server.write_all(&content(60_000)).await.unwrap();
    let start = Instant::now();
    assert_eq!(server.close(WITHIN).await.unwrap(), Closed::Deadline);
    assert_eq!(start.elapsed(), WITHIN);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_goes_without_a_word_is_known() {
    let (mut server, client) = Peers::new(TLS13).connected(1 << 20).await;
    let (closed, ()) = tokio::join!(server.close(WITHIN), async { drop(client) });
    assert_eq!(closed.unwrap(), Closed::Truncated);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_goes_on_sending_is_cut() {
    let (mut server, mut client) = Peers::new(TLS13).connected(1 << 20).await;
    let flood = async {
        while client.write_all(&[0; 60_000]).await.is_ok() {}
        std::future::pending::<()>().await;
    };
    let closed = tokio::select! {
        closed = server.close(WITHIN) => closed,
        () = flood => unreachable!(),
    };
    assert_eq!(closed.unwrap(), Closed::Excess);
}

#[tokio::test]
async fn an_end_without_close_notify_is_truncation_every_time_one_asks() {
    let (mut server, mut client) = Peers::new(TLS13).connected(4096).await;
    client.write_all(b"half of").await.unwrap();
    client.flush().await.unwrap();
    drop(client);
    let mut received = Vec::new();
    let error = server.read_to_end(&mut received).await.unwrap_err();
    assert_eq!(received, b"half of");
    assert!(Truncated::is(&error), "{error}");
    assert!(Truncated::is(&server.read(&mut [0; 10]).await.unwrap_err()));
    let other = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    assert!(!Truncated::is(&other));
}

#[tokio::test]
async fn nothing_can_be_written_after_close_notify() {
    let (mut server, mut client) = Peers::new(TLS13).connected(4096).await;
    server.close_notify().await.unwrap();
    server.close_notify().await.unwrap();
    let error = server.write(b"more").await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
    assert_eq!(client.read(&mut [0; 10]).await.unwrap(), 0);
}

#[tokio::test]
async fn the_transport_goes_on_in_the_clear_after_both_have_said_close_notify() {
    let (mut server, mut client) = Peers::new(TLS13).connected(1 << 16).await;
    // The peer's close_notify and its first words in the clear come together.
    client.get_mut().1.send_close_notify();
    client.flush().await.unwrap();
    let (io, _) = client.get_mut();
    io.write_all(b"in the clear").await.unwrap();
    assert_eq!(server.read(&mut [0; 10]).await.unwrap(), 0);
    server.close_notify().await.unwrap();
    let (mut io, unread) = server.into_inner();
    assert_eq!(unread, b"in the clear");
    // The client's library reads on past close_notify, so it comes first by itself.
    assert_eq!(client.read(&mut [0; 10]).await.unwrap(), 0);
    io.write_all(b"so am I").await.unwrap();
    let mut received = [0; 7];
    client.get_mut().0.read_exact(&mut received).await.unwrap();
    assert_eq!(&received, b"so am I");
}
