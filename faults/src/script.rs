use std::time::Duration;

/// As a number of bytes: all that come.
pub const ALL: u64 = u64::MAX;

/// The most that [`Step::Swap`] and [`Step::Duplicate`] may work on: they need it in memory at once. It is the largest
/// piece that any step forwards, too.
pub const BLOCK_BYTES_MAX: usize = 16 * 1024;

/// What happens next to the bytes of one direction.
///
/// The first group only does what every network may do, and the content arrives as it was sent. The second changes the
/// content, as TCP never does between two honest ends: it is for peers that have to notice, TLS above all. The third is
/// the last step of its script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Lets bytes through as they come.
    Pass {
        /// How many.
        bytes: u64,
    },
    /// Forwards in small pieces without a pause. Each is flushed, and the reader gets a chance to read it alone. Over TCP
    /// the kernel may still join what the reader is too slow to take.
    Slice {
        /// The largest piece.
        size: usize,
        /// How many bytes in all.
        bytes: u64,
    },
    /// Forwards in small pieces with a pause after each.
    Drip {
        /// The largest piece.
        size: usize,
        /// The pause.
        every: Duration,
        /// How many bytes in all.
        bytes: u64,
    },
    /// Holds what comes next, be it bytes or the end, for a while.
    Delay(Duration),

    /// Changes the next byte.
    Corrupt {
        /// The bits that are flipped; 0 flips none.
        xor: u8,
    },
    /// Delivers two neighbouring blocks in the wrong order. A stream that ends before they are whole is left as it is.
    Swap {
        /// The length of the block that comes first and is delivered last.
        first: usize,
        /// The length of the other. Together at most [`BLOCK_BYTES_MAX`].
        second: usize,
    },
    /// Delivers a block twice. A stream that ends before it is whole is left as it is.
    Duplicate {
        /// Its length, at most [`BLOCK_BYTES_MAX`].
        bytes: usize,
    },
    /// Reads bytes and delivers none of them.
    Lose {
        /// How many.
        bytes: u64,
    },

    /// Reads nothing more, so that the sender runs into back-pressure. Ends only with the connection.
    Stall,
    /// Reads everything and delivers nothing more, not even the end. Ends only with the connection.
    BlackHole,
    /// Sends FIN to the receiver. What the sender still sends is thrown away; the other direction goes on.
    HalfClose,
    /// Sends FIN to both ends. What they still send is thrown away until they close, too: a socket closed with unread
    /// bytes would send RST.
    Cut,
    /// Closes the connection with RST. A stream that knows no RST is dropped.
    Reset(Ends),
}

/// Who is hit by a reset. The other end gets a FIN, as by [`Step::Cut`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// The end whose bytes play the script.
    Sender,
    /// The end that these bytes are for.
    Receiver,
    /// Both.
    Both,
}

/// What happens to one direction of a connection, step by step. When the steps are over, everything passes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The seed that made it: see [`Script::seeded`].
    pub seed: Option<u64>,
    /// The steps, the first one first.
    pub steps: Vec<Step>,
}

impl Script {
    /// A script of these steps.
    pub fn new(steps: impl Into<Vec<Step>>) -> Self {
        Self {
            seed: None,
            steps: steps.into(),
        }
    }

    /// Lets `bytes` through, then comes `step`.
    pub fn after(bytes: u64, step: Step) -> Self {
        Self::new([Step::Pass { bytes }, step])
    }

    /// Everything in pieces of at most `size`.
    pub fn sliced(size: usize) -> Self {
        Self::new([Step::Slice { size, bytes: ALL }])
    }

    /// Everything in pieces of at most `size`, with a pause after each.
    pub fn dripped(size: usize, every: Duration) -> Self {
        let bytes = ALL;
        Self::new([Step::Drip { size, every, bytes }])
    }

    /// The same script with one more step.
    #[must_use]
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

/// A script for each direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What happens to the bytes that `a` sends. In a proxy this is the client.
    pub a_to_b: Script,
    /// What happens to the bytes that `b` sends. In a proxy this is the server.
    pub b_to_a: Script,
}

impl Plan {
    /// Plays `script` on what `a` sends and lets the other direction pass.
    pub fn a_to_b(script: Script) -> Self {
        Self {
            a_to_b: script,
            ..Self::default()
        }
    }

    /// Plays `script` on what `b` sends and lets the other direction pass.
    pub fn b_to_a(script: Script) -> Self {
        Self {
            b_to_a: script,
            ..Self::default()
        }
    }

    /// Plays the same script both ways.
    pub fn both(script: Script) -> Self {
        Self {
            a_to_b: script.clone(),
            b_to_a: script,
        }
    }
}
