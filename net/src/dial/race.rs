use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use std::vec;

use futures_util::StreamExt;
use futures_util::future::{Join, Ready, join, ready};
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

/// How a race paces its attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RaceOptions {
    /// The Connection Attempt Delay of [RFC 8305 §5]: how long an attempt runs alone before the next one starts beside it.
    ///
    /// Too short and every dial costs its peers several connections; too long and a dead first address is felt. The RFC
    /// recommends 250 ms, not less than 100 ms and not more than 2 s; Go waits 300 ms, asyncio 250 ms where it is asked
    /// to race. A value below 10 ms, which the RFC forbids, counts as 10 ms, one above 2 s as 2 s. The default is 250 ms.
    ///
    /// [RFC 8305 §5]: https://www.rfc-editor.org/rfc/rfc8305#section-5
    pub attempt_delay: Duration,
    /// The First Address Family Count of [RFC 8305 §4]: how many addresses of the preferred family are tried before the
    /// first of the other family.
    ///
    /// The RFC recommends 1, or 2 to favour one family strongly; 0 counts as 1. The default is 1.
    ///
    /// [RFC 8305 §4]: https://www.rfc-editor.org/rfc/rfc8305#section-4
    pub first_address_family_count: usize,
    /// How many attempts may be under way at the same time; when that many are, the next one waits for a failure.
    ///
    /// The pace alone would let a dial with a deadline of 10 s hold 40 sockets towards one black hole. The RFC names no
    /// number; six attempts are three of each family within the first 1.25 s. 0 counts as 1. The default is 6.
    pub attempts_at_once_max: usize,
    /// How many addresses are tried at all; the list is cut after its families were interleaved, so both stay in it.
    ///
    /// Whoever controls a name controls how many addresses it has. 0 counts as 1. The default is 64: at one start each
    /// 250 ms, more than a deadline of 15 s can use.
    pub attempts_max: usize,
}

const ATTEMPT_DELAY_MIN: Duration = Duration::from_millis(10);
const ATTEMPT_DELAY_MAX: Duration = Duration::from_secs(2);

impl Default for RaceOptions {
    fn default() -> Self {
        Self {
            attempt_delay: Duration::from_millis(250),
            first_address_family_count: 1,
            attempts_at_once_max: 6,
            attempts_max: 64,
        }
    }
}

/// The attempt that won a race.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Won<T> {
    /// The address that answered.
    pub address: SocketAddr,
    /// What the connect function made of it.
    pub connected: T,
}

/// What became of one address in a race.
#[derive(Debug)]
#[non_exhaustive]
pub struct Attempt {
    /// The address that was tried.
    pub address: SocketAddr,
    /// When the attempt started, counted from the start of the race.
    pub started: Duration,
    /// How long the attempt took, or was given.
    pub elapsed: Duration,
    /// How it ended.
    pub end: AttemptEnd,
}

/// How an attempt ended.
#[derive(Debug)]
pub enum AttemptEnd {
    /// It won the race.
    Connected,
    /// It failed by itself.
    Failed(io::Error),
    /// It was still under way when the race ended: another attempt won, or the caller gave up.
    Unanswered,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.address)?;
        match &self.end {
            AttemptEnd::Connected => write!(f, "connected")?,
            AttemptEnd::Failed(error) => write!(f, "{error}")?,
            AttemptEnd::Unanswered => write!(f, "no answer")?,
        }
        write!(f, " after {:.1?}", self.elapsed)
    }
}

/// Happy Eyeballs, version 2: tries the addresses of a host so that a dead one, or a dead family, costs a fraction of
/// a second and not a timeout ([RFC 8305 §5]).
///
/// It knows neither sockets nor names: `connect` is any function from an address to a future, polled in the caller's
/// task and never spawned. The order is that of [`interleave_families`]. The next attempt starts when the last one has
/// run for [`RaceOptions::attempt_delay`], or at once when an attempt fails. (The RFC's ban on starts less than 10 ms
/// apart keeps a delay from being computed too short; an address that refused needs no head start.) A start never ends
/// an attempt that is under way: the first one to succeed wins, and only then are the others dropped.
///
/// An attempt has no deadline of its own, and the last one may be the only one that works, so a race whose addresses
/// do not answer never ends. The caller bounds the whole, and still learns what was tried:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use std::time::Duration;
/// use tokio::net::TcpStream;
/// use wharf_net::{Race, RaceOptions};
///
/// # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
/// # let address = listener.local_addr().unwrap();
/// let mut race = Race::new(&[address], &RaceOptions::default(), TcpStream::connect);
/// match tokio::time::timeout(Duration::from_secs(10), race.run()).await {
///     Ok(Some(won)) => assert_eq!(won.connected.peer_addr().unwrap(), won.address),
///     Ok(None) | Err(_) => {
///         for attempt in race.into_attempts() {
///             eprintln!("{attempt}"); // [2001:db8::1]:443: no answer after 10.0s
///         }
///     }
/// }
/// # }
/// ```
///
/// [RFC 8305 §5]: https://www.rfc-editor.org/rfc/rfc8305#section-5
pub struct Race<F, Fut: Future> {
    connect: F,
    attempt_delay: Duration,
    at_once_max: usize,
    waiting: vec::IntoIter<SocketAddr>,
    /// Each attempt beside its place in `attempts`.
    running: FuturesUnordered<Join<Ready<usize>, Fut>>,
    /// In the order of their starts. One that is under way is `Unanswered`.
    attempts: Vec<Attempt>,
    clock: Option<Clock>,
}

/// Runs from the first poll on: a race that is made early does not start early.
#[derive(Clone, Copy, Debug)]
struct Clock {
    started: Instant,
    next_attempt: Instant,
}

impl<T, F, Fut> Race<F, Fut>
where
    F: FnMut(SocketAddr) -> Fut,
    Fut: Future<Output = io::Result<T>>,
{
    /// A race that has not started.
    ///
    /// Without addresses there is nothing to try: [`Race::run`] returns at once and there are no attempts to report.
    /// That a name has no address is an error for the caller to name.
    pub fn new(addresses: &[SocketAddr], options: &RaceOptions, connect: F) -> Self {
        let mut order = interleave_families(addresses, options.first_address_family_count);
        order.truncate(options.attempts_max.max(1));
        Self {
            connect,
            attempt_delay: options
                .attempt_delay
                .clamp(ATTEMPT_DELAY_MIN, ATTEMPT_DELAY_MAX),
            at_once_max: options.attempts_at_once_max.max(1),
            attempts: Vec::with_capacity(order.len()),
            waiting: order.into_iter(),
            running: FuturesUnordered::new(),
            clock: None,
        }
    }

    /// Runs until an attempt succeeds, or returns `None` when all have failed.
    ///
    /// When it returns, nothing is under way any more. Called again after that, it returns `None`.
    ///
    /// # Cancel safety
    ///
    /// When the future is dropped, the attempts under way stay in the race: another call goes on with them (their time
    /// has passed meanwhile), and [`Race::into_attempts`] reports them. Dropping the race drops them.
    pub async fn run(&mut self) -> Option<Won<T>> {
        let now = Instant::now();
        let mut clock = *self.clock.get_or_insert(Clock {
            started: now,
            next_attempt: now,
        });
        loop {
            let may_start = self.waiting.len() > 0 && self.running.len() < self.at_once_max;
            // Biased: an attempt that has succeeded is seen before another address is bothered.
            tokio::select! {
                biased;
                Some((index, result)) = self.running.next() => {
                    let attempt = &mut self.attempts[index];
                    attempt.elapsed = clock.started.elapsed() - attempt.started;
                    match result {
                        Ok(connected) => {
                            attempt.end = AttemptEnd::Connected;
                            let address = attempt.address;
                            self.stop();
                            return Some(Won { address, connected });
                        }
                        Err(error) => attempt.end = AttemptEnd::Failed(error),
                    }
                    clock.next_attempt = Instant::now();
                }
                () = reached(clock.next_attempt), if may_start => {
                    self.start(clock.started);
                    clock.next_attempt = Instant::now() + self.attempt_delay;
                }
                else => return None,
            }
            self.clock = Some(clock);
        }
    }

    fn start(&mut self, race_started: Instant) {
        let Some(address) = self.waiting.next() else {
            return;
        };
        let index = self.attempts.len();
        self.attempts.push(Attempt {
            address,
            started: race_started.elapsed(),
            elapsed: Duration::ZERO,
            end: AttemptEnd::Unanswered,
        });
        self.running
            .push(join(ready(index), (self.connect)(address)));
    }
}

impl<F, Fut: Future> Race<F, Fut> {
    /// Ends the race and tells what became of each address that was tried, in the order of their starts.
    ///
    /// Attempts that are under way are dropped and reported as [`AttemptEnd::Unanswered`]. Addresses whose turn had not
    /// come are not listed.
    pub fn into_attempts(mut self) -> Vec<Attempt> {
        self.stop();
        self.attempts
    }

    fn stop(&mut self) {
        self.waiting = Vec::new().into_iter();
        if self.running.is_empty() {
            return;
        }
        self.running = FuturesUnordered::new();
        let now = self.clock.map(|clock| clock.started.elapsed());
        for attempt in &mut self.attempts {
            if matches!(attempt.end, AttemptEnd::Unanswered) {
                attempt.elapsed = now.unwrap_or_default().saturating_sub(attempt.started);
            }
        }
    }
}

impl<F, Fut: Future> fmt::Debug for Race<F, Fut> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Race")
            .field("waiting", &self.waiting.as_slice())
            .field("running", &self.running.len())
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// Unlike a bare `sleep_until`, ready at once for a time that has come: the timer counts in whole milliseconds, upwards.
async fn reached(time: Instant) {
    if Instant::now() < time {
        sleep_until(time).await;
    }
}

/// Runs a whole [`Race`], whose docs say how it goes.
///
/// # Errors
///
/// Every attempt and how it ended, when all have failed. Empty if there was no address.
///
/// # Cancel safety
///
/// Dropping the future drops the attempts under way. A caller with a deadline who wants to know what was tried keeps a
/// [`Race`] instead.
pub async fn race<T, F, Fut>(
    addresses: &[SocketAddr],
    options: &RaceOptions,
    connect: F,
) -> Result<Won<T>, Vec<Attempt>>
where
    F: FnMut(SocketAddr) -> Fut,
    Fut: Future<Output = io::Result<T>>,
{
    let mut race = Race::new(addresses, options, connect);
    match race.run().await {
        Some(won) => Ok(won),
        None => Err(race.into_attempts()),
    }
}

/// The order in which a host's addresses are tried: by turns from each family ([RFC 8305 §4]).
///
/// The family of the first address begins, with `first_address_family_count` addresses (0 counts as 1). Inside a family
/// the order stays: a resolver has sorted it as [RFC 6724 §6] says. An address that occurs again is left out, and an
/// IPv4-mapped one (`::ffff:192.0.2.1`) counts, and is returned, as the IPv4 address it stands for. Link-local addresses
/// keep their scope.
///
/// ```
/// use wharf_net::interleave_families;
/// let list = ["[::1]:1", "[::2]:1", "[::3]:1", "127.0.0.1:1", "127.0.0.2:1"].map(|a| a.parse().unwrap());
/// let order = ["[::1]:1", "127.0.0.1:1", "[::2]:1", "127.0.0.2:1", "[::3]:1"].map(|a| a.parse().unwrap());
/// assert_eq!(interleave_families(&list, 1), order);
/// ```
///
/// [RFC 8305 §4]: https://www.rfc-editor.org/rfc/rfc8305#section-4
/// [RFC 6724 §6]: https://www.rfc-editor.org/rfc/rfc6724#section-6
pub fn interleave_families(
    addresses: &[SocketAddr],
    first_address_family_count: usize,
) -> Vec<SocketAddr> {
    let mut seen = HashSet::with_capacity(addresses.len());
    let unique: Vec<_> = addresses
        .iter()
        .map(|address| canonical(*address))
        .filter(|address| seen.insert(*address))
        .collect();
    let Some(v6_first) = unique.first().map(SocketAddr::is_ipv6) else {
        return unique;
    };
    let (preferred, others): (Vec<_>, Vec<_>) = unique
        .into_iter()
        .partition(|address| address.is_ipv6() == v6_first);
    let (mut preferred, mut others) = (preferred.into_iter(), others.into_iter());

    let mut order = Vec::with_capacity(preferred.len() + others.len());
    order.extend(preferred.by_ref().take(first_address_family_count.max(1)));
    while preferred.len() + others.len() > 0 {
        order.extend(others.next());
        order.extend(preferred.next());
    }
    order
}

fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip if ip == address.ip() => address,
        v4 => SocketAddr::new(v4, address.port()),
    }
}
