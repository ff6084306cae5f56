//! The command `wharf`: a development CA, certificates, and an HTTPS server for localhost.
//!
//! | file | what it holds |
//! |---|---|
//! | `args.rs` | every flag and all help |
//! | `ui.rs` | what goes to stdout, what to stderr, errors and hints |
//! | `home.rs` | where the state folder is |
//! | `cmd/` | one file per verb |
//! | `serve/` | what `wharf serve` serves |

#![forbid(unsafe_code)]

mod args;
mod cmd;
mod home;
mod serve;
mod ui;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, CaCommand, CertCommand, Command};

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(message) => {
            // Help and version come this way too. If nobody reads them, there is nothing left to tell.
            let _ = message.print();
            return ExitCode::from(u8::from(message.use_stderr()));
        }
    };
    let result = match args.command {
        Command::Serve(serve) => cmd::serve::run(serve),
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
