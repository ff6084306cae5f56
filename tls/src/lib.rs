//! TLS over any `AsyncRead + AsyncWrite`, by rustls, with the plumbing around it that breaks in practice.
//!
//! # What is safe by default
//!
//! - TLS 1.3 and 1.2 with aws-lc-rs; X25519MLKEM768 is the first named group. The provider is always passed by hand:
//!   nothing here reads or installs a process-wide one.
//! - A handshake has a deadline, from the first byte on.
//! - A peer whose handshake fails gets the alert that says why, even if it is still sending.
//! - An end of stream without `close_notify` is an error, never a short body.
//! - A server is verified: its path, its name, and the pins if there are any. Only [`danger`] can weaken that.
//!
//! # Out of scope
//!
//! Dialing and listening (`wharf-net`), HTTP (`wharf-http`), making certificates (`wharf-pki`). Client
//! authentication on servers, several identities and reloading them are not here yet.
//!
//! # Map
//!
//! | file | what it holds |
//! |---|---|
//! | `provider.rs` | the crypto provider |
//! | `identity.rs` | `Identity`: a chain and its key, checked when loaded |
//! | `server.rs` | `ServerTls`: the handshake of a server |
//! | `client/` | `ClientTls`: the handshake of a client |
//! | `danger.rs` | every way to verify less, and nothing else |
//! | `stream.rs` | `TlsStream`: no bytes left parked, a clean close |
//! | `info.rs` | `TlsInfo`: what was negotiated |
//! | `error.rs` | `Error` and `HandshakeError` |
//! | `explain/` | why it failed, in words, and what to do about it |
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

mod client;
pub mod danger;
mod error;
mod explain;
mod identity;
mod info;
mod provider;
mod server;
mod stream;

pub use client::{ClientTls, ClientTlsOptions, CrlPolicy, Ech, Roots, Sni, SpkiPin, Trust};
pub use error::{Error, HandshakeError};
pub use identity::Identity;
pub use info::TlsInfo;
pub use provider::provider;
pub use rustls::{AlertDescription, CipherSuite, KeyLog, NamedGroup, ProtocolVersion};
pub use server::{ServerTls, ServerTlsOptions, TlsVersions};
pub use stream::TlsStream;
