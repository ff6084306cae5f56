//! The line that a client program answers with, and the clock behind it.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use rustix::time::{ClockId, clock_gettime};

use crate::sample::CpuTime;

/// What a client did, and what it cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Answers, or bytes of content.
    pub units: u64,
    /// How long it took.
    pub wall: Duration,
    /// CPU time of the whole process, the kernel's share included.
    pub cpu: CpuTime,
}

impl Counted {
    /// Tells it to the bench.
    pub fn tell(self) {
        println!(
            "client: {} units {} ns {} cpu ns {} wait ns",
            self.units,
            self.wall.as_nanos(),
            self.cpu.run_ns,
            self.cpu.wait_ns
        );
    }

    /// Reads it from what a client printed.
    ///
    /// # Errors
    ///
    /// When it told nothing, or did nothing.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("client: "))
            .context("no line of a client")?;
        let words: Vec<&str> = line.split(' ').collect();
        let [
            units,
            "units",
            wall,
            "ns",
            run,
            "cpu",
            "ns",
            wait,
            "wait",
            "ns",
        ] = words[..]
        else {
            anyhow::bail!("cannot read {line:?}");
        };
        let counted = Self {
            units: units.parse()?,
            wall: Duration::from_nanos(wall.parse()?),
            cpu: CpuTime {
                run_ns: run.parse()?,
                wait_ns: wait.parse()?,
            },
        };
        ensure!(
            counted.units > 0 && !counted.wall.is_zero() && counted.cpu.run_ns > 0,
            "nothing was done"
        );
        Ok(counted)
    }
}

/// Runs from the moment it is made.
#[derive(Debug)]
pub struct Meter {
    began: Instant,
    cpu: CpuTime,
}

impl Meter {
    /// Starts it.
    pub fn start() -> anyhow::Result<Self> {
        let cpu = own_cpu_time()?;
        let began = Instant::now();
        Ok(Self { began, cpu })
    }

    /// What these units cost.
    pub fn stop(self, units: u64) -> anyhow::Result<Counted> {
        let wall = self.began.elapsed();
        let cpu = own_cpu_time()? - self.cpu;
        Ok(Counted { units, wall, cpu })
    }
}

/// Of all threads, those that have ended too. What the main thread waited for its core tells of strangers only as long as
/// it does the work: where other threads do, it sleeps.
fn own_cpu_time() -> anyhow::Result<CpuTime> {
    let of_main = std::fs::read_to_string("/proc/self/schedstat")?;
    let of_main =
        CpuTime::parse(&of_main).with_context(|| format!("schedstat says {of_main:?}"))?;
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let time = Duration::new(time.tv_sec.try_into()?, time.tv_nsec.try_into()?);
    Ok(CpuTime {
        run_ns: time.as_nanos().try_into()?,
        ..of_main
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_found_and_idle_clients_are_refused() {
        let line = "client: 10 units 2000 ns 500 cpu ns 7 wait ns\n";
        let counted = Counted::parse(&format!("a line\n{line}")).unwrap();
        assert_eq!((counted.units, counted.wall.as_nanos()), (10, 2000));
        assert_eq!((counted.cpu.run_ns, counted.cpu.wait_ns), (500, 7));
        for wrong in [
            line.replace("10", "0"),
            line.replace("2000", "0"),
            line.replace("500", "0"),
            line.replace("wait", "weight"),
            String::new(),
        ] {
            assert!(Counted::parse(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_thread_that_has_ended_is_counted() {
        let meter = Meter::start().unwrap();
        let busy = std::thread::spawn(|| {
            let mut sum = 0_u64;
            let began = Instant::now();
            while began.elapsed() < Duration::from_millis(20) {
                sum = std::hint::black_box(sum + 1);
            }
        });
        busy.join().unwrap();
        assert!(meter.stop(1).unwrap().cpu.run_ns > 1_000_000);
    }
}
