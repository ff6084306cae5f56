//! Accepting and holding connections beside a bare tokio loop and nginx: `cargo xtask bench tcp` from the root of the
//! repository.

#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Context;
use wharf_bench::connections::{self, Held, raise_descriptor_limit};
use wharf_bench::options::Options;
use wharf_bench::process::ServerProcess;
use wharf_bench::report::{Figure, Unit, table};
use wharf_bench::sample::Sample;
use wharf_bench::{LOAD_CORE, SERVER_CORE, bulk, machine, nginx, rounds};

const WHARF: &str = "tcp-wharf";
const TOKIO: &str = "tcp-tokio";
const NGINX: &str = "nginx";

const CONNECTION: Unit = Unit {
    rate: "conns/s",
    rate_metric: "connections_per_second",
    cost: "CPU µs/conn",
    cost_metric: "cpu_us_per_connection",
};

/// How many connections are held when memory is read. The last one is near the 20,000 descriptors that many hosts allow
/// a process; the difference to the first shows what one more costs, without what a server has anyway.
const HELD: [usize; 2] = [2_000, 18_000];

fn main() -> anyhow::Result<()> {
    let options = Options::parse(7, "--seconds", 2)?;
    raise_descriptor_limit()?;
    println!("{}", machine::describe(&["tokio", "nginx"]));
    bulk::pin_to_load_core()?;
    println!(
        "servers on core {SERVER_CORE}, clients on core {LOAD_CORE}; {} rounds of {} s; medians",
        options.rounds, options.sample
    );

    let servers = [WHARF, TOKIO, NGINX]
        .into_iter()
        .map(start)
        .collect::<Result<Vec<_>, _>>()?;
    let time = Duration::from_secs(options.sample);
    for server in &servers {
        take(server, Duration::from_secs(1))?;
    }
    let cells = rounds::alternate(&servers, options.rounds, |server| take(server, time))?;
    println!(
        "\n{}",
        table("accept, answer, close", CONNECTION, &cells, TOKIO)
    );
    if let Some(noise) = rounds::noise(&cells) {
        println!("{noise}");
    }
    drop(servers);

    println!(
        "idle connections: resident anonymous bytes of the server for each, the kernel's share not counted"
    );
    println!(
        "{:22}{:>12}{:>12}{:>14}",
        "server", "at 2,000", "at 18,000", "for one more"
    );
    let mut figures = Vec::new();
    for server in [WHARF, TOKIO, NGINX] {
        let memory = idle(server)?;
        let [few, many] = memory.each;
        let more = memory.slope;
        println!("{server:22}{few:>12.0}{many:>12.0}{more:>14.0}");
        let figure = |metric, value| Figure {
            scenario: "idle",
            server,
            metric,
            value,
            unit: "bytes",
        };
        figures.push(figure("bytes_per_connection_at_2000", few));
        figures.push(figure("bytes_per_connection_at_18000", many));
        figures.push(figure("bytes_for_one_more", more));
    }
    if let Some(path) = options.json {
        rounds::write_json(&path, &[("accept", CONNECTION, cells)], &figures)?;
    }
    Ok(())
}

fn start(name: &'static str) -> anyhow::Result<ServerProcess> {
    let program = std::env::current_exe()?;
    let folder = program.parent().context("a folder of programs")?;
    match name {
        NGINX => nginx::start(name, &folder.join("nginx")),
        _ => ServerProcess::start(folder, name),
    }
}

fn take(server: &ServerProcess, time: Duration) -> anyhow::Result<Sample> {
    let before = server.cpu_time()?;
    let counted =
        connections::accept(server.address, time).with_context(|| server.name.to_owned())?;
    let after = server.cpu_time()?;
    Ok(Sample::new(
        counted.connections,
        counted.wall,
        after - before,
    ))
}

struct Memory {
    /// At each of [`HELD`], what came on top of the idle server, by the number of connections.
    each: [f64; 2],
    slope: f64,
}

/// A fresh server, so that nothing it has freed and kept counts for it.
fn idle(name: &'static str) -> anyhow::Result<Memory> {
    let server = start(name)?;
    let mut held = Held::new();
    // What a server sets up for its first connection is not what one costs.
    held.grow(server.address, 1)
        .with_context(|| name.to_owned())?;
    let empty = server.anonymous_bytes()?;
    let mut at = [0; 2];
    for (count, bytes) in HELD.into_iter().zip(&mut at) {
        held.grow(server.address, count)
            .with_context(|| format!("{name}: {count} connections"))?;
        *bytes = server.anonymous_bytes()?;
    }
    let each = [0, 1].map(|i| (at[i] - empty) as f64 / HELD[i] as f64);
    let slope = (at[1] - at[0]) as f64 / (HELD[1] - HELD[0]) as f64;
    Ok(Memory { each, slope })
}
