//! The gate. Every job runs, also after one has failed: a report that stops at the first fault costs a round per fault.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::process::{cargo, on_path, root, stream, target_dir};
use crate::report::{Outcome, Report};
use crate::{fuzz, instructions, lock, peers, tidy};

/// Which jobs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    All,
    /// Without what needs programs that do not come with Rust.
    Fast,
}

struct Job {
    name: &'static str,
    foreign: bool,
    run: fn() -> anyhow::Result<Outcome>,
}

const JOBS: &[Job] = &[
    Job {
        name: "peers",
        foreign: true,
        run: install_peers,
    },
    Job {
        name: "fmt",
        foreign: false,
        run: fmt,
    },
    Job {
        name: "fmt bench",
        foreign: false,
        run: fmt_bench,
    },
    Job {
        name: "fmt fuzz",
        foreign: false,
        run: fmt_fuzz,
    },
    Job {
        name: "tidy",
        foreign: false,
        run: tidy,
    },
    Job {
        name: "lock",
        foreign: false,
        run: lock,
    },
    Job {
        name: "deny",
        foreign: true,
        run: deny,
    },
    Job {
        name: "clippy",
        foreign: false,
        run: clippy,
    },
    Job {
        name: "clippy bench",
        foreign: false,
        run: clippy_bench,
    },
    Job {
        name: "clippy fuzz",
        foreign: false,
        run: clippy_fuzz,
    },
    Job {
        name: "test",
        foreign: false,
        run: test,
    },
    Job {
        name: "fuzz",
        foreign: true,
        run: run_fuzz,
    },
    Job {
        name: "instructions",
        foreign: true,
        run: count_instructions,
    },
    Job {
        name: "features",
        foreign: false,
        run: features,
    },
    Job {
        name: "test bench",
        foreign: false,
        run: test_bench,
    },
    Job {
        name: "docs",
        foreign: false,
        run: docs,
    },
    Job {
        name: "interop",
        foreign: true,
        run: interop,
    },
];

/// Runs the jobs and prints the report. Whether all passed.
pub(crate) fn gate(scope: Scope) -> anyhow::Result<bool> {
    let report = run_all(JOBS, scope);
    println!("\n{report}");
    Ok(report.all_passed())
}

fn run_all(jobs: &[Job], scope: Scope) -> Report {
    let mut report = Report::default();
    for job in jobs {
        if scope == Scope::Fast && job.foreign {
            report.add(job.name, Duration::ZERO, Outcome::Skipped("--fast".into()));
            continue;
        }
        println!("\n=== {} ===", job.name);
        let started = Instant::now();
        let outcome = (job.run)().unwrap_or_else(|error| {
            let text = format!("{error:#}");
            eprintln!("{}: {text}", job.name);
            // The whole text is above, with the job's output; the table holds one line.
            Outcome::Failed(text.lines().next().unwrap_or_default().to_owned())
        });
        report.add(job.name, started.elapsed(), outcome);
    }
    report
}

fn install_peers() -> anyhow::Result<Outcome> {
    peers::require_all().map(|()| Outcome::Ok)
}

fn fmt() -> anyhow::Result<Outcome> {
    run_cargo(&["fmt", "--all", "--check"])
}

fn fmt_bench() -> anyhow::Result<Outcome> {
    run_cargo(&["fmt", "--manifest-path", "bench/Cargo.toml", "--check"])
}

fn fmt_fuzz() -> anyhow::Result<Outcome> {
    for workspace in fuzz::WORKSPACES {
        let manifest = format!("{workspace}/Cargo.toml");
        run_cargo(&["fmt", "--manifest-path", &manifest, "--check"])?;
    }
    Ok(Outcome::Ok)
}

fn tidy() -> anyhow::Result<Outcome> {
    anyhow::ensure!(tidy::run()?, "the faults are listed above");
    Ok(Outcome::Ok)
}

fn lock() -> anyhow::Result<Outcome> {
    anyhow::ensure!(lock::run()?, "the faults are listed above");
    Ok(Outcome::Ok)
}

/// Advisories need a database from the network; what is checked here needs nothing but the lock file.
///
/// The tool is built once, into `target/tools`: three and a quarter minutes on two cores.
fn deny() -> anyhow::Result<Outcome> {
    let tools = target_dir().join("tools");
    let own = tools.join("bin/cargo-deny");
    if !own.is_file() && !on_path("cargo-deny") {
        stream(cargo(&["install", CARGO_DENY, "--locked", "--quiet", "--root"]).arg(tools))?;
    }
    let program = if own.is_file() {
        own
    } else {
        "cargo-deny".into()
    };
    stream(
        Command::new(program)
            .current_dir(root())
            .args(["check", "licenses", "bans", "sources"]),
    )?;
    Ok(Outcome::Ok)
}

/// Pinned: a newer one may ask for a newer Rust.
const CARGO_DENY: &str = "cargo-deny@0.20.2";

fn clippy() -> anyhow::Result<Outcome> {
    run_cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ])
}

fn clippy_bench() -> anyhow::Result<Outcome> {
    clippy_of("bench/Cargo.toml")
}

fn clippy_fuzz() -> anyhow::Result<Outcome> {
    for workspace in fuzz::WORKSPACES {
        clippy_of(&format!("{workspace}/Cargo.toml"))?;
    }
    Ok(Outcome::Ok)
}

fn clippy_of(manifest: &str) -> anyhow::Result<Outcome> {
    let strict = ["--all-targets", "--locked", "--", "-D", "warnings"];
    run_cargo(&[&["clippy", "--manifest-path", manifest], &strict[..]].concat())
}

fn test() -> anyhow::Result<Outcome> {
    let mut tests = cargo(&[
        "test",
        "--workspace",
        "--locked",
        "--exclude",
        "wharf-interop-tests",
        "--no-fail-fast",
    ]);
    // A developer's run rotates for five.
    tests.env("WHARF_SOAK_SECONDS", "60");
    stream(&mut tests).map(|()| Outcome::Ok)
}

fn run_fuzz() -> anyhow::Result<Outcome> {
    fuzz::run().map(|()| Outcome::Ok)
}

fn count_instructions() -> anyhow::Result<Outcome> {
    instructions::run(instructions::Mode::Compare).map(|()| Outcome::Ok)
}

/// The crates with optional features, with all of them; without any they are built and tested above.
fn features() -> anyhow::Result<Outcome> {
    let targets = ["--all-targets", "--", "-D", "warnings"];
    for package in ["wharf-net", "wharf-http"] {
        let all = ["-p", package, "--all-features", "--locked"];
        run_cargo(&[&["clippy"], &all[..], &targets].concat())?;
    }
    // One alone: what is shared by some may not depend on the others.
    for feature in ["cookies", "gzip", "br", "zstd", "json", "form"] {
        run_cargo(&[
            "check",
            "-p",
            "wharf-http",
            "--features",
            feature,
            "--locked",
        ])?;
    }
    run_cargo(&[
        "test",
        "-p",
        "wharf-net",
        "--all-features",
        "--locked",
        "--no-fail-fast",
    ])?;
    // The rest of its tests has run, and its features change nothing for them. Content codings and cookies are tested in it.
    let http = [
        "--lib",
        "--test",
        "features",
        "--test",
        "websocket",
        "--test",
        "spans",
        "--test",
        "layering",
    ];
    run_cargo(
        &[
            &["test", "-p", "wharf-http", "--all-features", "--locked"],
            &http[..],
        ]
        .concat(),
    )
}

/// The arithmetic behind the figures, and every client once in every scenario; nothing is measured here.
fn test_bench() -> anyhow::Result<Outcome> {
    run_cargo(&["test", "--manifest-path", "bench/Cargo.toml", "--locked"])
}

fn docs() -> anyhow::Result<Outcome> {
    let args = [
        "doc",
        "--workspace",
        "--all-features",
        "--no-deps",
        "--document-private-items",
        "--locked",
    ];
    stream(cargo(&args).env("RUSTDOCFLAGS", "-D warnings")).map(|()| Outcome::Ok)
}

/// The tests find their peers by themselves; here a missing one is a failure, not a skip.
fn interop() -> anyhow::Result<Outcome> {
    stream(cargo(&["test", "-p", "wharf-interop-tests", "--locked"]).env("REQUIRE_PEERS", "1"))
        .context("with REQUIRE_PEERS=1")
        .map(|()| Outcome::Ok)
}

fn run_cargo(args: &[&str]) -> anyhow::Result<Outcome> {
    stream(&mut cargo(args)).map(|()| Outcome::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes() -> anyhow::Result<Outcome> {
        Ok(Outcome::Ok)
    }

    fn fails() -> anyhow::Result<Outcome> {
        anyhow::bail!("planted")
    }

    #[test]
    fn a_failed_job_does_not_stop_the_next_one() {
        let jobs = [
            Job {
                name: "first",
                foreign: false,
                run: fails,
            },
            Job {
                name: "second",
                foreign: false,
                run: passes,
            },
            Job {
                name: "third",
                foreign: true,
                run: fails,
            },
        ];
        let report = run_all(&jobs, Scope::Fast);
        assert!(!report.all_passed());
        let text = report.to_string();
        assert!(text.contains("FAILED: planted"), "{text}");
        assert!(
            text.contains("third         - s  skipped: --fast"),
            "{text}"
        );
        assert!(text.ends_with("1 passed, 1 failed\n"), "{text}");
    }
}
