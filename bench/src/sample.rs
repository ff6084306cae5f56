//! One measurement, and what many of them say.

use std::ops::{AddAssign, Sub};
use std::time::Duration;

/// `/proc/PID/schedstat`: nanoseconds, from the scheduler's own accounting and not from its clock ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuTime {
    /// On a core.
    pub run_ns: u64,
    /// Ready to run, and some other process had the core.
    pub wait_ns: u64,
}

impl CpuTime {
    /// The first two of the three numbers.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split_whitespace().map_while(|word| word.parse().ok());
        Some(Self {
            run_ns: numbers.next()?,
            wait_ns: numbers.next()?,
        })
    }
}

impl AddAssign for CpuTime {
    fn add_assign(&mut self, other: Self) {
        self.run_ns += other.run_ns;
        self.wait_ns += other.wait_ns;
    }
}

impl Sub for CpuTime {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            run_ns: self.run_ns - earlier.run_ns,
            wait_ns: self.wait_ns - earlier.wait_ns,
        }
    }
}

/// What one run of the load generator against one server gave.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Units of work per second.
    pub per_second: f64,
    /// CPU time of the server per unit of work, in microseconds.
    pub cpu_us_per_unit: f64,
    /// The part of the run in which the server was ready and a stranger had its core.
    pub waited: f64,
}

impl Sample {
    /// Of `units` of work (answers, MiB) in `wall`, during which the server used `cpu`.
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    pub fn new(units: u64, wall: Duration, cpu: CpuTime) -> Self {
        Self {
            per_second: units as f64 / wall.as_secs_f64(),
            cpu_us_per_unit: cpu.run_ns as f64 / 1e3 / units as f64,
            waited: cpu.wait_ns as f64 / 1e9 / wall.as_secs_f64(),
        }
    }
}

/// Median and spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The middle one; of an even number the mean of the two.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// Of at least one value.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            values[middle]
        } else {
            f64::midpoint(values[middle - 1], values[middle])
        };
        Some(Self { median, min, max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_and_nothing_has_none() {
        assert_eq!(
            Spread::of([3.0, 1.0, 2.0]),
            Some(Spread {
                median: 2.0,
                min: 1.0,
                max: 3.0
            })
        );
        assert_eq!(
            Spread::of([4.0, 1.0]),
            Some(Spread {
                median: 2.5,
                min: 1.0,
                max: 4.0
            })
        );
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn cost_is_cpu_time_by_units_and_not_by_seconds() {
        let cpu = CpuTime::parse("3000000000 200000000 17\n").unwrap();
        let sample = Sample::new(1_000_000, Duration::from_secs(4), cpu);
        assert_eq!(sample.per_second, 250_000.0);
        assert_eq!(sample.cpu_us_per_unit, 3.0);
        assert_eq!(sample.waited, 0.05);
    }
}
