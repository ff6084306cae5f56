use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep, sleep_until};

use super::direction::{Direction, Failure};
use super::socket::reset_when_dropped;
use super::{RelayEnd, RelayOptions, RelayPhase, RelayReport, RelaySide};

/// Copies from `a` to `b` and from `b` to `a` until both have ended, one fails, or nothing moves for too long.
///
/// - The end of one stream ends the writing side of the other, and the opposite direction goes on.
/// - Back-pressure: nothing is read that the other side has not taken what was read before.
/// - When reading from a stream fails, what it sent before is delivered, and the relay is over. When writing to it
///   fails, what it has sent is still delivered until its end; a stream that is neither dead nor ending falls to
///   [`half_closed_idle`](RelayOptions::half_closed_idle).
/// - An end that is not the peer's own never looks like one: a direction that was cut off by a failure or by an idle
///   limit, or by dropping this future, does not shut its target down. Where that is a TCP socket, it is set to be reset
///   when it is dropped, so that the other peer sees an error and not a short stream; over TLS the missing `close_notify`
///   tells it. [`IdleTimeout`](crate::IdleTimeout) and [`TotalTimeout`](crate::TotalTimeout) around a socket are seen
///   through for that; other wrappers are not.
///
/// Where both streams are sockets ([`Conn`](crate::Conn), [`Stream`](crate::Stream), tokio's `TcpStream` and
/// `UnixStream`), bulk goes from socket to socket through a pipe and never
/// enters this process ([`Splice`](crate::Splice)). A relay that waits holds no buffer, no pipe, and one timer.
///
/// Neither stream is closed: drop both.
///
/// ```
/// use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
/// use wharf_net::{RelayEnd, RelayOptions, relay};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// let (mut client, mut near) = duplex(64);
/// let (mut far, mut server) = duplex(64);
/// let peers = async {
///     client.write_all(b"ahoy").await?;
///     client.shutdown().await?;
///     let mut heard = String::new();
///     server.read_to_string(&mut heard).await?;
///     server.shutdown().await?;
///     std::io::Result::Ok(heard)
/// };
/// let options = RelayOptions::default();
/// let (report, heard) = tokio::join!(relay(&mut near, &mut far, &options), peers);
/// assert_eq!(heard?, "ahoy");
/// assert_eq!((report.a_to_b, report.b_to_a), (4, 0));
/// assert!(matches!(report.end, RelayEnd::Finished));
/// # Ok(()) }
/// ```
///
/// # Panics
///
/// Outside a tokio runtime whose time driver runs.
///
/// # Cancel safety
///
/// Not cancel safe: when dropped, up to one buffer or pipe of bytes per direction was read and is lost, and either writing
/// side may have been shut down. Drop both streams too: those that were cut off are then reset.
pub async fn relay<A, B>(a: &mut A, b: &mut B, options: &RelayOptions) -> RelayReport
where
    A: AsyncRead + AsyncWrite + Unpin + 'static,
    B: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let mut relay = Relay {
        a,
        b,
        options,
        a_to_b: Direction::new(options.splice),
        b_to_a: Direction::new(options.splice),
        failed: None,
        progress: Instant::now(),
        b_first: false,
    };
    let mut timer = pin!(sleep_until(relay.due()));
    let end = poll_fn(|cx| relay.poll(cx, timer.as_mut())).await;
    RelayReport {
        a_to_b: relay.a_to_b.bytes(),
        b_to_a: relay.b_to_a.bytes(),
        end,
    }
}

struct Relay<'a, A: 'static, B: 'static> {
    a: &'a mut A,
    b: &'a mut B,
    options: &'a RelayOptions,
    a_to_b: Direction,
    b_to_a: Direction,
    failed: Option<RelayEnd>,
    /// When something last moved. The timer is not touched for it; it looks here when it fires.
    progress: Instant,
    /// Whose turn it is. One direction that always has something to move would use up the task's budget each time, and
    /// the other would never be polled.
    b_first: bool,
}

impl<A, B> Relay<'_, A, B>
where
    A: AsyncRead + AsyncWrite + Unpin + 'static,
    B: AsyncRead + AsyncWrite + Unpin + 'static,
{
    fn poll(&mut self, cx: &mut Context<'_>, timer: Pin<&mut Sleep>) -> Poll<RelayEnd> {
        if self.b_first {
            self.poll_b_to_a(cx);
            self.poll_a_to_b(cx);
        } else {
            self.poll_a_to_b(cx);
            self.poll_b_to_a(cx);
        }
        self.b_first = !self.b_first;
        if self.a_to_b.is_over() && self.b_to_a.is_over() {
            return Poll::Ready(self.failed.take().unwrap_or(RelayEnd::Finished));
        }
        // Both are asked: each forgets its answer.
        if self.a_to_b.take_progress() | self.b_to_a.take_progress() {
            self.progress = Instant::now();
        }
        ready!(self.poll_idle(cx, timer));
        Poll::Ready(self.failed.take().unwrap_or(RelayEnd::Idle))
    }

    fn poll_a_to_b(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(Err(failure)) = self.a_to_b.poll(cx, self.a, self.b, self.options) {
            self.b_to_a.opposite_failed(&failure);
            self.record(failure, RelaySide::A, RelaySide::B);
        }
    }

    fn poll_b_to_a(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(Err(failure)) = self.b_to_a.poll(cx, self.b, self.a, self.options) {
            self.a_to_b.opposite_failed(&failure);
            self.record(failure, RelaySide::B, RelaySide::A);
        }
    }

    fn record(&mut self, failure: Failure, reader: RelaySide, writer: RelaySide) {
        let Failure { phase, error } = failure;
        let side = match phase {
            RelayPhase::Read => reader,
            RelayPhase::Write => writer,
        };
        self.failed
            .get_or_insert(RelayEnd::Failed { side, phase, error });
    }

    /// Ready when nothing has moved for as long as is allowed.
    fn poll_idle(&self, cx: &mut Context<'_>, mut timer: Pin<&mut Sleep>) -> Poll<()> {
        let due = self.due();
        // The limit became shorter. In all other cases the timer is early, and looks again.
        if timer.deadline() > due {
            timer.as_mut().reset(due);
        }
        loop {
            ready!(timer.as_mut().poll(cx));
            if Instant::now() >= due {
                return Poll::Ready(());
            }
            timer.as_mut().reset(due);
        }
    }

    /// When the relay has been idle for too long, unless something moves before.
    fn due(&self) -> Instant {
        // What is as long as this is for ever; a clock cannot be asked for `Duration::MAX` from now.
        const FOREVER: Duration = Duration::from_secs(30 * 365 * 86_400);
        let RelayOptions {
            idle,
            half_closed_idle,
            ..
        } = *self.options;
        let half_closed = self.a_to_b.is_past_reading() || self.b_to_a.is_past_reading();
        let limits = [idle, half_closed_idle.filter(|_| half_closed)];
        let limit = limits.into_iter().flatten().min();
        self.progress + limit.unwrap_or(FOREVER).min(FOREVER)
    }
}

/// What was cut off must not look whole, also when the relay itself is dropped: at a drain's deadline, or by a panic.
impl<A, B> Drop for Relay<'_, A, B> {
    fn drop(&mut self) {
        if !self.a_to_b.is_finished() {
            reset_when_dropped(self.b);
        }
        if !self.b_to_a.is_finished() {
            reset_when_dropped(self.a);
        }
    }
}
