//! Which connections are open, which of them may be used again, and who waits for one.
//!
//! | file | what it holds |
//! |---|---|
//! | `shared.rs` | `Pool`: a lane for each way to each origin |
//! | `lane.rs` | `Lane`: the connections to one origin, and the line of those who wait |
//! | `place.rs` | `Place`: the right to one open connection |
//! | `sweeper.rs` | the task that closes what has been idle for too long |

mod lane;
mod place;
mod shared;
mod sweeper;

pub(super) use lane::{Taken, Turn, Waiting};
pub(super) use place::Place;
pub(super) use shared::{LaneKey, Pool, give_back, give_back_unused};
