//! The rules of RFC 9110 and RFC 9112 that a server has to hold, row by row, as bytes over a socket.
//!
//! Each row of the checklist is a test named by its rule. It runs against the example `http_echo`, or a small service
//! where a rule needs one, in each way: over TCP and TLS, the bytes at once and one by one. Every answer is read
//! strictly, and how the connection ends is part of the row: open, or closed by the server with FIN (close_notify over
//! TLS), never reset.
//!
//! | file | rows | rules |
//! |---|---|---|
//! | `request_line.rs` | 1-3, 10-22 | line ends, method, target, version, limits of a head |
//! | `fields.rs` | 4-9 | field lines |
//! | `host.rs` | 23-27 | `Host` |
//! | `framing.rs` | 28-39, 49-51 | `Transfer-Encoding`, `Content-Length`, where a body ends |
//! | `chunked.rs` | 40-48 | chunked coding |
//! | `connection.rs` | 52-56 | persistence, order, closing |
//! | `expectations.rs` | 57-60 | 100 (Continue), upgrade, CONNECT |
//! | `responses.rs` | 61-69 | what a response may be |
//! | `coverage.rs` | | no row is missing |
//! | `planted.rs` | | the client notices each fault that a server could have |
//! | `program.rs` | | `http_echo` itself |
//!
//! `row.rs` says what a row asserts, `client.rs` is the strict client, `target.rs` what it talks to.

mod chunked;
mod client;
mod connection;
mod coverage;
mod expectations;
mod fields;
mod framing;
mod host;
mod planted;
mod program;
mod request_line;
mod responses;
mod row;
mod target;
