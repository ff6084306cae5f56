use std::path::PathBuf;
use std::process::Command;

use wharf_net::{Addr, UnixName};

use crate::Process;

/// socat, which reports what it does on its standard error.
#[derive(Debug)]
pub struct Socat {
    program: PathBuf,
}

impl Socat {
    pub(super) fn new(program: PathBuf) -> Self {
        Self { program }
    }

    /// socat between two of its addresses. Once one of them has ended, the other has a minute: half a second, its
    /// default, would make races of the tests.
    pub fn command(&self, left: &str, right: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-d", "-d", "-t", "60", left, right]);
        command
    }

    /// socat from its standard streams to a server. These options are its own, such as `,linger=0`.
    ///
    /// # Panics
    ///
    /// When the server has no address.
    #[track_caller]
    pub fn client(&self, server: &Addr, options: &str) -> Command {
        let address = match server {
            Addr::Inet(address) if address.is_ipv4() => format!("TCP4:{address}"),
            Addr::Inet(address) => format!("TCP6:{address}"),
            Addr::Unix(UnixName::Path(path)) => format!("UNIX-CONNECT:{}", path.display()),
            Addr::Unix(UnixName::Abstract(name)) => {
                format!("ABSTRACT-CONNECT:{}", String::from_utf8_lossy(name))
            }
            other => panic!("{other} is no server"),
        };
        self.command("STDIO", &format!("{address}{options}"))
    }

    /// Starts a server between a listening address and another one, and waits until it listens. Returns its port; 0
    /// unless it is TCP.
    ///
    /// # Panics
    ///
    /// When it does not listen.
    #[track_caller]
    pub fn server(&self, listening: &str, other: &str) -> (Process, u16) {
        let process = Process::spawn_with_stdin(&mut self.command(listening, other));
        let port = process.wait_for_stderr(listening_port);
        (process, port)
    }
}

/// The port in a line such as `… listening on AF=2 127.0.0.1:41234`; 0 if the line has another address.
fn listening_port(line: &str) -> Option<u16> {
    let (_, address) = line.split_once(" listening on AF=")?;
    let port = address.rsplit_once(':').map(|(_, port)| port);
    Some(port.and_then(|port| port.parse().ok()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_found_where_there_is_one() {
        let port = |address: &str| {
            listening_port(&format!(
                "2026/01/02 03:04:05 socat[1] N listening on {address}"
            ))
        };
        assert_eq!(port("AF=2 127.0.0.1:41234"), Some(41234));
        assert_eq!(port("AF=10 [0000:0000::0001]:35499"), Some(35499));
        assert_eq!(port("AF=1 \"/tmp/a.sock\""), Some(0));
        assert_eq!(listening_port("socat[1] N opening connection to x"), None);
    }
}
