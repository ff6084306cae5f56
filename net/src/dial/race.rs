use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use std::{future, vec};

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
    /// How many attempts may be under way at the same time. When that many are, the next one waits until one of them
    /// fails, or until the oldest has had its [`attempt_share`](Self::attempt_share) and is given up for it.
    ///
    /// The pace alone would let a dial with a deadline of 10 s hold 40 sockets towards one black hole. The RFC names no
    /// number; six attempts are three of each family within the first 1.25 s. A host with no more addresses than this
    /// has no attempt given up. 0 counts as 1. The default is 6.
    pub attempts_at_once_max: usize,
    /// The time that an attempt has for itself, however many addresses wait.
    ///
    /// While an address waits and [`attempts_at_once_max`](Self::attempts_at_once_max) attempts are under way, the oldest
    /// is given up as soon as it has had so long, and the address that waits takes its place: otherwise six black holes
    /// would keep a seventh address, which works, from ever being tried. While there is room, or no address waits,
    /// nothing is given up: the last attempts go on for as long as the caller lets them. So with the defaults the seventh
    /// address is tried after 2.5 s at the latest, the thirteenth after 5 s, and 24 of them within a deadline of 10 s.
    ///
    /// What is given up is not tried again, so the share has to cover the peers that are slow but work. A SYN that was
    /// lost is sent again after 1 s, and once more 2 s later ([RFC 6298 §2] and §5.5). Half way between the two, an answer
    /// to the first SYN may have taken 2.5 s and one to the second 1.5 s, where a satellite takes 0.6 s. At 3 s an attempt
    /// would end just as the third SYN goes out; to wait for its answer would take 4 s, and leave a deadline of 10 s for 18
    /// addresses. RFC 8305 knows no such time, as it has no limit to the attempts at once. Go divides the deadline among
    /// the addresses of a family, but gives none less than 2 s.
    ///
    /// The pace holds for these starts too, so a share below the attempt delay counts as the delay; [`Duration::MAX`]
    /// gives no attempt up. The default is 2.5 s.
    ///
    /// [RFC 6298 §2]: https://www.rfc-editor.org/rfc/rfc6298#section-2
    pub attempt_share: Duration,
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
            attempt_share: Duration::from_millis(2500),
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
#[non_exhaustive]
pub enum AttemptEnd {
    /// It won the race.
    Connected,
    /// It failed by itself.
    Failed(io::Error),
    /// It was still under way when it was dropped: another attempt won, the caller gave up, or it had had its
    /// [`RaceOptions::attempt_share`] and an address waited for its place.
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
/// apart keeps a delay from being computed too short; an address that refused needs no head start.) The first one to
/// succeed wins, and then the others are dropped. Before that, a start ends another attempt in one case only: there are
/// [`RaceOptions::attempts_at_once_max`] of them, and the oldest has had its [`RaceOptions::attempt_share`] of time. So
/// every address has its turn, behind however many black holes, and none is cut short for the next one.
///
/// The last attempts may be the only ones that work, so while no address waits they have no deadline, and a race whose
/// addresses do not answer never ends. The caller bounds the whole, and still learns what was tried:
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
    attempt_share: Duration,
    waiting: vec::IntoIter<SocketAddr>,
    /// In the order of their starts.
    running: Vec<Running<Fut>>,
    /// In the order of their starts. One that is under way is `Unanswered`.
    attempts: Vec<Attempt>,
    clock: Option<Clock>,
}

/// An attempt that is under way.
struct Running<Fut> {
    /// Its place in `attempts`.
    index: usize,
    /// When it may be given up. `None`: not in this era.
    share_ends: Option<Instant>,
    connecting: Pin<Box<Fut>>,
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
            attempt_share: options.attempt_share,
            attempts: Vec::with_capacity(order.len()),
            waiting: order.into_iter(),
            running: Vec::new(),
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
            let next_start = self.next_start(clock.next_attempt);
            // Biased: an attempt that has succeeded is seen before it is given up, or another address is bothered.
            tokio::select! {
                biased;
                Some((index, result)) = first_to_end(&mut self.running) => {
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
                Some(()) = reached(next_start) => {
                    self.start(clock.started);
                    clock.next_attempt = Instant::now() + self.attempt_delay;
                }
                else => return None,
            }
            self.clock = Some(clock);
        }
    }

    /// When the next address is due whose turn by the pace is at `paced`. `None`: not before an attempt fails, or never.
    fn next_start(&self, paced: Instant) -> Option<Instant> {
        if self.waiting.len() == 0 {
            return None;
        }
        match self.running.first() {
            Some(oldest) if self.running.len() >= self.at_once_max => {
                oldest.share_ends.map(|share_ends| share_ends.max(paced))
            }
            _ => Some(paced),
        }
    }

    fn start(&mut self, race_started: Instant) {
        let Some(address) = self.waiting.next() else {
            return;
        };
        let now = Instant::now();
        let started = now - race_started;
        if self.running.len() >= self.at_once_max {
            // Dropped before the next one connects: not even for a moment are there more than the options allow.
            let Running { index, .. } = self.running.remove(0);
            let oldest = &mut self.attempts[index];
            oldest.elapsed = started - oldest.started;
        }
        let index = self.attempts.len();
        self.attempts.push(Attempt {
            address,
            started,
            elapsed: Duration::ZERO,
            end: AttemptEnd::Unanswered,
        });
        self.running.push(Running {
            index,
            share_ends: now.checked_add(self.attempt_share),
            connecting: Box::pin((self.connect)(address)),
        });
    }
}

/// Takes out the first attempt that has ended. `None`: there are none.
async fn first_to_end<Fut: Future>(
    running: &mut Vec<Running<Fut>>,
) -> Option<(usize, Fut::Output)> {
    // All are polled at each wake: there are few, and each is there for a packet or two.
    future::poll_fn(|context| {
        for place in 0..running.len() {
            let attempt = &mut running[place];
            if let Poll::Ready(output) = attempt.connecting.as_mut().poll(context) {
                return Poll::Ready(Some((running.remove(place).index, output)));
            }
        }
        if running.is_empty() {
            Poll::Ready(None)
        } else {
            Poll::Pending
        }
    })
    .await
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
        let now = self.clock.map(|clock| clock.started.elapsed());
        for Running { index, .. } in self.running.drain(..) {
            let attempt = &mut self.attempts[index];
            attempt.elapsed = now.unwrap_or_default().saturating_sub(attempt.started);
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
async fn reached(time: Option<Instant>) -> Option<()> {
    let time = time?;
    if Instant::now() < time {
        sleep_until(time).await;
    }
    Some(())
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
