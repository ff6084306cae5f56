//! The gate and the benches of Wharf, as one small command: `cargo xtask help`.
//!
//! | file | what it holds |
//! |---|---|
//! | `test.rs` | the gate: a list of jobs, one function each; runs all, then reports all |
//! | `report.rs` | what ran, how long, how it ended |
//! | `peers/` | the foreign programs, where they come from, who may install them |
//! | `tidy/` | sizes, layers, banned words, Markdown links: what no compiler checks |
//! | `fuzz.rs` | builds the fuzz targets and runs each for a while |
//! | `instructions.rs` | counts what the codec takes, and compares |
//! | `lock.rs` | what the lock file may hold |
//! | `bench.rs` | builds the bench workspace and runs one bench of it |
//! | `process.rs` | running a command, the workspace's root |

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a command that talks to a terminal")]

mod bench;
mod fuzz;
mod instructions;
mod lock;
mod peers;
mod process;
mod report;
mod test;
mod tidy;

use std::process::ExitCode;

use anyhow::bail;

use instructions::Mode;

const HELP: &str = "\
The gate and the benches of Wharf.

    cargo xtask test              everything that must hold before a commit; installs missing peers if it may
    cargo xtask test --fast       the same without the jobs that need programs that do not come with Rust
    cargo xtask peers             only installs the missing peers
    cargo xtask tidy              sizes, layers, banned words, Markdown links
    cargo xtask fuzz              the fuzz targets, 20 seconds each, on stable
    cargo xtask instructions      counts the instructions of the codec, and compares them with those recorded
        --record                  records them instead
    cargo xtask bench http        requests per second and CPU per request beside hyper
        --rounds N                alternating rounds, 7 unless told
        --seconds N               length of one sample, 2 unless told
    cargo xtask bench relay       CPU per GiB from socket to socket beside tokio's copy_bidirectional
        --rounds N                alternating rounds, 5 unless told
        --gib N                   GiB of one sample, 4 unless told
    cargo xtask bench tcp         connections accepted, and memory of idle ones, beside a bare tokio loop and nginx
        --rounds N                alternating rounds, 7 unless told
        --seconds N               length of one sample, 2 unless told
    cargo xtask bench tls         handshakes, bulk and idle connections over TLS beside hyper, nginx and Node
        --rounds N                alternating rounds, 5 unless told
        --seconds N               length of one sample of handshakes and requests, 1 unless told
        --mib N                   MiB of one sample of bulk, 1024 unless told
    cargo xtask bench client      CPU per request and MiB of clients, hyper-util, reqwest, ureq and curl beside each other
        --rounds N                alternating rounds, 5 unless told
        --seconds N               length of one sample of requests, 1 unless told
        --mib N                   MiB of one sample of bulk, 1024 unless told
    cargo xtask bench dgram       datagrams per second beside tokio's socket, sendmmsg and quinn-udp
        --rounds N                alternating rounds, 7 unless told
        --seconds N               length of one sample, 1 unless told
        --mib N                   MiB of one sample over QUIC, 256 unless told
    cargo xtask bench pki         certificates issued, beside rcgen alone; `wharf cert issue` beside mkcert and openssl
        --rounds N                alternating rounds, 7 unless told
        --seconds N               length of one sample of the library, 1 unless told
        --runs N                  commands of one sample, 10 unless told
        --only SCENARIO           of any bench, the scenarios whose names begin so
    cargo xtask help              this page

Exit code: 0 if all is well, 1 if a job failed or the command was not understood.
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all was well.
fn run(args: &[&str]) -> anyhow::Result<bool> {
    match args {
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(true)
        }
        ["test"] => test::gate(test::Scope::All),
        ["test", "--fast"] => test::gate(test::Scope::Fast),
        ["peers"] => peers::require_all().map(|()| true),
        ["tidy"] => tidy::run(),
        ["fuzz"] => fuzz::run().map(|()| true),
        ["instructions"] => instructions::run(Mode::Compare).map(|()| true),
        ["instructions", "--record"] => instructions::run(Mode::Record).map(|()| true),
        ["bench", "http", options @ ..] => bench::http(options),
        ["bench", "relay", options @ ..] => bench::relay(options),
        ["bench", "tcp", options @ ..] => bench::tcp(options),
        ["bench", "tls", options @ ..] => bench::tls(options),
        ["bench", "client", options @ ..] => bench::client(options),
        ["bench", "dgram", options @ ..] => bench::dgram(options),
        ["bench", "pki", options @ ..] => bench::pki(options),
        ["bench", ..] => bail!("which bench? There are: http, relay, tcp, tls, client, dgram, pki"),
        _ => bail!(
            "unknown command {:?}; try `cargo xtask help`",
            args.join(" ")
        ),
    }
}
