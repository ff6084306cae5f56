use std::future::Future;

use tokio::io::{DuplexStream, duplex};

use crate::{Plan, Report, run};

/// An in-memory pipe with a bad network in its middle: its ends `a` and `b`, and the network, which has to be polled
/// beside them, with `tokio::spawn` or `tokio::join!`.
///
/// Each end is a [`duplex`] of `capacity` bytes, so the pipe holds twice that in each direction, and one piece more.
///
/// # Panics
///
/// The network panics when a block of the plan is longer than [`BLOCK_BYTES_MAX`](crate::BLOCK_BYTES_MAX).
pub fn faulty_pipe(
    capacity: usize,
    plan: Plan,
) -> (
    DuplexStream,
    DuplexStream,
    impl Future<Output = Report> + Send + 'static,
) {
    let (a, near) = duplex(capacity);
    let (far, b) = duplex(capacity);
    (a, b, run(near, far, plan))
}
