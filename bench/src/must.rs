//! The ratios that are asked for. They are told in the report, never asserted: a noisy machine is no fault of a server.

use crate::memory::Memory;
use crate::report::Cell;
use crate::sample::Spread;

/// Of the CPU cost of `ours` to the cheapest of `theirs`: at most so much. `None` unless both were measured.
pub fn cost(
    scenario: &str,
    cells: &[Cell],
    ours: &str,
    theirs: &[&str],
    ratio_max: f64,
) -> Option<String> {
    let our_cost = cost_of(cells, ours)?;
    let (theirs, their_cost) = theirs
        .iter()
        .filter_map(|name| Some((*name, cost_of(cells, name)?)))
        .min_by(|a, b| a.1.median.total_cmp(&b.1.median))?;
    let ratio = ratio(our_cost, their_cost, ratio_max);
    Some(format!(
        "MUST {scenario}: cost of {ours} ÷ {theirs} = {ratio}"
    ))
}

/// Of the CPU cost that `ours` has in one scenario to what it has in another: at most so much.
pub fn growth(
    ours: &str,
    (scenario, cells): (&str, &[Cell]),
    (base, base_cells): (&str, &[Cell]),
    ratio_max: f64,
) -> Option<String> {
    let ratio = ratio(cost_of(cells, ours)?, cost_of(base_cells, ours)?, ratio_max);
    Some(format!(
        "MUST {scenario}: cost of {ours} ÷ that in {base} = {ratio}"
    ))
}

/// Of the units of work a second of `ours` to those of `theirs`: at least so much. `None` unless both were measured.
pub fn rate(
    scenario: &str,
    cells: &[Cell],
    ours: &str,
    theirs: &str,
    ratio_min: f64,
) -> Option<String> {
    let of = |name| cells.iter().find(|cell| cell.server == name)?.throughput();
    let (our_rate, their_rate) = (of(ours)?, of(theirs)?);
    let ratio = our_rate.median / their_rate.median;
    let verdict = verdict(ratio >= ratio_min);
    let spread = overlap(our_rate, their_rate);
    Some(format!(
        "MUST {scenario}: rate of {ours} ÷ {theirs} = {ratio:.2}, at least {ratio_min:.2}: {verdict}{spread}"
    ))
}

fn cost_of(cells: &[Cell], server: &str) -> Option<Spread> {
    cells.iter().find(|cell| cell.server == server)?.cost()
}

fn ratio(ours: Spread, theirs: Spread, ratio_max: f64) -> String {
    let ratio = ours.median / theirs.median;
    let spread = overlap(ours, theirs);
    let verdict = verdict(ratio <= ratio_max);
    format!("{ratio:.2}, at most {ratio_max:.2}: {verdict}{spread}")
}

fn overlap(ours: Spread, theirs: Spread) -> &'static str {
    if ours.min <= theirs.max && theirs.min <= ours.max {
        " (spreads overlap)"
    } else {
        ""
    }
}

/// Memory of an idle connection: at most so many bytes.
pub fn idle(memory: &Memory, bytes_max: f64) -> String {
    format!(
        "MUST idle: {} holds {:.0} bytes for each, at most {bytes_max:.0}: {}",
        memory.server,
        memory.many,
        verdict(memory.many <= bytes_max)
    )
}

fn verdict(holds: bool) -> &'static str {
    if holds { "pass" } else { "FAIL" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;

    fn cell(server: &'static str, costs: [f64; 3]) -> Cell {
        let sample = |cpu_us_per_unit| Sample {
            per_second: 1.0,
            cpu_us_per_unit,
            waited: 0.0,
        };
        Cell {
            server,
            samples: costs.map(sample).to_vec(),
        }
    }

    #[test]
    fn the_ratio_is_to_the_cheapest_of_the_others() {
        let cells = [
            cell("a", [9.0, 10.0, 11.0]),
            cell("b", [15.0, 16.0, 17.0]),
            cell("c", [18.0, 20.0, 22.0]),
        ];
        let line = |max| cost("s", &cells, "a", &["c", "b"], max).unwrap();
        assert_eq!(
            line(0.7),
            "MUST s: cost of a ÷ b = 0.62, at most 0.70: pass"
        );
        assert_eq!(
            line(0.6),
            "MUST s: cost of a ÷ b = 0.62, at most 0.60: FAIL"
        );
        assert_eq!(cost("s", &cells, "a", &["d"], 1.0), None);
    }

    #[test]
    fn overlapping_spreads_are_told() {
        let cells = [cell("a", [9.0, 10.0, 15.0]), cell("b", [8.0, 11.0, 12.0])];
        let line = cost("s", &cells, "a", &["b"], 1.0).unwrap();
        assert!(line.ends_with("pass (spreads overlap)"), "{line}");
    }

    #[test]
    fn a_rate_is_at_least_so_much() {
        let cells = ["a", "b"].map(|server| {
            let mut cell = cell(server, [1.0; 3]);
            for sample in &mut cell.samples {
                sample.per_second = if server == "a" { 19.0 } else { 2.0 };
            }
            cell
        });
        let line = |min| rate("s", &cells, "a", "b", min).unwrap();
        assert_eq!(
            line(9.5),
            "MUST s: rate of a ÷ b = 9.50, at least 9.50: pass"
        );
        assert!(line(9.6).ends_with("FAIL"), "{}", line(9.6));
        assert_eq!(rate("s", &cells, "a", "c", 1.0), None);
    }

    #[test]
    fn growth_is_from_one_scenario_to_another() {
        let (long, short) = ([cell("a", [4.0, 5.0, 6.0])], [cell("a", [1.0, 2.0, 3.0])]);
        let line = |ours, max| growth(ours, ("long", &long), ("short", &short), max);
        assert_eq!(
            line("a", 2.5).unwrap(),
            "MUST long: cost of a ÷ that in short = 2.50, at most 2.50: pass"
        );
        assert!(line("a", 2.4).unwrap().ends_with("FAIL"));
        assert_eq!(line("b", 2.5), None);
    }
}
