//! What comes out.

use std::ops::Range;
use std::time::Duration;

use super::{
    Body, Check, CheckKind, Derivation, Fault, Field, Outcome, Protection, Record, Sender, Suite,
};

/// All that was seen of a handshake.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Handshake {
    /// The records, in order.
    pub records: Vec<Record>,
    /// What was in them, in order.
    pub messages: Vec<Message>,
    /// The key schedule, in the order in which the values come into use.
    pub derivations: Vec<Derivation>,
    /// What is wrong with it. What comes after it in the same direction could not be read.
    pub faults: Vec<Fault>,
    /// The cipher suite, once the server has chosen it.
    pub suite: Option<Suite>,
}

/// A message: of the handshake, an alert, or something else that came in a record.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Message {
    /// Who sent it.
    pub from: Sender,
    /// When the last byte of it was seen, counted from the beginning of the connection.
    pub at: Duration,
    /// Which keys it was protected with.
    pub protection: Protection,
    /// Which records it came in.
    pub records: Range<usize>,
    /// Its bytes: of a handshake message with its header, and never with a protection around them.
    pub bytes: Vec<u8>,
    /// What each of them is.
    pub fields: Vec<Field>,
    /// What it says.
    pub body: Body,
    /// The transcript hash with it, if it counts for that, and the hash is known.
    pub transcript_hash: Option<Vec<u8>>,
    /// What was checked.
    pub checks: Vec<Check>,
}

impl Handshake {
    /// Whether both sides have proved that they have the same keys and have seen the same messages.
    pub fn is_complete(&self) -> bool {
        let proved = |from| {
            let own = self.messages.iter().filter(|it| it.from == from);
            let mut checks = own.flat_map(|it| &it.checks);
            checks.any(|it| it.kind == CheckKind::Finished && it.outcome == Outcome::Passed)
        };
        proved(Sender::Client) && proved(Sender::Server)
    }

    /// What was checked and did not pass.
    pub fn refusals(&self) -> impl Iterator<Item = (&Message, &Check)> {
        let all = self.messages.iter();
        all.flat_map(|it| it.checks.iter().map(move |check| (it, check)))
            .filter(|(_, check)| check.outcome != Outcome::Passed)
    }
}
