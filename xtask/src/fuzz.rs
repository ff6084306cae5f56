//! The fuzz targets, on stable: the compiler's coverage pass needs no nightly, only cargo-fuzz does.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use crate::peers;
use crate::process::{capture, cargo, root, stream, target_dir};

/// The workspaces of the fuzz targets. The tests run their checks over the seeds; here something new is looked for.
pub(crate) const WORKSPACES: &[&str] = &["http/fuzz", "pki/fuzz", "tls/fuzz"];

struct Target {
    workspace: &'static str,
    name: &'static str,
    /// The longest input that is tried, in bytes.
    bytes_max: u32,
}

const TARGETS: &[Target] = &[
    Target {
        workspace: "http/fuzz",
        name: "request",
        bytes_max: 2048,
    },
    Target {
        workspace: "http/fuzz",
        name: "response",
        bytes_max: 1024,
    },
    Target {
        workspace: "http/fuzz",
        name: "chunked",
        bytes_max: 1024,
    },
    Target {
        workspace: "http/fuzz",
        name: "splits",
        bytes_max: 1024,
    },
    Target {
        workspace: "http/fuzz",
        name: "round_trip",
        bytes_max: 512,
    },
    Target {
        workspace: "pki/fuzz",
        name: "kex_message",
        bytes_max: 2048,
    },
    Target {
        workspace: "tls/fuzz",
        name: "client_hello",
        bytes_max: 4096,
    },
];

/// How long each target runs.
const SECONDS: u32 = 20;

/// What cargo-fuzz sets for its coverage, without the sanitizers, which are what needs nightly.
const COVERAGE: &str = "--cfg fuzzing -Ccodegen-units=1 -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Builds every target and runs two at a time, each on a copy of its seeds.
pub(crate) fn run() -> anyhow::Result<()> {
    peers::require(peers::FUZZ)?;
    let built = target_dir().join("fuzz");
    let host = host()?;
    for workspace in WORKSPACES {
        build(workspace, &host, &built)?;
    }
    let (programs, runs) = (&built.join(host).join("release"), &built.join("runs"));
    let mut faults = Vec::new();
    for pair in TARGETS.chunks(2) {
        let results: Vec<_> = std::thread::scope(|scope| {
            let running = |target| scope.spawn(move || fuzz(target, programs, runs));
            let running: Vec<_> = pair.iter().map(running).collect();
            let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
                thread.join().unwrap_or_else(|_| bail!("panicked"))
            };
            running.into_iter().map(join).collect()
        });
        for (target, result) in pair.iter().zip(results) {
            match result {
                Ok(summary) => println!("{}: {summary}", target.name),
                Err(error) => faults.push(format!("{}: {error:#}", target.name)),
            }
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

/// The flags are only for the target's platform, so that build scripts and macros are built without them.
fn build(workspace: &str, host: &str, built: &Path) -> anyhow::Result<()> {
    let manifest = format!("{workspace}/Cargo.toml");
    let options = ["build", "--release", "--locked", "--bins", "--target", host];
    stream(
        cargo(&options)
            .args(["--manifest-path", &manifest, "--target-dir"])
            .arg(built)
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env("RUSTFLAGS", COVERAGE),
    )
}

/// `host: x86_64-unknown-linux-gnu`
fn host() -> anyhow::Result<String> {
    let version = capture(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}

/// Runs one target. What it did; `Err` has the input that failed.
fn fuzz(target: &Target, programs: &Path, runs: &Path) -> anyhow::Result<String> {
    let folder = runs.join(target.name);
    let corpus = copy_seeds(target, &folder)?;
    let log = folder.join("log");
    let output = File::create(&log)?;
    let mut command = Command::new(programs.join(target.name));
    command
        .current_dir(&folder)
        .arg(format!("-max_total_time={SECONDS}"))
        .arg(format!("-max_len={}", target.bytes_max))
        .arg("-rss_limit_mb=512")
        .arg("-timeout=10")
        .arg("-artifact_prefix=failed-")
        .arg(corpus)
        .stdout(output.try_clone()?)
        .stderr(output);
    let status = command.status().context("cannot start")?;
    let log = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    if !status.success() {
        bail!("ended with {status}\n{}{}", told(&log), failed(&folder)?);
    }
    summary(&log)
}

/// An empty folder with a copy of the seeds in it.
fn copy_seeds(target: &Target, folder: &Path) -> anyhow::Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let corpus = folder.join("corpus");
    fs::create_dir_all(&corpus)?;
    let seeds = root()
        .join(target.workspace)
        .join("seeds")
        .join(target.name);
    for seed in fs::read_dir(&seeds).with_context(|| seeds.display().to_string())? {
        let seed = seed?;
        fs::copy(seed.path(), corpus.join(seed.file_name()))?;
    }
    Ok(corpus)
}

/// How many inputs were tried, and what of the code they reached. A target without coverage tries blindly: that is a
/// fault.
fn summary(log: &str) -> anyhow::Result<String> {
    let covered = log.contains("inline 8-bit counters");
    ensure!(covered, "built without coverage:\n{log}");
    let last = |start| log.lines().rfind(|line| line.starts_with(start));
    let done = last("Done ").context("it did not come to its end")?;
    let reached = log.lines().rfind(|line| line.contains(" cov: "));
    let words = reached.unwrap_or_default().split_whitespace();
    let cov = words.skip_while(|word| *word != "cov:").nth(1);
    let cov = cov.context("nothing was reached")?;
    Ok(format!(
        "{}, {cov} places reached",
        done.trim_start_matches("Done ")
    ))
}

/// What the target said when it failed, without the progress before.
fn told(log: &str) -> String {
    let is_progress = |line: &&str| line.starts_with('#') || line.starts_with("INFO: ");
    let lines: Vec<_> = log.lines().filter(|line| !is_progress(line)).collect();
    let last = lines.len().saturating_sub(60);
    lines[last..]
        .iter()
        .map(|line| format!("{line}\n"))
        .collect()
}

/// The inputs that the target left: where they are, and their bytes.
fn failed(folder: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("failed-") {
            write!(text, "{}\n    ", path.display())?;
            for byte in fs::read(&path)? {
                write!(text, "{byte:02x}")?;
            }
            text.push('\n');
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// What becomes of a target that is this shell script.
    fn fuzzed(script: &str) -> anyhow::Result<String> {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join(TARGETS[0].name);
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        fuzz(&TARGETS[0], dir.path(), &dir.path().join("runs"))
    }

    const COVERED: &str = "echo 'INFO: Loaded 1 modules   (5 inline 8-bit counters): 5' >&2";

    #[test]
    fn a_target_that_fails_is_told_with_its_words_and_its_input() {
        let script =
            "echo '#1 INITED cov: 5'; echo planted >&2; printf '\\001\\377' > failed-1; exit 77";
        let error = fuzzed(&format!("{COVERED}; {script}"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("exit status: 77\nplanted\n"), "{error}");
        assert!(error.ends_with("failed-1\n    01ff\n"), "{error}");
    }

    #[test]
    fn a_target_that_ran_is_told_with_what_it_reached() {
        let script = "echo '#9 DONE   cov: 57 ft: 9'; echo 'Done 9 runs in 2 second(s)'";
        let summary = fuzzed(&format!("{COVERED}; {script}")).unwrap();
        assert_eq!(summary, "9 runs in 2 second(s), 57 places reached");
        // The seeds were there, as a copy.
        fuzzed(&format!(
            "{COVERED}; {script}; for last; do :; done; test -f $last/00-curl"
        ))
        .unwrap();
    }

    #[test]
    fn a_target_without_coverage_or_without_an_end_is_a_fault() {
        let script = "echo '#9 DONE   cov: 57'; echo 'Done 9 runs in 2 second(s)'";
        assert!(fuzzed(script).is_err());
        assert!(fuzzed(&format!("{COVERED}; echo '#9 DONE   cov: 57'")).is_err());
    }

    #[test]
    fn every_target_of_the_workspaces_is_run() {
        let mut run: Vec<_> = TARGETS
            .iter()
            .map(|target| (target.workspace, target.name))
            .collect();
        run.sort_unstable();
        let mut found = Vec::new();
        for workspace in WORKSPACES {
            let manifest = fs::read_to_string(root().join(workspace).join("Cargo.toml")).unwrap();
            let mut lines = manifest.lines().skip_while(|line| *line != "[[bin]]");
            while lines.next().is_some() {
                let name = lines.next().unwrap().strip_prefix("name = ").unwrap();
                found.push((*workspace, name.trim_matches('"').to_owned()));
                lines.by_ref().take_while(|line| !line.is_empty()).count();
            }
        }
        found.sort_unstable();
        let found: Vec<_> = found
            .iter()
            .map(|(workspace, name)| (*workspace, &**name))
            .collect();
        assert_eq!(run, found);
    }
}
