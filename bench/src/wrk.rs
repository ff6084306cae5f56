//! One run of the load generator.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};

use crate::LOAD_CORE;

/// Next to this package's manifest: the bench runs where it was built.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/wrk/hello.lua");

/// What the load generator does.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Open connections.
    pub connections: usize,
    /// Requests written at once on each.
    pub depth: usize,
    /// How long.
    pub seconds: u64,
}

/// What it counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Complete answers.
    pub requests: u64,
    /// From its first to its last.
    pub wall: Duration,
}

/// Runs wrk on its own core.
///
/// # Errors
///
/// Any error that wrk counted is one here: a figure with errors in it is no figure.
pub fn run(address: SocketAddr, load: Load) -> anyhow::Result<Counted> {
    let mut command = Command::new("taskset");
    command.args(["-c", &LOAD_CORE.to_string(), "wrk", "--threads", "1"]);
    command.args(["--connections", &load.connections.to_string()]);
    command.args([
        "--duration",
        &format!("{}s", load.seconds),
        "--script",
        SCRIPT,
    ]);
    command
        .arg(format!("http://{address}/"))
        .env("DEPTH", load.depth.to_string());
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .context("taskset and wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "wrk ended with {}: {text}",
        output.status
    );
    parse(&text).with_context(|| format!("wrk said: {text}"))
}

/// The line that the script prints.
fn parse(text: &str) -> anyhow::Result<Counted> {
    let line = text
        .lines()
        .find(|line| line.starts_with("bench: "))
        .context("no line of the script")?;
    let words: Vec<&str> = line.split(' ').collect();
    let [_, requests, "requests", micros, "us", errors, "errors"] = words[..] else {
        anyhow::bail!("cannot read {line:?}");
    };
    let errors: u64 = errors.parse()?;
    ensure!(errors == 0, "{errors} errors");
    let counted = Counted {
        requests: requests.parse()?,
        wall: Duration::from_micros(micros.parse()?),
    };
    ensure!(
        counted.requests > 0 && !counted.wall.is_zero(),
        "nothing was answered"
    );
    Ok(counted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_found_among_what_wrk_prints() {
        let text = "Running 2s test\n  1 threads\nbench: 1000 requests 2000000 us 0 errors\n";
        assert_eq!(
            parse(text).unwrap(),
            Counted {
                requests: 1000,
                wall: Duration::from_secs(2)
            }
        );
    }

    #[test]
    fn errors_and_silence_are_no_figures() {
        assert!(parse("bench: 1000 requests 2000000 us 1 errors\n").is_err());
        assert!(parse("bench: 0 requests 2000000 us 0 errors\n").is_err());
        assert!(parse("Running 2s test\n").is_err());
    }
}
