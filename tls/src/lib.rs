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
//! Dialing and listening (`wharf-net`), HTTP (`wharf-http`), making certificates (`wharf-pki`).
//!
//! # Map
//!
//! | file | what it holds |
//! |---|---|
//! | `provider.rs` | the crypto provider |
//! | `identity/` | `Identity`: a chain and its key, checked when loaded |
//! | `certificate/` | `Certificate`, `SpkiPin`: what stands in a certificate |
//! | `peer/` | `PeerIdentity`: who the other side is; `PeerRules`: whether it may come in |
//! | `hello/` | `ClientHello`: what a client offers, and its JA4 fingerprint |
//! | `trust/` | `Trust`, `ClientAuth`: whom we accept, and until when |
//! | `resume/` | `Resumption`: how sessions are resumed, bound to the trust they began under |
//! | `server/` | `ServerTls`: the handshake of a server; names, reload, snapshot |
//! | `files/` | a server's settings from files, and kept at what these hold |
//! | `client/` | `ClientTls`: the handshake of a client |
//! | `danger.rs` | every way to verify less, and nothing else |
//! | `stream/` | `TlsStream` for both roles: no bytes left parked, nothing held while idle, a clean close |
//! | `info.rs` | `TlsInfo`: what was negotiated |
//! | `hpke.rs` | encryption to a public key, as Encrypted ClientHello has it |
//! | `iana.rs` | the names of versions, suites, groups and schemes |
//! | `error.rs` | `Error` and `HandshakeError` |
//! | `explain/` | why it failed, in words, and what to do about it |
//!
//! # Example
//!
//! ```no_run
//! use wharf_tls::{Identity, ServerTls, ServerTlsOptions};
//!
//! # async fn example(io: tokio::io::DuplexStream) -> Result<(), Box<dyn std::error::Error>> {
//! let identity = Identity::from_pem(&std::fs::read("server.chain.crt")?, &std::fs::read("server.key")?)?;
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
//! neither what is still buffered nor `close_notify`.
//!
//! # Ending a stream
//!
//! | call | sends | waits for | what it can lose |
//! |---|---|---|---|
//! | [`TlsStream::close`] | all that is parked, `close_notify`, FIN | the peer's end, within a time | nothing that a peer that reads on wants |
//! | `AsyncWriteExt::shutdown` | the same | the transport alone | the last bytes, if the stream is then dropped with something unread: the socket is reset |
//! | [`TlsStream::close_notify`] | all that is parked, `close_notify` | the transport alone | nothing: the transport stays open |
//! | drop | nothing | nothing | what is parked; the peer sees a truncated stream |
//!
//! To use both directions from two tasks, take [`TlsStream::split`]. Others, as `tokio::io::split`, give each half a waker of
//! its own, and a reading half that sends what was parked wakes no writer that waits for it.

#![forbid(unsafe_code)]

mod certificate;
mod client;
pub mod danger;
mod error;
mod explain;
pub mod files;
mod hello;
pub mod hpke;
pub mod iana;
mod identity;
mod info;
mod peer;
mod provider;
mod resume;
mod server;
mod stream;
mod trust;

pub use certificate::{
    CERTIFICATE_BYTES_MAX, Certificate, CertificateError, PinError, PublicKeyAlgorithm, SpkiPin,
    SubjectAltNames,
};
pub use client::{
    ClientTls, ClientTlsOptions, Ech, HandshakeReport, Roots, SharedSecret, Sni,
    native_certificates,
};
pub use error::{Error, HandshakeError};
pub use hello::{ClientHello, HelloError, Ja4};
pub use identity::{
    CHAIN_CERTIFICATES_MAX, Finding, FindingKind, Identity, PBKDF2_ITERATIONS_MAX, Password, Role,
    SCRYPT_BYTES_MAX, STAPLE_BYTES_MAX, Severity, Staple,
};
pub use info::{TlsFacts, TlsInfo};
pub use peer::{
    Denied, DnsPattern, EmailPattern, IpPattern, PatternError, PeerIdentity, PeerPattern,
    PeerRules, SpiffeId, SpiffeIdError, SpiffePattern,
};
pub use provider::provider;
pub use resume::{
    Resumption, Sessions, SessionsOptions, SessionsUsage, TicketKey, TicketKeys, TicketOptions,
};
pub use rustls::{AlertDescription, CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};
pub use server::{
    Expiring, Expiry, HandshakeCounts, Identities, Reloaded, SelectError, ServerTls,
    ServerTlsOptions, ServerTlsSettings, Snapshot, TlsVersions, UnknownName,
};
pub use stream::{
    Closed, EarlyData, KeyLogSink, ReadHalf, ReuniteError, TlsStream, Truncated, WriteHalf,
};
pub use trust::{
    ANCHORS_MAX, CRL_BYTES_MAX, CRLS_MAX, ClientAuth, Crl, CrlDepth, CrlPolicy, CrlVerdict, Trust,
    TrustFinding, TrustId,
};
