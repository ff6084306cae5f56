use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many bytes a connection has carried. A clone counts the same connection, so that it can be watched from
/// somewhere else while the [`Conn`](crate::Conn) is at work inside a server.
///
/// What is counted is what passes through the `Conn`: below TLS that is ciphertext; after [`Conn::map`](crate::Conn::map),
/// what its user reads and writes, not what a buffer in between does. After a half-close, and after the connection is
/// gone, the last figures stay.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    read: AtomicU64,
    written: AtomicU64,
}

impl Counters {
    /// Bytes read from the peer.
    pub fn read_bytes(&self) -> u64 {
        self.shared.read.load(Ordering::Relaxed)
    }

    /// Bytes that the socket took to be sent. Whether they arrived, only the peer knows.
    pub fn written_bytes(&self) -> u64 {
        self.shared.written.load(Ordering::Relaxed)
    }

    pub(crate) fn add_read(&self, bytes: usize) {
        add(&self.shared.read, bytes);
    }

    pub(crate) fn add_written(&self, bytes: usize) {
        add(&self.shared.written, bytes);
    }
}

/// There is one writer, whoever holds the connection: a load and a store do, and cost no locked instruction.
fn add(counter: &AtomicU64, bytes: usize) {
    counter.store(
        counter.load(Ordering::Relaxed).wrapping_add(bytes as u64),
        Ordering::Relaxed,
    );
}
