//! The client: keeps connections, drives one [`h1::ClientConn`](crate::h1::ClientConn) for each, gives responses.
//!
//! | file | what it holds |
//! |---|---|
//! | `handle.rs` | `Client`: the handle |
//! | `builder.rs` | `RequestBuilder`: a request in a line |
//! | `config.rs` | `ClientConfig`: every bound and deadline |
//! | `send.rs` | one request, over as many connections as that takes |
//! | `shared.rs` | what the clones of a client share |
//! | `origin.rs` | whom a request is for |
//! | `pool/` | which connections are open, and who waits for one |
//! | `connect.rs`, `stream.rs` | a new connection: dialed, with TLS or without |
//! | `connection.rs` | one connection, in use or idle |
//! | `exchange.rs` | one request and its response on it |
//! | `upload.rs` | the content of a request on its way |
//! | `content.rs` | the content of a response on its way |
//! | `informational.rs` | `on_informational`: 1xx as they arrive |

mod builder;
mod config;
mod connect;
mod connection;
mod content;
mod exchange;
mod handle;
mod informational;
mod origin;
mod pool;
mod send;
mod shared;
mod stream;
mod upload;

pub use builder::RequestBuilder;
pub use config::ClientConfig;
pub(crate) use content::Receiving;
pub use handle::{Client, Within};
pub use informational::on_informational;
