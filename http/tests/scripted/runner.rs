use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake as StdWake};

use crate::wire::Wire;

/// Which of two things that are due happens first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    ReadsFirst,
    WritesFirst,
    /// As a seed has it.
    Seeded(u64),
}

impl Order {
    fn is_reads_turn(&mut self) -> bool {
        match self {
            Self::ReadsFirst => true,
            Self::WritesFirst => false,
            Self::Seeded(state) => {
                *state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                *state >> 63 == 0
            }
        }
    }
}

/// Why a future did not come to its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It was not woken, and waits for nothing that could happen.
    Hangs,
    /// It was polled far more often than anything happened.
    Spins,
}

/// Whether a task was woken since it was polled last.
#[derive(Debug)]
struct Flag(AtomicBool);

impl StdWake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// How often tasks may be polled for each thing that happens outside: a body wakes its reader, and that its feeder.
const POLLS_PER_EVENT_MAX: u64 = 4;
/// And without any: pieces of content that were there from the start.
const POLLS_MORE_MAX: u64 = 100;

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Tasks that a service starts beside the connection's own.
#[derive(Clone, Default)]
pub(crate) struct Tasks(Arc<Mutex<Vec<Task>>>);

impl Tasks {
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.lock().unwrap().push(Box::pin(task));
    }
}

/// A future that is polled when it was woken, and at first.
struct Polled<F> {
    /// `None` when it is done.
    future: Option<F>,
    flag: Arc<Flag>,
}

impl<F: Future + Unpin> Polled<F> {
    fn new(future: F) -> Self {
        Self {
            future: Some(future),
            flag: Arc::new(Flag(AtomicBool::new(true))),
        }
    }

    /// Polls it if it was woken. Whether it was, and what it came to.
    fn poll_if_woken(&mut self) -> (bool, Option<F::Output>) {
        let Some(future) = &mut self.future else {
            return (false, None);
        };
        if !self.flag.0.swap(false, Ordering::Relaxed) {
            return (false, None);
        }
        let waker = Arc::clone(&self.flag).into();
        match Pin::new(future).poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => {
                self.future = None;
                (true, Some(output))
            }
            Poll::Pending => (true, None),
        }
    }
}

/// Polls a future and the tasks that it starts when they were woken, and lets something happen outside when none was,
/// until all are done.
pub(crate) fn run<F: Future>(
    future: F,
    tasks: &Tasks,
    wire: &Wire,
    mut order: Order,
) -> Result<F::Output, Fault> {
    let future = pin!(future);
    let mut first = Polled::new(future);
    let mut others: Vec<Polled<Task>> = Vec::new();
    let mut output = None;
    let mut polls = 0;
    loop {
        let (was_woken, done) = first.poll_if_woken();
        output = output.or(done);
        others.extend(tasks.0.lock().unwrap().drain(..).map(Polled::new));
        let woken = others
            .iter_mut()
            .filter_map(|task| task.poll_if_woken().0.then_some(()));
        let woken = woken.count() as u64 + u64::from(was_woken);
        polls += woken;
        let mut state = wire.lock();
        if polls > POLLS_PER_EVENT_MAX * state.events() + POLLS_MORE_MAX {
            return Err(Fault::Spins);
        }
        if woken > 0 {
            continue;
        }
        if others.iter().all(|task| task.future.is_none())
            && let Some(output) = output
        {
            return Ok(output);
        }
        match (state.read_is_due(), state.writes.is_awaited()) {
            (false, false) if state.begin_drain() => {}
            (false, false) => return Err(Fault::Hangs),
            (true, false) => state.reads.open(),
            (false, true) => state.writes.open(),
            (true, true) if order.is_reads_turn() => state.reads.open(),
            (true, true) => state.writes.open(),
        }
    }
}
