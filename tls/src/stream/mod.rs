//! One stream type for both roles, over rustls's unbuffered connections.
//!
//! rustls parses, decrypts and encrypts; every byte that waits for something is in a [`buffers::Buffer`] of ours. That is
//! what makes it possible to receive several records at once, to send several at once, and to hold nothing while a
//! connection is idle.
//!
//! | file | what it holds |
//! |---|---|
//! | `tls_stream.rs` | `TlsStream`: the public type, `AsyncRead` and `AsyncWrite` |
//! | `close.rs` | the ways to end a stream, and how it ended |
//! | `split.rs` | two halves for two tasks |
//! | `engine.rs` | `Engine`: one rustls connection and what waits around it; no I/O |
//! | `connection.rs` | the states of rustls's unbuffered connections, for both roles |
//! | `handshake.rs` | drives an `Engine` through the handshake |
//! | `transfer.rs` | drives an `Engine` after it: read, write, flush, shut down |
//! | `buffers.rs` | `Buffer`, and the pool of each thread |
//! | `secrets.rs` | the exporter, and the key log |
//! | `early.rs` | `EarlyData`: how much of the stream came before the handshake was over |
//! | `alert.rs` | how an alert gets past a peer that is still sending |
//! | `failure.rs` | how a handshake or a stream fails |

mod alert;
mod buffers;
mod close;
mod connection;
mod early;
mod engine;
mod failure;
mod handshake;
mod secrets;
mod split;
mod tls_stream;
mod transfer;

// With the other tests, but of what is not public.
#[cfg(test)]
#[path = "../../tests/internal/engine.rs"]
mod engine_tests;

pub(crate) use alert::deliver_alert;
pub(crate) use engine::Engine;
pub(crate) use failure::Failure;
pub(crate) use secrets::key_log;

pub use close::Closed;
pub use early::EarlyData;
pub use failure::Truncated;
pub use secrets::KeyLogSink;
pub use split::{ReadHalf, ReuniteError, WriteHalf};
pub use tls_stream::TlsStream;
