//! A name with addresses of both families, each with a fate of its own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep};
use turmoil::net::{TcpListener, TcpStream};
use wharf_net::{
    AttemptEnd, DialError, DialPhase, Dialer, Endpoint, RaceOptions, StaticResolver,
    interleave_families,
};

use crate::support::{
    Draw, LATENCY_MAX, OutageKind, PORT, Storm, TICK, Trace, check_is_deterministic, connect,
    for_each_seed, ms, network, run,
};

/// The network moves at ticks, and so do both ends of a message's way.
const SLACK: Duration = ms(2 * TICK.as_millis() as u64);
/// When the dial begins: the servers listen by then.
const BEGIN: Duration = ms(30);
/// When every link that was held is released: no dial takes as long.
const RELEASED: Duration = ms(1300);
/// The slowest way between two hosts.
const WAY_MAX: Duration = ms(600);

/// What becomes of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Answers,
    /// The way there takes as long as this.
    Slow(Duration),
    /// The link holds everything back for so long.
    HeldFor(Duration),
    /// Nobody listens.
    Refuses,
    /// The request is lost, which turmoil tells at once.
    Partitioned,
    /// Nothing comes back, ever.
    Silent,
}

impl Fate {
    fn draw(draw: &mut Draw) -> Self {
        match draw.number(0..8) {
            0 | 1 => Self::Answers,
            2 => Self::Slow(draw.ms(100..WAY_MAX.as_millis() as u64)),
            3 => Self::HeldFor(draw.ms(100..900)),
            4 => Self::Refuses,
            5 => Self::Partitioned,
            _ => Self::Silent,
        }
    }

    /// The earliest and the latest moment of an answer to an attempt that starts in time at `start`, both counted from
    /// the start of the dial. `None`: there is none.
    fn answers_at(self, start: Duration) -> Option<(Duration, Duration)> {
        match self {
            Self::Answers => Some((Duration::ZERO, start + LATENCY_MAX)),
            Self::Slow(way) => Some((way, start + way)),
            Self::HeldFor(end) => Some((end, end.max(start) + LATENCY_MAX)),
            Self::Refuses | Self::Partitioned | Self::Silent => None,
        }
    }
}

struct Plan {
    hosts: Vec<(IpAddr, Fate)>,
    dialer: Dialer,
}

impl Plan {
    fn draw(draw: &mut Draw) -> Self {
        let hosts: Vec<_> = (0..draw.number(1..6) as u16)
            .map(|number| {
                let ip = if draw.percent(50) {
                    IpAddr::from(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, number + 1))
                } else {
                    Ipv4Addr::new(10, 0, 0, number as u8 + 1).into()
                };
                (ip, Fate::draw(draw))
            })
            .collect();
        let addresses = hosts.iter().map(|(ip, _)| *ip).collect();
        let dialer = Dialer {
            deadline: draw.ms(200..1200),
            race: RaceOptions {
                attempt_delay: draw.ms(20..300),
                ..RaceOptions::default()
            },
            resolver: Arc::new(StaticResolver::new([("fleet.example", addresses)])),
            ..Dialer::default()
        };
        Self { hosts, dialer }
    }

    /// The hosts, in the order in which they are tried.
    fn order(&self) -> Vec<(SocketAddr, Fate)> {
        let address = |ip: IpAddr| SocketAddr::new(ip, PORT);
        let addresses: Vec<_> = self.hosts.iter().map(|(ip, _)| address(*ip)).collect();
        let fate = |of: SocketAddr| self.hosts.iter().find(|(ip, _)| address(*ip) == of);
        interleave_families(&addresses, 1)
            .into_iter()
            .map(|address| (address, fate(address).unwrap().1))
            .collect()
    }

    /// The latest start of each attempt, if the race is not won before. A failure only makes them earlier.
    fn start_of(&self, index: usize) -> Duration {
        self.dialer.race.attempt_delay * index as u32
    }

    /// When the first answer comes at the earliest and at the latest.
    fn first_answer(&self) -> Option<(Duration, Duration)> {
        let order = self.order();
        let answers = order
            .iter()
            .enumerate()
            .filter_map(|(index, (_, fate))| fate.answers_at(self.start_of(index)));
        let (earliest, latest): (Vec<_>, Vec<_>) = answers.unzip();
        Some((*earliest.iter().min()?, *latest.iter().min()?))
    }

    fn check(&self, took: Duration, dialed: &Result<SocketAddr, DialError>) {
        let deadline = self.dialer.deadline;
        assert!(took <= deadline + ms(1), "{took:?} of {deadline:?}");
        match (self.first_answer(), dialed) {
            (None, Ok(winner)) => panic!("{winner} answered"),
            (Some((earliest, _)), Ok(_)) => assert!(earliest <= took + SLACK, "{took:?}"),
            (Some((_, latest)), Err(error)) => assert!(latest + SLACK >= deadline, "{error}"),
            (None, Err(_)) => {}
        }
        if let (Some((_, latest)), Ok(_)) = (self.first_answer(), dialed) {
            assert!(took <= latest + SLACK, "{took:?}, not {latest:?}");
        }
        match dialed {
            Ok(winner) => {
                let order = self.order();
                let (_, fate) = order.iter().find(|(of, _)| of == winner).unwrap();
                assert!(fate.answers_at(Duration::ZERO).is_some(), "{fate:?}");
            }
            Err(error) => self.check_error(took, error),
        }
    }

    fn check_error(&self, took: Duration, error: &DialError) {
        let order = self.order();
        let attempts = error.attempts();
        // All that were started, in their order, and each with its own end.
        for ((address, fate), attempt) in order.iter().zip(attempts) {
            assert_eq!(attempt.address, *address);
            let is_failed = matches!(attempt.end, AttemptEnd::Failed(_));
            match fate {
                Fate::Refuses => assert!(is_failed || took < attempt.started + LATENCY_MAX + SLACK),
                Fate::Partitioned => {
                    assert!(is_failed || took < attempt.started + ms(2), "{attempt}")
                }
                _ => assert!(!is_failed, "{attempt}"),
            }
        }
        let due = (0..order.len()).filter(|index| self.start_of(*index) + SLACK < took);
        assert!(attempts.len() >= due.count(), "{error}");
        if error.timed_out_in().is_some() {
            assert_eq!(error.timed_out_in(), Some(DialPhase::Connect));
            assert!(took >= self.dialer.deadline, "{took:?}");
        } else {
            assert_eq!(attempts.len(), order.len(), "{error}");
            let refused = |fate: &Fate| matches!(fate, Fate::Refuses | Fate::Partitioned);
            assert!(order.iter().all(|(_, fate)| refused(fate)), "{error}");
        }
    }
}

/// How long a dial took, and who answered.
type Dialed = (Duration, Result<SocketAddr, DialError>);

/// Connections that servers have accepted, and how many of them have ended.
#[derive(Clone, Default)]
struct Fleet {
    trace: Trace,
    accepted: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
    dialed: Arc<Mutex<Option<Dialed>>>,
}

impl Fleet {
    fn open(&self) -> usize {
        self.accepted.load(Ordering::Relaxed) - self.ended.load(Ordering::Relaxed)
    }
}

async fn server(ip: IpAddr, fleet: Fleet) -> turmoil::Result {
    let any: IpAddr = match ip {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let listener = TcpListener::bind((any, PORT)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        fleet.trace.note(format!("{ip} accepts"));
        fleet.accepted.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(echo(stream, ip, fleet.clone()));
    }
}

/// Answers each byte, until the other side has closed.
async fn echo(mut stream: TcpStream, ip: IpAddr, fleet: Fleet) {
    while let Ok(byte) = stream.read_u8().await {
        if stream.write_u8(byte + 1).await.is_err() {
            break;
        }
    }
    fleet.trace.note(format!("{ip} sees the end"));
    fleet.ended.fetch_add(1, Ordering::Relaxed);
}

async fn client(dialer: Dialer, fleet: Fleet) -> turmoil::Result {
    let endpoint: Endpoint = format!("fleet.example:{PORT}").parse().unwrap();
    sleep(BEGIN).await;
    let began = Instant::now();
    let dial = dialer.dial_with(&endpoint, |address| {
        fleet.trace.note(format!("tries {address}"));
        connect(address)
    });
    let dialed = dial.await;
    let took = began.elapsed();
    fleet.trace.note(match &dialed {
        Ok(won) => format!("connected to {}", won.address),
        Err(error) => error.to_string(),
    });
    // A request to the slowest host, and its end.
    let told = RELEASED + WAY_MAX * 2 + SLACK;
    let dialed = match dialed {
        Ok(mut won) => {
            sleep(told.saturating_sub(turmoil::elapsed())).await;
            assert_eq!(fleet.open(), 1, "the winner, and no loser");
            won.connected.write_u8(7).await?;
            assert_eq!(won.connected.read_u8().await?, 8);
            assert_eq!(won.connected.peer_addr()?, won.address);
            Ok(won.address)
        }
        Err(error) => Err(error),
    };
    *fleet.dialed.lock().unwrap() = Some((took, dialed));
    sleep(told.saturating_sub(turmoil::elapsed()) + WAY_MAX + SLACK).await;
    assert_eq!(fleet.open(), 0, "nothing outlives the dial");
    Ok(())
}

fn simulate(seed: u64) -> (Plan, Fleet) {
    let mut draw = Draw::new(seed);
    let plan = Plan::draw(&mut draw);
    let fleet = Fleet::default();
    let mut sim = network(&mut draw).build();
    sim.client("client", client(plan.dialer.clone(), fleet.clone()));
    let mut storm = Storm::until(RELEASED);
    for (ip, fate) in plan.hosts.iter().copied() {
        let fleet = fleet.clone();
        sim.host(ip, move || {
            let fleet = fleet.clone();
            async move {
                if fate == Fate::Refuses {
                    std::future::pending().await
                } else {
                    server(ip, fleet).await
                }
            }
        });
        let host = ip.to_string();
        let mut outage = |kind, end| storm.outage(("client", &host), kind, Duration::ZERO..end);
        match fate {
            Fate::Answers | Fate::Refuses => {}
            Fate::Slow(way) => sim.set_link_latency("client", ip, way),
            Fate::HeldFor(end) => outage(OutageKind::Hold, BEGIN + end),
            Fate::Silent => outage(OutageKind::Hold, RELEASED),
            Fate::Partitioned => outage(OutageKind::Partition, RELEASED),
        }
    }
    run(&mut sim, &storm, |_| {});
    (plan, fleet)
}

#[test]
fn a_dial_succeeds_if_a_host_answers_in_time_and_leaves_no_loser_behind() {
    let (mut won, mut late, mut failed, mut losers) = (0, 0, 0, 0);
    let whole = for_each_seed(
        "a_dial_succeeds_if_a_host_answers_in_time_and_leaves_no_loser_behind",
        40,
        |seed| {
            let (plan, fleet) = simulate(seed);
            let (took, dialed) = fleet.dialed.lock().unwrap().take().unwrap();
            plan.check(took, &dialed);
            let accepted = fleet.accepted.load(Ordering::Relaxed);
            match dialed {
                Ok(_) => {
                    won += 1;
                    losers += accepted - 1;
                }
                Err(error) if error.timed_out_in().is_some() => {
                    late += 1;
                    losers += accepted;
                }
                Err(_) => failed += 1,
            }
        },
    );
    let all = [won, late, failed, losers];
    assert!(!whole || all.iter().all(|n| *n > 1), "{all:?}");
}

#[test]
fn a_dial_goes_the_same_way_for_the_same_seed() {
    check_is_deterministic(|seed| simulate(seed).1.trace);
}
