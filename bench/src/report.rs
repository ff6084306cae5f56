//! The table for people and the JSON for machines.

use std::fmt::Write as _;

use crate::sample::{Sample, Spread};

/// What a scenario counts, and what its columns and metrics are called.
#[derive(Clone, Copy, Debug)]
pub struct Unit {
    /// Heading of the throughput.
    pub rate: &'static str,
    /// Its name in the JSON.
    pub rate_metric: &'static str,
    /// Heading of the cost.
    pub cost: &'static str,
    /// Its name in the JSON.
    pub cost_metric: &'static str,
}

impl Unit {
    /// An answered request.
    pub const REQUEST: Self = Self {
        rate: "requests/s",
        rate_metric: "requests_per_second",
        cost: "CPU µs/req",
        cost_metric: "cpu_us_per_request",
    };
    /// 2^20 bytes that went through.
    pub const MIB: Self = Self {
        rate: "MiB/s",
        rate_metric: "mib_per_second",
        cost: "CPU µs/MiB",
        cost_metric: "cpu_us_per_mib",
    };
    /// A certificate that was issued.
    pub const CERTIFICATE: Self = Self {
        rate: "certs/s",
        rate_metric: "certificates_per_second",
        cost: "CPU µs/cert",
        cost_metric: "cpu_us_per_certificate",
    };
    /// A command, or the few that stand for one, from start to end.
    pub const RUN: Self = Self {
        rate: "runs/s",
        rate_metric: "runs_per_second",
        cost: "CPU µs/run",
        cost_metric: "cpu_us_per_run",
    };
    /// One byte of a few.
    pub const BYTE: Self = Self {
        rate: "bytes/s",
        rate_metric: "bytes_per_second",
        cost: "CPU µs/byte",
        cost_metric: "cpu_us_per_byte",
    };
}

/// All samples of one server in one scenario.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The server's name; the client's, in `client`.
    pub server: &'static str,
    /// One per round.
    pub samples: Vec<Sample>,
}

impl Cell {
    /// Of the units of work in a second.
    pub fn throughput(&self) -> Option<Spread> {
        Spread::of(self.samples.iter().map(|sample| sample.per_second))
    }

    /// Of the CPU time of the server for a unit of work.
    pub fn cost(&self) -> Option<Spread> {
        Spread::of(self.samples.iter().map(|sample| sample.cpu_us_per_unit))
    }
}

/// One scenario as an aligned table. The ratios are of CPU cost, to the server `base`.
pub fn table(scenario: &str, unit: Unit, cells: &[Cell], base: &str) -> String {
    table_of("server", scenario, unit, cells, base)
}

/// The same of something else than servers.
pub fn table_of(who: &str, scenario: &str, unit: Unit, cells: &[Cell], base: &str) -> String {
    let base_cost = cells
        .iter()
        .find(|cell| cell.server == base)
        .and_then(Cell::cost);
    let mut text = format!(
        "{scenario}\n{:26}{:>10} {:>21}{:>11} {:>17}{:>12}\n",
        who,
        unit.rate,
        "min–max",
        unit.cost,
        "min–max",
        format!("÷ {base}")
    );
    for cell in cells {
        let (Some(throughput), Some(cost)) = (cell.throughput(), cell.cost()) else {
            continue;
        };
        let ratio = base_cost.map_or_else(String::new, |base| {
            format!("{:.2}", cost.median / base.median)
        });
        let _ = writeln!(
            text,
            "{:26}{:>10.0} {:>21}{:>11.3} {:>17}{ratio:>12}",
            cell.server,
            throughput.median,
            format!("{:.0}–{:.0}", throughput.min, throughput.max),
            cost.median,
            format!("{:.3}–{:.3}", cost.min, cost.max),
        );
    }
    text
}

/// A figure that is no median of samples.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// The scenario it belongs to.
    pub scenario: &'static str,
    /// The server's name.
    pub server: &'static str,
    /// What it is.
    pub metric: &'static str,
    /// How much.
    pub value: f64,
    /// Of what.
    pub unit: &'static str,
}

/// A list of `{"scenario", "server", "metric", "value", "unit"}`; the value of a scenario is a median.
pub fn json(scenarios: &[(&str, Unit, Vec<Cell>)], figures: &[Figure]) -> String {
    let mut rows = Vec::new();
    for (scenario, unit, cells) in scenarios {
        for cell in cells {
            let metrics = [
                (unit.rate_metric, cell.throughput(), "1/s"),
                (unit.cost_metric, cell.cost(), "us"),
            ];
            for (metric, spread, unit) in metrics {
                let Some(Spread { median, .. }) = spread else {
                    continue;
                };
                rows.push(row(scenario, cell.server, metric, median, unit));
            }
        }
    }
    for figure in figures {
        rows.push(row(
            figure.scenario,
            figure.server,
            figure.metric,
            figure.value,
            figure.unit,
        ));
    }
    format!("[\n{}\n]\n", rows.join(",\n"))
}

/// Names of ours, without a character that JSON would want escaped.
fn row(scenario: &str, server: &str, metric: &str, value: f64, unit: &str) -> String {
    format!(
        "  {{\"scenario\": \"{scenario}\", \"server\": \"{server}\", \"metric\": \"{metric}\", \
         \"value\": {value:.4}, \"unit\": \"{unit}\"}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(server: &'static str, cost: f64) -> Cell {
        let sample = Sample {
            per_second: 1000.0,
            cpu_us_per_unit: cost,
            waited: 0.0,
        };
        Cell {
            server,
            samples: vec![sample; 3],
        }
    }

    #[test]
    fn the_ratio_is_of_cost_to_the_base() {
        let text = table(
            "hello",
            Unit::REQUEST,
            &[cell("wharf", 3.0), cell("hyper", 4.0)],
            "hyper",
        );
        let ratios: Vec<_> = text
            .lines()
            .skip(2)
            .filter_map(|line| line.split_whitespace().last())
            .collect();
        assert_eq!(ratios, ["0.75", "1.00"], "{text}");
    }

    #[test]
    fn the_json_has_a_row_per_metric() {
        let text = json(&[("hello", Unit::REQUEST, vec![cell("wharf", 3.0)])], &[]);
        assert_eq!(
            text,
            "[\n  {\"scenario\": \"hello\", \"server\": \"wharf\", \"metric\": \"requests_per_second\", \
             \"value\": 1000.0000, \"unit\": \"1/s\"},\n  {\"scenario\": \"hello\", \"server\": \"wharf\", \
             \"metric\": \"cpu_us_per_request\", \"value\": 3.0000, \"unit\": \"us\"}\n]\n"
        );
    }
}
