//! TLS beside hyper on tokio-rustls, nginx and Node: `cargo xtask bench tls` from the root of the repository.

#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Context;
use rustls::HandshakeKind;
use rustls::crypto::aws_lc_rs::cipher_suite::{
    TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384, TLS13_CHACHA20_POLY1305_SHA256,
};
use rustls::crypto::aws_lc_rs::kx_group::{SECP256R1, X25519, X25519MLKEM768};
use wharf_bench::connections::raise_descriptor_limit;
use wharf_bench::memory::{self, Counts, Memory};
use wharf_bench::options::Options;
use wharf_bench::process::ServerProcess;
use wharf_bench::report::{Cell, Figure, Unit, table};
use wharf_bench::sample::Sample;
use wharf_bench::tls::client::{Client, Terms};
use wharf_bench::tls::kept::{Held, Kept};
use wharf_bench::tls::start::{NGINX, NODE, Start, has_ml_kem};
use wharf_bench::tls::transfer::Transfer;
use wharf_bench::tls::visits::Visitors;
use wharf_bench::transfer::Direction;
use wharf_bench::{LOAD_CORE, SERVER_CORE, bulk, machine, must, node, rounds};

const WHARF: &str = "tls-wharf";
const HYPER: &str = "tls-hyper";
const HYPER_TICKETS: &str = "tls-hyper-tickets";

/// The cheaper of the two is what Wharf is held against.
const HYPERS: [&str; 2] = [HYPER, HYPER_TICKETS];
const HYPER_RATIO_MAX: f64 = 1.0;
const NGINX_RATIO_MAX: f64 = 0.55;
const IDLE_BYTES_MAX: f64 = 10.0 * 1024.0;

const HANDSHAKE: Unit = Unit {
    rate: "conns/s",
    rate_metric: "connections_per_second",
    cost: "CPU µs/conn",
    cost_metric: "cpu_us_per_connection",
};
const KEPT: usize = 64;
const HELD: Counts = Counts {
    few: 2_000,
    many: 10_000,
};
const WARM_UP: Duration = Duration::from_millis(500);

/// Terms unless a scenario is about others: what a browser offers first, and the group that every server here has.
const TERMS: Terms = Terms {
    group: X25519,
    suite: TLS13_AES_128_GCM_SHA256,
};

#[derive(Clone, Copy, Debug)]
enum Work {
    Handshake(HandshakeKind),
    Kept,
    Bulk(Direction),
}

#[derive(Clone, Copy, Debug)]
struct Scenario {
    name: &'static str,
    terms: Terms,
    work: Work,
}

fn scenarios() -> Vec<Scenario> {
    let full = |name, group| Scenario {
        name,
        terms: Terms { group, ..TERMS },
        work: Work::Handshake(HandshakeKind::Full),
    };
    let bulk = |name, suite, direction| Scenario {
        name,
        terms: Terms { suite, ..TERMS },
        work: Work::Bulk(direction),
    };
    let same_terms = |name, work| Scenario {
        name,
        terms: TERMS,
        work,
    };
    vec![
        full("full-p256", SECP256R1),
        full("full-x25519", X25519),
        full(WITH_ML_KEM, X25519MLKEM768),
        same_terms("resumed", Work::Handshake(HandshakeKind::Resumed)),
        same_terms("kept-64", Work::Kept),
        bulk("down-aes128", TLS13_AES_128_GCM_SHA256, Direction::Down),
        bulk("down-aes256", TLS13_AES_256_GCM_SHA384, Direction::Down),
        bulk(
            "down-chacha20",
            TLS13_CHACHA20_POLY1305_SHA256,
            Direction::Down,
        ),
        bulk("up-aes128", TLS13_AES_128_GCM_SHA256, Direction::Up),
        bulk("up-aes256", TLS13_AES_256_GCM_SHA384, Direction::Up),
        bulk("up-chacha20", TLS13_CHACHA20_POLY1305_SHA256, Direction::Up),
    ]
}

/// OpenSSL has that group since 3.5.
const WITH_ML_KEM: &str = "full-x25519mlkem768";
const IDLE: &str = "idle";

fn main() -> anyhow::Result<()> {
    let options = Options::parse(5, &[("--seconds", 1), ("--mib", 1024)])?;
    let mib = options.sample("--mib");
    let time = Duration::from_secs(options.sample("--seconds"));
    rounds::require_two_cores()?;
    raise_descriptor_limit()?;
    println!(
        "{}",
        machine::describe(&["rustls", "tokio-rustls", "hyper", "tokio", "nginx", "node"])
    );
    let start = Start::new(mib << 20)?;
    let names = names();
    bulk::pin_to_load_core()?;
    println!(
        "servers on core {SERVER_CORE}, clients on core {LOAD_CORE}; {} rounds of {} s or {mib} MiB; all sockets set to {}; \
         medians",
        options.rounds,
        time.as_secs(),
        bulk::congestion()?,
    );

    let mut results = Vec::new();
    let mut musts = Vec::new();
    for scenario in scenarios() {
        let name = scenario.name;
        if !options.runs(name) {
            continue;
        }
        // Fresh ones: what an allocator has been through decides whether a large buffer costs page faults.
        let servers = names
            .iter()
            .filter(|server| name != WITH_ML_KEM || has_ml_kem(server))
            .map(|server| start.server(server))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let client = start.client(scenario.terms)?;
        let cells = rounds::alternate(&servers, options.rounds, |server| {
            take(server, &client, scenario.work, time, mib).context(name)
        })?;
        let unit = match scenario.work {
            Work::Handshake(_) => HANDSHAKE,
            Work::Kept => Unit::REQUEST,
            Work::Bulk(_) => Unit::MIB,
        };
        println!("\n{}", table(name, unit, &cells, HYPER));
        if let Some(noise) = rounds::noise(&cells) {
            println!("{noise}");
        }
        if matches!(scenario.work, Work::Handshake(_)) {
            musts.extend(must::cost(name, &cells, WHARF, &[NGINX], NGINX_RATIO_MAX));
        }
        musts.extend(must::cost(name, &cells, WHARF, &HYPERS, HYPER_RATIO_MAX));
        results.push((name, unit, cells));
    }
    let mut figures = throughput(&results);
    if options.runs(IDLE) {
        println!("\n{}", memory::heading(HELD));
        for name in names {
            let memory = idle(&start, name)?;
            println!("{}", memory.row());
            figures.extend(memory.figures(
                "bytes_per_connection_at_2000",
                "bytes_per_connection_at_10000",
            ));
            if name == WHARF {
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

/// All that are here.
fn names() -> Vec<&'static str> {
    let mut names = vec![WHARF, HYPER, HYPER_TICKETS, NGINX];
    if node::versions().is_some() {
        names.push(NODE);
    } else {
        println!("SKIPPED node: no program of that name, and WHARF_NODE names none");
    }
    names
}

/// One measurement. What a server does for the first time, and the sessions that are resumed, come before it.
fn take(
    server: &ServerProcess,
    client: &Client,
    work: Work,
    time: Duration,
    mib: u64,
) -> anyhow::Result<Sample> {
    match work {
        Work::Handshake(kind) => {
            let visitors = Visitors::of(server.address, client, kind);
            visitors.get_tickets()?;
            visitors.visit(WARM_UP)?;
            visitors.get_tickets()?;
            server.sample(|| {
                let counted = visitors.visit(time)?;
                Ok((counted.connections, counted.wall))
            })
        }
        Work::Kept => {
            let mut kept = Kept::open(server.address, client, KEPT)?;
            kept.ask(WARM_UP)?;
            server.sample(|| {
                let counted = kept.ask(time)?;
                Ok((counted.connections, counted.wall))
            })
        }
        Work::Bulk(direction) => {
            let mut transfer = Transfer::connect(server.address, client)?;
            server.sample(|| Ok((mib, transfer.run(direction, mib << 20)?)))
        }
    }
}

/// The bulk scenarios once more, the other way round: GB (10^9 bytes) per second of CPU time.
fn throughput(results: &[(&'static str, Unit, Vec<Cell>)]) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (scenario, unit, cells) in results {
        if unit.cost_metric != Unit::MIB.cost_metric {
            continue;
        }
        println!(
            "\n{scenario}\n{:22}{:>16}{:>16}",
            "server", "GB/CPU s", "CPU s/GB"
        );
        for cell in cells {
            let Some(cost) = cell.cost() else { continue };
            let value = f64::from(1 << 20) / 1e3 / cost.median;
            println!("{:22}{value:>16.2}{:>16.3}", cell.server, 1.0 / value);
            figures.push(Figure {
                scenario,
                server: cell.server,
                metric: "gb_per_cpu_second",
                value,
                unit: "GB/s",
            });
        }
    }
    figures
}

/// A fresh server, so that nothing it has freed and kept counts for it.
fn idle(start: &Start, name: &'static str) -> anyhow::Result<Memory> {
    let server = start.server(name)?;
    let client = start.client(TERMS)?;
    let mut held = Held::default();
    Memory::of(&server, HELD, |count| {
        held.grow(server.address, &client, count)
    })
}
