//! HTTP/1.1 beside hyper, axum, actix-web, ntex, nginx and a bare loop: `cargo xtask bench http` from the root of the
//! repository.

#![forbid(unsafe_code)]

use std::time::Instant;

use anyhow::Context;
use wharf_bench::connections::{Held, raise_descriptor_limit};
use wharf_bench::memory::{self, Counts, Memory};
use wharf_bench::options::Options;
use wharf_bench::process::{ServerProcess, check_answer};
use wharf_bench::report::{Cell, Unit, table};
use wharf_bench::sample::Sample;
use wharf_bench::transfer::{Direction, Framing};
use wharf_bench::web::drip;
use wharf_bench::web::start::{NGINX, Start, transfer, transfers};
use wharf_bench::wrk::{self, Load};
use wharf_bench::{LOAD_CORE, SERVER_CORE, bulk, machine, must, rounds};

const WHARF: &str = "wharf";
const WHARF_PER_CORE: &str = "wharf-per-core";
const WHARF_AXUM: &str = "wharf-axum";
const LOOP: &str = "tokio-loop";
const HYPER: &str = "hyper";
const HYPER_FLUSH: &str = "hyper-pipeline-flush";
const HYPER_MT: &str = "hyper-mt";
const HYPER_MT_FLUSH: &str = "hyper-mt-pipeline-flush";
const AXUM: &str = "axum";
const ACTIX: &str = "actix";
const NTEX: &str = "ntex";

/// To which all costs are set in proportion.
const BASE: &str = HYPER;

const SERVERS: &[&str] = &[
    WHARF,
    WHARF_PER_CORE,
    WHARF_AXUM,
    LOOP,
    HYPER,
    HYPER_FLUSH,
    HYPER_MT,
    HYPER_MT_FLUSH,
    AXUM,
    ACTIX,
    NTEX,
    NGINX,
];
/// Those that move large content: the loop does not, and the kinds of hyper differ in nothing else.
const MOVERS: &[&str] = &[WHARF, WHARF_AXUM, HYPER, AXUM, ACTIX, NTEX, NGINX];
const HOLDERS: &[&str] = &[
    WHARF,
    WHARF_PER_CORE,
    WHARF_AXUM,
    LOOP,
    HYPER,
    AXUM,
    ACTIX,
    NTEX,
    NGINX,
];
/// Those that parse heads, each in its own way.
const PARSERS: &[&str] = &[WHARF, HYPER, ACTIX, NTEX, NGINX];

#[derive(Clone, Copy, Debug)]
enum Work {
    /// Small requests, so many written at once on each of [`CONNECTIONS`].
    Hello { depth: usize },
    /// As much as `--mib` says.
    Bulk(Direction, Framing),
    /// A head of so many bytes.
    Drip { bytes: usize },
}

const CONNECTIONS: usize = 64;
/// What is sent for a sample of [`Work::Drip`], in heads of any length.
const DRIP_BYTES: usize = 16 * 1024;

const DEPTH_1: &str = "hello-64-depth1";
const DEPTH_16: &str = "hello-64-depth16";
const DOWN: &str = "down-length";
const DOWN_CHUNKED: &str = "down-chunked";
const UP: &str = "up-length";
const UP_CHUNKED: &str = "up-chunked";
const DRIP_4: &str = "drip-4k";
const DRIP_8: &str = "drip-8k";
const DRIP_16: &str = "drip-16k";
const IDLE: &str = "idle";

const SCENARIOS: &[(&str, Work)] = &[
    (DEPTH_1, Work::Hello { depth: 1 }),
    (DEPTH_16, Work::Hello { depth: 16 }),
    (DOWN, Work::Bulk(Direction::Down, Framing::Length)),
    (DOWN_CHUNKED, Work::Bulk(Direction::Down, Framing::Chunked)),
    (UP, Work::Bulk(Direction::Up, Framing::Length)),
    (UP_CHUNKED, Work::Bulk(Direction::Up, Framing::Chunked)),
    (DRIP_4, Work::Drip { bytes: 4 * 1024 }),
    (DRIP_8, Work::Drip { bytes: 8 * 1024 }),
    (DRIP_16, Work::Drip { bytes: 16 * 1024 }),
];

/// Scenario, one of ours, those of which the cheapest is what it is held against, and what its cost may be in
/// proportion.
const MUSTS: &[(&str, &str, &[&str], f64)] = &[
    (DEPTH_1, WHARF, &[LOOP], 1.12),
    (
        DEPTH_1,
        WHARF,
        &[HYPER, HYPER_FLUSH, HYPER_MT, HYPER_MT_FLUSH],
        1.0,
    ),
    (DEPTH_1, WHARF, &[ACTIX], 1.0),
    (DEPTH_1, WHARF, &[NTEX], 1.0),
    (DEPTH_1, WHARF, &[NGINX], 1.0),
    (DEPTH_1, WHARF_AXUM, &[AXUM], 0.9),
    (DEPTH_16, WHARF, &[HYPER_FLUSH, HYPER_MT_FLUSH], 0.7),
    (DEPTH_16, WHARF, &[ACTIX], 1.0),
    (DEPTH_16, WHARF, &[NTEX], 1.0),
    (DOWN, WHARF, &[HYPER], 1.0),
    (DOWN_CHUNKED, WHARF, &[HYPER], 1.0),
    (UP, WHARF, &[HYPER], 1.0),
    (UP_CHUNKED, WHARF, &[HYPER], 1.0),
];
/// Of the cost of a byte in a head of 16 KiB to that in one of 4 KiB.
const DRIP_RATIO_MAX: f64 = 1.5;
const IDLE_BYTES_MAX: f64 = 1.5 * 1024.0;

const HELD: Counts = Counts {
    few: 2_000,
    many: 10_000,
};

fn main() -> anyhow::Result<()> {
    let options = Options::parse(7, &[("--seconds", 1), ("--mib", 1024)])?;
    let (seconds, mib) = (options.sample("--seconds"), options.sample("--mib"));
    rounds::require_two_cores()?;
    raise_descriptor_limit()?;
    println!(
        "{}",
        machine::describe(&[
            "hyper",
            "axum",
            "actix-web",
            "ntex",
            "tokio",
            "nginx",
            "wrk"
        ])
    );
    bulk::pin_to_load_core()?;
    println!(
        "servers on core {SERVER_CORE}, load on core {LOAD_CORE}; {} rounds of {seconds} s or {mib} MiB; in bulk all sockets \
         set to {}; medians",
        options.rounds,
        bulk::congestion()?,
    );
    let start = Start::new(mib << 20)?;

    let mut results = Vec::new();
    for (name, work) in SCENARIOS {
        if !options.runs(name) {
            continue;
        }
        let (unit, cells) = measure(&start, *work, &options).context(*name)?;
        println!("\n{}", table(name, unit, &cells, BASE));
        if let Some(noise) = rounds::noise(&cells) {
            println!("{noise}");
        }
        results.push((*name, unit, cells));
    }
    let mut musts = musts(&results);
    let mut figures = Vec::new();
    if options.runs(IDLE) {
        println!("\n{}", memory::heading(HELD));
        for name in HOLDERS {
            let memory = idle(&start, name)?;
            println!("{}", memory.row());
            figures.extend(memory.figures(
                "bytes_per_connection_at_2000",
                "bytes_per_connection_at_10000",
            ));
            if *name == WHARF {
                musts.push(must::idle(&memory, IDLE_BYTES_MAX));
            }
        }
    }
    println!("\n{}", musts.join("\n"));
    if let Some(path) = options.json {
        rounds::write_json(&path, &results, &figures)?;
    }
    Ok(())
}

/// Fresh servers, all up at once: what an allocator has been through decides whether a large buffer costs page faults.
fn measure(start: &Start, work: Work, options: &Options) -> anyhow::Result<(Unit, Vec<Cell>)> {
    let rounds = options.rounds;
    match work {
        Work::Hello { depth } => {
            let load = Load {
                connections: CONNECTIONS,
                depth,
                seconds: options.sample("--seconds"),
            };
            let servers = started(SERVERS, |name| start.server(name))?;
            for server in &servers {
                server.check(depth)?;
                // Page faults, lazy initialisation and the growth of buffers belong to no request.
                hello(server, Load { seconds: 1, ..load })?;
            }
            let cells = rounds::alternate(&servers, rounds, |server| hello(server, load))?;
            Ok((Unit::REQUEST, cells))
        }
        Work::Bulk(direction, framing) => {
            let movers: Vec<_> = MOVERS
                .iter()
                .copied()
                .filter(|name| transfers(name, framing))
                .collect();
            let servers = started(&movers, |name| start.bulk_server(name, direction, framing))?;
            let mib = options.sample("--mib");
            let cells = rounds::alternate(&servers, rounds, |server| {
                server.sample(|| {
                    let began = Instant::now();
                    transfer(server, direction, framing, mib << 20, |_| true)?;
                    Ok((mib, began.elapsed()))
                })
            })?;
            Ok((Unit::MIB, cells))
        }
        Work::Drip { bytes } => {
            let (head, count) = (drip::head(bytes), DRIP_BYTES / bytes);
            let servers = started(PARSERS, |name| start.server(name))?;
            let cells = rounds::alternate(&servers, rounds, |server| {
                server.sample(|| {
                    let wall = drip::send(server, &head, count)?;
                    Ok(((bytes * count) as u64, wall))
                })
            })?;
            Ok((Unit::BYTE, cells))
        }
    }
}

fn started(
    names: &[&'static str],
    start: impl Fn(&'static str) -> anyhow::Result<ServerProcess>,
) -> anyhow::Result<Vec<ServerProcess>> {
    let start = |name: &&'static str| start(name).context(*name);
    names.iter().map(start).collect()
}

fn hello(server: &ServerProcess, load: Load) -> anyhow::Result<Sample> {
    server.sample(|| {
        let counted = wrk::run(server.address, load)?;
        Ok((counted.requests, counted.wall))
    })
}

fn idle(start: &Start, name: &'static str) -> anyhow::Result<Memory> {
    let server = start.server(name)?;
    let mut held = Held::new(|bytes| std::str::from_utf8(bytes).is_ok_and(is_answer));
    Memory::of(&server, HELD, |count| held.grow(server.address, count))
}

fn is_answer(text: &str) -> bool {
    check_answer(text).is_ok()
}

fn musts(results: &[(&str, Unit, Vec<Cell>)]) -> Vec<String> {
    let cells = |name: &str| {
        let result = results.iter().find(|(scenario, ..)| *scenario == name)?;
        Some(&*result.2)
    };
    let mut lines: Vec<String> = MUSTS
        .iter()
        .filter_map(|(scenario, ours, theirs, ratio_max)| {
            must::cost(scenario, cells(scenario)?, ours, theirs, *ratio_max)
        })
        .collect();
    if let (Some(long), Some(short)) = (cells(DRIP_16), cells(DRIP_4)) {
        let (long, short) = ((DRIP_16, long), (DRIP_4, short));
        lines.extend(must::growth(WHARF, long, short, DRIP_RATIO_MAX));
    }
    lines
}
