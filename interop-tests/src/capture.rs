use std::fmt;
use std::io::Read;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The most that is kept of one output. Past it the pipe is closed, and the process that writes on learns of it.
const CAPTURED_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What a process has written to a pipe so far, readable while it runs.
#[derive(Clone)]
pub(crate) struct Capture {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    ended: bool,
}

impl Capture {
    /// Reads `source` to its end in a thread of its own.
    pub(crate) fn new(source: impl Read + Send + 'static) -> Self {
        let capture = Self {
            shared: Arc::new(Shared {
                state: Mutex::default(),
                changed: Condvar::new(),
            }),
        };
        let writer = capture.clone();
        thread::spawn(move || writer.fill(source.take(CAPTURED_BYTES_MAX)));
        capture
    }

    fn fill(&self, mut source: impl Read) {
        let mut chunk = vec![0; 64 * 1024];
        loop {
            // A broken pipe ends the output like any other end; what came before it is what counts.
            let n = source.read(&mut chunk).unwrap_or(0);
            let mut state = self.state();
            state.bytes.extend_from_slice(&chunk[..n]);
            state.ended = n == 0;
            self.shared.changed.notify_all();
            if n == 0 {
                return;
            }
        }
    }

    /// Waits until `found` makes something of the bytes so far. `None` after `limit`, or when the output has ended
    /// without it.
    pub(crate) fn wait_for<T>(
        &self,
        limit: Duration,
        mut found: impl FnMut(&[u8]) -> Option<T>,
    ) -> Option<T> {
        let mut result = None;
        let (_state, _) = self
            .shared
            .changed
            .wait_timeout_while(self.state(), limit, |state| {
                result = found(&state.bytes);
                result.is_none() && !state.ended
            })
            .unwrap_or_else(PoisonError::into_inner);
        result
    }

    /// Waits for the end of the output; `false` after `limit`.
    pub(crate) fn wait_for_end(&self, limit: Duration) -> bool {
        let (state, _) = self
            .shared
            .changed
            .wait_timeout_while(self.state(), limit, |state| !state.ended)
            .unwrap_or_else(PoisonError::into_inner);
        state.ended
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.state().bytes.clone()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.state().bytes).into_owned()
    }

    // A predicate that panicked has changed nothing.
    fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Capture({} bytes)", self.state().bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::PATIENCE;

    #[test]
    fn bytes_are_seen_before_the_output_ends() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let capture = Capture::new(reader);
        writer.write_all(b"one ").unwrap();
        let seen = capture.wait_for(PATIENCE, |bytes| {
            (!bytes.is_empty()).then(|| bytes.to_vec())
        });
        assert_eq!(seen.unwrap(), b"one ");
        writer.write_all(b"two").unwrap();
        drop(writer);
        assert!(capture.wait_for_end(PATIENCE));
        assert_eq!(capture.text(), "one two");
    }

    #[test]
    fn a_wait_gives_up_at_its_limit_and_at_the_end() {
        let (reader, writer) = std::io::pipe().unwrap();
        let capture = Capture::new(reader);
        let never = |_: &[u8]| None::<()>;
        assert_eq!(capture.wait_for(Duration::from_millis(1), never), None);
        assert!(!capture.wait_for_end(Duration::from_millis(1)));
        drop(writer);
        assert_eq!(capture.wait_for(PATIENCE, never), None);
    }
}
