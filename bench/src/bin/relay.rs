//! From socket to socket beside tokio's `copy_bidirectional`: `cargo xtask bench relay` from the root of the
//! repository.

#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Context;
use wharf_bench::bulk::{self, Ends};
use wharf_bench::options::Options;
use wharf_bench::report::{Unit, table};
use wharf_bench::{LOAD_CORE, SERVER_CORE, machine, rounds};

const SERVERS: [&str; 3] = ["relay-wharf", "relay-wharf-copy", "relay-tokio"];
const BASE: &str = "relay-tokio";

/// Checked byte by byte, both ways, before anything is measured.
const CHECK_BYTES: u64 = 64 << 20;
/// Enough for a second.
const ROUND_TRIPS: u64 = 20_000;

const ROUND_TRIP: Unit = Unit {
    rate: "trips/s",
    rate_metric: "round_trips_per_second",
    cost: "CPU µs/trip",
    cost_metric: "cpu_us_per_round_trip",
};

fn main() -> anyhow::Result<()> {
    let options = Options::parse(5, &[("--gib", 4)])?;
    let servers = rounds::start(&SERVERS)?;
    println!("{}", machine::describe(&["tokio"]));
    bulk::pin_to_load_core()?;
    println!(
        "relays on core {SERVER_CORE}, source and sink on core {LOAD_CORE}; all sockets set to {}; {} rounds; medians",
        bulk::congestion()?,
        options.rounds
    );
    for server in &servers {
        Ends::connect(server.address)?
            .check(CHECK_BYTES)
            .with_context(|| server.name.to_owned())?;
    }

    let scenarios: [(&str, Unit, u64, Load); 2] = [
        (
            "bulk",
            Unit::MIB,
            options.sample("--gib") * 1024,
            |ends, mib| ends.send(mib << 20),
        ),
        ("echo-64-bytes", ROUND_TRIP, ROUND_TRIPS, Ends::echo),
    ];
    let mut results = Vec::new();
    for (scenario, unit, units, load) in scenarios {
        if !options.runs(scenario) {
            continue;
        }
        let cells = rounds::alternate(&servers, options.rounds, |server| {
            let ends = Ends::connect(server.address)?;
            server.sample(|| Ok((units, load(&ends, units)?)))
        })?;
        println!("\n{}", table(scenario, unit, &cells, BASE));
        if let Some(noise) = rounds::noise(&cells) {
            println!("{noise}");
        }
        results.push((scenario, unit, cells));
    }
    if let Some(path) = options.json {
        rounds::write_json(&path, &results, &[])?;
    }
    Ok(())
}

/// Puts so many units of work through a relay; how long it took.
type Load = fn(&Ends, u64) -> anyhow::Result<Duration>;
