//! The load of `client`: programs of one client each, that all obey the same command line.
//!
//! A client's own work is what is measured, so it reads its own clock: how much CPU time it has had since it was warm,
//! and not what it took to start.
//!
//! | file | what it holds |
//! |---|---|
//! | `order.rs` | the command line: what such a program is to do |
//! | `count.rs` | the line that it answers with, and its clock |
//! | `drive.rs` | what the programs in Rust are: warm-up, tasks, the measured part |
//! | `exchange.rs` | requests and answers, for the clients that speak the types of `http` |
//! | `trust.rs` | what the clients on rustls trust |
//! | `scenarios.rs` | what is asked of every client |
//! | `start.rs` | the servers, started, and the clients, run |

pub mod count;
pub mod drive;
pub mod exchange;
pub mod order;
pub mod scenarios;
pub mod start;
pub mod trust;

/// Those that are measured, each of them the program `client-NAME`.
pub const CLIENTS: &[&str] = &[WHARF, HYPER_UTIL, "hyper-conn", "reqwest", "ureq", "curl"];

/// What Wharf's own client is called.
pub const WHARF: &str = "wharf";
/// To which all costs are set in proportion.
pub const HYPER_UTIL: &str = "hyper-util";
