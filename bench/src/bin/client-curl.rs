//! curl's command, which is told of all URLs at once: one after the other, or side by side in its one thread.
//!
//! A run of curl cannot be warmed up. Two are made, a short one and a long one that begins with the same, and what is told
//! is by how much they differ. What the command does around its library for each URL is in it.

#![forbid(unsafe_code)]

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use wharf_bench::client::count::Counted;
use wharf_bench::client::drive::{UP_PATH, WARM_UP_BYTES};
use wharf_bench::client::order::{Connections, Load, Order, Small};
use wharf_bench::sample::CpuTime;
use wharf_bench::transfer::{Direction, Framing, down_path};
use wharf_bench::{bulk, process};

/// Answers that tell how many a sample is of.
const TRIAL: u64 = 200;
/// What they take at least, 10 µs each: on a busy machine the difference of two runs can be next to nothing.
const TRIAL_MIN: Duration = Duration::from_millis(2);
/// On a busy machine a start alone can take longer than a short transfer.
const TRIES_MAX: usize = 10;
/// How soon a new process is looked at again.
const RETRY: Duration = Duration::from_millis(1);

fn main() -> anyhow::Result<()> {
    let order = Order::from_args()?;
    let curl = Curl { order: &order };
    let counted = match &order.load {
        Load::Small(small) => {
            let sample = |count| difference(|| curl.small(small, 0), || curl.small(small, count));
            let trial = sample(TRIAL)?.wall.max(TRIAL_MIN);
            let times = small.time.as_nanos().div_ceil(trial.as_nanos());
            let count = TRIAL * u64::try_from(times)?;
            sample(count)?.counted(count)
        }
        Load::Bulk(bulk) => {
            let transfer = |sizes: &[u64]| match bulk.direction {
                Direction::Down => curl.down(bulk.framing, sizes),
                Direction::Up => curl.up(bulk.framing, sizes),
            };
            let short = || transfer(&[WARM_UP_BYTES]);
            difference(short, || transfer(&[WARM_UP_BYTES, bulk.bytes]))?.counted(bulk.bytes)
        }
    };
    counted.tell();
    Ok(())
}

#[derive(Clone, Copy)]
struct Cost {
    wall: Duration,
    cpu: CpuTime,
}

impl Cost {
    /// `None` unless it is more in both figures.
    fn less(self, other: Self) -> Option<Self> {
        let wall = self.wall.checked_sub(other.wall)?;
        let run_ns = self.cpu.run_ns.checked_sub(other.cpu.run_ns)?;
        let wait_ns = self.cpu.wait_ns.saturating_sub(other.cpu.wait_ns);
        let cpu = CpuTime { run_ns, wait_ns };
        (!wall.is_zero() && run_ns > 0).then_some(Self { wall, cpu })
    }

    fn counted(self, units: u64) -> Counted {
        let Self { wall, cpu } = self;
        Counted { units, wall, cpu }
    }
}

/// What the long run has cost more.
fn difference(
    short: impl Fn() -> anyhow::Result<Cost>,
    long: impl Fn() -> anyhow::Result<Cost>,
) -> anyhow::Result<Cost> {
    for _ in 0..TRIES_MAX {
        let short = short()?;
        if let Some(cost) = long()?.less(short) {
            return Ok(cost);
        }
    }
    bail!("the long run cost less than the short one, {TRIES_MAX} times")
}

struct Curl<'a> {
    order: &'a Order,
}

impl Curl<'_> {
    /// So many answers, behind one for each task, which are not looked at.
    fn small(&self, small: &Small, count: u64) -> anyhow::Result<Cost> {
        let Small {
            tasks, connections, ..
        } = *small;
        let all = tasks as u64 + count;
        let mut command = self.command(" %{http_code} %{size_download}\n");
        if tasks > 1 {
            command.args(["--parallel", "--parallel-immediate"]);
            command.args(["--parallel-max", &tasks.to_string()]);
        }
        if connections == Connections::New {
            command.args(["--header", "Connection: close"]);
        }
        command.args(["--output", "/dev/null"]);
        command.arg(format!("{}?[1-{all}]", self.order.url(&small.path)));
        let (cost, text) = run(command, |_| Ok(()))?;
        let right = format!(" 200 {}", small.answer.len());
        let lines: Vec<&str> = text.lines().collect();
        ensure!(
            lines.len() as u64 == all,
            "{} answers to {all} requests",
            lines.len()
        );
        for line in &lines[tasks..] {
            ensure!(*line == right, "status and length are {line:?}");
        }
        Ok(cost)
    }

    fn down(&self, framing: Framing, sizes: &[u64]) -> anyhow::Result<Cost> {
        let mut command = self.command(" %{http_code} %{size_download}\n");
        let mut right = String::new();
        for bytes in sizes {
            command.args(["--output", "/dev/null"]);
            command.arg(self.order.url(&down_path(framing, *bytes)));
            right += &format!(" 200 {bytes}\n");
        }
        let (cost, text) = run(command, |_| Ok(()))?;
        ensure!(text == right, "statuses and lengths are {text:?}");
        Ok(cost)
    }

    /// From files of zeros, all of which are holes.
    fn up(&self, framing: Framing, sizes: &[u64]) -> anyhow::Result<Cost> {
        let mut command = self.command(" %{http_code}\n");
        command.args(["--request", "POST", "--header", "Expect:"]);
        if framing == Framing::Chunked {
            command.args(["--header", "Transfer-Encoding: chunked"]);
        }
        let mut right = String::new();
        for bytes in sizes {
            command.arg("--upload-file").arg(zeros(*bytes)?);
            command.arg(self.order.url(UP_PATH));
            right += &format!("{bytes} 200\n");
        }
        let is_long = sizes.len() > 1;
        let (cost, text) = run(command, |child| {
            if is_long {
                set_congestion(child)?;
            }
            Ok(())
        })?;
        ensure!(text == right, "answers and statuses are {text:?}");
        Ok(cost)
    }

    fn command(&self, told: &str) -> Command {
        let mut command = Command::new("curl");
        // Before all else: no configuration of the user's.
        command.args([
            "--disable",
            "--silent",
            "--show-error",
            "--no-progress-meter",
            "--http1.1",
        ]);
        command.args(["--noproxy", "*", "--write-out", told]);
        if let Some(trusted) = &self.order.trusted {
            command.arg("--cacert").arg(trusted);
        }
        command
    }
}

/// A file of that length beside this program.
fn zeros(bytes: u64) -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program.parent().context("a folder")?.join("curl-files");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(bytes.to_string());
    File::create(&path)?.set_len(bytes)?;
    Ok(path)
}

/// As soon as curl has its connection.
fn set_congestion(child: &mut Child) -> anyhow::Result<()> {
    let name = bulk::congestion()?;
    // What it has open changes while it starts: an error is one only when it has ended.
    while let Err(error) = process::set_congestion_of(child.id(), name) {
        if has_ended(child, WaitIdOptions::NOHANG)? {
            return Err(error);
        }
        std::thread::park_timeout(RETRY);
    }
    Ok(())
}

/// Runs it to its end; what it cost, and what it told.
fn run(
    mut command: Command,
    meanwhile: impl FnOnce(&mut Child) -> anyhow::Result<()>,
) -> anyhow::Result<(Cost, String)> {
    let began = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("curl")?;
    meanwhile(&mut child)?;
    let mut text = String::new();
    let mut stdout = child.stdout.take().context("a pipe")?;
    stdout.read_to_string(&mut text)?;
    // Ended and not yet waited for, it still has its figures.
    has_ended(&child, WaitIdOptions::empty())?;
    let wall = began.elapsed();
    let schedstat = std::fs::read_to_string(format!("/proc/{}/schedstat", child.id()))?;
    let status = child.wait()?;
    if !status.success() {
        bail!("curl ended with {status}: {}", text.escape_debug());
    }
    let cpu =
        CpuTime::parse(&schedstat).with_context(|| format!("schedstat says {schedstat:?}"))?;
    Ok((Cost { wall, cpu }, text))
}

fn has_ended(child: &Child, how: WaitIdOptions) -> anyhow::Result<bool> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let pid = WaitId::Pid(pid.context("a process id")?);
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | how;
    Ok(waitid(pid, options)?.is_some())
}
