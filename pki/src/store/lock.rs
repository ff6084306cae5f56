//! Locks between processes: `flock(2)`, with a bound on the wait.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use super::error::StoreError;
use super::file::io_error;
use crate::error::{Error, IoAction};

/// How often a lock that another has is asked for again.
const STEP: Duration = Duration::from_millis(10);

/// A lock that is let go when it is dropped, or when the process ends.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Lock {
    /// Waits for the lock on an open file or folder, at most `wait_max`.
    pub(super) fn on(file: File, path: &Path, wait_max: Duration) -> Result<Self, Error> {
        // flock(2) waits without end or not at all, and there is no clock here: the steps are counted.
        let steps = wait_max.as_millis() / STEP.as_millis();
        for step in 0..=steps {
            match file.try_lock() {
                Ok(()) => return Ok(Self { file }),
                Err(TryLockError::WouldBlock) if step < steps => pause(STEP),
                Err(TryLockError::WouldBlock) => break,
                Err(TryLockError::Error(cause)) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(TryLockError::Error(cause)) => {
                    return Err(io_error(IoAction::Lock, path, cause));
                }
            }
        }
        Err(Error::Store(StoreError::Busy {
            path: path.into(),
            waited: wait_max,
        }))
    }
}

/// Unlocks, where closing would not do: a child process between its fork and its exec has a copy of every descriptor, and
/// the lock would last until the last copy is closed.
impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

/// There is no event to wait for: the kernel tells no one that a lock is free.
fn pause(length: Duration) {
    let (_sender, receiver) = mpsc::channel::<()>();
    let _ = receiver.recv_timeout(length);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_the_descriptor_does_not_keep_the_lock() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let open = || File::open(file.path()).unwrap();
        let lock = Lock::on(open(), file.path(), Duration::ZERO).unwrap();
        let in_a_child = lock.file.try_clone().unwrap();
        assert!(Lock::on(open(), file.path(), Duration::ZERO).is_err());
        drop(lock);
        assert!(Lock::on(open(), file.path(), Duration::ZERO).is_ok());
        drop(in_a_child);
    }
}
