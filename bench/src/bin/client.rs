//! Clients beside each other: `cargo xtask bench client` from the root of the repository.

#![forbid(unsafe_code)]

use std::time::Duration;

use anyhow::Context;
use wharf_bench::client::scenarios::{SCENARIOS, Scenario, Size, Work};
use wharf_bench::client::start::Start;
use wharf_bench::client::{CLIENTS, HYPER_UTIL, WHARF};
use wharf_bench::options::Options;
use wharf_bench::report::table_of;
use wharf_bench::{LOAD_CORE, SERVER_CORE, bulk, machine, must, rounds};

/// What Wharf's cost may be in proportion to that of hyper-util, for a request on a connection that is kept.
const KEPT_RATIO_MAX: f64 = 0.85;
/// The same for all else.
const RATIO_MAX: f64 = 1.0;

fn main() -> anyhow::Result<()> {
    let options = Options::parse(5, &[("--seconds", 1), ("--mib", 1024)])?;
    let (seconds, mib) = (options.sample("--seconds"), options.sample("--mib"));
    let size = Size {
        time: Duration::from_secs(seconds),
        bytes: mib << 20,
    };
    rounds::require_two_cores()?;
    println!(
        "{}",
        machine::describe(&[
            "hyper",
            "hyper-util",
            "hyper-rustls",
            "reqwest",
            "ureq",
            "rustls",
            "tokio",
            "curl",
            "nginx"
        ])
    );
    bulk::pin_to_load_core()?;
    println!(
        "clients on core {LOAD_CORE}, servers on core {SERVER_CORE}; {} rounds of {seconds} s or {mib} MiB; the senders of bulk \
         set to {}; medians",
        options.rounds,
        bulk::congestion()?,
    );
    let program = std::env::current_exe()?;
    let programs = program.parent().context("a folder of programs")?;
    let start = Start::new(programs.to_owned())?;

    let mut results = Vec::new();
    let mut musts = Vec::new();
    for scenario in SCENARIOS {
        let Scenario { name, site, work } = scenario;
        if !options.runs(name) {
            continue;
        }
        let server = start.server(*site)?;
        let cells = rounds::take_turns(CLIENTS, options.rounds, |at| {
            start.sample(CLIENTS[at], &server, scenario, size)
        })?;
        println!(
            "\n{}",
            table_of("client", name, work.unit(), &cells, HYPER_UTIL)
        );
        if let Some(noise) = rounds::noise(&cells) {
            println!("{noise}");
        }
        if !site.is_nginx() {
            let ratio_max = ratio_max(*work);
            musts.extend(must::cost(name, &cells, WHARF, &[HYPER_UTIL], ratio_max));
        }
        results.push((*name, work.unit(), cells));
    }
    println!("\n{}", musts.join("\n"));
    if let Some(path) = options.json {
        rounds::write_json(&path, &results, &[])?;
    }
    Ok(())
}

fn ratio_max(work: Work) -> f64 {
    match work {
        Work::Kept(_) => KEPT_RATIO_MAX,
        Work::New | Work::Handshake(_) | Work::Bulk(..) => RATIO_MAX,
    }
}
