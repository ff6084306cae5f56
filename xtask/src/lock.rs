//! What the lock files may hold. Each rule is a function of text, so that a planted fault can be seen to be reported.

use crate::fuzz;
use crate::process::{capture, cargo, root};

/// Packages that may be in no tree of ours, tests included.
const BANNED: &[(&str, &str)] = &[("ring", "one crypto provider: aws-lc-rs")];

/// Packages that may come in as foreign peers of the tests, and in nothing that ships.
const TESTS_ONLY: &[(&str, &str)] = &[("hyper", "the protocol is our own work")];

/// Checks the lock files and the trees; prints the faults. Whether there were none.
pub(crate) fn run() -> anyhow::Result<bool> {
    let mut faults = Vec::new();
    for workspace in [".", "bench"].iter().chain(fuzz::WORKSPACES) {
        let path = root().join(workspace).join("Cargo.lock");
        faults.extend(
            pre_releases(&std::fs::read_to_string(path)?)
                .map(|fault| format!("{workspace}: {fault}")),
        );
    }
    // The lock file also lists what no feature turns on, so the trees are asked and not the file.
    let tree = |edges| {
        let options = [
            "--workspace",
            "--locked",
            // Not all: for browsers alone, quinn has ring in its tree whatever its features are.
            "--target",
            "x86_64-unknown-linux-gnu",
            "--target",
            "aarch64-unknown-linux-gnu",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--edges",
        ];
        capture(&mut cargo(&[&["tree"][..], &options, &[edges]].concat()))
    };
    faults.extend(present(&tree("normal,build,dev")?, BANNED));
    faults.extend(present(&tree("normal,build")?, TESTS_ONLY));
    for fault in &faults {
        println!("{fault}");
    }
    println!("lock: {} faults", faults.len());
    Ok(faults.is_empty())
}

/// Which of the banned packages a tree of one `name vX.Y.Z` per line holds.
fn present(tree: &str, banned: &[(&str, &str)]) -> Vec<String> {
    let found = |name: &str| {
        tree.lines()
            .find(|line| line.split(' ').next() == Some(name))
    };
    banned
        .iter()
        .filter_map(|(name, why)| found(name).map(|line| format!("{line}: {why}")))
        .collect()
}

/// `1.0.0-rc.1` is a pre-release; `0.11.0+wasi-snapshot` is not.
fn pre_releases(lock: &str) -> impl Iterator<Item = String> {
    let mut name = "";
    lock.lines().filter_map(move |line| {
        if let Some(found) = value(line, "name") {
            name = found;
        }
        let version = value(line, "version")?;
        let release = version.split('+').next().unwrap_or_default();
        release
            .contains('-')
            .then(|| format!("{name} {version} is a pre-release"))
    })
}

fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?
        .strip_prefix(" = \"")?
        .strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pre_release_is_reported_with_its_name() {
        let lock = "version = 4\n\n[[package]]\nname = \"rustls\"\nversion = \"0.24.0-dev.0\"\n\n[[package]]\nname = \"a-b\"\n";
        assert_eq!(
            pre_releases(lock).collect::<Vec<_>>(),
            ["rustls 0.24.0-dev.0 is a pre-release"]
        );
    }

    #[test]
    fn a_release_with_build_metadata_passes() {
        let lock = "[[package]]\nname = \"wasi\"\nversion = \"0.11.1+wasi-snapshot-preview1\"\n";
        assert_eq!(pre_releases(lock).count(), 0);
    }

    #[test]
    fn a_banned_package_in_the_tree_is_reported_and_its_namesake_is_not() {
        assert_eq!(
            present("wharf-tls v0.1.0\nring v0.17.14\n", BANNED).len(),
            1
        );
        assert_eq!(
            present("ring-buffer v0.1.0\nstring v1.0.0\n", BANNED).len(),
            0
        );
        assert_eq!(present("hyper v1.12.0\n", TESTS_ONLY).len(), 1);
        assert_eq!(present("hyper-util v0.1.0\n", TESTS_ONLY).len(), 0);
    }
}
