use std::fmt;
use std::time::Duration;

/// The most that is recorded of a connection, both ways together, in bytes. A handshake has about 5 KiB; the certificates
/// in it may have 64 KiB each way. What comes after 256 KiB is not recorded, and that is told.
pub const RECORDING_BYTES_MAX: usize = 256 * 1024;
/// The most pieces: enough for one in every 16 bytes.
const PIECES_MAX: usize = RECORDING_BYTES_MAX / 16;

/// Who sent something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sender {
    /// Who began the connection.
    Client,
    /// Who answered.
    Server,
}

impl Sender {
    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Client => "client",
            Self::Server => "server",
        })
    }
}

/// Bytes that were sent or received with one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Who sent them.
    pub from: Sender,
    /// When, counted from the beginning of the connection.
    pub at: Duration,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// What was sent on a connection, in the order in which one of its ends saw it. It holds at most [`RECORDING_BYTES_MAX`] bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    pieces: Vec<Piece>,
    bytes: usize,
    is_cut: bool,
}

impl Recording {
    /// Adds what was sent. Once there is no room for all of it, this and all that follows is left out.
    pub fn add(&mut self, from: Sender, at: Duration, bytes: &[u8]) {
        let room = RECORDING_BYTES_MAX.saturating_sub(self.bytes);
        if bytes.len() > room || self.pieces.len() >= PIECES_MAX {
            self.is_cut = true;
        }
        if bytes.is_empty() || self.is_cut {
            return;
        }
        self.bytes = self.bytes.saturating_add(bytes.len());
        let bytes = bytes.to_vec();
        self.pieces.push(Piece { from, at, bytes });
    }

    /// The pieces, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Whether something was left out.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// How much was sent by one side, in bytes.
    pub fn bytes_of(&self, from: Sender) -> usize {
        let own = self.pieces.iter().filter(|piece| piece.from == from);
        own.map(|piece| piece.bytes.len()).sum()
    }
}
