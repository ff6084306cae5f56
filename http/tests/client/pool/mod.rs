//! The connections of a client: how many there are, whose turn it is, when they are closed, and that none gets lost.
//!
//! | file | holds |
//! |---|---|
//! | `clients.rs`, `servers.rs` | who asks, and who answers |
//! | `line.rs` | who waits for a place, and gets it in which order |
//! | `idle.rs` | how many are kept idle, and how long |
//! | `unread.rs` | content that is not read to its end, or by nobody's client |
//! | `closed.rs` | those that may not be used again |
//! | `dropped.rs` | requests that are dropped at every poll |
//! | `busy.rs` | all of it at once |

mod busy;
mod clients;
mod closed;
mod dropped;
mod idle;
mod line;
mod servers;
mod unread;
