//! `wharf kex`: keys and secrets against OpenSSL, Node 26 and Python's cryptography; exchanges between two processes, each value
//! computed again by OpenSSL; and the page that walks through all of it.

mod demo;
mod docs;
mod exchange;
mod keys;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use wharf_interop_tests::{Finished, Home, PATIENCE, Process};

/// A home, in whose folder the command runs.
struct Lab(Home);

impl Lab {
    fn new() -> Self {
        Self(Home::new())
    }

    #[track_caller]
    fn run(&self, args: &[&str]) -> Finished {
        Process::run(&mut self.0.wharf(args))
    }

    #[track_caller]
    fn done(&self, args: &[&str]) -> Finished {
        self.run(args).success()
    }

    /// Its exit status is this one, and what it says on stderr holds this.
    #[track_caller]
    fn fails(&self, args: &[&str], status: i32, said: &str) {
        let run = self.run(args);
        assert_eq!(run.code(), Some(status), "{run}");
        assert!(run.stderr.contains(said), "{run}");
    }

    fn path(&self, name: &str) -> String {
        self.0.beside(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o777
    }

    /// What it prints as JSON.
    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        let run = self.run(args);
        serde_json::from_slice(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{run}"))
    }

    /// A server of one exchange, and its port.
    #[track_caller]
    fn listen(&self, args: &[&str]) -> (Process, String) {
        let args = [&["kex", "listen", "127.0.0.1:0"], args].concat();
        let server = Process::spawn(&mut self.0.wharf(&args));
        let address = server.wait_for_stderr(|line| {
            let address = line.strip_prefix("wharf: listening on ")?;
            Some(address.trim().to_owned())
        });
        (server, address)
    }

    /// Both sides: what the server and what the client said.
    #[track_caller]
    fn exchange(&self, server: &[&str], client: &[&str]) -> [Finished; 2] {
        let (server, address) = self.listen(server);
        let args = [&["kex", "dial", &address], client].concat();
        let client = self.run(&args);
        [server.finish(PATIENCE), client]
    }

    /// Certificates of both sides.
    #[track_caller]
    fn certificates(&self) {
        self.done(&["cert", "issue", "server.test"]);
        self.done(&["cert", "issue", "client.test", "--profile", "client"]);
    }
}
