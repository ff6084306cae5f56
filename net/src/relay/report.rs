use std::io;

/// What a relay did.
#[derive(Debug)]
#[non_exhaustive]
pub struct RelayReport {
    /// Bytes read from `a` that `b` took.
    pub a_to_b: u64,
    /// Bytes read from `b` that `a` took.
    pub b_to_a: u64,
    /// Why it is over.
    pub end: RelayEnd,
}

/// Why a relay is over.
#[derive(Debug)]
#[non_exhaustive]
pub enum RelayEnd {
    /// Both streams ended, and each was told of the other's end.
    Finished,
    /// Nothing moved for as long as [`RelayOptions`](crate::RelayOptions) allow.
    Idle,
    /// A stream failed. If both did, this is the first.
    Failed {
        /// Whose error it is.
        side: RelaySide,
        /// In doing what.
        phase: RelayPhase,
        /// The stream's error.
        error: io::Error,
    },
}

/// One of the two streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelaySide {
    /// The first argument of [`relay`](crate::relay()).
    A,
    /// The second.
    B,
}

/// What a stream was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RelayPhase {
    /// Reading.
    Read,
    /// Writing, flushing, or ending the writing side.
    Write,
}
