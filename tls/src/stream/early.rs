use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The early data of a connection ([RFC 8446 §2.3]), as far as it has been read: what may be a recording that somebody
/// plays again.
///
/// [RFC 8446 §2.3]: https://www.rfc-editor.org/rfc/rfc8446#section-2.3
#[derive(Clone, Debug, Default)]
pub struct EarlyData(Arc<AtomicU64>);

impl EarlyData {
    /// How many bytes at the beginning of the stream came as early data. Grows until the handshake is over.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}
