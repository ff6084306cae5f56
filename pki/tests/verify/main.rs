//! Certification paths: each fault alone, explained; and beside it the path without it.

#[expect(dead_code, reason = "not every test needs all of it")]
#[path = "../draft/mod.rs"]
mod draft;

mod faults;
mod lenient;
mod report;
mod revocation;
mod world;
