//! Accepting and holding connections beside a bare tokio loop and nginx: `cargo xtask bench tcp` from the root of the
//! repository.

#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Context;
use wharf_bench::connections::{self, Held, is_answer, raise_descriptor_limit};
use wharf_bench::memory::{self, Counts, Memory};
use wharf_bench::options::Options;
use wharf_bench::process::ServerProcess;
use wharf_bench::report::{Cell, Unit, table};
use wharf_bench::sample::Sample;
use wharf_bench::{LOAD_CORE, SERVER_CORE, bulk, machine, nginx, rounds};

const WHARF: &str = "tcp-wharf";
const TOKIO: &str = "tcp-tokio";
const NGINX: &str = "nginx";
const SERVERS: [&str; 3] = [WHARF, TOKIO, NGINX];

const ACCEPT: &str = "accept";

const CONNECTION: Unit = Unit {
    rate: "conns/s",
    rate_metric: "connections_per_second",
    cost: "CPU µs/conn",
    cost_metric: "cpu_us_per_connection",
};

/// The many are near the 20,000 descriptors that many hosts allow a process.
const HELD: Counts = Counts {
    few: 2_000,
    many: 18_000,
};

fn main() -> anyhow::Result<()> {
    let options = Options::parse(7, &[("--seconds", 2)])?;
    let seconds = options.sample("--seconds");
    raise_descriptor_limit()?;
    println!("{}", machine::describe(&["tokio", "nginx"]));
    bulk::pin_to_load_core()?;
    println!(
        "servers on core {SERVER_CORE}, clients on core {LOAD_CORE}; {} rounds of {} s; medians",
        options.rounds, seconds
    );

    let mut results = Vec::new();
    if options.runs(ACCEPT) {
        let cells = accept(options.rounds, Duration::from_secs(seconds))?;
        results.push((ACCEPT, CONNECTION, cells));
    }
    let mut figures = Vec::new();
    if options.runs("idle") {
        println!("{}", memory::heading(HELD));
        for name in SERVERS {
            let server = start(name)?;
            let mut held = Held::new(is_answer);
            let memory = Memory::of(&server, HELD, |count| held.grow(server.address, count))?;
            println!("{}", memory.row());
            figures.extend(memory.figures(
                "bytes_per_connection_at_2000",
                "bytes_per_connection_at_18000",
            ));
        }
    }
    if let Some(path) = options.json {
        rounds::write_json(&path, &results, &figures)?;
    }
    Ok(())
}

fn accept(rounds: u32, time: Duration) -> anyhow::Result<Vec<Cell>> {
    let servers = SERVERS
        .into_iter()
        .map(start)
        .collect::<Result<Vec<_>, _>>()?;
    for server in &servers {
        take(server, Duration::from_secs(1))?;
    }
    let cells = rounds::alternate(&servers, rounds, |server| take(server, time))?;
    println!(
        "\n{}",
        table("accept, answer, close", CONNECTION, &cells, TOKIO)
    );
    if let Some(noise) = rounds::noise(&cells) {
        println!("{noise}");
    }
    Ok(cells)
}

fn start(name: &'static str) -> anyhow::Result<ServerProcess> {
    let program = std::env::current_exe()?;
    let folder = program.parent().context("a folder of programs")?;
    match name {
        NGINX => nginx::start(name, &folder.join("nginx"), nginx::TCP),
        _ => ServerProcess::start(folder, name),
    }
}

fn take(server: &ServerProcess, time: Duration) -> anyhow::Result<Sample> {
    server.sample(|| {
        let counted = connections::accept(server.address, time)?;
        Ok((counted.connections, counted.wall))
    })
}
