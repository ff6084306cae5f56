//! The servers of `http`, started and asked for the right answers.

use std::fs::File;
use std::path::PathBuf;

use anyhow::Context;

use crate::process::ServerProcess;
use crate::transfer::{Direction, Framing, connect, down, down_path, up};
use crate::{bulk, nginx};

/// The name of nginx in the tables.
pub const NGINX: &str = "nginx";

/// Looked at byte by byte before a bulk scenario. More than any buffer on the way holds, and no multiple of a piece.
const CHECK_BYTES: u64 = (8 << 20) + 1;

/// What is needed to start any of them.
#[derive(Debug)]
pub struct Start {
    programs: PathBuf,
    files: PathBuf,
}

impl Start {
    /// Makes the files of the server that serves files, in a folder beside the programs; `bulk_bytes` is the length of
    /// a transfer.
    pub fn new(bulk_bytes: u64) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?;
        let programs = program.parent().context("a folder of programs")?.to_owned();
        let files = programs.join("http-files");
        std::fs::create_dir_all(&files)?;
        for bytes in [bulk_bytes, CHECK_BYTES] {
            File::create(files.join(bytes.to_string()))?.set_len(bytes)?;
        }
        Ok(Self { programs, files })
    }

    /// Starts the server of that name.
    pub fn server(&self, name: &'static str) -> anyhow::Result<ServerProcess> {
        match name {
            NGINX => nginx::start(name, &self.files, nginx::HTTP),
            _ => ServerProcess::start(&self.programs, name),
        }
    }

    /// Starts it for bulk, with [`bulk::congestion`], and fails unless it moves content as it should.
    pub fn bulk_server(
        &self,
        name: &'static str,
        direction: Direction,
        framing: Framing,
    ) -> anyhow::Result<ServerProcess> {
        let server = self.server(name)?;
        server.set_congestion(bulk::congestion()?)?;
        let is_zeros = |content: &[u8]| content.iter().all(|byte| *byte == 0);
        transfer(&server, direction, framing, CHECK_BYTES, is_zeros).context(name)?;
        Ok(server)
    }
}

/// Whether a server has an answer to such a transfer: nginx chunks nothing that it reads from a file, and cannot tell
/// the length of what it throws away.
pub fn transfers(name: &str, framing: Framing) -> bool {
    name != NGINX || framing == Framing::Length
}

/// Moves so much over a connection of its own.
pub fn transfer(
    server: &ServerProcess,
    direction: Direction,
    framing: Framing,
    bytes: u64,
    look: fn(&[u8]) -> bool,
) -> anyhow::Result<()> {
    let mut stream = connect(server.address)?;
    match direction {
        Direction::Down => {
            let path = down_path(framing, bytes);
            down(&mut stream, &path, framing, bytes, look)
        }
        Direction::Up => up(&mut stream, framing, bytes, &bytes.to_string()),
    }
}
