//! Idle and total timeouts, on paused time.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::time::{Instant, advance, sleep};
use wharf_net::{IdleTimeout, TotalTimeout};

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_cut_after_the_idle_time() {
    let (near, _far) = duplex(64);
    let start = Instant::now();
    let mut near = IdleTimeout::new(near, 10 * SECOND);
    let error = near.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(start.elapsed(), 10 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn every_byte_gives_the_whole_time_again() {
    let (near, mut far) = duplex(64);
    let mut near = IdleTimeout::new(near, 10 * SECOND);
    let start = Instant::now();
    let sender = tokio::spawn(async move {
        for _ in 0..5 {
            sleep(9 * SECOND).await;
            far.write_u8(1).await.unwrap();
        }
        far
    });
    for _ in 0..5 {
        near.read_u8().await.unwrap();
    }
    let _far = sender.await.unwrap();
    assert_eq!(start.elapsed(), 45 * SECOND);
    near.read_u8().await.unwrap_err();
    assert_eq!(start.elapsed(), 55 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_writer_whose_peer_takes_nothing_is_idle_and_one_that_is_read_slowly_is_not() {
    let (near, mut far) = duplex(4);
    let mut near = IdleTimeout::new(near, 10 * SECOND);
    let reader = tokio::spawn(async move {
        for _ in 0..3 {
            sleep(9 * SECOND).await;
            far.read_exact(&mut [0; 4]).await.unwrap();
        }
        far
    });
    near.write_all(&[0; 16]).await.unwrap();
    let _far = reader.await.unwrap();
    let start = Instant::now();
    let error = near.write_all(&[0; 16]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(start.elapsed(), 10 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn data_that_is_there_is_read_however_late() {
    let (near, mut far) = duplex(64);
    let mut near = IdleTimeout::new(near, 10 * SECOND);
    far.write_u8(1).await.unwrap();
    advance(60 * SECOND).await;
    near.read_u8().await.unwrap();
    near.write_u8(2).await.unwrap();
    near.into_inner();
}

#[tokio::test(start_paused = true)]
async fn a_flush_that_moves_nothing_is_no_sign_of_life() {
    let (near, _far) = duplex(64);
    let mut near = IdleTimeout::new(near, 10 * SECOND);
    advance(9 * SECOND).await;
    near.flush().await.unwrap();
    let start = Instant::now();
    near.read_u8().await.unwrap_err();
    assert_eq!(start.elapsed(), SECOND);
}

#[tokio::test(start_paused = true)]
async fn the_total_time_ends_for_a_busy_peer_too() {
    let (near, mut far) = duplex(64);
    let mut near = TotalTimeout::new(near, 10 * SECOND);
    let flood = tokio::spawn(async move {
        while far.write_u8(1).await.is_ok() {
            sleep(SECOND / 10).await;
        }
    });
    let start = Instant::now();
    let error = loop {
        if let Err(error) = near.read_u8().await {
            break error;
        }
    };
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(start.elapsed(), 10 * SECOND);
    // Over is over, in every direction.
    assert_eq!(
        near.write_u8(1).await.unwrap_err().kind(),
        ErrorKind::TimedOut
    );
    drop(near);
    flood.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_time_without_end_is_possible() {
    let (near, mut far) = duplex(64);
    let mut near = TotalTimeout::new(IdleTimeout::new(near, Duration::MAX), Duration::MAX);
    advance(Duration::from_secs(86_400)).await;
    far.write_u8(1).await.unwrap();
    near.read_u8().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_reader_is_woken_although_a_writer_in_another_task_waited_last() {
    let total = |io| TotalTimeout::new(io, 5 * SECOND);
    let idle = |io| IdleTimeout::new(io, 5 * SECOND);
    woken(total).await;
    woken(idle).await;
}

async fn woken<T>(wrap: impl Fn(tokio::io::DuplexStream) -> T)
where
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    let (near, _far) = duplex(1);
    let start = Instant::now();
    let (mut reader, mut writer) = tokio::io::split(wrap(near));
    let reading = tokio::spawn(async move { reader.read_u8().await });
    let writing = tokio::spawn(async move {
        tokio::task::yield_now().await;
        writer.write_all(b"xy").await
    });
    let read = reading.await.unwrap().unwrap_err();
    let written = writing.await.unwrap().unwrap_err();
    assert_eq!(
        (read.kind(), written.kind()),
        (ErrorKind::TimedOut, ErrorKind::TimedOut)
    );
    assert_eq!(start.elapsed(), 5 * SECOND);
}
