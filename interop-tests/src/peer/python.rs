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
        Process::run(self.command(program).args(args))
    }

    /// The command line that runs a program text, to which its arguments are added.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(["-I", "-c", program])
            .env_remove("SSL_CERT_FILE")
            .env_remove("SSL_CERT_DIR")
            .env_remove("SSLKEYLOGFILE");
        command
    }
}
