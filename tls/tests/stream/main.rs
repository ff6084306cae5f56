//! `TlsStream` against rustls's own client by way of tokio-rustls, over in-memory pipes.

mod close;
mod errors;
mod key_update;
mod peers;
mod split;
mod transfer;
