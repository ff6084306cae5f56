//! Closing and serving behind a bad network.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use wharf_faults::{Ends, Fate, FaultProxy, Outcome, Plan, Profile, Script, Step, faulty_pipe};
use wharf_net::{
    Bind, Conn, Drain, Linger, LingerEnd, Listener, ServeReport, close_lingering, serve,
};

/// Much longer than any of these tests takes.
const GENEROUS: Duration = Duration::from_secs(60);
const ANSWER: &str = "no, thank you";
const REQUEST: [u8; 1000] = [7; 1000];

async fn listen() -> (Listener, SocketAddr) {
    let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap(), &Bind::default())
        .await
        .unwrap();
    let address = listener.local_addr().inet().unwrap();
    (listener, address)
}

/// A client sends 64 kB to a server that answers and closes. How the close ended, after how long, and what the client
/// has read.
async fn linger_behind(plan: Plan, linger: Linger) -> (LingerEnd, Duration, String) {
    let (mut client, mut server, network) = faulty_pipe(1024, plan);
    let network = tokio::spawn(network);
    let client = tokio::spawn(async move {
        let (mut reader, mut writer) = tokio::io::split(&mut client);
        let sending = async {
            let _ = writer.write_all(&[0; 64_000]).await;
            let _ = writer.shutdown().await;
        };
        let mut answer = String::new();
        let ((), read) = tokio::join!(sending, reader.read_to_string(&mut answer));
        read.map(|_| answer)
    });
    let start = Instant::now();
    // The network may have broken down already.
    let _ = server.write_all(ANSWER.as_bytes()).await;
    let end = close_lingering(&mut server, &linger).await.unwrap();
    let took = start.elapsed();
    drop(server);
    // A network that has gone silent would keep the client for ever.
    let answer = timeout(Duration::from_secs(1), client).await;
    network.abort();
    (
        end,
        took,
        answer.map_or_else(|_| String::new(), |answer| answer.unwrap().unwrap()),
    )
}

#[tokio::test(start_paused = true)]
async fn a_lingering_close_waits_for_a_peer_that_drips() {
    let linger = Linger::default();
    for plan in [
        Plan::default(),
        Plan::both(Script::sliced(3)),
        Plan::a_to_b(Script::dripped(1000, Duration::from_millis(20))),
        Plan::b_to_a(Script::dripped(1, Duration::from_millis(20))),
        Plan::a_to_b(Script::after(30_000, Step::Delay(Duration::from_secs(1)))),
    ] {
        let (end, _, answer) = linger_behind(plan.clone(), linger).await;
        assert_eq!(end, LingerEnd::PeerClosed, "{plan:?}");
        assert_eq!(answer, ANSWER, "{plan:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lingering_close_gives_up_on_a_slow_peer_at_its_deadline() {
    let linger = Linger::default();
    for step in [
        Step::Stall,
        Step::BlackHole,
        Step::Delay(Duration::from_secs(10)),
    ] {
        for at in [0, 1, 30_000] {
            let plan = Plan::a_to_b(Script::after(at, step));
            let (end, took, _) = linger_behind(plan.clone(), linger).await;
            assert_eq!(end, LingerEnd::GaveUp, "{plan:?}");
            assert_eq!(took.as_secs(), linger.time_max.as_secs(), "{plan:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lingering_close_gives_up_on_a_dripping_peer_at_its_byte_limit() {
    let linger = Linger {
        bytes_max: 10_000,
        time_max: GENEROUS,
    };
    let plan = Plan::a_to_b(Script::dripped(1000, Duration::from_millis(20)));
    let (end, took, _) = linger_behind(plan, linger).await;
    assert_eq!(end, LingerEnd::GaveUp);
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn whatever_the_network_does_a_lingering_close_ends_in_time() {
    let linger = Linger::default();
    for profile in [Profile::Slow, Profile::Broken, Profile::Silent] {
        for seed in 0..40 {
            let plan = Plan {
                a_to_b: Script::seeded(seed, profile, 8_000),
                b_to_a: Script::seeded(seed, profile, ANSWER.len() as u64),
            };
            let (end, took, answer) = linger_behind(plan.clone(), linger).await;
            let limit = linger.time_max + Duration::from_millis(2);
            assert!(took <= limit, "{plan:?}: {end:?} after {took:?}");
            assert!(ANSWER.starts_with(&answer), "{plan:?}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_lingering_close_takes_a_reset_for_the_end() {
    let (mut listener, address) = listen().await;
    let moments = [0, 1, 1000, 100_000];
    let proxy = FaultProxy::start(address, move |number| {
        Plan::a_to_b(Script::after(moments[number], Step::Reset(Ends::Both)))
    })
    .await
    .unwrap();
    for at in moments {
        let mut client = TcpStream::connect(proxy.address()).await.unwrap();
        let client = tokio::spawn(async move {
            let _ = client.write_all(&[0; 200_000]).await;
            let _ = client.read_to_end(&mut Vec::new()).await;
        });
        let conn = timeout(GENEROUS, listener.accept()).await.unwrap();
        let linger = Linger {
            time_max: GENEROUS,
            ..Linger::default()
        };
        let end = conn.unwrap().close_lingering(&linger).await;
        assert_eq!(end.unwrap(), LingerEnd::PeerClosed, "after {at}");
        client.await.unwrap();
    }
}

/// A server that reads to the end and sends it all back. Each connection that begins is told of.
async fn echo(drain: &Drain) -> (SocketAddr, mpsc::Receiver<()>, JoinHandle<ServeReport>) {
    let (listener, address) = listen().await;
    let (tell, began) = mpsc::channel(1024);
    let handler = move |mut conn: Conn| {
        tell.try_send(()).unwrap();
        async move {
            let mut received = Vec::new();
            if conn.read_to_end(&mut received).await.is_ok() {
                let _ = conn.write_all(&received).await;
            }
        }
    };
    let drain = drain.clone();
    let server = tokio::spawn(async move { serve(listener, drain, handler).await.unwrap() });
    (address, began, server)
}

/// What comes back of a request, if anything.
async fn ask(address: SocketAddr) -> Vec<u8> {
    let mut received = Vec::new();
    // Every step may find the connection reset.
    if let Ok(mut stream) = TcpStream::connect(address).await
        && stream.write_all(&REQUEST).await.is_ok()
        && stream.shutdown().await.is_ok()
    {
        let _ = stream.read_to_end(&mut received).await;
    }
    received
}

/// Sends a request through each fate in turn and one around the proxy after it, then drains.
async fn serve_through(fates: Vec<Fate>) {
    let drain = Drain::new();
    let (address, _began, server) = echo(&drain).await;
    let played = fates.clone();
    let mut proxy = FaultProxy::start(address, move |number| played[number].clone())
        .await
        .unwrap();
    for fate in &fates {
        let received = timeout(GENEROUS, ask(proxy.address())).await;
        let received = received.unwrap_or_else(|_| panic!("{fate:?}: the client hangs"));
        assert!(REQUEST.starts_with(&received), "{fate:?}");
        let (_, outcome) = timeout(GENEROUS, proxy.outcome()).await.unwrap();
        assert!(!matches!(outcome, Outcome::Unreachable(_)), "{fate:?}");
        assert_eq!(ask(address).await, REQUEST, "after {fate:?}");
    }
    drain.begin(GENEROUS * 2);
    let report = timeout(GENEROUS, server).await;
    let report = report.expect("a connection outlives its peer").unwrap();
    assert!(report.accepted >= fates.len() as u64, "{report:?}");
    assert_eq!(report.finished, report.accepted, "{report:?}");
}

#[tokio::test]
async fn serve_survives_a_reset_at_each_moment_and_drains() {
    let mut fates = vec![Fate::Refuse];
    for at in [0, 1, 10, 500, 999, 1000] {
        for ends in [Ends::Sender, Ends::Receiver, Ends::Both] {
            let reset = Script::after(at, Step::Reset(ends));
            fates.push(Plan::a_to_b(reset.clone()).into());
            fates.push(Plan::b_to_a(reset).into());
        }
    }
    serve_through(fates).await;
}

#[tokio::test]
async fn serve_survives_whatever_breaks_and_drains() {
    let fates = (0..60).map(|seed| {
        let plan = Plan {
            a_to_b: Script::seeded(seed, Profile::Broken, 1000),
            b_to_a: Script::seeded(seed + 1000, Profile::Broken, 1000),
        };
        plan.into()
    });
    serve_through(fates.collect()).await;
}

#[tokio::test]
async fn a_drain_cuts_the_connections_that_have_gone_silent() {
    let drain = Drain::new();
    let (address, mut began, server) = echo(&drain).await;
    let proxy = FaultProxy::start(address, |number| {
        Plan::a_to_b(Script::seeded(number as u64, Profile::Silent, 1000))
    })
    .await
    .unwrap();
    let clients: Vec<_> = (0..20)
        .map(|_| tokio::spawn(ask(proxy.address())))
        .collect();
    for _ in &clients {
        began.recv().await.unwrap();
    }
    drain.begin(Duration::ZERO);
    let report = timeout(GENEROUS, server).await.unwrap().unwrap();
    assert_eq!((report.accepted, report.cut), (20, 20));
    drop(proxy);
    for client in clients {
        assert_eq!(timeout(GENEROUS, client).await.unwrap().unwrap(), b"");
    }
}
