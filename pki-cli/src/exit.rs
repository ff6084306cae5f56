//! What the exit status says, of all verbs but `fetch`, which has more to tell.

use std::process::ExitCode;

/// How a command ended that has told all there is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// 0: it is done.
    Done,
    /// 1: a part of it could not be done, and that has been told.
    Failed,
    /// 2: what was to be checked did not pass.
    Refused,
    /// 3: there was nothing to do; or, of who only asks, something is to be done.
    NothingToDo,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Done => Self::SUCCESS,
            Status::Failed => Self::from(FAILED),
            Status::Refused => Self::from(2),
            Status::NothingToDo => Self::from(3),
        }
    }
}

/// 1: it could not be done, or was not understood; the reason is on stderr.
pub(crate) const FAILED: u8 = 1;

/// For flags that are not understood. `wharf fetch` has a status of its own for that, where 1 means other trouble.
pub(crate) fn usage_status() -> u8 {
    let is_fetch = std::env::args_os()
        .nth(1)
        .is_some_and(|word| word == "fetch");
    if is_fetch {
        crate::fetch::Class::Usage as u8
    } else {
        FAILED
    }
}
