//! Certificates, beside rcgen alone, mkcert and openssl: `cargo xtask bench pki` from the root of the repository.

#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Context;
use wharf_bench::options::Options;
use wharf_bench::pki::{Commands, Issuer, Start, issuers};
use wharf_bench::report::{Cell, Figure, Unit, table_of};
use wharf_bench::sample::Spread;
use wharf_bench::{SERVER_CORE, bulk, machine, rounds};
use wharf_pki::KeyType;

const LIBRARY: [(&str, KeyType); 10] = [
    ("issue-p256", KeyType::P256),
    ("issue-p384", KeyType::P384),
    ("issue-p521", KeyType::P521),
    ("issue-ed25519", KeyType::Ed25519),
    ("issue-rsa2048", KeyType::Rsa2048),
    ("issue-rsa3072", KeyType::Rsa3072),
    ("issue-rsa4096", KeyType::Rsa4096),
    ("issue-ml-dsa-44", KeyType::MlDsa44),
    ("issue-ml-dsa-65", KeyType::MlDsa65),
    ("issue-ml-dsa-87", KeyType::MlDsa87),
];

const COMMANDS: [(&str, Start); 2] = [
    ("command-ca-in-place", Start::CaInPlace),
    ("command-from-nothing", Start::Nothing),
];

const WARM_UP: Duration = Duration::from_millis(100);

type Results = Vec<(&'static str, Unit, Vec<Cell>)>;

fn main() -> anyhow::Result<()> {
    let options = Options::parse(7, &[("--seconds", 1), ("--runs", 10)])?;
    let time = Duration::from_secs(options.sample("--seconds"));
    let runs = options.sample("--runs");
    println!(
        "{}",
        machine::describe(&["rcgen", "aws-lc-rs", "mkcert", "openssl"])
    );
    // What this process starts inherits it.
    bulk::pin_to(SERVER_CORE)?;
    println!(
        "all on core {SERVER_CORE}; {} rounds of {} s or {runs} runs; medians",
        options.rounds,
        time.as_secs()
    );
    let mut results = Results::new();
    for (name, key_type) in LIBRARY {
        if options.runs(name) {
            let issuers = issuers(key_type).context(name)?;
            let cells = library(&issuers, options.rounds, time)?;
            tell(name, "library", Unit::CERTIFICATE, &cells, "rcgen");
            results.push((name, Unit::CERTIFICATE, cells));
        }
    }
    let mut figures = Vec::new();
    for (name, start) in COMMANDS {
        if options.runs(name) {
            let cells = commands(start, options.rounds, runs).context(name)?;
            tell(name, "command", Unit::RUN, &cells, "mkcert");
            figures.extend(wall(name, &cells));
            results.push((name, Unit::RUN, cells));
        }
    }
    if let Some(path) = options.json {
        rounds::write_json(&path, &results, &figures)?;
    }
    Ok(())
}

fn library(issuers: &[Issuer], rounds: u32, time: Duration) -> anyhow::Result<Vec<Cell>> {
    for issuer in issuers {
        issuer.sample(WARM_UP)?;
    }
    let names: Vec<_> = issuers.iter().map(|issuer| issuer.name).collect();
    rounds::take_turns(&names, rounds, |at| issuers[at].sample(time))
}

fn commands(start: Start, rounds: u32, runs: u64) -> anyhow::Result<Vec<Cell>> {
    let names = Commands::NAMES;
    let mut all = names
        .iter()
        .map(|name| Commands::new(name, start))
        .collect::<anyhow::Result<Vec<_>>>()?;
    rounds::take_turns(&names, rounds, |at| all[at].sample(runs))
}

fn tell(name: &str, who: &str, unit: Unit, cells: &[Cell], base: &str) {
    println!("\n{}", table_of(who, name, unit, cells, base));
    if let Some(noise) = rounds::noise(cells) {
        println!("{noise}");
    }
}

/// How long a person waits.
fn wall(scenario: &'static str, cells: &[Cell]) -> Vec<Figure> {
    println!("{:26}{:>10} {:>21}", "command", "ms", "min–max");
    let mut figures = Vec::new();
    for cell in cells {
        let times = cell.samples.iter().map(|sample| 1e3 / sample.per_second);
        let Some(Spread { median, min, max }) = Spread::of(times) else {
            continue;
        };
        let range = format!("{min:.1}–{max:.1}");
        println!("{:26}{median:>10.1} {range:>21}", cell.server);
        figures.push(Figure {
            scenario,
            server: cell.server,
            metric: "wall_ms_per_run",
            value: median,
            unit: "ms",
        });
    }
    figures
}
