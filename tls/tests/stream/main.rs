//! `TlsStream` against rustls's own client by way of tokio-rustls, over in-memory pipes.

#[expect(dead_code, reason = "each test file uses its part of it")]
#[path = "../authority/mod.rs"]
mod authority;
mod close;
mod cork;
mod errors;
mod key_update;
mod peers;
mod split;
mod transfer;
