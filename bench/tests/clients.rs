//! Every client does what every scenario of `client` asks of it, once and briefly. What it costs is not judged.

use std::path::Path;
use std::time::Duration;

use wharf_bench::client::CLIENTS;
use wharf_bench::client::scenarios::{FULL, RESUMED, SCENARIOS, Scenario, Size, Work};
use wharf_bench::client::start::Start;
use wharf_bench::rounds;

const BRIEFLY: Size = Size {
    time: Duration::from_millis(50),
    bytes: 8 << 20,
};

/// nginx is left to the bench: nothing about the clients hangs on it.
#[test]
fn every_client_gets_through_every_scenario_and_fails_at_a_wrong_answer() {
    if let Err(error) = rounds::require_two_cores() {
        eprintln!("SKIPPED: {error}");
        return;
    }
    let program = Path::new(env!("CARGO_BIN_EXE_client-hyper-util"));
    let start = Start::new(program.parent().unwrap().to_owned()).unwrap();
    for scenario in SCENARIOS {
        if scenario.site.is_nginx() {
            continue;
        }
        let server = start.server(scenario.site).unwrap();
        for client in CLIENTS {
            if *client == "curl" && !has_curl() {
                continue;
            }
            let sample = start.sample(client, &server, scenario, BRIEFLY).unwrap();
            assert!(sample.per_second > 0.0 && sample.cpu_us_per_unit > 0.0);
            if scenario.work == Work::Handshake(FULL) {
                // This server says that of every handshake.
                let work = Work::Handshake(RESUMED);
                let wrong = Scenario { work, ..*scenario };
                assert!(start.sample(client, &server, &wrong, BRIEFLY).is_err());
            }
        }
    }
}

/// Where curl is missing, that is said, and is an error where all peers are to be there.
fn has_curl() -> bool {
    let version = std::process::Command::new("curl").arg("--version").output();
    let required = std::env::var_os("REQUIRE_PEERS").is_some_and(|value| value == "1");
    assert!(version.is_ok() || !required, "no curl");
    if version.is_err() {
        eprintln!("SKIPPED curl: no program of that name");
    }
    version.is_ok()
}
