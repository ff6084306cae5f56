//! A failure of one side ends the relay, and the other is neither left waiting nor told of an orderly end.

use std::io::ErrorKind::{BrokenPipe, ConnectionReset, Other, TimedOut};

use tokio::time::Instant;
use wharf_net::{RelayEnd, RelayOptions, RelayPhase, RelayReport, RelaySide, relay};

use crate::peers::{ReadEnd, Scripted};

async fn run(a: &mut Scripted, b: &mut Scripted) -> RelayReport {
    relay(a, b, &RelayOptions::default()).await
}

#[track_caller]
fn assert_failed(
    report: &RelayReport,
    side: RelaySide,
    phase: RelayPhase,
    kind: std::io::ErrorKind,
) {
    match &report.end {
        RelayEnd::Failed {
            side: is,
            phase: doing,
            error,
        } => assert_eq!((*is, *doing, error.kind()), (side, phase, kind)),
        _ => panic!("{report:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_error_of_either_side_ends_it_after_what_was_read_is_flushed() {
    for failing in [RelaySide::A, RelaySide::B] {
        let began = Instant::now();
        let mut dead = Scripted::new(&["last ", "words"], ReadEnd::Error(ConnectionReset));
        let mut other = Scripted::new(&["to no one"], ReadEnd::Silence);
        let log = other.log.clone();
        let report = match failing {
            RelaySide::A => run(&mut dead, &mut other).await,
            RelaySide::B => run(&mut other, &mut dead).await,
        };
        assert_failed(&report, failing, RelayPhase::Read, ConnectionReset);
        assert_eq!(log.written(), 10);
        assert!(log.flushes() > 0);
        assert_eq!(log.shutdowns(), 0, "a cut stream must not look whole");
        assert_eq!(began.elapsed().as_secs(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_error_of_either_side_leaves_what_that_side_had_sent() {
    for failing in [RelaySide::A, RelaySide::B] {
        let mut dead = Scripted::new(&["413 ", "too large"], ReadEnd::Eof);
        dead.writes_max = 3;
        dead.write_error = BrokenPipe;
        let mut other = Scripted::new(&["a long body"], ReadEnd::Silence);
        let log = other.log.clone();
        let report = match failing {
            RelaySide::A => run(&mut dead, &mut other).await,
            RelaySide::B => run(&mut other, &mut dead).await,
        };
        assert_failed(&report, failing, RelayPhase::Write, BrokenPipe);
        assert_eq!(log.written(), 13);
        assert_eq!(log.shutdowns(), 1, "its end came before the failure");
        let (to_dead, to_other) = match failing {
            RelaySide::A => (report.b_to_a, report.a_to_b),
            RelaySide::B => (report.a_to_b, report.b_to_a),
        };
        assert_eq!((to_dead, to_other), (3, 13));
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_that_follows_a_reset_is_not_passed_on_as_one() {
    for kind in [ConnectionReset, TimedOut, Other] {
        let mut a = Scripted::new(&["x"], ReadEnd::Silence);
        let log = a.log.clone();
        // Three reads, so that the write fails before the end is read.
        let mut b = Scripted::new(&["1", "2", "3"], ReadEnd::Eof);
        b.writes_max = 0;
        b.write_error = kind;
        let report = run(&mut a, &mut b).await;
        assert_failed(&report, RelaySide::B, RelayPhase::Write, kind);
        assert_eq!(log.written(), 3);
        assert_eq!(log.shutdowns(), 0, "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_side_that_takes_nothing_and_never_ends_falls_to_the_half_closed_limit() {
    let began = Instant::now();
    let mut a = Scripted::new(&["x"], ReadEnd::Silence);
    let mut b = Scripted::new(&[], ReadEnd::Silence);
    b.writes_max = 0;
    // Its reads hang although its writes fail: only a limit ends that.
    let options = RelayOptions::default();
    let report = relay(&mut a, &mut b, &options).await;
    assert_failed(&report, RelaySide::B, RelayPhase::Write, ConnectionReset);
    assert_eq!(Some(began.elapsed()), options.half_closed_idle);
}

#[tokio::test(start_paused = true)]
async fn the_first_of_two_failures_is_the_one_told() {
    let mut a = Scripted::new(&["x"], ReadEnd::Error(ConnectionReset));
    let mut b = Scripted::new(&[], ReadEnd::Error(TimedOut));
    b.writes_max = 0;
    b.write_error = BrokenPipe;
    let report = run(&mut a, &mut b).await;
    assert_failed(&report, RelaySide::B, RelayPhase::Write, BrokenPipe);
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_takes_nothing_without_an_error_has_failed() {
    struct Takes0;
    impl tokio::io::AsyncRead for Takes0 {
        fn poll_read(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            _: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            std::task::Poll::Ready(Ok(()))
        }
    }
    impl tokio::io::AsyncWrite for Takes0 {
        fn poll_write(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            _: &[u8],
        ) -> std::task::Poll<std::io::Result<usize>> {
            std::task::Poll::Ready(Ok(0))
        }
        fn poll_flush(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            std::task::Poll::Ready(Ok(()))
        }
        fn poll_shutdown(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            std::task::Poll::Ready(Ok(()))
        }
    }
    let mut a = Scripted::new(&["x"], ReadEnd::Eof);
    let report = relay(&mut a, &mut Takes0, &RelayOptions::default()).await;
    assert_failed(
        &report,
        RelaySide::B,
        RelayPhase::Write,
        std::io::ErrorKind::WriteZero,
    );
}

#[tokio::test]
async fn a_socket_in_a_timeout_is_reset_too_when_its_stream_is_cut() {
    use wharf_net::{Addr, Conn, ConnInfo, IdleTimeout, Stream, TotalTimeout};
    let pair = async || {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let far = tokio::net::TcpStream::connect(listener.local_addr().unwrap());
        let (near, far) = tokio::join!(listener.accept(), far);
        let info = ConnInfo::new(Addr::Unnamed, Addr::Unnamed);
        (Conn::new(Stream::from(near.unwrap().0), info), far.unwrap())
    };
    let (a, mut client) = pair().await;
    let (b, mut server) = pair().await;
    let mut a = IdleTimeout::new(a, std::time::Duration::from_secs(60));
    let mut b = b.map(|stream| TotalTimeout::new(stream, std::time::Duration::from_millis(50)));
    tokio::io::AsyncWriteExt::write_all(&mut server, b"half")
        .await
        .unwrap();
    let report = relay(&mut a, &mut b, &RelayOptions::default()).await;
    assert!(matches!(report.end, RelayEnd::Failed { .. }), "{report:?}");
    drop((a, b));
    for stream in [&mut client, &mut server] {
        let mut bytes = Vec::new();
        let error = tokio::io::AsyncReadExt::read_to_end(stream, &mut bytes)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ConnectionReset);
    }
}
