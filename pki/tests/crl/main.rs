//! CRLs: what is signed, what is refused, and what is read.

#[expect(dead_code, reason = "not every test needs all of it")]
#[path = "../draft/mod.rs"]
mod draft;

mod number;
mod read;
mod reason;
mod sign;
