use std::path::PathBuf;
use std::process::Command;

/// The commands of GnuTLS.
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
        self.tool("gnutls-cli", args)
    }

    /// `gnutls-serv` with these arguments. It listens on every address of its network namespace.
    pub fn server(&self, args: &[&str]) -> Command {
        self.tool("gnutls-serv", args)
    }

    /// `certtool` with these arguments.
    pub fn certtool(&self, args: &[&str]) -> Command {
        self.tool("certtool", args)
    }

    fn tool(&self, name: &str, args: &[&str]) -> Command {
        let mut command = Command::new(self.program.with_file_name(name));
        command
            .args(args)
            .env("GNUTLS_SYSTEM_PRIORITY_FILE", "/dev/null");
        command
    }
}
