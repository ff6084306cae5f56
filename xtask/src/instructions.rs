//! How many instructions the codec takes, counted by callgrind: a regression shows without a stopwatch.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::peers;
use crate::process::{capture, cargo, root, stream, target_dir};

/// The program, and the file with what was counted before.
const PACKAGE: &str = "wharf-http-instructions";
const RECORDED: &str = "http/instructions/recorded.txt";

/// The difference between two runs of so many times each is what one time costs.
const COUNTS: (u64, u64) = (4, 24);

/// How much more than recorded is a fault, in percent. The same program counts the same to the last instruction.
const GROWTH_MAX: u64 = 5;

/// The same where the compiler, the C library or valgrind is another. Two versions of Rust on, it was 1; with the
/// functions of the C library for an older processor, 5.
const GROWTH_MAX_ELSEWHERE: u64 = 25;

/// Twice the bytes, one at a time, may cost twice as much; where each byte looks at all before it, it is four times.
const DRIP_GROWTH_MAX: f64 = 2.5;

/// The pairs that are compared so.
const DRIPS: &[(&str, &str)] = &[
    ("drip-head-8k", "drip-head-16k"),
    ("drip-line-4k", "drip-line-8k"),
    ("drip-trailers-4k", "drip-trailers-8k"),
];

/// What to do with the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Compares them with those recorded.
    Compare,
    /// Records them.
    Record,
}

/// A name, and how many instructions.
type Count = (String, u64);

/// Counts, prints and compares.
pub(crate) fn run(mode: Mode) -> anyhow::Result<()> {
    peers::require(peers::INSTRUCTIONS)?;
    let program = build()?;
    let counts = count_all(&program)?;
    let platform = platform()?;
    let recorded = fs::read_to_string(root().join(RECORDED)).unwrap_or_default();
    print!("{}", table(&counts, &recorded));
    let mut faults = drip_faults(&counts);
    match mode {
        Mode::Record => fs::write(root().join(RECORDED), record(&platform, &counts))?,
        Mode::Compare => match growth_max(&platform, &recorded) {
            Some(limit) => {
                println!("more than {limit} % above what is recorded is a fault here: {platform}");
                faults.extend(growth_faults(&counts, &recorded, limit));
            }
            None => println!("recorded on another processor, so not compared here: {platform}"),
        },
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

fn build() -> anyhow::Result<PathBuf> {
    stream(&mut cargo(&[
        "build",
        "--release",
        "--locked",
        "--package",
        PACKAGE,
    ]))?;
    Ok(target_dir().join("release").join(PACKAGE))
}

fn count_all(program: &Path) -> anyhow::Result<Vec<Count>> {
    let names = capture(&mut Command::new(program))?;
    let count = |name: &str| {
        let (few, many) = (
            count(program, name, COUNTS.0)?,
            count(program, name, COUNTS.1)?,
        );
        let each = many.saturating_sub(few) / (COUNTS.1 - COUNTS.0);
        ensure!(each > 0, "{name} costs nothing");
        Ok((name.to_owned(), each))
    };
    names.lines().map(count).collect()
}

/// The instructions of one whole run.
fn count(program: &Path, name: &str, times: u64) -> anyhow::Result<u64> {
    let out = target_dir().join("instructions.out");
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args([name, &times.to_string()]);
    capture(&mut command)?;
    total(&fs::read_to_string(&out)?).with_context(|| out.display().to_string())
}

/// `totals: 123`
fn total(out: &str) -> anyhow::Result<u64> {
    let line = out.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(line.context("no totals")?.trim().parse()?)
}

/// What the figures depend on beside the source: `processor; programs`.
fn platform() -> anyhow::Result<String> {
    let first = |text: String| text.lines().next().unwrap_or_default().to_owned();
    let rustc = first(capture(Command::new("rustc").arg("-V"))?);
    let valgrind = first(capture(Command::new("valgrind").arg("--version"))?);
    let libc = first(capture(Command::new("ldd").arg("--version"))?);
    let libc = libc.rsplit(' ').next().unwrap_or_default();
    // memchr, httparse and the C library choose by it while they run; valgrind knows nothing beyond it.
    let cpu = fs::read_to_string("/proc/cpuinfo")?;
    let has_avx2 = cpu.split_whitespace().any(|flag| flag == "avx2");
    let simd = if has_avx2 { "with" } else { "without" };
    let arch = std::env::consts::ARCH;
    Ok(format!(
        "{arch} {simd} AVX2; {rustc}, {valgrind}, libc {libc}"
    ))
}

fn record(platform: &str, counts: &[Count]) -> String {
    let mut text = format!("# {platform}\n");
    for (name, count) in counts {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name} {count}");
    }
    text
}

fn recorded_count(recorded: &str, name: &str) -> Option<u64> {
    let mut lines = recorded.lines().filter_map(|line| line.split_once(' '));
    lines.find(|(found, _)| *found == name)?.1.parse().ok()
}

fn table(counts: &[Count], recorded: &str) -> String {
    let mut text = String::from("instructions per operation:\n");
    for (name, count) in counts {
        let before = recorded_count(recorded, name);
        let before = before.map_or_else(|| "nothing".to_owned(), |count| count.to_string());
        let _ = writeln!(text, "{name:24} {count:>9}  recorded: {before}");
    }
    text
}

/// How much the figures may grow here, in percent; `None` on a processor of another kind.
fn growth_max(platform: &str, recorded: &str) -> Option<u64> {
    let there = recorded.lines().next()?.strip_prefix("# ")?;
    let processor = |platform: &str| platform.split(';').next().map(str::to_owned);
    if there == platform {
        Some(GROWTH_MAX)
    } else {
        (processor(there) == processor(platform)).then_some(GROWTH_MAX_ELSEWHERE)
    }
}

fn growth_faults(counts: &[Count], recorded: &str, percent: u64) -> Vec<String> {
    let fault = |(name, count): &Count| match recorded_count(recorded, name) {
        None => Some(format!(
            "{name}: not recorded; `cargo xtask instructions --record` does it"
        )),
        Some(before) if count * 100 > before * (100 + percent) => Some(format!(
            "{name}: {count} instructions, recorded are {before}; if that is meant, `cargo xtask instructions --record`"
        )),
        Some(_) => None,
    };
    counts.iter().filter_map(fault).collect()
}

fn drip_faults(counts: &[Count]) -> Vec<String> {
    let count = |name: &str| {
        counts
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, count)| *count as f64)
    };
    let fault = |(half, whole): &(&str, &str)| {
        let (Some(few), Some(many)) = (count(half), count(whole)) else {
            return Some(format!("{half} and {whole} were not counted"));
        };
        let ratio = many / few;
        println!("{whole} / {half}: {ratio:.2}");
        (ratio >= DRIP_GROWTH_MAX).then(|| format!("{whole} costs {ratio:.2} times {half}"))
    };
    DRIPS.iter().filter_map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(list: &[(&str, u64)]) -> Vec<Count> {
        list.iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect()
    }

    #[test]
    fn growth_beyond_the_bound_is_a_fault_and_a_figure_without_a_record_too() {
        let recorded = record("here", &counts(&[("a", 1000), ("b", 1000)]));
        let faults = |a, b| growth_faults(&counts(&[("a", a), ("b", b)]), &recorded, 5);
        assert_eq!(faults(1050, 10), Vec::<String>::new());
        let grown = faults(1051, 2000);
        assert_eq!(grown.len(), 2);
        assert!(
            grown[0].starts_with("a: 1051 instructions, recorded are 1000;"),
            "{grown:?}"
        );
        let unknown = growth_faults(&counts(&[("c", 1)]), &recorded, 5);
        assert!(unknown[0].starts_with("c: not recorded"), "{unknown:?}");
    }

    #[test]
    fn what_was_recorded_elsewhere_is_held_to_a_wider_bound_or_to_none() {
        let recorded = record("one; rustc 1", &[]);
        assert_eq!(growth_max("one; rustc 1", &recorded), Some(GROWTH_MAX));
        assert_eq!(
            growth_max("one; rustc 2", &recorded),
            Some(GROWTH_MAX_ELSEWHERE)
        );
        assert_eq!(growth_max("other; rustc 1", &recorded), None);
        assert_eq!(growth_max("one; rustc 1", ""), None);
    }

    #[test]
    fn a_drip_that_costs_more_than_its_length_is_a_fault() {
        let list = |whole| {
            let pairs = DRIPS
                .iter()
                .flat_map(|(half, twice)| [(*half, 1000), (*twice, whole)]);
            counts(&pairs.collect::<Vec<_>>())
        };
        assert_eq!(drip_faults(&list(2100)), Vec::<String>::new());
        assert_eq!(drip_faults(&list(4000)).len(), DRIPS.len());
        assert_eq!(drip_faults(&[]).len(), DRIPS.len());
    }

    #[test]
    fn the_total_is_read_from_what_callgrind_writes() {
        assert_eq!(total("events: Ir\nsummary: 7\n\ntotals: 7\n").unwrap(), 7);
        assert!(total("events: Ir\n").is_err());
    }

    #[test]
    fn every_operation_of_the_program_is_recorded() {
        let source = fs::read_to_string(root().join("http/instructions/src/main.rs")).unwrap();
        let recorded = fs::read_to_string(root().join(RECORDED)).unwrap();
        let names = source
            .lines()
            .filter_map(|line| line.trim().strip_prefix("(\"")?.split('"').next());
        let names: Vec<_> = names.collect();
        assert!(names.len() > 5, "{names:?}");
        for name in names {
            assert!(recorded_count(&recorded, name).is_some(), "{name}");
        }
    }
}
