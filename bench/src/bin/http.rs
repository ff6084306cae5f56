//! HTTP/1.1 GET beside hyper and a bare loop: `cargo xtask bench http` from the root of the repository.

#![forbid(unsafe_code)]

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use wharf_bench::process::ServerProcess;
use wharf_bench::report::{Cell, json, table};
use wharf_bench::sample::Sample;
use wharf_bench::wrk::{self, Load};
use wharf_bench::{LOAD_CORE, SERVER_CORE, machine};

const SERVERS: [&str; 4] = ["wharf", "tokio-loop", "hyper", "hyper-pipeline-flush"];
const BASE: &str = "hyper";

/// Name, connections, requests written at once.
const SCENARIOS: [(&str, usize, usize); 2] =
    [("hello-64-depth1", 64, 1), ("hello-64-depth16", 64, 16)];

/// A sample in which a stranger held the server's core for more of the time than this is taken again.
const WAITED_MAX: f64 = 0.05;
/// How often. After that the machine is simply not quiet, and the report says so.
const TRIES_MAX: usize = 3;
/// Fewer rounds do not make a median.
const ROUNDS_MIN: u32 = 5;

fn main() -> anyhow::Result<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    let cores = std::thread::available_parallelism()?.get();
    ensure!(
        cores >= 2,
        "two cores are needed, one for the server and one for the load; here is {cores}"
    );

    let folder = std::env::current_exe()?
        .parent()
        .context("a folder of programs")?
        .to_path_buf();
    let servers = SERVERS
        .iter()
        .map(|name| ServerProcess::start(&folder, name))
        .collect::<Result<Vec<_>, _>>()?;
    println!("{}", machine::describe());
    println!(
        "servers on core {SERVER_CORE}, wrk on core {LOAD_CORE}; {} rounds of {} s; medians",
        options.rounds, options.seconds
    );

    let mut results = Vec::new();
    for (scenario, connections, depth) in SCENARIOS {
        let load = Load {
            connections,
            depth,
            seconds: options.seconds,
        };
        let cells = measure(&servers, load, options.rounds)?;
        println!("\n{}", table(scenario, &cells, BASE));
        let noisy = cells
            .iter()
            .flat_map(|cell| &cell.samples)
            .filter(|sample| sample.waited > WAITED_MAX)
            .count();
        if noisy > 0 {
            println!(
                "NOT QUIET: in {noisy} samples another process held the server's core for over 5 % of the time"
            );
        }
        results.push((scenario, cells));
    }
    if let Some(path) = options.json {
        std::fs::create_dir_all(path.parent().context("a folder for the JSON")?)?;
        std::fs::write(&path, json(&results)).with_context(|| path.display().to_string())?;
        println!("written to {}", path.display());
    }
    Ok(())
}

/// Rounds in which each server has its turn, another one first each time.
fn measure(servers: &[ServerProcess], load: Load, rounds: u32) -> anyhow::Result<Vec<Cell>> {
    let mut cells: Vec<Cell> = servers
        .iter()
        .map(|server| Cell {
            server: server.name,
            samples: Vec::new(),
        })
        .collect();
    for server in servers {
        server.check(load.depth)?;
        // Page faults, lazy initialisation and the growth of buffers belong to no request.
        take(server, Load { seconds: 1, ..load })?;
    }
    for round in 0..rounds as usize {
        for turn in 0..servers.len() {
            let at = (round + turn) % servers.len();
            let mut sample = take(&servers[at], load)?;
            for _ in 1..TRIES_MAX {
                if sample.waited <= WAITED_MAX {
                    break;
                }
                sample = take(&servers[at], load)?;
            }
            cells[at].samples.push(sample);
        }
    }
    Ok(cells)
}

fn take(server: &ServerProcess, load: Load) -> anyhow::Result<Sample> {
    let before = server.cpu_time()?;
    let counted = wrk::run(server.address, load).with_context(|| server.name.to_owned())?;
    let after = server.cpu_time()?;
    Ok(Sample::new(counted.requests, counted.wall, after - before))
}

struct Options {
    rounds: u32,
    seconds: u32,
    json: Option<PathBuf>,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> anyhow::Result<Self> {
        let mut options = Self {
            rounds: 7,
            seconds: 2,
            json: None,
        };
        while let Some(name) = args.next() {
            let value = args
                .next()
                .with_context(|| format!("{name} wants a value"))?;
            match &*name {
                "--rounds" => options.rounds = value.parse().context("--rounds")?,
                "--seconds" => options.seconds = value.parse().context("--seconds")?,
                "--json" => options.json = Some(value.into()),
                _ => bail!("unknown option {name}"),
            }
        }
        ensure!(options.rounds >= ROUNDS_MIN, "at least {ROUNDS_MIN} rounds");
        ensure!(options.seconds > 0, "at least 1 second");
        Ok(options)
    }
}
