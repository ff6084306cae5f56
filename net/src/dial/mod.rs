//! Dialing: from an endpoint to one connection.
//!
//! ```text
//!  Endpoint ──Resolve──► addresses ──deny list──► Race ──TcpOptions──► Conn
//!     └───────────────────── one deadline over all of it ─────────────────┘
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `dialer.rs` | `Dialer`: options, resolving, the deadline, sockets |
//! | `race.rs` | Happy Eyeballs (RFC 8305) over any connect function: no socket, no resolver |
//! | `report.rs` | `DialReport`: how a dial went that was won |
//! | `error.rs` | `DialError`: every attempt and how it ended |

mod dialer;
mod error;
mod race;
mod report;

pub use dialer::Dialer;
pub use error::{DialError, DialPhase};
pub use race::{Attempt, AttemptEnd, Race, RaceOptions, Won, interleave_families, race};
pub use report::DialReport;
