use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use super::Way;
use crate::process::{ServerProcess, pinned_to};
use crate::sample::{CpuTime, Sample};
use crate::{LOAD_CORE, SERVER_CORE};

/// What came of one run.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// Datagrams that were received in a second of sending; the CPU time of both ends for each of them; and how long strangers
    /// had their cores.
    pub sample: Sample,
    /// The part of the datagrams that was sent and not received.
    pub loss: f64,
}

/// Has one process send datagrams of `size` bytes to another for `time`.
///
/// # Errors
///
/// When one of them fails, or more is received than was sent.
pub fn run(way: Way, size: usize, time: Duration) -> anyhow::Result<Counted> {
    let program = std::env::current_exe()?.with_file_name("datagrams");
    let program = program.as_os_str();
    let name = OsStr::new(way.name());
    let mut receiver = Killed(
        pinned_to(SERVER_CORE, &[program, name, OsStr::new("receive")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("taskset")?,
    );
    let mut told = BufReader::new(receiver.0.stdout.take().context("a pipe")?);
    let mut address = String::new();
    told.read_line(&mut address)?;

    let words = [
        "send".to_owned(),
        address.trim().to_owned(),
        size.to_string(),
        time.as_millis().to_string(),
    ];
    let mut command_line = vec![program, name];
    command_line.extend(words.iter().map(OsStr::new));
    let sender = pinned_to(LOAD_CORE, &command_line)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(sender.status.success(), "{} cannot send", way.name());
    let [sent, wall_ns, run_ns, wait_ns] = numbers(std::str::from_utf8(&sender.stdout)?)?;
    let mut cost = CpuTime { run_ns, wait_ns };

    drop(receiver.0.stdin.take());
    let mut line = String::new();
    told.read_to_string(&mut line)?;
    let [received, run_ns, wait_ns] = numbers(&line)?;
    cost += CpuTime { run_ns, wait_ns };
    ensure!(
        0 < received && received <= sent,
        "{}: {received} of {sent} datagrams were received",
        way.name()
    );
    Ok(Counted {
        sample: Sample::new(received, Duration::from_nanos(wall_ns), cost),
        loss: loss(sent, received),
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn loss(sent: u64, received: u64) -> f64 {
    (sent - received) as f64 / sent as f64
}

/// Has a process send so many MiB over QUIC to a server, and says how long that took.
///
/// # Errors
///
/// When it fails.
pub fn bulk(server: &ServerProcess, certificate: &Path, mib: u64) -> anyhow::Result<Sample> {
    let program = std::env::current_exe()?.with_file_name("datagrams");
    let (to, mib_text) = (server.address.to_string(), mib.to_string());
    let command_line = [
        program.as_os_str(),
        OsStr::new(server.name),
        OsStr::new("send"),
        OsStr::new(&to),
        certificate.as_os_str(),
        OsStr::new(&mib_text),
    ];
    server.sample(|| {
        let start = Instant::now();
        let sent = pinned_to(LOAD_CORE, &command_line).status()?;
        ensure!(sent.success(), "{} cannot send", server.name);
        Ok((mib, start.elapsed()))
    })
}

fn numbers<const COUNT: usize>(line: &str) -> anyhow::Result<[u64; COUNT]> {
    let numbers: Result<Vec<u64>, _> = line.split_whitespace().map(str::parse).collect();
    let numbers = numbers.with_context(|| format!("it told {line:?}"))?;
    numbers
        .try_into()
        .map_err(|_| anyhow::anyhow!("it told {line:?}"))
}

/// Ends with the run, however that ends.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
