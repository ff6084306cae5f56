//! The load of `tls`, and what its servers share.
//!
//! Group, suite and resumption are what the client insists on: it offers one group and one suite, and a connection that
//! agreed on anything else ends the bench.
//!
//! | file | what it holds |
//! |---|---|
//! | `files.rs` | the certificate that all servers have, and the large file |
//! | `client.rs` | connections that agreed on what they were to agree on |
//! | `tickets.rs` | what a client resumes by |
//! | `visits.rs` | handshake, one answer, close: in full or resumed |
//! | `kept.rs` | connections that are kept: asked again and again, or held idle |
//! | `transfer.rs` | the stream of a bulk transfer |
//! | `service.rs` | the site of the servers that are written in Rust |
//! | `hyper.rs` | hyper on tokio-rustls |
//! | `start.rs` | the servers, started |

pub mod client;
pub mod files;
pub mod hyper;
pub mod kept;
pub mod service;
pub mod start;
pub mod tickets;
pub mod transfer;
pub mod visits;
