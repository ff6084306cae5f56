//! Does one thing with the codec a number of times, for `cargo xtask instructions` to count the instructions.
//!
//! What is done before and behind is the same for every number up to [`COUNT_MAX`], so that the difference between two
//! runs is what the thing itself costs.

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a command that talks to a terminal")]

mod drip;
#[expect(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "wharf-http uses the rest of it"
)]
#[path = "../../src/h1/mod.rs"]
mod h1;
mod receive;
mod send;

use std::process::ExitCode;

/// The most times that something can be done in one run.
const COUNT_MAX: usize = 64;

/// Does it so many times.
type Operation = fn(count: usize);

const OPERATIONS: &[(&str, Operation)] = &[
    ("request-head-curl", receive::head_curl),
    ("request-head-browser", receive::head_browser),
    ("chunked-64-chunks", receive::chunked),
    ("response-head", send::head),
    ("exchange", send::exchange),
    ("drip-head-8k", drip::head_8k),
    ("drip-head-16k", drip::head_16k),
    ("drip-line-4k", drip::line_4k),
    ("drip-line-8k", drip::line_8k),
    ("drip-trailers-4k", drip::trailers_4k),
    ("drip-trailers-8k", drip::trailers_8k),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match &args[..] {
        [] => {
            for (name, _) in OPERATIONS {
                println!("{name}");
            }
            ExitCode::SUCCESS
        }
        [name, count] => run(name, count).unwrap_or(ExitCode::FAILURE),
        _ => ExitCode::FAILURE,
    }
}

/// `None`: there is no such operation, or it cannot be done so many times.
fn run(name: &str, count: &str) -> Option<ExitCode> {
    let (_, operation) = OPERATIONS.iter().find(|(found, _)| *found == name)?;
    let count = count.parse().ok().filter(|count| *count <= COUNT_MAX)?;
    operation(count);
    Some(ExitCode::SUCCESS)
}
