//! What waits, for how long, and what is held meanwhile. Time is paused.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufWriter, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::{Instant, advance, sleep, timeout};
use wharf_net::{RelayEnd, RelayOptions, RelayReport, relay};

use crate::peers::{ReadEnd, Scripted, read_all};

const IDLE: Duration = Duration::from_secs(300);
const HALF_CLOSED: Duration = Duration::from_secs(60);

/// A client, a server, and the relay between them.
fn relayed(options: RelayOptions) -> (DuplexStream, DuplexStream, JoinHandle<RelayReport>) {
    let (client, mut near) = duplex(1024);
    let (mut far, server) = duplex(1024);
    let task = tokio::spawn(async move { relay(&mut near, &mut far, &options).await });
    (client, server, task)
}

#[tokio::test(start_paused = true)]
async fn silence_in_both_directions_ends_it_at_the_idle_limit() {
    let began = Instant::now();
    let (_client, _server, relay) = relayed(RelayOptions::default());
    let report = relay.await.unwrap();
    assert!(matches!(report.end, RelayEnd::Idle), "{report:?}");
    assert_eq!(began.elapsed().as_secs(), IDLE.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_byte_in_either_direction_starts_the_idle_limit_anew() {
    let began = Instant::now();
    let (mut client, mut server, relay) = relayed(RelayOptions::default());
    for _ in 0..3 {
        sleep(Duration::from_secs(200)).await;
        client.write_u8(1).await.unwrap();
        server.read_u8().await.unwrap();
        sleep(Duration::from_secs(200)).await;
        server.write_u8(2).await.unwrap();
        client.read_u8().await.unwrap();
    }
    let report = relay.await.unwrap();
    assert!(matches!(report.end, RelayEnd::Idle), "{report:?}");
    assert_eq!((report.a_to_b, report.b_to_a), (3, 3));
    assert_eq!(began.elapsed().as_secs(), 6 * 200 + IDLE.as_secs());
}

#[tokio::test(start_paused = true)]
async fn after_one_end_the_shorter_limit_counts_from_the_last_byte() {
    let (mut client, mut server, relay) = relayed(RelayOptions::default());
    client.shutdown().await.unwrap();
    assert_eq!(read_all(&mut server).await, b"");
    for _ in 0..3 {
        sleep(Duration::from_secs(50)).await;
        server.write_u8(1).await.unwrap();
        client.read_u8().await.unwrap();
    }
    let last = Instant::now();
    let report = relay.await.unwrap();
    assert!(matches!(report.end, RelayEnd::Idle), "{report:?}");
    assert_eq!(last.elapsed().as_secs(), HALF_CLOSED.as_secs());
    assert_eq!(report.b_to_a, 3);
}

#[tokio::test(start_paused = true)]
async fn the_idle_limit_counts_where_the_other_is_longer_or_off() {
    for half_closed_idle in [Some(Duration::MAX), None] {
        let began = Instant::now();
        let (mut client, _server, relay) = relayed(RelayOptions {
            half_closed_idle,
            ..RelayOptions::default()
        });
        client.shutdown().await.unwrap();
        assert!(matches!(relay.await.unwrap().end, RelayEnd::Idle));
        assert_eq!(began.elapsed().as_secs(), IDLE.as_secs());
    }
}

#[tokio::test(start_paused = true)]
async fn without_limits_it_waits_for_ever() {
    for limit in [None, Some(Duration::MAX)] {
        let (mut client, mut server, relay) = relayed(RelayOptions {
            idle: limit,
            half_closed_idle: limit,
            ..RelayOptions::default()
        });
        client.shutdown().await.unwrap();
        advance(Duration::from_secs(365 * 86_400)).await;
        server.write_all(b"at last").await.unwrap();
        server.shutdown().await.unwrap();
        assert_eq!(read_all(&mut client).await, b"at last");
        assert!(matches!(relay.await.unwrap().end, RelayEnd::Finished));
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_takes_nothing_stalls_the_writer_and_falls_to_the_idle_limit() {
    let buffer_bytes = 512;
    let (mut client, mut server, relay) = relayed(RelayOptions {
        buffer_bytes,
        ..RelayOptions::default()
    });
    let mut sent = 0;
    while let Ok(written) = timeout(Duration::from_secs(1), client.write(&[0; 100])).await {
        sent += written.unwrap();
    }
    // Two pipes of 1024 bytes and what the relay holds.
    assert_eq!(sent, 1024 + buffer_bytes + 1024);
    let report = relay.await.unwrap();
    assert!(matches!(report.end, RelayEnd::Idle), "{report:?}");
    assert_eq!(report.a_to_b, 1024);
    assert_eq!(read_all(&mut server).await.len(), 1024);
}

#[tokio::test(start_paused = true)]
async fn a_stalled_writer_goes_on_when_the_reader_does() {
    let (mut client, mut server, relay) = relayed(RelayOptions {
        buffer_bytes: 1,
        ..RelayOptions::default()
    });
    let writer = tokio::spawn(async move {
        client.write_all(&[7; 10_000]).await.unwrap();
        client.shutdown().await.unwrap();
        client
    });
    for _ in 0..10 {
        sleep(Duration::from_secs(10)).await;
        let mut some = [0; 100];
        server.read_exact(&mut some).await.unwrap();
    }
    assert_eq!(read_all(&mut server).await, [7; 9_000]);
    drop((server, writer.await.unwrap()));
    assert!(matches!(relay.await.unwrap().end, RelayEnd::Finished));
}

#[tokio::test(start_paused = true)]
async fn what_a_buffering_writer_keeps_back_is_flushed_when_the_reader_pauses() {
    let (mut client, near) = duplex(1024);
    let (far, mut server) = duplex(1024);
    let (mut near, mut far) = (BufWriter::new(near), BufWriter::new(far));
    let relay =
        tokio::spawn(async move { relay(&mut near, &mut far, &RelayOptions::default()).await });
    client.write_all(b"ping").await.unwrap();
    let mut heard = [0; 4];
    server.read_exact(&mut heard).await.unwrap();
    server.write_all(b"pong").await.unwrap();
    client.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"pong");
    drop((client, server));
    assert!(matches!(relay.await.unwrap().end, RelayEnd::Finished));
}

#[tokio::test(start_paused = true)]
async fn an_endless_stream_starves_neither_the_other_direction_nor_other_tasks() {
    let mut a = Scripted::new(&[], ReadEnd::Endless);
    let mut b = Scripted::new(&[], ReadEnd::Endless);
    let logs = [a.log.clone(), b.log.clone()];
    let relay = tokio::spawn(async move { relay(&mut a, &mut b, &RelayOptions::default()).await });
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    for log in logs {
        assert!(log.written() > 10_000, "{}", log.written());
    }
    relay.abort();
}
