//! How connections end in memory, and what the other direction sees of it.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use wharf_faults::{End, Ends, Plan, Script, Step, faulty_pipe};

#[tokio::test]
async fn a_half_close_leaves_the_other_direction_alive() {
    let plan = Plan::a_to_b(Script::after(2, Step::HalfClose));
    let (mut a, mut b, network) = faulty_pipe(64, plan);
    let network = tokio::spawn(network);
    let mut received = String::new();
    a.write_all(b"hello").await.unwrap();
    b.read_to_string(&mut received).await.unwrap();
    assert_eq!(received, "he");
    for _ in 0..3 {
        b.write_all(b"still here").await.unwrap();
        a.read_exact(&mut [0; 10]).await.unwrap();
        // Far more than the pipe holds: it is thrown away and blocks nobody.
        a.write_all(&[0; 1000]).await.unwrap();
    }
    drop((a, b));
    let report = network.await.unwrap();
    assert_eq!(report.a_to_b.end, End::HalfClosed);
    assert_eq!((report.a_to_b.received, report.a_to_b.delivered), (3005, 2));
    assert_eq!(
        (report.b_to_a.end, report.b_to_a.delivered),
        (End::Closed, 30)
    );
}

#[tokio::test(start_paused = true)]
async fn a_stall_blocks_the_sender_and_a_black_hole_does_not() {
    for (step, gets_through) in [(Step::Stall, false), (Step::BlackHole, true)] {
        let plan = Plan::a_to_b(Script::after(10, step));
        let (mut a, mut b, network) = faulty_pipe(64, plan);
        let network = tokio::spawn(network);
        let sent = timeout(Duration::from_secs(60), a.write_all(&[7; 1000])).await;
        assert_eq!(sent.is_ok(), gets_through, "{step:?}");
        // Nothing behind the tenth byte, and no end either.
        b.read_exact(&mut [0; 10]).await.unwrap();
        let _ = a.shutdown().await;
        let more = timeout(Duration::from_secs(60), b.read_u8()).await;
        assert!(more.is_err(), "{step:?}: {more:?}");
        // The other direction knows nothing of it.
        b.write_u8(1).await.unwrap();
        assert_eq!(a.read_u8().await.unwrap(), 1);
        network.abort();
    }
}

#[tokio::test]
async fn a_stall_takes_nothing_that_was_not_asked_for() {
    let plan = Plan::a_to_b(Script::after(10, Step::Stall));
    let (mut a, mut b, network) = faulty_pipe(64, plan);
    let network = tokio::spawn(network);
    a.write_all(&[7; 10]).await.unwrap();
    b.read_exact(&mut [0; 10]).await.unwrap();
    a.write_all(&[7; 64]).await.unwrap();
    let room = timeout(Duration::from_millis(50), a.write(&[7])).await;
    assert!(room.is_err(), "the network has read on");
    network.abort();
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_stays_open_when_both_ends_have_said_all() {
    for step in [Step::Stall, Step::BlackHole] {
        let (mut a, mut b, network) = faulty_pipe(64, Plan::a_to_b(Script::new([step])));
        let network = tokio::spawn(network);
        a.write_all(b"hello").await.unwrap();
        a.shutdown().await.unwrap();
        b.shutdown().await.unwrap();
        assert_eq!(a.read(&mut [0]).await.unwrap(), 0);
        let end = timeout(Duration::from_secs(60), b.read_u8()).await;
        assert!(end.is_err(), "{step:?}: {end:?}");
        network.abort();
    }
}

#[tokio::test]
async fn silence_in_one_direction_ends_when_the_other_one_breaks() {
    for step in [Step::Stall, Step::BlackHole] {
        let plan = Plan {
            a_to_b: Script::after(2, step),
            b_to_a: Script::after(1, Step::Reset(Ends::Both)),
        };
        let (mut a, mut b, network) = faulty_pipe(64, plan);
        a.write_all(b"hello").await.unwrap();
        b.write_all(b"x").await.unwrap();
        let report = network.await;
        assert_eq!(report.a_to_b.end, End::Interrupted);
        assert_eq!(report.b_to_a.end, End::Reset(Ends::Both));
    }
}

#[tokio::test]
async fn a_cut_is_the_end_of_both_directions_and_swallows_the_rest() {
    let plan = Plan::a_to_b(Script::after(2, Step::Cut));
    let (mut a, mut b, network) = faulty_pipe(64, plan);
    let network = tokio::spawn(network);
    a.write_all(b"he").await.unwrap();
    let mut received = String::new();
    b.read_to_string(&mut received).await.unwrap();
    assert_eq!(received, "he");
    assert_eq!(a.read(&mut [0]).await.unwrap(), 0);
    for end in [&mut a, &mut b] {
        end.write_all(&[0; 1000]).await.unwrap();
    }
    drop((a, b));
    let report = network.await.unwrap();
    assert_eq!(report.a_to_b.end, End::Cut);
    assert_eq!(report.b_to_a.end, End::Interrupted);
}

#[tokio::test]
async fn a_reset_in_memory_drops_the_stream_of_whom_it_hits() {
    for (ends, a_hit, b_hit) in [
        (Ends::Sender, true, false),
        (Ends::Receiver, false, true),
        (Ends::Both, true, true),
    ] {
        let plan = Plan::a_to_b(Script::new([Step::Pass { bytes: 2 }, Step::Reset(ends)]));
        let (mut a, mut b, network) = faulty_pipe(64, plan);
        let network = tokio::spawn(network);
        a.write_all(b"he").await.unwrap();
        let mut received = String::new();
        b.read_to_string(&mut received).await.unwrap();
        assert_eq!(received, "he");
        assert_eq!(a.read(&mut [0]).await.unwrap(), 0);
        // A dropped stream fails a write; one that got a FIN swallows it.
        for (end, is_hit) in [(&mut a, a_hit), (&mut b, b_hit)] {
            let written = end.write_all(b"x").await;
            assert_eq!(written.is_err(), is_hit, "{ends:?}");
        }
        drop((a, b));
        assert_eq!(network.await.unwrap().a_to_b.end, End::Reset(ends));
    }
}

#[tokio::test]
async fn a_receiver_that_is_gone_ends_both_directions() {
    let (mut a, b, network) = faulty_pipe(64, Plan::default());
    let network = tokio::spawn(network);
    drop(b);
    // Until the network has noticed, the pipe takes what it has room for.
    while a.write_all(b"hello").await.is_ok() {
        tokio::task::yield_now().await;
    }
    let report = network.await.unwrap();
    assert_eq!(
        report.a_to_b.end,
        End::ReceiverFailed(ErrorKind::BrokenPipe)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fast_direction_does_not_starve_the_other() {
    let (a, b, network) = faulty_pipe(64 * 1024, Plan::both(Script::sliced(1)));
    let network = tokio::spawn(network);
    let (mut from_a, mut to_b) = tokio::io::split(a);
    let flood = tokio::spawn(async move { while to_b.write_all(&[0; 64 * 1024]).await.is_ok() {} });
    let (mut from_b, mut to_a) = tokio::io::split(b);
    let drain = tokio::spawn(async move {
        let mut scratch = vec![0; 64 * 1024];
        while let Ok(1..) = from_b.read(&mut scratch).await {}
    });
    for n in 0..100 {
        to_a.write_u8(n).await.unwrap();
        let received = timeout(Duration::from_secs(60), from_a.read_u8()).await;
        assert_eq!(received.expect("starved").unwrap(), n);
    }
    for task in [flood, drain] {
        task.abort();
    }
    network.abort();
}
