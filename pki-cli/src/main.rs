//! The command `wharf`: a development CA, certificates, an HTTPS server for localhost, and a client.
//!
//! | file | what it holds |
//! |---|---|
//! | `args.rs` | what the command line has on top; the flags and help of a verb are beside what it does |
//! | `exit.rs` | what the exit status says |
//! | `clock.rs` | the only clock |
//! | `ui/` | what goes to stdout, what to stderr, errors and hints; tables, trees, colours |
//! | `password.rs` | passwords, from anywhere but the command line |
//! | `files.rs` | files named on the command line |
//! | `home.rs` | where the state folder is, and its CA |
//! | `expiry.rs` | CAs that have expired, or are about to |
//! | `hierarchy/` | all CAs of a home, what they issued, and what is wrong with them |
//! | `html/` | pages for a browser |
//! | `config.rs` | what a CA writes into all that it issues |
//! | `record.rs` | into the inventory, into files, in this order |
//! | `subject.rs` | distinguished names as they are typed |
//! | `stem.rs` | what files are called |
//! | `keys.rs` | private keys in files, and the public key of anything that has one |
//! | `sealed/` | the format of `wharf seal` |
//! | `cmd/` | one folder per noun, one file per verb |
//! | `trust/` | the trust stores of this machine |
//! | `inspect/` | what certificates and keys say, and what is wrong with them |
//! | `connect/` | a look at a TLS server |
//! | `kex/` | what `wharf kex` does |
//! | `kex_tls/` | a TLS 1.3 handshake, watched |
//! | `serve/` | what `wharf serve` serves |
//! | `fetch/` | what `wharf fetch` does |

#![forbid(unsafe_code)]

mod args;
mod clock;
mod cmd;
mod config;
mod connect;
mod exit;
mod expiry;
mod fetch;
mod files;
mod hierarchy;
mod home;
mod html;
mod inspect;
mod kex;
mod kex_tls;
mod keys;
mod password;
mod record;
mod sealed;
mod serve;
mod stem;
mod subject;
mod trust;
mod ui;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::fetch::Failure;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(message) => {
            // Help and version come this way too. If nobody reads them, there is nothing left to tell.
            let _ = message.print();
            return match message.use_stderr() {
                false => ExitCode::SUCCESS,
                true => ExitCode::from(exit::usage_status()),
            };
        }
    };
    let result = match args.command {
        Command::Serve(serve) => cmd::serve::run(serve),
        Command::Fetch(fetch) => return finish(cmd::fetch::run(*fetch)),
        Command::Connect(connect) => connect.run(),
        Command::Ca(ca) => ca.run(),
        Command::Cert(cert) => cert.run(),
        Command::Crl(crl) => crl.run(),
        Command::Kex(kex) => kex.run(),
        Command::Key(key) => key.run(),
        Command::Csr(csr) => csr.run(),
        Command::Sign(sign) => cmd::sign::run(sign),
        Command::VerifyFile(verify) => cmd::verify_file::run(verify),
        Command::Seal(seal) => cmd::seal::run(seal),
        Command::Open(open) => cmd::open::run(open),
        Command::Completions(completions) => cmd::completions::run(completions),
        Command::Man(man) => cmd::man::run(man),
    };
    match result {
        Ok(status) => status.into(),
        // Whoever read stdout has had enough: `| head`. It is no news to them.
        Err(error) if ui::is_unread(&error) => ExitCode::from(exit::FAILED),
        Err(error) => {
            ui::report(&error);
            ExitCode::from(exit::FAILED)
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
