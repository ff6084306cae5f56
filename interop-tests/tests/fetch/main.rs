//! `wharf fetch`: what it sends, what it writes where, and with which status it ends.

mod answers;
mod client_auth;
mod content;
mod explain;
mod files;
mod proxy_tls;
mod raw;
mod status;
mod terminal;
mod ways;

use std::process::Command;

use wharf_interop_tests::{Finished, Home, Process};

/// `wharf fetch` with these arguments.
fn command(home: &Home, args: &[&str]) -> Command {
    let mut command = home.wharf(&["fetch"]);
    command.args(args);
    command
}

/// Runs it to its end, in a home of its own.
#[track_caller]
fn fetch(args: &[&str]) -> Finished {
    Process::run(&mut command(&Home::new(), args))
}

/// Runs it to its end, which has to be a bad one with this status.
#[track_caller]
fn fails(code: i32, args: &[&str]) -> Finished {
    let ended = fetch(args);
    assert_eq!(ended.code(), Some(code), "{ended}");
    assert!(ended.stderr.contains("wharf: error: "), "{ended}");
    ended
}
