//! The command `wharf`: a development CA, certificates, an HTTPS server for localhost, and a client.
//!
//! | file | what it holds |
//! |---|---|
//! | `args.rs` | every flag and all help; those of `wharf fetch` are in `fetch/args.rs` |
//! | `ui.rs` | what goes to stdout, what to stderr, errors and hints |
//! | `home.rs` | where the state folder is |
//! | `cmd/` | one file per verb |
//! | `serve/` | what `wharf serve` serves |
//! | `fetch/` | what `wharf fetch` does |

#![forbid(unsafe_code)]

mod args;
mod cmd;
mod fetch;
mod home;
mod serve;
mod ui;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, CaCommand, CertCommand, Command};
use crate::fetch::Failure;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(message) => {
            // Help and version come this way too. If nobody reads them, there is nothing left to tell.
            let _ = message.print();
            return match message.use_stderr() {
                false => ExitCode::SUCCESS,
                true => ExitCode::from(args::usage_status()),
            };
        }
    };
    let result = match args.command {
        Command::Serve(serve) => cmd::serve::run(serve),
        Command::Fetch(fetch) => return finish(cmd::fetch::run(*fetch)),
        Command::Ca {
            command: CaCommand::Init(init),
        } => cmd::ca::init(&init),
        Command::Ca {
            command: CaCommand::Show(show),
        } => cmd::ca::show(&show),
        Command::Cert {
            command: CertCommand::Issue(issue),
        } => cmd::cert::issue(&issue),
        Command::Cert {
            command: CertCommand::Inspect(inspect),
        } => cmd::cert::inspect(&inspect),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ui::report(&error);
            ExitCode::FAILURE
        }
    }
}

/// `wharf fetch` tells in its exit status what went wrong.
fn finish(result: Result<(), Failure>) -> ExitCode {
    let Err(failure) = result else {
        return ExitCode::SUCCESS;
    };
    if let Some(error) = &failure.error {
        ui::report_with(error, failure.hint.as_deref());
    }
    ExitCode::from(failure.code())
}
