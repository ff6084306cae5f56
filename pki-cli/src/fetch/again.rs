//! What is told of further attempts: why there is one, and when.

use std::sync::Mutex;

use wharf_http::Progress;

use super::{failure, heads};
use crate::serve::printable;
use crate::ui;

/// Why the last attempt was not the last one.
#[derive(Debug, Default)]
pub(super) struct Again(Mutex<String>);

impl Again {
    pub(super) fn hear(&self, progress: Progress<'_>) {
        let Ok(mut reason) = self.0.lock() else {
            return;
        };
        match progress {
            Progress::HeadReceived(head) => {
                *reason = format!("the server answered {}", heads::status(head));
            }
            Progress::Failed(error) => *reason = failure::told(error),
            Progress::Pausing(pause) => ui::note(&format!(
                "{}; trying again in {:.1} s",
                printable(reason.as_bytes()),
                pause.as_secs_f64()
            )),
            _ => {}
        }
    }
}
