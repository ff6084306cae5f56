//! The server side, as a client sees it: over an in-memory pipe, and with [`wharf_tls::ClientTls`] or rustls's own client.

mod bound;
mod client_auth;
mod names;
mod pki;
mod reload;
mod selector;
mod snapshot;
mod soak;
mod watch;
