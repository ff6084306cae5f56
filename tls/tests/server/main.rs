//! The server side, as a client sees it: over an in-memory pipe, and with [`wharf_tls::ClientTls`] or rustls's own client.

#[expect(dead_code, reason = "each test file uses its part of it")]
#[path = "../authority/mod.rs"]
mod authority;
mod bound;
mod client_auth;
mod names;
mod reload;
mod selector;
mod snapshot;
mod soak;
mod visit;
mod watch;
