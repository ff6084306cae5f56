//! Where the figures come from.

use std::process::Command;

use crate::{nginx, node};

/// The lock file of this workspace: which versions of the peers were built.
const LOCK: &str = include_str!("../Cargo.lock");

/// A few lines about the machine, and the versions of `packages`.
pub fn describe(packages: &[&str]) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let cpu = read("/proc/cpuinfo").and_then(|text| {
        let line = text
            .lines()
            .find(|line| line.starts_with("model name"))?
            .to_owned();
        Some(line.split(':').nth(1)?.trim().to_owned())
    });
    let kernel = read("/proc/sys/kernel/osrelease");
    let congestion = read("/proc/sys/net/ipv4/tcp_congestion_control");
    let versions: Vec<String> = packages
        .iter()
        .map(|package| format!("{package} {}", or_unknown(version(package))))
        .collect();
    format!(
        "machine: {cores} cores, {}, kernel {}, congestion control {}\nversions: {}",
        or_unknown(cpu),
        or_unknown(kernel),
        or_unknown(congestion),
        versions.join(", "),
    )
}

fn or_unknown(text: Option<String>) -> String {
    text.map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
}

fn version(package: &str) -> Option<String> {
    match package {
        "wrk" => wrk(),
        "curl" => curl(),
        "mkcert" => word_of("mkcert", "-version", 0),
        "openssl" => word_of("openssl", "version", 1),
        "nginx" => with_openssl(nginx::versions()),
        "node" => with_openssl(node::versions()),
        _ => locked(package),
    }
}

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

/// Of several versions the last, which is the newest: the older ones are below some peer.
fn locked(package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let (_, rest) = LOCK.rsplit_once(&format!("{name}\n"))?;
    let line = rest.lines().next()?;
    Some(
        line.strip_prefix("version = \"")?
            .strip_suffix('"')?
            .to_owned(),
    )
}

/// `wrk debian/4.1.0-3 [epoll] Copyright …`; it calls that a wrong use and exits with 1.
fn wrk() -> Option<String> {
    let output = Command::new("wrk").arg("-v").output().ok()?;
    Some(
        String::from_utf8_lossy(&output.stdout)
            .split_whitespace()
            .nth(1)?
            .to_owned(),
    )
}

/// The word at a place of what a program says of itself: `v1.4.4`, `OpenSSL 3.0.20 …`.
fn word_of(program: &str, argument: &str, at: usize) -> Option<String> {
    let output = Command::new(program).arg(argument).output().ok()?;
    let said = String::from_utf8_lossy(&output.stdout);
    said.split_whitespace().nth(at).map(str::to_owned)
}

/// `curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1 OpenSSL/3.0.19 …`.
fn curl() -> Option<String> {
    let output = Command::new("curl").arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut words = text.split_whitespace();
    let version = words.nth(1)?;
    let tls = words.find(|word| word.contains("SSL"))?.replace('/', " ");
    Some(format!("{version} ({tls})"))
}

fn with_openssl(versions: Option<(String, String)>) -> Option<String> {
    let (version, openssl) = versions?;
    Some(format!("{version} (OpenSSL {openssl})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_come_from_the_lock_file() {
        assert!(locked("hyper").is_some_and(|version| version.starts_with("1.")));
        assert_eq!(locked("no-such-package"), None);
    }
}
