//! The client side of TLS.
//!
//! | file | what it holds |
//! |---|---|
//! | `options.rs` | [`ClientTlsOptions`] |
//! | `connect.rs` | [`ClientTls`]: the handshake of a client |
//! | `config.rs` | options to rustls's configuration |
//! | `verifier.rs` | which server certificates are accepted: path, then pins |
//! | `credentials.rs` | what is sent when a server asks for a certificate |
//! | `exchange.rs` | the shared secret, and a HelloRetryRequest, for who asks for them |
//! | `native.rs` | the trust anchors of the operating system |
//! | `watched.rs` | what the server says first, and what we send |
//! | `report.rs` | [`HandshakeReport`]: what was offered and presented |

mod config;
mod connect;
mod credentials;
mod exchange;
mod native;
mod options;
mod report;
mod verifier;
mod watched;

pub(crate) use config::Base;
pub use connect::ClientTls;
pub use exchange::SharedSecret;
pub use native::native_certificates;
pub use options::{ClientTlsOptions, Ech, Roots, Sni};
pub use report::HandshakeReport;
pub(crate) use report::Noting;
pub(crate) use verifier::PinMismatch;
pub(crate) use watched::Watched;
