//! The command `wharf` and the streams below it against peers that no one here wrote: curl, OpenSSL, GnuTLS, Python,
//! Node, Go, Java, cryptography, certbot, Chromium, socat, Ncat, HAProxy, nginx, Apache, uvicorn, h11, httptools, microsocks;
//! `wharf-net` and `wharf-dgram` across networks that the kernel makes as bad as they come.
//!
//! This library is the harness; the tests are in `tests/`, a file per subject. What it promises to them:
//!
//! - **A missing peer is no silence.** The test says `SKIPPED`, its name and what to install, past the capture of the
//!   test runner. With `REQUIRE_PEERS=1`, which the gate sets, it fails instead; a missing privilege is only said.
//! - **Every wait ends.** On a byte, on the end of a process, or after [`PATIENCE`] with a panic that shows what the
//!   process had said.
//! - **Nothing is left behind.** A test's files are in a temporary [`Home`]; a [`Process`] that is dropped is killed,
//!   and nothing else ever is.
//! - **Nothing is shared.** Every server has a home and a port of its own, so that tests run in any order and at once.
//!
//! # File map
//!
//! | file | holds |
//! |---|---|
//! | `binary.rs` | the command under test, and the examples of `wharf-net`, built once |
//! | `home.rs` | a folder for the command's state, and what lies in it |
//! | `server.rs` | `wharf serve`, running |
//! | `echo.rs` | an echo server in this process |
//! | `process.rs`, `capture.rs` | a child process: output as it comes, bounded waits, killed when dropped |
//! | `content.rs` | bytes to transfer, and their digests |
//! | `peer/` | the foreign programs, one adapter each; those in other languages are in `interop-tests/peers` |
//! | `tls/` | TLS peers in both roles, all told and asked the same |
//! | `netns/` | two hosts in network namespaces, and a bad wire between them |
//!
//! Linux only: a process is awaited through a pidfd, which needs no thread and has no race with the id's next owner.
#![forbid(unsafe_code)]

mod binary;
mod capture;
pub mod content;
mod echo;
mod home;
pub mod netns;
pub mod peer;
mod process;
mod server;
pub mod tls;

use std::time::Duration;

pub use binary::example;
pub use echo::Echo;
pub use home::{Entry, Home, Tree};
pub use process::{Finished, Process};
pub use server::{Server, Starting};

/// How long anything may take that should be over in a moment.
///
/// Long enough for a debug build on two busy cores, short enough that a hang is reported and not endured.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Whether this machine has `::1`. A container often has not.
pub fn has_ipv6_loopback() -> bool {
    std::net::TcpListener::bind("[::1]:0").is_ok()
}
