//! What the client programs in Rust are: one client, tasks that use it, a warm-up, and the part that is measured.

use std::str::FromStr;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use bytes::Bytes;
use tokio::runtime::Runtime;

use super::count::{Counted, Meter};
use super::order::{Bulk, Connections, Load, Order, Small};
use crate::bulk::congestion;
use crate::connections::runtime;
use crate::content::{Content, Zeros};
use crate::process;
use crate::transfer::{Direction, Framing, down_path};

/// Before a sample: connections are made, buffers grow, lazy things are initialised.
const WARM_UP: Duration = Duration::from_millis(200);
/// The same for a transfer. More than any buffer on the way holds, and no multiple of a piece.
pub const WARM_UP_BYTES: u64 = (8 << 20) + 1;
/// What is asked for before a transfer, on the same connection.
pub const GREETING: &str = "/";

/// A client as the bench uses it. A clone is for another task, and shares what its library shares between tasks.
pub trait Client: Clone + Send + 'static {
    /// The form in which those who use it keep what they ask for again and again.
    type Target: FromStr<Err: Into<anyhow::Error>> + Clone + Send + Sync + 'static;

    /// Asks for something small; on the last request of a connection it says so.
    fn get(
        &mut self,
        target: &Self::Target,
        last: bool,
    ) -> impl Future<Output = anyhow::Result<Bytes>> + Send;

    /// Asks for something large, and throws it away as it comes; how much it was.
    fn download(
        &mut self,
        target: &Self::Target,
    ) -> impl Future<Output = anyhow::Result<u64>> + Send;

    /// Sends something large; what was answered.
    fn upload(
        &mut self,
        target: &Self::Target,
        content: Content,
    ) -> impl Future<Output = anyhow::Result<Bytes>> + Send;
}

/// Where the tasks run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// All on one, on a runtime.
    One,
    /// Each on its own, and each call blocks it.
    Each,
}

/// Runs the program.
pub fn run<C: Client>(order: &Order, threads: Threads, client: C) -> anyhow::Result<()> {
    let runtime = runtime()?;
    let counted = match &order.load {
        Load::Small(small) => {
            let url = order.url(&small.path);
            run_small(&runtime, threads, client, &url, small)
        }
        Load::Bulk(bulk) => runtime.block_on(run_bulk(client, order, bulk)),
    }?;
    counted.tell();
    Ok(())
}

fn run_small<C: Client>(
    runtime: &Runtime,
    threads: Threads,
    client: C,
    url: &str,
    small: &Small,
) -> anyhow::Result<Counted> {
    let asking = Asking {
        target: target::<C>(url)?,
        last: small.connections == Connections::New,
        answer: Bytes::from(small.answer.clone()),
    };
    let clients = vec![client; small.tasks];
    // Its answers are not looked at: the first ones may differ, if only in that no session could be resumed.
    let warm_up = Asking {
        answer: Bytes::new(),
        ..asking.clone()
    };
    let time = WARM_UP.min(small.time);
    let (clients, _) = ask(runtime, threads, clients, &warm_up, time)?;
    let meter = Meter::start()?;
    let (_, answers) = ask(runtime, threads, clients, &asking, small.time)?;
    meter.stop(answers)
}

async fn run_bulk<C: Client>(mut client: C, order: &Order, bulk: &Bulk) -> anyhow::Result<Counted> {
    let greeting = target::<C>(&order.url(GREETING))?;
    client.get(&greeting, false).await?;
    if bulk.direction == Direction::Up {
        // The connection is there now, and will be used again.
        process::set_congestion_of(std::process::id(), congestion()?)?;
    }
    let warm_up = Bulk {
        bytes: WARM_UP_BYTES,
        ..*bulk
    };
    transfer(&mut client, order, &warm_up).await?;
    let meter = Meter::start()?;
    transfer(&mut client, order, bulk).await?;
    meter.stop(bulk.bytes)
}

fn target<C: Client>(url: &str) -> anyhow::Result<C::Target> {
    let parsed = url.parse::<C::Target>().map_err(Into::into);
    parsed.with_context(|| url.to_owned())
}

/// Asking for the same thing again and again.
#[derive(Clone, Debug)]
struct Asking<T> {
    target: T,
    last: bool,
    /// What is to be answered; anything, if this is empty.
    answer: Bytes,
}

/// Lets every client ask until the time is over; they come back with the number of answers.
fn ask<C: Client>(
    runtime: &Runtime,
    threads: Threads,
    clients: Vec<C>,
    asking: &Asking<C::Target>,
    time: Duration,
) -> anyhow::Result<(Vec<C>, u64)> {
    let began = Instant::now();
    let task = |mut client: C| {
        let asking = asking.clone();
        async move {
            let mut answers = 0_u64;
            while began.elapsed() < time {
                let answer = client.get(&asking.target, asking.last).await?;
                ensure!(
                    asking.answer.is_empty() || answer == asking.answer,
                    "the answer is {}",
                    answer.escape_ascii()
                );
                answers += 1;
            }
            anyhow::Ok((client, answers))
        }
    };
    let alone = clients.len() == 1;
    let done: Vec<anyhow::Result<(C, u64)>> = match threads {
        _ if alone => clients
            .into_iter()
            .map(|client| runtime.block_on(task(client)))
            .collect(),
        Threads::One => runtime.block_on(async {
            let tasks: Vec<_> = clients.into_iter().map(task).map(tokio::spawn).collect();
            let mut done = Vec::new();
            for task in tasks {
                done.push(task.await?);
            }
            anyhow::Ok(done)
        })?,
        Threads::Each => std::thread::scope(|scope| {
            let threads: Vec<_> = clients
                .into_iter()
                .map(task)
                // No call of such a client is ever pending: a runtime without drivers is enough.
                .map(|task| scope.spawn(|| blocking()?.block_on(task)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("it does not panic"))
                .collect()
        }),
    };
    let mut clients = Vec::new();
    let mut answers = 0;
    for done in done {
        let (client, more) = done?;
        clients.push(client);
        answers += more;
    }
    Ok((clients, answers))
}

fn blocking() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().build()
}

async fn transfer<C: Client>(client: &mut C, order: &Order, bulk: &Bulk) -> anyhow::Result<()> {
    let Bulk { framing, bytes, .. } = *bulk;
    match bulk.direction {
        Direction::Down => {
            let target = target::<C>(&order.url(&down_path(framing, bytes)))?;
            let arrived = client.download(&target).await?;
            ensure!(arrived == bytes, "{arrived} bytes of {bytes} arrived");
        }
        Direction::Up => {
            let target = target::<C>(&order.url(UP_PATH))?;
            let zeros = Zeros::new(bytes);
            let content = match framing {
                Framing::Length => Content::Sized(zeros),
                Framing::Chunked => Content::Unsized(zeros),
            };
            let answer = client.upload(&target, content).await?;
            ensure!(
                answer == bytes.to_string(),
                "{bytes} bytes were answered with {}",
                answer.escape_ascii()
            );
        }
    }
    Ok(())
}

/// Where uploads go.
pub const UP_PATH: &str = "/up";
