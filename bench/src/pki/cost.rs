//! What a command took, from its start to its end.

use std::ffi::OsStr;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::sample::CpuTime;

/// Time that passed, and time on a core.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    pub(super) wall: Duration,
    pub(super) cpu: CpuTime,
}

impl Cost {
    pub(super) fn add(&mut self, other: Self) {
        self.wall += other.wall;
        self.cpu += other.cpu;
    }
}

/// Runs it. It has to end well.
pub(super) fn run(command: &mut Command) -> anyhow::Result<Cost> {
    let name = command.get_program().to_owned();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    take(command, &name).with_context(|| name.display().to_string())
}

fn take(command: &mut Command, name: &OsStr) -> anyhow::Result<Cost> {
    let before = children()?;
    let start = Instant::now();
    let mut child = command.spawn()?;
    let mut said = String::new();
    let mut stderr = child.stderr.take().context("a pipe")?;
    stderr.read_to_string(&mut said)?;
    // It has ended, and is still to be asked how long its first thread stood in line.
    let id = WaitId::Pid(Pid::from_child(&child));
    waitid(id, WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    let wall = start.elapsed();
    let text = std::fs::read_to_string(format!("/proc/{}/schedstat", child.id()))?;
    let wait_ns = CpuTime::parse(&text).map_or(0, |time| time.wait_ns);
    let status = child.wait()?;
    ensure!(status.success(), "{}: {status}: {said}", name.display());
    let run_ns = children()? - before;
    Ok(Cost {
        wall,
        cpu: CpuTime { run_ns, wait_ns },
    })
}

/// CPU time of all processes that this one has awaited, with all their threads, in nanoseconds. The kernel shares the time
/// of its scheduler out between user and system, and their sum is as precise as that.
fn children() -> anyhow::Result<u64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let sum = usage.user_time() + usage.system_time();
    Ok(u64::try_from(sum.num_microseconds())? * 1000)
}
