use std::path::PathBuf;
use std::process::Command;

use anyhow::bail;

use crate::peers;
use crate::process::{cargo, root, stream, target_dir};

/// Runs `http`; its figures land in `target/bench/http.json`.
pub(crate) fn http(options: &[&str]) -> anyhow::Result<bool> {
    check_options(options, &["--rounds", "--seconds", "--mib"])?;
    peers::require(peers::BENCH_HTTP)?;
    // And nginx.
    peers::require(peers::BENCH_TCP)?;
    run("http", options)
}

/// Runs `relay`; its figures land in `target/bench/relay.json`.
pub(crate) fn relay(options: &[&str]) -> anyhow::Result<bool> {
    check_options(options, &["--rounds", "--gib"])?;
    run("relay", options)
}

/// Runs `tcp`; its figures land in `target/bench/tcp.json`.
pub(crate) fn tcp(options: &[&str]) -> anyhow::Result<bool> {
    check_options(options, &["--rounds", "--seconds"])?;
    peers::require(peers::BENCH_TCP)?;
    run("tcp", options)
}

/// Runs `dgram`; its figures land in `target/bench/dgram.json`.
pub(crate) fn dgram(options: &[&str]) -> anyhow::Result<bool> {
    check_options(options, &["--rounds", "--seconds", "--mib"])?;
    run("dgram", options)
}

/// Runs `tls`; its figures land in `target/bench/tls.json`.
pub(crate) fn tls(options: &[&str]) -> anyhow::Result<bool> {
    check_options(options, &["--rounds", "--seconds", "--mib"])?;
    peers::require(peers::BENCH_TLS)?;
    let mut settings = Vec::new();
    match peers::node() {
        Ok(node) => settings.push(("WHARF_NODE", node)),
        // The bench takes the one on the path, or says that there is none.
        Err(error) => eprintln!("no Node of a pinned version: {error:#}"),
    }
    run_with("tls", options, settings)
}

/// Runs `client`; its figures land in `target/bench/client.json`.
pub(crate) fn client(options: &[&str]) -> anyhow::Result<bool> {
    check_options(options, &["--rounds", "--seconds", "--mib"])?;
    peers::require(peers::BENCH_CLIENT)?;
    run("client", options)
}

/// Runs `pki`, with the command `wharf` as it is released; its figures land in `target/bench/pki.json`.
pub(crate) fn pki(options: &[&str]) -> anyhow::Result<bool> {
    check_options(options, &["--rounds", "--seconds", "--runs"])?;
    peers::require(peers::BENCH_PKI)?;
    let built = target_dir();
    stream(
        cargo(&[
            "build",
            "--release",
            "--locked",
            "-p",
            "wharf-pki-cli",
            "--target-dir",
        ])
        .arg(&built),
    )?;
    let command = built.join("release/wharf");
    run_with("pki", options, vec![("WHARF_COMMAND", command)])
}

/// Builds the bench workspace and runs one bench of it.
fn run(name: &str, options: &[&str]) -> anyhow::Result<bool> {
    run_with(name, options, Vec::new())
}

/// The same with these variables in the bench's environment.
fn run_with(name: &str, options: &[&str], settings: Vec<(&str, PathBuf)>) -> anyhow::Result<bool> {
    // Its own target folder: the peers' features must not change what the workspace builds.
    let built = root().join("bench/target");
    stream(
        cargo(&[
            "build",
            "--release",
            "--locked",
            "--manifest-path",
            "bench/Cargo.toml",
            "--target-dir",
        ])
        .arg(&built),
    )?;
    let json = target_dir().join(format!("bench/{name}.json"));
    stream(
        Command::new(built.join("release").join(name))
            .args(options)
            .envs(settings)
            .arg("--json")
            .arg(json),
    )?;
    Ok(true)
}

/// A wrong option is told before anything is installed or built.
fn check_options(options: &[&str], names: &[&str]) -> anyhow::Result<()> {
    for option in options.chunks(2) {
        match option {
            // The bench itself knows its scenarios.
            ["--only", _] => {}
            [name, number]
                if names.contains(name) && number.parse::<u32>().is_ok_and(|number| number > 0) => {
            }
            _ => bail!(
                "{:?} is neither one of {} and a number, nor --only and a scenario",
                option.join(" "),
                names.join(", ")
            ),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_pairs_of_a_name_and_a_positive_number_or_a_scenario() {
        let names = ["--rounds", "--seconds"];
        assert!(check_options(&[], &names).is_ok());
        assert!(check_options(&["--rounds", "5", "--seconds", "1"], &names).is_ok());
        assert!(check_options(&["--only", "idle", "--seconds", "1"], &names).is_ok());
        for wrong in [
            &["--rounds"][..],
            &["--only"],
            &["--rounds", "0"],
            &["--rounds", "x"],
            &["--round", "5"],
            &["--gib", "5"],
            &["5"],
        ] {
            assert!(check_options(wrong, &names).is_err(), "{wrong:?}");
        }
    }
}
