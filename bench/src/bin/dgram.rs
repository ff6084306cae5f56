//! Datagrams from one process to another, in five ways: `cargo xtask bench dgram` from the root of the repository.

#![forbid(unsafe_code)]

use std::ffi::OsStr;
use std::time::Duration;

use wharf_bench::datagrams::{Counted, Quic, Way, bulk, run};
use wharf_bench::options::Options;
use wharf_bench::process::ServerProcess;
use wharf_bench::report::{Cell, Figure, Unit, table};
use wharf_bench::sample::Spread;
use wharf_bench::{LOAD_CORE, SERVER_CORE, machine, must, rounds};

const SCENARIOS: [(&str, usize); 4] = [
    ("datagrams-64", 64),
    ("datagrams-512", 512),
    ("datagrams-1200", 1200),
    ("datagrams-1472", 1472),
];

const DATAGRAM: Unit = Unit {
    rate: "datagrams/s",
    rate_metric: "datagrams_per_second",
    cost: "CPU µs/dgram",
    cost_metric: "cpu_us_per_datagram",
};

/// How many times as many datagrams a batch moves as tokio's socket, at 1,200 bytes.
const BATCH_TO_TOKIO_MIN: f64 = 20.0;
/// And as bare quinn-udp.
const BATCH_TO_QUINN_MIN: f64 = 0.95;
/// How much quinn on our socket moves of what it does on its own.
const QUIC_TO_STOCK_MIN: f64 = 1.0;
const QUIC: &str = "quic";
/// How many times as many a plain socket moves as tokio's.
const PLAIN_TO_TOKIO_MIN: f64 = 0.97;

fn main() -> anyhow::Result<()> {
    let options = Options::parse(7, &[("--seconds", 1), ("--mib", 256)])?;
    let time = Duration::from_secs(options.sample("--seconds"));
    rounds::require_two_cores()?;
    println!("{}", machine::describe(&["tokio", "quinn-udp", "nix"]));
    println!(
        "receiver on core {SERVER_CORE}, sender on core {LOAD_CORE}; {} rounds of {} s; medians",
        options.rounds,
        time.as_secs()
    );
    let names = Way::ALL.map(Way::name);
    let (mut figures, mut musts) = (Vec::new(), Vec::new());
    for (scenario, size) in SCENARIOS {
        if !options.runs(scenario) {
            continue;
        }
        let mut losses = vec![Vec::new(); names.len()];
        let cells = rounds::take_turns(&names, options.rounds, |at| {
            let Counted { sample, loss } = run(Way::ALL[at], size, time)?;
            losses[at].push(loss);
            Ok(sample)
        })?;
        println!("\n{}", table(scenario, DATAGRAM, &cells, "tokio"));
        for (cell, losses) in cells.iter().zip(losses) {
            figures.extend(tell(scenario, size, cell, losses).into_iter().flatten());
        }
        if let Some(noise) = rounds::noise(&cells) {
            println!("{noise}");
        }
        musts.extend(musts_of(scenario, size, &cells));
    }
    let mut results = Vec::new();
    if options.runs(QUIC) {
        let cells = quic(options.rounds, options.sample("--mib"))?;
        println!("\n{}", table(QUIC, Unit::MIB, &cells, Quic::Stock.name()));
        let (ours, stock) = (Quic::Wharf.name(), Quic::Stock.name());
        musts.extend(must::rate(QUIC, &cells, ours, stock, QUIC_TO_STOCK_MIN));
        results.push((QUIC, Unit::MIB, cells));
    }
    println!("\n{}", musts.join("\n"));
    if let Some(path) = options.json {
        rounds::write_json(&path, &results, &figures)?;
    }
    Ok(())
}

/// Bulk over QUIC to quinn on either socket, from quinn on the same.
fn quic(rounds: u32, mib: u64) -> anyhow::Result<Vec<Cell>> {
    let program = std::env::current_exe()?.with_file_name("datagrams");
    let certificate = |name: &str| {
        let file = format!("{name}-{}.der", std::process::id());
        std::env::temp_dir().join(file)
    };
    let servers = Quic::ALL.map(Quic::name).map(|name| {
        let (receive, certificate) = (OsStr::new("receive"), certificate(name));
        let words = [
            program.as_os_str(),
            OsStr::new(name),
            receive,
            certificate.as_os_str(),
        ];
        ServerProcess::run(name, &words)
    });
    let servers = servers.into_iter().collect::<Result<Vec<_>, _>>()?;
    let cells = rounds::alternate(&servers, rounds, |server| {
        bulk(server, &certificate(server.name), mib)
    });
    for server in &servers {
        std::fs::remove_file(certificate(server.name))?;
    }
    cells
}

/// A line with what the table has no column for, and the figures for machines.
#[expect(clippy::cast_precision_loss, reason = "a few hundred bytes")]
fn tell(scenario: &'static str, size: usize, cell: &Cell, losses: Vec<f64>) -> Option<[Figure; 3]> {
    let server = cell.server;
    let (rate, cost) = (cell.throughput()?, cell.cost()?);
    let loss = Spread::of(losses)?;
    println!(
        "{server:26}{:>10.3} GB/s, {:.1} % lost ({:.1}–{:.1})",
        rate.median * size as f64 / 1e9,
        loss.median * 100.0,
        loss.min * 100.0,
        loss.max * 100.0
    );
    let figure = |metric, value, unit| Figure {
        scenario,
        server,
        metric,
        value,
        unit,
    };
    Some([
        figure("datagrams_per_second", rate.median, "1/s"),
        figure("cpu_ns_per_datagram", cost.median * 1000.0, "ns"),
        figure("loss", loss.median, "1"),
    ])
}

fn musts_of(scenario: &str, size: usize, cells: &[Cell]) -> Vec<String> {
    let (plain, batch, tokio, quinn) = (
        Way::WharfPlain.name(),
        Way::WharfBatch.name(),
        Way::Tokio.name(),
        Way::QuinnUdp.name(),
    );
    let rate = |ours, theirs, ratio_min| must::rate(scenario, cells, ours, theirs, ratio_min);
    let mut lines = vec![
        rate(plain, tokio, PLAIN_TO_TOKIO_MIN),
        rate(batch, quinn, BATCH_TO_QUINN_MIN),
    ];
    if size == 1200 {
        lines.push(rate(batch, tokio, BATCH_TO_TOKIO_MIN));
    }
    lines.into_iter().flatten().collect()
}
