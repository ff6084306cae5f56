use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::{PATIENCE, Process};

/// A small SOCKS 5 proxy in C.
#[derive(Debug)]
pub struct Microsocks {
    program: PathBuf,
}

/// A running proxy.
#[derive(Debug)]
pub struct MicrosocksServing {
    process: Process,
    /// The port of `127.0.0.1` it listens on.
    pub port: u16,
}

impl Microsocks {
    pub(super) fn new(program: PathBuf) -> Self {
        Self { program }
    }

    /// A proxy for whoever is `alice` with the password `hunter2`.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[track_caller]
    pub fn start(&self) -> MicrosocksServing {
        let mut command = Command::new(&self.program);
        command.args(["-i", "127.0.0.1", "-p", "0", "-u", "alice", "-P", "hunter2"]);
        let mut process = Process::spawn(&mut command);
        // It does not say which port it took, nor that it listens: the kernel does.
        let pause = Duration::from_millis(5);
        for _ in 0..PATIENCE.as_millis() / pause.as_millis() {
            if let Some(port) = listening_port(process.id()) {
                return MicrosocksServing { process, port };
            }
            let ended = process.wait_within(pause);
            assert_eq!(ended, None, "microsocks does not run");
        }
        panic!("microsocks does not listen");
    }
}

impl MicrosocksServing {
    /// Waits until it has said that it connected to this host and port.
    ///
    /// # Panics
    ///
    /// When it does not.
    #[track_caller]
    pub fn has_connected_to(&self, target: &str) {
        let end = format!("connected to {target}");
        self.process
            .wait_for_stderr(|line| line.ends_with(&end).then_some(()));
    }
}

/// The port on which a process listens with a TCP socket over IPv4.
fn listening_port(process: u32) -> Option<u16> {
    let sockets: Vec<String> = fs::read_dir(format!("/proc/{process}/fd"))
        .ok()?
        .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|link| {
            let inode = link.to_str()?.strip_prefix("socket:[")?;
            Some(inode.strip_suffix(']')?.to_owned())
        })
        .collect();
    let table = fs::read_to_string(format!("/proc/{process}/net/tcp")).ok()?;
    table.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (address, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
        let listens = *state == "0A" && sockets.iter().any(|socket| socket == inode);
        let port = address.rsplit_once(':').filter(|_| listens)?.1;
        u16::from_str_radix(port, 16).ok()
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_listener_of_this_process_is_found() {
        // Others of this process may listen too.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(listening_port(std::process::id()).is_some());
        drop(listener);
        let nothing = Process::spawn_with_stdin(&mut Command::new("cat"));
        assert_eq!(listening_port(nothing.id()), None);
    }
}
