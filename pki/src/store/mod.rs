//! The only part of this crate that touches a disk.
//!
//! | file | what it holds |
//! |---|---|
//! | `file.rs` | one file: written atomically, read with a bound |
//! | `home.rs` | [`Home`]: the state folder, its lock, making and loading the CA |
//! | `ca.rs` | [`Ca`]: the CA that the folder holds |
//!
//! ```text
//! home/                    0700
//!   lock                   held while a CA is made, so that of two processes one makes it and the other finds it
//!   ca/                    0700, appears whole or not at all
//!     root.crt             0644, what clients trust
//!     root.key             0600
//!     intermediate.crt     0644, what issues
//!     intermediate.key     0600
//!   .wharf-ca-new-XXXXXX/  what a process that was killed left behind, as is .wharf-new-XXXXXX, a file; removed by the
//!                          next one that holds the lock
//! ```

mod ca;
mod file;
mod home;

pub use ca::Ca;
pub use file::{FILE_BYTES_MAX, Mode, write_atomic, write_new};
pub use home::{CaOptions, CaOrigin, Home, HomeLock};
