//! The ratios that are asked for. They are told in the report, never asserted: a noisy machine is no fault of a server.

use crate::memory::Memory;
use crate::report::Cell;

/// Of the CPU cost of `ours` to the cheapest of `theirs`: at most so much. `None` unless both were measured.
pub fn cost(
    scenario: &str,
    cells: &[Cell],
    ours: &str,
    theirs: &[&str],
    ratio_max: f64,
) -> Option<String> {
    let ours = cells.iter().find(|cell| cell.server == ours)?;
    let best = cells
        .iter()
        .filter(|cell| theirs.contains(&cell.server))
        .filter_map(|cell| Some((cell.server, cell.cost()?)))
        .min_by(|a, b| a.1.median.total_cmp(&b.1.median));
    let (theirs, their_cost) = best?;
    let our_cost = ours.cost()?;
    let ratio = our_cost.median / their_cost.median;
    let spread = if our_cost.min <= their_cost.max && their_cost.min <= our_cost.max {
        " (spreads overlap)"
    } else {
        ""
    };
    Some(format!(
        "MUST {scenario}: cost of {} ÷ {theirs} = {ratio:.2}, at most {ratio_max:.2}: {}{spread}",
        ours.server,
        verdict(ratio <= ratio_max)
    ))
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
}
