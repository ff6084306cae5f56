use std::path::PathBuf;
use std::process::Command;

use crate::{Finished, Process};

/// Python and its standard library, without user's packages and environment.
#[derive(Debug)]
pub struct Python {
    program: PathBuf,
}

impl Python {
    pub(super) fn new(program: PathBuf) -> Self {
        Self { program }
    }

    /// Runs a program text. Its arguments are `sys.argv[1:]`.
    ///
    /// # Panics
    ///
    /// When it does not end.
    #[track_caller]
    pub fn run(&self, program: &str, args: &[&str]) -> Finished {
        Process::run(&mut self.command(program, args))
    }

    /// Python with a program text. Its arguments are `sys.argv[1:]`.
    pub fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(["-I", "-c", program])
            .args(args)
            .env_remove("SSL_CERT_FILE")
            .env_remove("SSL_CERT_DIR")
            .env_remove("SSLKEYLOGFILE");
        command
    }
}
