//! PROXY headers that the network delays, tears apart and loses.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};
use turmoil::net::TcpStream;
use wharf_net::{
    Admission, Conn, Listener, ListenerStats, ProxyAddresses, ProxyHeader, ProxyPolicy,
    ProxyVersion, StatsHandle, WhenFull,
};

use crate::support::{
    Draw, Faults, LATENCY_MAX, PORT, Seen, SimSource, Storm, TICK, Trace, check_is_deterministic,
    connect, for_each_seed, ms, network, run,
};

const CALM: Duration = ms(1500);
/// How long a header may take.
const DEADLINE: Duration = ms(250);
/// How long a client waits for an answer, and a handler for its client.
const PATIENCE: Duration = ms(400);
const PROXIES: [&str; 4] = ["proxy-0", "proxy-1", "proxy-2", "proxy-3"];

/// What a proxy sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    V1,
    V2,
    /// A header that names a client who is denied.
    Denied,
    /// No header.
    Garbage,
    /// A part of a header.
    Half,
}

#[derive(Clone, Default)]
struct Ledger {
    trace: Trace,
    seen: Seen,
    book: Arc<Mutex<Book>>,
}

#[derive(Default)]
struct Book {
    stats: Option<StatsHandle>,
    /// Connections that were handed out and are open.
    open: usize,
    /// Whom the header named, and what was read behind it.
    handed_out: Vec<(SocketAddr, Option<u64>)>,
    answered: Vec<(Sent, u64)>,
    /// Good headers without an answer.
    failed: u64,
    recovered: usize,
}

impl Ledger {
    fn stats(&self) -> Option<ListenerStats> {
        let book = self.book.lock().unwrap();
        book.stats.as_ref().map(StatsHandle::snapshot)
    }
}

/// The client that a proxy speaks for, which tells the request.
fn named(sent: Sent, request: u64) -> SocketAddr {
    let network = if sent == Sent::Denied { 66 } else { 1 };
    (Ipv4Addr::new(10, network, 0, 1), 1000 + request as u16).into()
}

fn header(sent: Sent, request: u64) -> Vec<u8> {
    let version = match sent {
        Sent::V1 => ProxyVersion::V1,
        Sent::V2 | Sent::Denied | Sent::Half => ProxyVersion::V2,
        Sent::Garbage => return b"GET / HTTP/1.1\r\n\r\n".into(),
    };
    let addresses = ProxyAddresses::Inet {
        source: named(sent, request),
        destination: (Ipv4Addr::new(10, 0, 0, 1), 80).into(),
    };
    let bytes = ProxyHeader::new(version, Some(addresses)).emit().unwrap();
    let length = if sent == Sent::Half { 20 } else { bytes.len() };
    bytes[..length].into()
}

async fn server(admission: Admission, ledger: Ledger) -> turmoil::Result {
    let source = SimSource::bind(Faults::none(), ledger.seen.clone()).await?;
    let mut listener = Listener::new(source).admission(admission);
    ledger.book.lock().unwrap().stats = Some(listener.stats());
    loop {
        let conn = listener.accept().await?;
        ledger.trace.note(format!("accepted {}", conn.info().peer));
        ledger.book.lock().unwrap().open += 1;
        tokio::spawn(answer(conn, ledger.clone()));
    }
}

async fn answer(mut conn: Conn<TcpStream>, ledger: Ledger) {
    let request = timeout(PATIENCE, conn.read_u64()).await;
    let request = request.ok().and_then(Result::ok);
    let peer = conn.info().peer.inet().unwrap();
    let note = (peer, request);
    ledger.book.lock().unwrap().handed_out.push(note);
    if let Some(request) = request {
        let talk = async {
            conn.write_u64(!request).await?;
            // The client closes first.
            conn.read(&mut [0]).await
        };
        let _ = timeout(PATIENCE, talk).await;
    }
    ledger.book.lock().unwrap().open -= 1;
}

/// Sends header and request in pieces, with pauses between them, and waits for an answer.
async fn talk(sent: Sent, request: u64, mut draw: Draw) -> io::Result<u64> {
    let mut stream = connect((turmoil::lookup("server"), PORT).into()).await?;
    let mut bytes = header(sent, request);
    if sent != Sent::Half {
        bytes.extend(request.to_be_bytes());
    }
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let length = draw.number(1..40).min(rest.len() as u64);
        let (piece, after) = rest.split_at(length as usize);
        stream.write_all(piece).await?;
        rest = after;
        sleep(draw.ms(0..60)).await;
    }
    stream.read_u64().await
}

async fn call(sent: Sent, request: u64, draw: Draw, ledger: &Ledger) -> bool {
    let outcome = timeout(PATIENCE, talk(sent, request, draw)).await;
    let mut book = ledger.book.lock().unwrap();
    let is_answered = matches!(outcome, Ok(Ok(_)));
    ledger
        .trace
        .note(format!("{sent:?} {request}: {is_answered}"));
    if let Ok(Ok(answer)) = outcome {
        assert_eq!(answer, !request);
        book.answered.push((sent, request));
    } else if matches!(sent, Sent::V1 | Sent::V2) {
        book.failed += 1;
    }
    is_answered
}

async fn proxy(number: u64, mut draw: Draw, ledger: Ledger) -> turmoil::Result {
    let kinds = [
        Sent::V1,
        Sent::V2,
        Sent::V2,
        Sent::Denied,
        Sent::Garbage,
        Sent::Half,
    ];
    for turn in 0..12 {
        sleep(draw.ms(0..100)).await;
        if turmoil::sim_elapsed() < Some(CALM) {
            let sent = draw.one_of(&kinds);
            call(sent, number * 100 + turn, draw.fork(), &ledger).await;
        }
    }
    // Every call has ended by now, and every handler.
    let quiet = CALM + PATIENCE * 3 + ms(800) * number as u32;
    sleep(quiet.saturating_sub(turmoil::elapsed())).await;

    let mut stream = connect((turmoil::lookup("server"), PORT).into()).await?;
    let began = Instant::now();
    stream.write_all(&header(Sent::Half, 0)).await?;
    let heard = stream.read(&mut [0]).await;
    let took = began.elapsed();
    assert!(matches!(heard, Ok(0) | Err(_)), "{heard:?}");
    assert!(took + TICK >= DEADLINE, "{took:?}");
    assert!(took <= DEADLINE + LATENCY_MAX + TICK * 3, "{took:?}");

    if call(Sent::V1, number * 100 + 99, Draw::new(0), &ledger).await {
        ledger.book.lock().unwrap().recovered += 1;
    }
    sleep(PATIENCE).await;
    Ok(())
}

fn simulate(seed: u64) -> Ledger {
    let mut draw = Draw::new(seed);
    let policy = ProxyPolicy {
        deadline: DEADLINE,
        pending_max: draw.number(1..4) as usize,
        ..ProxyPolicy::trusting("192.168.0.0/16".parse().unwrap())
    };
    let (pending_max, connections_max) = (policy.pending_max, draw.number(2..6) as usize);
    let admission = Admission {
        connections_max: Some(connections_max),
        when_full: draw.one_of(&[WhenFull::Queue, WhenFull::Reset]),
        deny: "10.66.0.0/16".parse().unwrap(),
        proxy: Some(policy),
        ..Admission::default()
    };
    let storm = Storm::draw(&mut draw, &PROXIES.map(|name| (name, "server")), CALM);
    let mut sim = network(&mut draw)
        .fail_rate(draw.one_of(&[0.0, 0.01]))
        .repair_rate(0.3)
        .build();
    let ledger = Ledger::default();
    let book = ledger.clone();
    sim.host("server", move || server(admission.clone(), book.clone()));
    for (number, name) in PROXIES.into_iter().enumerate() {
        sim.client(name, proxy(number as u64, draw.fork(), ledger.clone()));
    }
    run(&mut sim, &storm, |now| {
        let open = ledger.stats().map_or(0, |stats| stats.open);
        let pending = open - ledger.book.lock().unwrap().open;
        assert!(open <= connections_max, "{open} at {now:?}");
        assert!(pending <= pending_max, "{pending} at {now:?}");
    });
    ledger
}

fn check(ledger: &Ledger) -> ListenerStats {
    let stats = ledger.stats().unwrap();
    let book = ledger.book.lock().unwrap();
    for (peer, request) in &book.handed_out {
        assert!("10.1.0.1".parse() == Ok(peer.ip()), "{peer}");
        // Not a byte of the request was taken for the header, nor the other way round.
        assert!(request.is_none_or(|request| named(Sent::V1, request) == *peer));
    }
    for (sent, request) in &book.answered {
        assert!(matches!(sent, Sent::V1 | Sent::V2), "{sent:?}");
        let handed_out = book.handed_out.iter();
        let times = handed_out.filter(|(_, read)| *read == Some(*request));
        assert_eq!(times.count(), 1, "{request}");
    }
    assert_eq!(stats.accepted, book.handed_out.len() as u64);
    assert_eq!(
        stats.accepted + stats.refused_full + stats.denied + stats.proxy_failed,
        ledger.seen.count(),
        "{stats:?}"
    );
    assert_eq!(stats.open, 0, "every place is given back");
    assert_eq!(book.recovered, PROXIES.len(), "{stats:?}");
    stats
}

#[test]
fn a_header_is_read_whole_or_times_out_whatever_the_network_does() {
    let mut all = [0; 5];
    let whole = for_each_seed(
        "a_header_is_read_whole_or_times_out_whatever_the_network_does",
        24,
        |seed| {
            let ledger = simulate(seed);
            let stats = check(&ledger);
            let book = ledger.book.lock().unwrap();
            let met = [
                book.answered.len() as u64,
                book.failed,
                stats.refused_full,
                stats.denied,
                stats.proxy_failed,
            ];
            all.iter_mut().zip(met).for_each(|(sum, n)| *sum += n);
        },
    );
    assert!(!whole || all.iter().all(|n| *n > 5), "{all:?}");
}

#[test]
fn a_listener_behind_proxies_goes_the_same_way_for_the_same_seed() {
    check_is_deterministic(|seed| simulate(seed).trace);
}
