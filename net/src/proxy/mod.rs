//! The PROXY protocol, versions 1 and 2, without any I/O: bytes to a header, a header to bytes.
//!
//! # Theory of operation
//!
//! A proxy that relays a TCP connection hides the client behind its own address. With the [PROXY protocol] it says, before
//! the first byte of the relayed protocol, who the client is and what it dialed. Version 1 is a line of text, version 2 is
//! binary and may add TLVs (type, length, value): the ALPN protocol, the server name, the client's certificate.
//!
//! The bytes behind the header belong to somebody else: to a TLS handshake, say, that another piece of code reads from
//! the same stream. A reader that took too many would have to hand them on. So [`ProxyHeader::parse`] tells how many bytes
//! are missing *at least*, and whoever reads exactly up to that many never reads past the header:
//!
//! ```text
//!  no bytes: read 15, the shortest header there is
//!      │
//!      ├─ `P` ──► version 1 ──► what the fields still missing need at least ──► … ──► CRLF ──► decode the fields
//!      │
//!      ├─ CR ───► version 2 ──► up to 16 ──► as many as its length says ──► decode addresses and TLVs
//!      │
//!      └─ else ─► not a header, told at the first byte that shows it
//! ```
//!
//! Version 2 takes three reads. A line does not tell its length and takes more: 2 to 7 for IPv4, up to 16 for IPv6.
//!
//! A parser is given all bytes since the start each time and keeps no state. The answer is the same however the bytes were
//! cut, the error too: the error is that of the first byte, in the order of the wire, that no header has there, except
//! that the fields of a line and the block behind the fixed part of version 2 are looked at only when they are complete.
//!
//! # Strict by default
//!
//! The header decides who the client is, for logs, limits and allow lists, so two readers must not understand it
//! differently. What the specification leaves open is refused here: bare CR or LF in a line, ports and octets with leading
//! zeros, a TLV given twice, a datagram protocol on a stream. A header from an untrusted peer is a lie at will; which
//! peers may send one is for the listener to decide, and then all of them must: guessing whether there is a header lets
//! any client write its own.
//!
//! # Map
//!
//! | file | what it holds | specification |
//! |---|---|---|
//! | `header.rs` | `ProxyHeader`, its addresses, which version the bytes are | §2 |
//! | `v1.rs` | the line of text | §2.1 |
//! | `v2.rs` | the binary form: fixed part and addresses | §2.2 |
//! | `tlv.rs` | `ProxyTlvs`: what version 2 says beyond addresses | §2.2, §2.2.1 to §2.2.8 |
//! | `ssl.rs` | `ProxySsl`: the client's TLS connection | §2.2.6 |
//! | `checksum.rs` | CRC-32C over a header | §2.2.3 |
//! | `limits.rs` | `ProxyLimits`: each bound, its default, its precedents | |
//! | `error.rs` | `ProxyError`, `ProxyEmitError` | |
//!
//! [PROXY protocol]: https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt

// Hostile bytes. The lints hold for every file of this folder.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

mod checksum;
mod error;
mod header;
mod limits;
mod ssl;
mod tlv;
mod v1;
mod v2;

pub use error::{ProxyEmitError, ProxyError, ProxyField};
pub use header::{ProxyAddresses, ProxyCommand, ProxyHeader, ProxyProgress, ProxyVersion};
pub use limits::ProxyLimits;
pub use ssl::ProxySsl;
pub use tlv::{ProxyChecksum, ProxyTlv, ProxyTlvs};
