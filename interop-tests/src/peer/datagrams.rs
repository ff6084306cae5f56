use std::path::PathBuf;
use std::process::Command;

use super::languages::program;
use super::{node_program, require};
use crate::{PATIENCE, Process};

/// A language's own datagram sockets, behind the program `interop-tests/peers/datagrams.*`, which says what it can be told.
#[derive(Debug)]
pub struct DatagramPeer {
    command: Vec<PathBuf>,
}

/// Python's and Node's, as far as they are there.
#[track_caller]
pub fn datagram_peers() -> Vec<DatagramPeer> {
    let python = require("python3", "python3").map(|python| DatagramPeer {
        command: vec![python, "-I".into(), program("datagrams.py")],
    });
    let node = node_program().map(|node| DatagramPeer {
        command: vec![node, program("datagrams.js")],
    });
    python.into_iter().chain(node).collect()
}

impl DatagramPeer {
    /// Starts it with these words.
    pub fn start(&self, words: &[&str]) -> Process {
        let mut command = Command::new(&self.command[0]);
        Process::spawn(command.args(&self.command[1..]).args(words))
    }

    /// Starts it with words that make it tell a port, and waits for that.
    ///
    /// # Panics
    ///
    /// When it tells none.
    #[track_caller]
    pub fn start_bound(&self, words: &[&str]) -> (Process, u16) {
        let process = self.start(words);
        let port = process.wait_for_stdout(|said| {
            let (line, _) = std::str::from_utf8(said).ok()?.split_once('\n')?;
            line.parse().ok()
        });
        (process, port)
    }

    /// Runs it to its end, and returns what it says.
    ///
    /// # Panics
    ///
    /// When it fails.
    #[track_caller]
    pub fn run(&self, words: &[&str]) -> String {
        let finished = self.start(words).finish(PATIENCE).success();
        finished.text().trim().to_owned()
    }
}
