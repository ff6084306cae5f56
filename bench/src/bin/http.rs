//! HTTP/1.1 GET beside hyper and a bare loop: `cargo xtask bench http` from the root of the repository.

#![forbid(unsafe_code)]

use anyhow::Context;
use wharf_bench::options::Options;
use wharf_bench::process::ServerProcess;
use wharf_bench::report::{Cell, Unit, table};
use wharf_bench::rounds;
use wharf_bench::sample::Sample;
use wharf_bench::wrk::{self, Load};
use wharf_bench::{LOAD_CORE, SERVER_CORE, machine};

const SERVERS: [&str; 4] = ["wharf", "tokio-loop", "hyper", "hyper-pipeline-flush"];
const BASE: &str = "hyper";

/// Name, connections, requests written at once.
const SCENARIOS: [(&str, usize, usize); 2] =
    [("hello-64-depth1", 64, 1), ("hello-64-depth16", 64, 16)];

fn main() -> anyhow::Result<()> {
    let options = Options::parse(7, &[("--seconds", 2)])?;
    let seconds = options.sample("--seconds");
    let servers = rounds::start(&SERVERS)?;
    println!("{}", machine::describe(&["hyper", "tokio", "wrk"]));
    println!(
        "servers on core {SERVER_CORE}, wrk on core {LOAD_CORE}; {} rounds of {} s; medians",
        options.rounds, seconds
    );

    let mut results = Vec::new();
    for (scenario, connections, depth) in SCENARIOS {
        if !options.runs(scenario) {
            continue;
        }
        let load = Load {
            connections,
            depth,
            seconds,
        };
        let cells = measure(&servers, load, options.rounds)?;
        println!("\n{}", table(scenario, Unit::REQUEST, &cells, BASE));
        if let Some(noise) = rounds::noise(&cells) {
            println!("{noise}");
        }
        results.push((scenario, Unit::REQUEST, cells));
    }
    if let Some(path) = options.json {
        rounds::write_json(&path, &results, &[])?;
    }
    Ok(())
}

fn measure(servers: &[ServerProcess], load: Load, rounds: u32) -> anyhow::Result<Vec<Cell>> {
    for server in servers {
        server.check(load.depth)?;
        // Page faults, lazy initialisation and the growth of buffers belong to no request.
        take(server, Load { seconds: 1, ..load })?;
    }
    rounds::alternate(servers, rounds, |server| take(server, load))
}

fn take(server: &ServerProcess, load: Load) -> anyhow::Result<Sample> {
    let before = server.cpu_time()?;
    let counted = wrk::run(server.address, load).with_context(|| server.name.to_owned())?;
    let after = server.cpu_time()?;
    Ok(Sample::new(counted.requests, counted.wall, after - before))
}
