//! Many clients at one listener with limits, behind links that break and mend.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};
use turmoil::net::TcpStream;
use wharf_net::{Admission, Conn, Listener, ListenerStats, PerAddress, StatsHandle, WhenFull};

use crate::support::{
    Draw, Faults, PORT, Seen, SimSource, Storm, Trace, check_is_deterministic, connect,
    for_each_seed, ms, network, run,
};

const CALM: Duration = ms(1500);
/// How long a client waits for an answer, and a handler for its client.
const PATIENCE: Duration = ms(400);
const CLIENTS: [&str; 4] = ["client-0", "client-1", "client-2", "client-3"];

/// What both sides saw.
#[derive(Clone, Default)]
struct Ledger {
    trace: Trace,
    seen: Seen,
    book: Arc<Mutex<Book>>,
}

#[derive(Default)]
struct Book {
    stats: Option<StatsHandle>,
    /// Who was handed out, in this order.
    accepted: Vec<SocketAddr>,
    /// Requests that were read, with who sent them.
    served: Vec<(SocketAddr, u64)>,
    /// Connections that clients had an answer over, with the request.
    answered: Vec<(SocketAddr, u64)>,
    failed: u64,
    /// Clients that were answered after the storm.
    recovered: usize,
    open: HashMap<IpAddr, usize>,
    open_peak: usize,
    open_peak_of_address: usize,
}

impl Ledger {
    /// Counts a connection as open until the end of the guard.
    fn enter(&self, peer: SocketAddr) -> Presence {
        let mut book = self.book.lock().unwrap();
        book.accepted.push(peer);
        let of_address = book.open.entry(peer.ip()).or_default();
        *of_address += 1;
        book.open_peak_of_address = book.open_peak_of_address.max(book.open[&peer.ip()]);
        book.open_peak = book.open_peak.max(book.open.values().sum());
        Presence(self.clone(), peer.ip())
    }

    fn stats(&self) -> Option<ListenerStats> {
        let book = self.book.lock().unwrap();
        book.stats.as_ref().map(StatsHandle::snapshot)
    }
}

struct Presence(Ledger, IpAddr);

impl Drop for Presence {
    fn drop(&mut self) {
        let mut book = self.0.book.lock().unwrap();
        *book.open.get_mut(&self.1).unwrap() -= 1;
    }
}

async fn server(admission: Admission, faults: Faults, ledger: Ledger) -> turmoil::Result {
    let source = SimSource::bind(faults, ledger.seen.clone()).await?;
    let mut listener = Listener::new(source).admission(admission);
    ledger.book.lock().unwrap().stats = Some(listener.stats());
    loop {
        let conn = listener.accept().await?;
        let peer = conn.info().peer.inet().unwrap();
        ledger.trace.note(format!("accepted {peer}"));
        tokio::spawn(answer(conn, peer, ledger.enter(peer)));
    }
}

/// One request, one answer. The place is given back after the presence has ended.
async fn answer(mut conn: Conn<TcpStream>, peer: SocketAddr, presence: Presence) {
    let ledger = presence.0.clone();
    let talk = async {
        let request = conn.read_u64().await?;
        ledger.trace.note(format!("served {request}"));
        ledger.book.lock().unwrap().served.push((peer, request));
        sleep(ms(request % 50)).await;
        conn.write_u64(!request).await?;
        // The client closes first.
        conn.read(&mut [0]).await
    };
    let _ = timeout(PATIENCE, talk).await;
    drop(presence);
    drop(conn);
}

/// Whether there was an answer.
async fn call(request: u64, ledger: &Ledger) -> bool {
    let talk = async {
        let mut stream = connect((turmoil::lookup("server"), PORT).into()).await?;
        stream.write_u64(request).await?;
        let answer = stream.read_u64().await?;
        std::io::Result::Ok((stream.local_addr()?, answer))
    };
    let answered = timeout(PATIENCE, talk).await;
    let mut book = ledger.book.lock().unwrap();
    match answered {
        Ok(Ok((local, answer))) => {
            assert_eq!(answer, !request);
            ledger.trace.note(format!("answered {request}"));
            book.answered.push((local, request));
            true
        }
        Ok(Err(_)) | Err(_) => {
            ledger.trace.note(format!("failed {request}"));
            book.failed += 1;
            false
        }
    }
}

async fn client(number: u64, mut draw: Draw, ledger: Ledger) -> turmoil::Result {
    let workers = (0..3).map(|worker| {
        let (mut draw, ledger) = (draw.fork(), &ledger);
        async move {
            for turn in 0..4 {
                sleep(draw.ms(0..300)).await;
                if turmoil::sim_elapsed() < Some(CALM) {
                    call(number * 100 + worker * 10 + turn, ledger).await;
                }
            }
        }
    });
    join_all(workers).await;
    // Every call has ended by now, and every handler.
    let quiet = CALM + PATIENCE * 3 + ms(200) * number as u32;
    sleep(quiet.saturating_sub(turmoil::elapsed())).await;
    if call(number * 100 + 99, &ledger).await {
        ledger.book.lock().unwrap().recovered += 1;
    }
    sleep(PATIENCE).await;
    Ok(())
}

fn draw_admission(draw: &mut Draw) -> Admission {
    Admission {
        connections_max: Some(draw.number(1..5) as usize),
        when_full: draw.one_of(&[WhenFull::Queue, WhenFull::Close, WhenFull::Reset]),
        per_address: draw.percent(50).then(|| PerAddress {
            connections_max: draw.number(1..3) as usize,
            ..PerAddress::default()
        }),
        ..Admission::default()
    }
}

fn simulate(seed: u64) -> (Admission, Ledger) {
    let mut draw = Draw::new(seed);
    let admission = draw_admission(&mut draw);
    let faults = Faults {
        draw: draw.fork(),
        abort_percent: draw.one_of(&[0, 10]),
        exhausted_percent: draw.one_of(&[0, 10]),
        until: CALM,
    };
    let storm = Storm::draw(&mut draw, &CLIENTS.map(|name| (name, "server")), CALM);
    let mut sim = network(&mut draw)
        .fail_rate(draw.one_of(&[0.0, 0.02]))
        .repair_rate(0.3)
        .build();
    let ledger = Ledger::default();
    let (rules, book) = (admission.clone(), ledger.clone());
    sim.host("server", move || {
        server(rules.clone(), faults.clone(), book.clone())
    });
    for (number, name) in CLIENTS.into_iter().enumerate() {
        sim.client(name, client(number as u64, draw.fork(), ledger.clone()));
    }
    run(&mut sim, &storm, |now| {
        let open = ledger.stats().map_or(0, |stats| stats.open);
        assert!(Some(open) <= admission.connections_max, "{open} at {now:?}");
    });
    (admission, ledger)
}

fn check(admission: &Admission, ledger: &Ledger) -> ListenerStats {
    let stats = ledger.stats().unwrap();
    let book = ledger.book.lock().unwrap();
    for answered in &book.answered {
        let times = book.served.iter().filter(|served| *served == answered);
        assert_eq!(times.count(), 1, "{answered:?}");
        let times = book.accepted.iter().filter(|peer| **peer == answered.0);
        assert_eq!(times.count(), 1, "{answered:?}");
    }
    assert!(Some(book.open_peak) <= admission.connections_max);
    if let Some(limit) = admission.per_address {
        assert!(book.open_peak_of_address <= limit.connections_max);
    } else {
        assert_eq!(stats.refused_per_address, 0);
    }
    if admission.when_full == WhenFull::Queue {
        assert_eq!(stats.refused_full, 0);
    }
    assert_eq!(stats.accepted, book.accepted.len() as u64);
    assert_eq!(
        stats.accepted
            + stats.refused_full
            + stats.refused_per_address
            + stats.died_in_queue
            + stats.exhausted, // one is shed each time
        ledger.seen.count(),
        "{stats:?}"
    );
    assert_eq!(stats.open, 0, "every place is given back");
    assert_eq!(book.recovered, CLIENTS.len(), "{stats:?}");
    stats
}

#[test]
fn every_answered_connection_is_accepted_once_and_no_limit_is_exceeded() {
    let mut all = [0; 7];
    let whole = for_each_seed(
        "every_answered_connection_is_accepted_once_and_no_limit_is_exceeded",
        24,
        |seed| {
            let (admission, ledger) = simulate(seed);
            let stats = check(&admission, &ledger);
            let book = ledger.book.lock().unwrap();
            let met = [
                book.answered.len() as u64,
                book.failed,
                stats.refused_full,
                stats.refused_per_address,
                stats.died_in_queue,
                stats.exhausted,
                u64::from(Some(book.open_peak) == admission.connections_max),
            ];
            all.iter_mut().zip(met).for_each(|(sum, n)| *sum += n);
        },
    );
    assert!(!whole || all.iter().all(|n| *n > 5), "{all:?}");
}

#[test]
fn a_listener_goes_the_same_way_for_the_same_seed() {
    check_is_deterministic(|seed| simulate(seed).1.trace);
}
