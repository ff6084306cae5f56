//! Copying both ways between two streams: the heart of a proxy, a tunnel, a port forward.
//!
//! Each direction reads only once its writer has taken everything that was read before, so a slow reader on one side
//! slows the writer on the other, and no more is held than one buffer or one pipe per direction.
//!
//! ```text
//!            end of stream          shut down
//!   Moving ────────────────► Ending ─────────► Finished     the other side was told of an orderly end
//!     │ │
//!     │ └─ read failed ────► Flushing ───────► Stopped      what was read is delivered, no end is
//!     └─── write failed, or the other direction's read ──► Stopped
//! ```
//!
//! How the two directions depend on each other when something fails:
//!
//! | what failed | this direction | the other one |
//! |---|---|---|
//! | reading from a stream | flushes what was read | stops: its target is dead |
//! | writing to a stream | stops | goes on until its end: what that stream sent before is still delivered |
//!
//! | file | what it holds |
//! |---|---|
//! | `options.rs` | `RelayOptions`: deadlines and sizes |
//! | `report.rs` | `RelayReport`: how much went where, and how it ended |
//! | `drive.rs` | `relay`: two directions, one clock |
//! | `direction.rs` | one direction: the automaton above |
//! | `copy.rs` | bytes through a buffer, for any two streams |
//! | `splice.rs` | bytes through a pipe, for two sockets: they never enter this process |
//! | `socket.rs` | which streams are sockets |
//! | `pool.rs` | idle buffers and pipes, a few per thread |

mod copy;
mod direction;
mod drive;
mod options;
mod pool;
mod report;
mod socket;
mod splice;

pub use drive::relay;
pub use options::{RelayOptions, Splice};
pub use report::{RelayEnd, RelayPhase, RelayReport, RelaySide};
