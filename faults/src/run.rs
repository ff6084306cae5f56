use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::net::TcpStream;
use tokio::task::coop::unconstrained;

use crate::flow::Flow;
use crate::{BLOCK_BYTES_MAX, End, Ends, Plan, Script, Step};

/// What passed through a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// From `a`, in a proxy the client, to `b`.
    pub a_to_b: Passage,
    /// From `b`, in a proxy the server, to `a`.
    pub b_to_a: Passage,
}

/// What passed in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Passage {
    /// The bytes read from the sender.
    pub received: u64,
    /// The bytes that the receiver's stream has taken.
    pub delivered: u64,
    /// How it ended.
    pub end: End,
}

/// Plays `plan` between two streams until both directions have ended. A reset drops the stream without a shutdown.
///
/// When a stream fails, the other is reset, too. A direction that stalls or is swallowed never ends by itself, and a cut
/// waits for the ends to close: drop the future to end those.
///
/// # Panics
///
/// When a block of the plan is longer than [`BLOCK_BYTES_MAX`].
///
/// # Cancel safety
///
/// Dropping the future drops both streams.
pub async fn run<A, B>(a: A, b: B, plan: Plan) -> Report
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    drive(a, b, &plan, |_| {}, |_| {}).await
}

/// As [`run`], between two TCP sockets. A reset sends RST.
///
/// # Panics
///
/// When a block of the plan is longer than [`BLOCK_BYTES_MAX`].
///
/// # Cancel safety
///
/// Dropping the future closes both sockets.
pub async fn run_tcp(a: TcpStream, b: TcpStream, plan: Plan) -> Report {
    for stream in [&a, &b] {
        // It would hold a slice back to join it with the next. It fails on a socket that is gone already.
        let _ = stream.set_nodelay(true);
    }
    drive(a, b, &plan, reset_when_dropped, reset_when_dropped).await
}

/// Makes dropping the socket send RST, and throw away what was not yet delivered.
pub(crate) fn reset_when_dropped(stream: &TcpStream) {
    // It fails on a socket that is gone already.
    let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
}

async fn drive<A, B>(mut a: A, mut b: B, plan: &Plan, reset_a: fn(&A), reset_b: fn(&B)) -> Report
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    check_blocks(&plan.a_to_b);
    check_blocks(&plan.b_to_a);
    let report = play_both(&mut a, &mut b, plan).await;
    let (to_a, to_b) = report.farewells();
    tokio::join!(part(a, to_a, reset_a), part(b, to_b, reset_b));
    report
}

fn check_blocks(script: &Script) {
    for step in &script.steps {
        let block = match step {
            Step::Swap { first, second } => first.saturating_add(*second),
            Step::Duplicate { bytes } => *bytes,
            _ => 0,
        };
        assert!(
            block <= BLOCK_BYTES_MAX,
            "{step:?}: a block is at most {BLOCK_BYTES_MAX} bytes long"
        );
    }
}

/// Until both directions have ended, or one of them has ended both.
async fn play_both<A, B>(a: &mut A, b: &mut B, plan: &Plan) -> Report
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let ((from_a, to_a), (from_b, to_b)) = (split(a), split(b));
    let mut forth = Flow::new(from_a, to_b);
    let mut back = Flow::new(from_b, to_a);
    let (mut forth_end, mut back_end) = (None, None);
    {
        // tokio interrupts a busy task at a point that depends on what the task did before. A flow yields after each
        // piece instead, so that the same plan is played in the same order each time, and neither direction starves.
        let mut forth = pin!(unconstrained(forth.play(&plan.a_to_b)));
        let mut back = pin!(unconstrained(back.play(&plan.b_to_a)));
        poll_fn(|cx| {
            let ends_both = |end: Option<End>| end.and_then(farewells).is_some();
            if ends_both(poll_once(&mut forth_end, forth.as_mut(), cx))
                || ends_both(poll_once(&mut back_end, back.as_mut(), cx))
                || forth_end.is_some() && back_end.is_some()
            {
                return Poll::Ready(());
            }
            Poll::Pending
        })
        .await;
    }
    Report {
        a_to_b: forth.passage(forth_end),
        b_to_a: back.passage(back_end),
    }
}

fn poll_once(
    end: &mut Option<End>,
    play: Pin<&mut impl Future<Output = End>>,
    cx: &mut Context<'_>,
) -> Option<End> {
    if end.is_none()
        && let Poll::Ready(ended) = play.poll(cx)
    {
        *end = Some(ended);
    }
    *end
}

impl<R, W> Flow<R, W> {
    fn passage(&self, end: Option<End>) -> Passage {
        Passage {
            received: self.received,
            delivered: self.delivered,
            end: end.unwrap_or(End::Interrupted),
        }
    }
}

/// What a stream gets in the end.
#[derive(Clone, Copy)]
enum Farewell {
    /// It has been shut down, or nothing is to be said.
    Close,
    Fin,
    Reset,
}

impl Report {
    /// For `a` and for `b`.
    fn farewells(&self) -> (Farewell, Farewell) {
        if let Some((sender, receiver)) = farewells(self.a_to_b.end) {
            return (sender, receiver);
        }
        if let Some((sender, receiver)) = farewells(self.b_to_a.end) {
            return (receiver, sender);
        }
        (Farewell::Close, Farewell::Close)
    }
}

/// For the sender and the receiver, if the end is one of both directions.
fn farewells(end: End) -> Option<(Farewell, Farewell)> {
    use Farewell::{Fin, Reset};
    match end {
        End::Cut => Some((Fin, Fin)),
        End::Reset(Ends::Sender) => Some((Reset, Fin)),
        End::Reset(Ends::Receiver) => Some((Fin, Reset)),
        End::Reset(Ends::Both) | End::SenderFailed(_) | End::ReceiverFailed(_) => {
            Some((Reset, Reset))
        }
        End::Closed | End::HalfClosed | End::Interrupted => None,
    }
}

async fn part<IO>(mut io: IO, farewell: Farewell, reset: fn(&IO))
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    match farewell {
        Farewell::Close => {}
        Farewell::Reset => reset(&io),
        Farewell::Fin => {
            // What goes wrong now means that the end is gone, which is as good.
            let _ = io.shutdown().await;
            let mut scratch = vec![0; BLOCK_BYTES_MAX];
            while let Ok(1..) = io.read(&mut scratch).await {}
        }
    }
}
