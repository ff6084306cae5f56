//! TLS over any `AsyncRead + AsyncWrite`, by rustls, with the plumbing around it that breaks in practice.
//!
//! # What is safe by default
//!
//! - TLS 1.3 and 1.2 with aws-lc-rs; X25519MLKEM768 is the first named group. The provider is always passed by hand:
//!   nothing here reads or installs a process-wide one.
//! - A handshake has a deadline, from the first byte on.
//! - A peer whose handshake fails gets the alert that says why, even if it is still sending.
//! - An end of stream without `close_notify` is an error, never a short body.
//! - Nothing in this crate can weaken verification.
//!
//! # Out of scope
//!
//! Dialing and listening (`wharf-net`), HTTP (`wharf-http`), making certificates (`wharf-pki`). The client side,
//! several identities and reloading are not here yet.
//!
//! # Map
//!
//! | file | what it holds |
//! |---|---|
//! | `provider.rs` | the crypto provider |
//! | `identity.rs` | `Identity`: a chain and its key, checked when loaded |
//! | `trust/` | `Trust`, `ClientAuth`: whom we accept, and until when |
//! | `resume/` | `Resumption`: how sessions are resumed, bound to the trust they began under |
//! | `server.rs` | `ServerTls`: the handshake of a server |
//! | `stream/` | `TlsStream` for both roles: no bytes left parked, nothing held while idle, a clean close |
//! | `info.rs` | `TlsInfo`: what was negotiated |
//! | `error.rs` | `Error` and `HandshakeError` |
//!
//! # Example
//!
//! ```no_run
//! use wharf_tls::{Identity, ServerTls, ServerTlsOptions};
//!
//! # async fn example(io: tokio::io::DuplexStream) -> Result<(), Box<dyn std::error::Error>> {
//! let identity = Identity::from_pem(&std::fs::read("server.crt")?, &std::fs::read("server.key")?)?;
//! let tls = ServerTls::new(identity, &ServerTlsOptions::default())?;
//! let stream = tls.accept(io).await?;
//! println!("{}", stream.info().version_name());
//! # Ok(())
//! # }
//! ```
//!
//! # Cancel safety
//!
//! Dropping [`ServerTls::accept`] drops the stream under it without an alert. A [`TlsStream`] that is dropped sends
//! neither what is still buffered nor `close_notify`: end it with `AsyncWriteExt::shutdown`.

#![forbid(unsafe_code)]

mod error;
mod identity;
mod info;
mod provider;
mod resume;
mod server;
mod stream;
mod trust;

pub use error::{Error, HandshakeError};
pub use identity::Identity;
pub use info::TlsInfo;
pub use provider::provider;
pub use resume::{
    Resumption, Sessions, SessionsOptions, SessionsUsage, TicketKey, TicketKeys, TicketOptions,
};
pub use rustls::{CipherSuite, NamedGroup, ProtocolVersion};
pub use server::{ServerTls, ServerTlsOptions, TlsVersions};
pub use stream::{Closed, KeyLogSink, ReadHalf, ReuniteError, TlsStream, Truncated, WriteHalf};
pub use trust::{
    ANCHORS_MAX, CRL_BYTES_MAX, CRLS_MAX, ClientAuth, Crl, CrlDepth, CrlPolicy, CrlVerdict, Trust,
    TrustExpiry, TrustFinding, TrustId,
};
