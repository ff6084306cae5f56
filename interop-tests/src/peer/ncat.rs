use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Command;

use wharf_net::{Addr, UnixName};

use crate::Process;

/// Ncat, which reports what it does on its standard error.
#[derive(Debug)]
pub struct Ncat {
    program: PathBuf,
}

/// How often another port is tried when somebody was faster.
const PORTS_TRIED_MAX: usize = 20;

impl Ncat {
    pub(super) fn new(program: PathBuf) -> Self {
        Self { program }
    }

    /// Ncat with these arguments.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["--verbose", "--nodns"]).args(args);
        command
    }

    /// Ncat as a client of a server. It knows no abstract names.
    ///
    /// # Panics
    ///
    /// When the server has another kind of address.
    #[track_caller]
    pub fn client(&self, server: &Addr, args: &[&str]) -> Command {
        let mut command = self.command(args);
        match server {
            Addr::Inet(address) => {
                command.args([address.ip().to_string(), address.port().to_string()])
            }
            Addr::Unix(UnixName::Path(path)) => command.arg("--unixsock").arg(path.as_ref()),
            other => panic!("Ncat cannot connect to {other}"),
        };
        command
    }

    /// Starts a server for one connection on a Unix socket and waits until it listens.
    ///
    /// # Panics
    ///
    /// When it does not listen.
    #[track_caller]
    pub fn server_at(&self, path: &str) -> Process {
        let mut command = self.command(&["--listen", "--unixsock", path]);
        let process = Process::spawn_with_stdin(&mut command);
        assert!(process.wait_for_stderr(listens), "it does not listen");
        process
    }

    /// Starts a server for one connection on a port of 127.0.0.1 and waits until it listens.
    ///
    /// # Panics
    ///
    /// When it does not listen.
    #[track_caller]
    pub fn server(&self) -> (Process, u16) {
        // Told to take any port, Ncat does not say which it took.
        for _ in 0..PORTS_TRIED_MAX {
            let port = free_port();
            let mut command = self.command(&["--listen", "127.0.0.1", &port.to_string()]);
            let process = Process::spawn_with_stdin(&mut command);
            if process.wait_for_stderr(listens) {
                return (process, port);
            }
        }
        panic!("no port stays free for long enough");
    }
}

/// A port that is free now, and may be taken in a moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound socket").port()
}

/// Whether it listens, or somebody else does; other lines say neither.
fn listens(line: &str) -> Option<bool> {
    let is_taken = line.contains("Address already in use");
    (is_taken || line.contains("Listening on ")).then_some(!is_taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_told_from_a_listener() {
        assert_eq!(
            listens("Ncat: Version 7.93 ( https://nmap.org/ncat )"),
            None
        );
        assert_eq!(listens("Ncat: Listening on 127.0.0.1:7"), Some(true));
        let taken = "Ncat: bind to 127.0.0.1:7: Address already in use. QUITTING.";
        assert_eq!(listens(taken), Some(false));
    }
}
