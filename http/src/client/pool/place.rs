use std::sync::Arc;

use super::lane::Lane;

/// The right to one open connection of a lane. When it is dropped, whoever waits longest gets it.
#[derive(Debug)]
pub(in crate::client) struct Place(Option<Arc<Lane>>);

impl Place {
    pub(super) fn new(lane: Arc<Lane>) -> Self {
        Self(Some(lane))
    }

    pub(super) fn lane(&self) -> Option<&Arc<Lane>> {
        self.0.as_ref()
    }

    /// Forgets the place, whose right has been given up already.
    pub(super) fn forget(mut self) {
        self.0 = None;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(lane) = self.0.take() {
            lane.release(Self::new(Arc::clone(&lane)));
        }
    }
}
