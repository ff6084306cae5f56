//! The client, from outside.

mod alerts;
#[expect(dead_code, reason = "each test file uses its part of it")]
#[path = "../authority/mod.rs"]
mod authority;
mod certificates;
mod credentials;
mod groups;
mod hello;
mod names;
mod no_tls;
mod peers;
mod pins;
mod post_quantum;
mod report;
mod resumption;
mod revocation;
mod roots;
