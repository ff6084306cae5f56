//! Thousands of clients that are as slow as they can be, beside one that is not: it is served as if it were alone,
//! each of them costs little, and each meets its deadline.
//!
//! The clock of the server stands still but for what a test moves it, so nothing here depends on how fast the machine
//! is: what the well-behaved client gets, it gets without any time passing.

mod attackers;
mod descriptors;
mod harbour;
mod kinds;
mod memory;
mod service;
mod well_behaved;
