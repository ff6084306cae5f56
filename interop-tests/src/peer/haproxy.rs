use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::Process;

/// HAProxy in TCP mode, with a configuration of its own.
#[derive(Debug)]
pub struct HaProxy {
    program: PathBuf,
    folder: TempDir,
}

impl HaProxy {
    pub(super) fn new(program: PathBuf) -> Self {
        Self {
            program,
            folder: TempDir::new().expect("a temporary folder"),
        }
    }

    /// Relays what arrives at a port to `server`, with these further words on the server's line, such as `send-proxy`.
    /// Returns the port's address; it takes connections at once.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[track_caller]
    pub fn relay(&self, from: &str, server: SocketAddr, words: &str) -> (Process, SocketAddr) {
        let listener = TcpListener::bind(from).expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        (self.start(listener.into(), "", server, words), address)
    }

    /// The same, from TLS: `bind` is what HAProxy is to know of certificates and protocols.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[track_caller]
    pub fn relay_tls(&self, bind: &str, server: SocketAddr, words: &str) -> (Process, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        (self.start(listener.into(), bind, server, words), address)
    }

    /// The same, from a Unix socket.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    #[track_caller]
    pub fn relay_unix(&self, server: SocketAddr, words: &str) -> (Process, PathBuf) {
        let path = self.path("from.sock");
        let listener = UnixListener::bind(&path).expect("a new socket");
        (self.start(listener.into(), "", server, words), path)
    }

    /// A file in the folder of this HAProxy.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start(&self, from: OwnedFd, bind: &str, server: SocketAddr, words: &str) -> Process {
        let path = self.path("haproxy.cfg");
        fs::write(&path, configuration(bind, server, words)).expect("a new file");
        Process::spawn_with_fd(&mut self.command(&path), from)
    }

    /// In the foreground, one process, without the distribution's configuration.
    fn command(&self, configuration: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["-db", "-f"]).arg(configuration);
        command
    }
}

/// The socket to listen on is the standard input: nobody else gets its port, and there is no moment when it is refused.
fn configuration(bind: &str, server: SocketAddr, words: &str) -> String {
    format!(
        "
global
    maxconn 100
defaults
    mode tcp
    timeout connect 10s
    timeout client 50s
    timeout server 50s
    timeout check 10s
    unique-id-format %ci:%cp_%fi:%fp
frontend from
    bind fd@0 {bind}
    default_backend to
backend to
    option tcp-check
    tcp-check send PING\\r\\n
    tcp-check expect string PONG
    server ours {server} {words}
"
    )
}
