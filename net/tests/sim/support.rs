//! Seeds, weather, and the crate's seams over turmoil.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::io::Errno;
use turmoil::net::{TcpListener, TcpStream};
use turmoil::{Builder, Sim};
use wharf_net::{Addr, ConnInfo, Source};

pub(crate) const PORT: u16 = 7000;

/// How far apart the moments are at which the network moves. Timers of a host are exact to the millisecond.
pub(crate) const TICK: Duration = ms(10);

/// The longest way of a message, in the slowest network.
pub(crate) const LATENCY_MAX: Duration = ms(60);

pub(crate) const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Runs a test for each seed of the list: the first `base` numbers and one from the clock, or what `WHARF_SEED` says.
/// Whether it was the list, so that a test can ask that its runs, taken together, met everything they are about.
pub(crate) fn for_each_seed(test: &str, base: u64, mut run: impl FnMut(u64)) -> bool {
    let asked = std::env::var("WHARF_SEED").ok();
    let (range, drawn) = match &asked {
        Some(text) => (seeds(text), None),
        None => (0..base, Some(seed_of_the_clock())),
    };
    eprintln!("{test}: seeds {range:?}, {drawn:?}");
    for seed in range.chain(drawn) {
        let _told = TellSeed { test, seed };
        run(seed);
    }
    asked.is_none()
}

fn seeds(text: &str) -> Range<u64> {
    let number = |text: &str| -> u64 { text.parse().expect("WHARF_SEED is a number or a..b") };
    match text.split_once("..") {
        Some((first, end)) => number(first)..number(end),
        None => number(text)..number(text) + 1,
    }
}

fn seed_of_the_clock() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::from(now.unwrap().subsec_nanos())
}

struct TellSeed<'a> {
    test: &'a str,
    seed: u64,
}

impl Drop for TellSeed<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { test, seed } = self;
            eprintln!("{test} failed: WHARF_SEED={seed} cargo test -p wharf-net --test sim {test}");
        }
    }
}

/// Random decisions (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn number(&mut self, range: Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    pub(crate) fn ms(&mut self, range: Range<u64>) -> Duration {
        ms(self.number(range))
    }

    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.number(0..100) < chance
    }

    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.number(0..choices.len() as u64) as usize]
    }

    /// Decisions of another part of the run, which do not move when this part makes more of them.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.next())
    }
}

/// A network whose every decision follows from the seed.
pub(crate) fn network(draw: &mut Draw) -> Builder {
    let mut builder = Builder::new();
    builder
        .rng_seed(draw.next())
        .epoch(UNIX_EPOCH)
        .tick_duration(TICK)
        .simulation_duration(Duration::from_secs(60))
        .max_message_latency(draw.ms(1..LATENCY_MAX.as_millis() as u64))
        // It is the length of the accept queue too, and turmoil panics when that is full.
        .tcp_capacity(1024)
        .enable_random_order();
    builder
}

/// What happens to the links, until it is calm.
#[derive(Clone, Debug)]
pub(crate) struct Storm {
    links: Vec<(String, String)>,
    outages: Vec<Outage>,
    /// From then on nothing is lost, and everything that was held has arrived.
    calm: Duration,
}

/// What happens to a link for a while.
#[derive(Clone, Debug)]
struct Outage {
    link: usize,
    kind: OutageKind,
    begins: Duration,
    ends: Duration,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum OutageKind {
    Partition,
    PartitionThere,
    PartitionBack,
    Hold,
}

impl Storm {
    /// Outages of each link, one after the other.
    pub(crate) fn draw(draw: &mut Draw, links: &[(&str, &str)], calm: Duration) -> Self {
        let mut outages = Vec::new();
        for link in 0..links.len() {
            let mut begins = draw.ms(0..500);
            while begins < calm {
                let kind = draw.one_of(&[
                    OutageKind::Partition,
                    OutageKind::PartitionThere,
                    OutageKind::PartitionBack,
                    OutageKind::Hold,
                ]);
                let ends = begins + draw.ms(20..400);
                outages.push(Outage {
                    link,
                    kind,
                    begins,
                    ends,
                });
                begins = ends + draw.ms(20..800);
            }
        }
        let links = links.iter().map(|(a, b)| ((*a).into(), (*b).into()));
        Self {
            links: links.collect(),
            outages,
            calm,
        }
    }

    /// No outage yet.
    pub(crate) fn until(calm: Duration) -> Self {
        Self {
            links: Vec::new(),
            outages: Vec::new(),
            calm,
        }
    }

    /// An outage of one link. Those of the same link are not to overlap.
    pub(crate) fn outage(
        &mut self,
        (a, b): (&str, &str),
        kind: OutageKind,
        during: Range<Duration>,
    ) {
        self.links.push((a.into(), b.into()));
        self.outages.push(Outage {
            link: self.links.len() - 1,
            kind,
            begins: during.start,
            ends: during.end,
        });
    }

    fn happen(&self, sim: &mut Sim<'_>, from: Duration, to: Duration) {
        let is_due = |at: Duration| from <= at && at < to && at < self.calm;
        for outage in &self.outages {
            let (a, b) = &self.links[outage.link];
            let (a, b) = (a.as_str(), b.as_str());
            if is_due(outage.begins) {
                match outage.kind {
                    OutageKind::Partition => sim.partition(a, b),
                    OutageKind::PartitionThere => sim.partition_oneway(a, b),
                    OutageKind::PartitionBack => sim.partition_oneway(b, a),
                    OutageKind::Hold => sim.hold(a, b),
                }
            } else if is_due(outage.ends) {
                // It mends partitions too.
                sim.release(a, b);
            }
        }
        if from <= self.calm && self.calm < to {
            sim.set_fail_rate(0.0);
            for (a, b) in &self.links {
                sim.release(a.as_str(), b.as_str());
            }
        }
    }
}

/// Runs until all clients are done, and looks at every tick.
pub(crate) fn run(sim: &mut Sim<'_>, storm: &Storm, mut look: impl FnMut(Duration)) {
    loop {
        let now = sim.elapsed();
        storm.happen(sim, now, now + TICK);
        look(now);
        if sim.step().expect("nothing fails in the simulation") {
            return;
        }
    }
}

/// What happened, and when. Clones write to one trace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace(Arc<Mutex<Vec<(Duration, String)>>>);

impl Trace {
    pub(crate) fn note(&self, event: impl Into<String>) {
        let now = turmoil::sim_elapsed().unwrap_or_default();
        self.0.lock().unwrap().push((now, event.into()));
    }

    pub(crate) fn take(&self) -> Vec<(Duration, String)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// The same seed, twice; another one, for comparison.
#[track_caller]
pub(crate) fn check_is_deterministic(simulate: impl Fn(u64) -> Trace) {
    for seed in [1, 2, 3] {
        let (first, second, other) = (simulate(seed), simulate(seed), simulate(seed + 10));
        let first = first.take();
        assert!(first.len() > 1, "seed {seed}: an empty trace is no proof");
        assert_eq!(first, second.take(), "seed {seed}");
        assert_ne!(first, other.take(), "seed {seed}");
    }
}

/// What goes wrong at the source itself.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    pub(crate) draw: Draw,
    /// How many of 100 connections die in the queue.
    pub(crate) abort_percent: u64,
    /// How many of 100 calls find no descriptor free.
    pub(crate) exhausted_percent: u64,
    /// When that ends.
    pub(crate) until: Duration,
}

impl Faults {
    pub(crate) fn none() -> Self {
        Self {
            draw: Draw::new(0),
            abort_percent: 0,
            exhausted_percent: 0,
            until: Duration::ZERO,
        }
    }

    fn next(&mut self) -> Option<Errno> {
        if turmoil::sim_elapsed().is_none_or(|now| now >= self.until) {
            None
        } else if self.draw.percent(self.exhausted_percent) {
            Some(Errno::MFILE)
        } else if self.draw.percent(self.abort_percent) {
            Some(Errno::CONNABORTED)
        } else {
            None
        }
    }
}

/// How many connections came out of a source's queue.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(Arc<AtomicU64>);

impl Seen {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A listening socket of a simulated host.
pub(crate) struct SimSource {
    listener: Arc<TcpListener>,
    accepting: Option<Accepting>,
    /// It waits for a descriptor.
    kept: Option<(TcpStream, ConnInfo)>,
    faults: Faults,
    seen: Seen,
}

type Accepting = Pin<Box<dyn Future<Output = io::Result<(TcpStream, SocketAddr)>> + Send>>;

impl SimSource {
    pub(crate) async fn bind(faults: Faults, seen: Seen) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?;
        Ok(Self {
            listener: Arc::new(listener),
            accepting: None,
            kept: None,
            faults,
            seen,
        })
    }

    fn poll_queue(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, ConnInfo)>> {
        if let Some(kept) = self.kept.take() {
            return Poll::Ready(Ok(kept));
        }
        let accepting = self.accepting.get_or_insert_with(|| {
            let listener = Arc::clone(&self.listener);
            Box::pin(async move { listener.accept().await })
        });
        let accepted = ready!(accepting.as_mut().poll(cx));
        self.accepting = None;
        let (stream, peer) = accepted?;
        self.seen.0.fetch_add(1, Ordering::Relaxed);
        let info = ConnInfo::new(peer.into(), stream.local_addr()?.into());
        Poll::Ready(Ok((stream, info)))
    }
}

impl Source for SimSource {
    type Io = TcpStream;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, ConnInfo)>> {
        let accepted = ready!(self.poll_queue(cx))?;
        match self.faults.next() {
            None => Poll::Ready(Ok(accepted)),
            Some(errno) => {
                if errno == Errno::MFILE {
                    self.kept = Some(accepted);
                }
                Poll::Ready(Err(errno.into()))
            }
        }
    }

    fn local_addr(&self) -> Addr {
        self.listener.local_addr().unwrap().into()
    }

    fn accept_queued(&mut self) -> Option<io::Result<(TcpStream, ConnInfo)>> {
        match self.poll_queue(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(accepted) => Some(accepted),
            Poll::Pending => None,
        }
    }

    fn shed(&mut self) {
        self.kept = None;
    }
}

/// Connects as the kernel does: a request that is given up is answered all the same, and its connection then closed.
/// turmoil's own would leave an accepted connection without an end.
pub(crate) fn connect(address: SocketAddr) -> Connecting {
    Connecting(Some(Box::pin(TcpStream::connect(address))))
}

pub(crate) struct Connecting(Option<Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>>);

impl Future for Connecting {
    type Output = io::Result<TcpStream>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let under_way = self.0.as_mut().expect("it is not polled after its end");
        let connected = ready!(under_way.as_mut().poll(cx));
        self.0 = None;
        Poll::Ready(connected)
    }
}

impl Drop for Connecting {
    fn drop(&mut self) {
        // Not when the whole simulation is dropped.
        if let Some(under_way) = self.0.take()
            && turmoil::in_simulation()
        {
            tokio::spawn(under_way);
        }
    }
}
