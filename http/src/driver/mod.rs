//! What drives a codec over a stream, for both roles.
//!
//! | file | what it holds |
//! |---|---|
//! | `transport.rs` | reading and writing one connection, each wait under a deadline |
//! | `timer.rs` | the one timer of a connection |

mod timer;
mod transport;

pub(crate) use timer::{deadline_from, deadline_in, shortened};
pub(crate) use transport::{Stuck, Transport};
