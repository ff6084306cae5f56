use std::path::PathBuf;
use std::process::Command;

/// The command of GnuTLS.
#[derive(Debug)]
pub struct GnuTls {
    program: PathBuf,
}

impl GnuTls {
    pub(super) fn new(program: PathBuf) -> Self {
        Self { program }
    }

    /// `gnutls-cli` with these arguments, without the system's policies.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(args)
            .env("GNUTLS_SYSTEM_PRIORITY_FILE", "/dev/null");
        command
    }
}
