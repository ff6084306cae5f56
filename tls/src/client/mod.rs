//! The client side of TLS.
//!
//! | file | what it holds |
//! |---|---|
//! | `options.rs` | [`ClientTlsOptions`] |
//! | `connect.rs` | [`ClientTls`]: the handshake of a client |
//! | `config.rs` | options to rustls's configuration |
//! | `verifier.rs` | which server certificates are accepted: path, then pins |
//! | `credentials.rs` | what is sent when a server asks for a certificate |
//! | `native.rs` | the trust anchors of the operating system |
//! | `watched.rs` | what the server says first |

mod config;
mod connect;
mod credentials;
mod native;
mod options;

mod verifier;
mod watched;

pub(crate) use config::Base;
pub use connect::ClientTls;
pub use options::{ClientTlsOptions, Ech, Roots, Sni};
pub(crate) use verifier::PinMismatch;
pub(crate) use watched::Watched;
