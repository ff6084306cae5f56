//! A server that is drained in the middle of a storm.

use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};
use turmoil::net::TcpStream;
use wharf_net::{
    Admission, Conn, Drain, DrainReport, Listener, ListenerStats, ServeReport, WhenFull, serve,
};

use crate::support::{
    Draw, Faults, LATENCY_MAX, PORT, Seen, SimSource, Storm, TICK, Trace, check_is_deterministic,
    connect, for_each_seed, ms, network, run,
};

const CALM: Duration = ms(2500);
/// How long a client waits for an answer.
const PATIENCE: Duration = ms(300);
/// The link of the first is spared by the storm.
const CLIENTS: [&str; 4] = ["spared", "client-1", "client-2", "client-3"];

/// What a handler does when the drain begins, or before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// Finishes the request that it has, and ends.
    Polite,
    /// Goes on for as long as there are requests, or silence.
    Deaf,
    /// Panics at the second request.
    Fragile,
}

/// How a connection came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Returned,
    Cut,
    Panicked,
}

#[derive(Clone, Default)]
struct Ledger {
    trace: Trace,
    seen: Seen,
    book: Arc<Mutex<Book>>,
}

#[derive(Default)]
struct Book {
    began: Option<Instant>,
    /// When each handler was started.
    started: Vec<Instant>,
    ended: Vec<(End, Instant)>,
    /// Requests that were read, and what became of each.
    requests: Vec<(u64, Option<Fate>)>,
    /// Requests that the clients had an answer to.
    answered: Vec<u64>,
    /// Requests that the clients sent and had no answer to.
    failed: Vec<u64>,
    over: Option<Over>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Answered,
    /// The stream could not be written.
    Broken,
    /// Its connection was cut, or panicked.
    Dropped(End),
}

#[derive(Clone)]
struct Over {
    at: Instant,
    serve: ServeReport,
    drain: DrainReport,
    stats: ListenerStats,
}

/// Notes the end of a handler, whichever way it comes.
struct Watch {
    ledger: Ledger,
    /// The request that is being answered, as its place in the book.
    request: Option<usize>,
    returned: bool,
}

impl Watch {
    fn begin(&mut self, request: u64) {
        let mut book = self.ledger.book.lock().unwrap();
        self.request = Some(book.requests.len());
        book.requests.push((request, None));
    }

    fn settle(&mut self, fate: Fate) {
        if let Some(at) = self.request.take() {
            self.ledger.book.lock().unwrap().requests[at].1 = Some(fate);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let end = match (self.returned, std::thread::panicking()) {
            (true, _) => End::Returned,
            (false, true) => End::Panicked,
            (false, false) => End::Cut,
        };
        self.settle(Fate::Dropped(end));
        self.ledger.trace.note(format!("{end:?}"));
        let ended = (end, Instant::now());
        self.ledger.book.lock().unwrap().ended.push(ended);
    }
}

/// Passes the beginning of a drain on to the handlers, in the order in which they came. `Drain` tells everybody at once,
/// but in an order that tokio's watch channel draws at random: no seed reaches it.
struct Gong {
    drain: Drain,
    rung: Notify,
}

impl Gong {
    async fn begun(&self) {
        let rung = self.rung.notified();
        if !self.drain.is_draining() {
            rung.await;
        }
    }

    async fn ring(&self) {
        self.drain.begun().await;
        self.rung.notify_waiters();
    }
}

async fn handle(mut conn: Conn<TcpStream>, manner: Manner, gong: Arc<Gong>, mut watch: Watch) {
    for turn in 0.. {
        let request = tokio::select! {
            biased;
            () = gong.begun(), if manner != Manner::Deaf => break,
            request = conn.read_u64() => request,
        };
        let Ok(request) = request else { break };
        watch.begin(request);
        if manner == Manner::Fragile && turn == 1 {
            // A panic that prints nothing.
            resume_unwind(Box::new(()));
        }
        sleep(ms(request % 300)).await;
        if conn.write_u64(!request).await.is_err() {
            watch.settle(Fate::Broken);
            break;
        }
        watch.settle(Fate::Answered);
    }
    watch.returned = true;
}

struct Plan {
    begin: Duration,
    grace: Duration,
    connections_max: usize,
    draw: Draw,
}

async fn server(plan: Arc<Plan>, ledger: Ledger) -> turmoil::Result {
    let source = SimSource::bind(Faults::none(), ledger.seen.clone()).await?;
    let listener = Listener::new(source).admission(Admission {
        connections_max: Some(plan.connections_max),
        when_full: WhenFull::Queue,
        ..Admission::default()
    });
    let (drain, stats) = (Drain::new(), listener.stats());
    let gong = Arc::new(Gong {
        drain: drain.clone(),
        rung: Notify::new(),
    });
    let mut draw = plan.draw.clone();
    let served = serve(listener, drain.clone(), |conn| {
        let manner = draw.one_of(&[
            Manner::Polite,
            Manner::Polite,
            Manner::Deaf,
            Manner::Fragile,
        ]);
        ledger
            .trace
            .note(format!("{}: {manner:?}", conn.info().peer));
        ledger.book.lock().unwrap().started.push(Instant::now());
        let watch = Watch {
            ledger: ledger.clone(),
            request: None,
            returned: false,
        };
        handle(conn, manner, Arc::clone(&gong), watch)
    });
    let begin = async {
        sleep(plan.begin).await;
        ledger.book.lock().unwrap().began = Some(Instant::now());
        drain.begin(plan.grace);
        drain.done().await
    };
    // `serve` is polled first: when both end in the same moment, it is the one that is waited for.
    let (served, report, ()) = tokio::join!(served, begin, gong.ring());
    ledger.book.lock().unwrap().over = Some(Over {
        at: Instant::now(),
        serve: served?,
        drain: report,
        stats: stats.snapshot(),
    });
    std::future::pending().await
}

/// Calls over one connection, until it breaks or `calls` are made.
async fn talk(first: u64, calls: u64, ledger: &Ledger) {
    let address: SocketAddr = (turmoil::lookup("server"), PORT).into();
    let Ok(Ok(mut stream)) = timeout(PATIENCE, connect(address)).await else {
        return;
    };
    for request in first..first + calls {
        let call = async {
            stream.write_u64(request).await?;
            stream.read_u64().await
        };
        // One that is spared waits for as long as it takes.
        let patience = if first < 1000 { CALM } else { PATIENCE * 2 };
        let Ok(Ok(answer)) = timeout(patience, call).await else {
            ledger.book.lock().unwrap().failed.push(request);
            return;
        };
        assert_eq!(answer, !request);
        ledger.trace.note(format!("answered {request}"));
        ledger.book.lock().unwrap().answered.push(request);
    }
}

async fn client(number: u64, mut draw: Draw, ledger: Ledger) -> turmoil::Result {
    let talks = (0..3).map(|worker| {
        let (mut draw, ledger) = (draw.fork(), &ledger);
        async move {
            for turn in 0..30 {
                sleep(draw.ms(0..200)).await;
                let (first, calls) = (number * 1000 + worker * 330 + turn * 10, draw.number(1..8));
                if turmoil::elapsed() < CALM {
                    talk(first, calls, ledger).await;
                }
            }
        }
    });
    futures_util::future::join_all(talks).await;
    // Whatever the server still sent has arrived.
    sleep(LATENCY_MAX * 2).await;
    Ok(())
}

fn simulate(seed: u64) -> (Arc<Plan>, Ledger) {
    let mut draw = Draw::new(seed);
    let plan = Arc::new(Plan {
        begin: draw.ms(200..1500),
        grace: draw.one_of(&[ms(0), ms(50), ms(200), ms(500), ms(900)]),
        connections_max: draw.number(3..12) as usize,
        draw: draw.fork(),
    });
    let stormy: Vec<_> = CLIENTS[1..].iter().map(|name| (*name, "server")).collect();
    let storm = Storm::draw(&mut draw, &stormy, CALM);
    let mut sim = network(&mut draw).build();
    if draw.percent(50) {
        sim.set_fail_rate(0.01);
    }
    let ledger = Ledger::default();
    let (the_plan, book) = (Arc::clone(&plan), ledger.clone());
    sim.host("server", move || {
        server(Arc::clone(&the_plan), book.clone())
    });
    for (number, name) in CLIENTS.into_iter().enumerate() {
        sim.client(name, client(number as u64, draw.fork(), ledger.clone()));
    }
    sim.set_link_fail_rate("spared", "server", 0.0);
    run(&mut sim, &storm, |_| {});
    (plan, ledger)
}

fn check(plan: &Plan, ledger: &Ledger) -> Over {
    let book = ledger.book.lock().unwrap();
    let (began, over) = (book.began.unwrap(), book.over.clone().unwrap());
    let deadline = began + plan.grace;
    let Over { serve, stats, .. } = over;

    assert_eq!(
        serve.accepted,
        serve.finished + serve.cut + serve.panicked,
        "{serve:?}"
    );
    let ended = |end: End| book.ended.iter().filter(|(is, _)| *is == end).count() as u64;
    assert_eq!(serve.accepted, book.started.len() as u64);
    assert_eq!(serve.accepted, stats.accepted);
    assert_eq!(serve.finished, ended(End::Returned));
    assert_eq!(serve.cut, ended(End::Cut));
    assert_eq!(serve.panicked, ended(End::Panicked));
    let seen = ledger.seen.count();
    assert_eq!(seen, stats.accepted + stats.refused_full, "{stats:?}");
    assert_eq!(stats.open, 0);

    for started in &book.started {
        assert!(*started <= began, "accepted after the drain began");
    }
    for (end, at) in &book.ended {
        let is_early = *end == End::Cut && *at < deadline;
        assert!(!is_early, "cut {:?} before the deadline", deadline - *at);
        assert!(*at <= deadline + ms(1), "{:?} late", *at - deadline);
    }
    // It takes no longer than the last connection, and never longer than it may.
    assert!(over.at <= deadline + ms(1), "{:?} late", over.at - deadline);
    let last = book.ended.iter().map(|(_, at)| *at).max().unwrap_or(began);
    assert!(over.at <= last.max(began) + ms(1));
    assert!(over.drain.took <= plan.grace + ms(1));
    assert!(serve.cut == 0 || over.at >= deadline);

    for (request, fate) in &book.requests {
        match fate {
            // Nothing is lost on its way to a client that the storm spares.
            Some(Fate::Answered) if *request < 1000 => {
                assert!(book.answered.contains(request), "{request}");
            }
            Some(Fate::Answered | Fate::Broken) => {}
            Some(Fate::Dropped(end)) => assert_ne!(*end, End::Returned, "{request}"),
            None => panic!("{request} was forgotten"),
        }
    }
    for request in &book.answered {
        let answered =
            |(is, fate): &(u64, Option<Fate>)| (is, *fate) == (request, Some(Fate::Answered));
        assert!(book.requests.iter().any(answered), "{request}");
    }
    over
}

#[test]
fn a_drain_answers_what_had_begun_or_cuts_it_at_the_deadline() {
    let mut all = [0; 6];
    let whole = for_each_seed(
        "a_drain_answers_what_had_begun_or_cuts_it_at_the_deadline",
        24,
        |seed| {
            let (plan, ledger) = simulate(seed);
            let over = check(&plan, &ledger);
            let book = ledger.book.lock().unwrap();
            let met = [
                over.serve.finished,
                over.serve.cut,
                over.serve.panicked,
                over.stats.refused_full,
                book.failed.len() as u64,
                // Drains that ended before their time.
                u64::from(over.at + TICK < book.began.unwrap() + plan.grace),
            ];
            all.iter_mut().zip(met).for_each(|(sum, n)| *sum += n);
        },
    );
    assert!(!whole || all.iter().all(|n| *n > 1), "{all:?}");
}

#[test]
fn a_drain_goes_the_same_way_for_the_same_seed() {
    check_is_deterministic(|seed| simulate(seed).1.trace);
}
