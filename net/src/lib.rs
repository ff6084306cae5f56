//! TCP and Unix streams that hold up in production: listening, dialing, relaying, closing and draining.
//!
//! This crate is the lowest layer of Wharf. It knows sockets and nothing above them: no TLS, no HTTP. Its streams are
//! tokio's, so everything it hands out is `AsyncRead + AsyncWrite` with vectored writes passed through.
//!
//! # In scope
//!
//! - [`Endpoint`]: one syntax for where to listen and whom to dial.
//! - [`Listener`]: [`Bind`] to TCP, Unix and inherited sockets; accept without ever spinning on an error, under the
//!   limits, lists and PROXY policy of an [`Admission`].
//! - [`Dialer`]: a name to a connection, its addresses raced as RFC 8305 says ([`race`]), under one deadline.
//! - [`Conn`]: a stream, its [`ConnInfo`] and [`Counters`], and its place among the admitted; [`close`],
//!   [`close_lingering`] and reset.
//! - [`ProxyHeader`]: the PROXY protocol, versions 1 and 2, as a pure parser under [`ProxyLimits`].
//! - [`serve()`]: the accept loop, and the only place in this crate that spawns (hickory-resolver, behind its feature,
//!   has tasks of its own).
//! - [`relay()`]: two streams joined both ways, with half-close, back-pressure and an idle deadline.
//! - [`text`]: bytes that arrive in chunks become text, and no character is ever split.
//! - [`Drain`]: one way to stop that every layer above understands; [`shutdown_signal`] to trigger it.
//!
//! # Out of scope
//!
//! Datagrams live in `wharf-dgram`. Platforms other than Linux are not tested.
//!
//! # Map
//!
//! | file | what it holds |
//! |---|---|
//! | `endpoint.rs`, `addr.rs` | the syntax of endpoints; addresses of streams, names of Unix sockets |
//! | `listen/` | from an endpoint to admitted connections |
//! | `dial/` | from an endpoint to one connection: deny list, race, one deadline |
//! | `resolve/` | the `Resolve` trait: the system's resolver, fixed addresses, DNS (feature `hickory`) |
//! | `options.rs`, `sockopt.rs` | each TCP option a public field, applied in one function |
//! | `chunk.rs` | the size of a read or a write where nothing else decides it |
//! | `stream.rs`, `conn.rs` | TCP and Unix sockets as one type; a connection |
//! | `info.rs`, `counters.rs`, `tcp_info.rs` | what is known of a connection: who, how much, how well |
//! | `linger.rs` | closing so that the peer can still read what was sent |
//! | `deadline.rs` | idle and total timeouts for any stream |
//! | `prefixes.rs` | sets of IP prefixes |
//! | `proxy/` | PROXY protocol, versions 1 and 2: bytes to a header and back; no socket, no clock |
//! | `relay/` | copying both ways between two streams, through a pipe where both are sockets |
//! | `serve.rs` | the accept loop |
//! | `drain.rs`, `signal.rs` | graceful shutdown; SIGINT and SIGTERM |
//! | `text/` | bytes that arrive in chunks become text |
//! | `error.rs` | `BindError` |
//!
//! # Features
//!
//! | feature | brings |
//! |---|---|
//! | `axum` | `axum::serve::Listener` for [`Listener`] |
//! | `encoding` | text in all encodings of the WHATWG, through encoding_rs |
//! | `hickory` | a resolver in this process, through hickory-resolver |
//!
//! # Example
//!
//! ```
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use wharf_net::{Bind, Drain, Listener, serve};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let listener = Listener::bind(&"127.0.0.1:0".parse()?, &Bind::default()).await?;
//! let address = listener.local_addr().inet().expect("it is TCP");
//! let drain = Drain::new();
//!
//! let client = async {
//!     let mut stream = tokio::net::TcpStream::connect(address).await?;
//!     stream.write_all(b"ahoy").await?;
//!     stream.shutdown().await?;
//!     let mut echoed = String::new();
//!     stream.read_to_string(&mut echoed).await?;
//!     drain.begin(std::time::Duration::from_secs(1));
//!     std::io::Result::Ok(echoed)
//! };
//! let server = serve(listener, drain.clone(), |mut conn| async move {
//!     let mut bytes = Vec::new();
//!     if conn.read_to_end(&mut bytes).await.is_ok() {
//!         let _ = conn.write_all(&bytes).await;
//!     }
//! });
//! let (report, echoed) = tokio::join!(server, client);
//! assert_eq!(echoed?, "ahoy");
//! assert_eq!(report?.finished, 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Examples
//!
//! Programs in `net/examples`, started with `cargo run -p wharf-net --example NAME -- --help`:
//!
//! - `echo`: a server that shuts down well.
//! - `nc`: standard input and output joined to any endpoint, dialed or listened on.
//! - `tcp_proxy`: a connection for each that comes, and the two relayed.
//! - `chunk_size`: what the size of a read and of a write costs, measured.
//!
//! # Cancel safety
//!
//! [`Listener::accept`], [`Dialer::dial`], [`Drain::begun`], [`Drain::expired`], [`Drain::done`] and [`ShutdownSignal::recv`] lose nothing
//! when their future is dropped. Dropping [`serve()`] closes the listener and every connection it serves, without a
//! word to the peers: begin a [`Drain`] instead. What [`close`] and [`close_lingering`] leave when dropped is in their
//! own docs.

#![forbid(unsafe_code)]

mod addr;
mod chunk;
mod conn;
mod counters;
mod deadline;
mod dial;
mod drain;
mod endpoint;
mod error;
mod info;
mod linger;
mod listen;
mod options;
mod prefixes;
mod proxy;
mod relay;
mod resolve;
mod serve;
mod signal;
mod sockopt;
mod stream;
mod tcp_info;
pub mod text;

pub use addr::{Addr, UnixName};
pub use chunk::CHUNK_BYTES;
pub use conn::Conn;
pub use counters::Counters;
pub use deadline::{IdleTimeout, TotalTimeout};
pub use dial::{
    Attempt, AttemptEnd, DialError, DialPhase, DialReport, Dialer, Race, RaceOptions, Won,
    interleave_families, race,
};
pub use drain::{Drain, DrainGuard, DrainReport};
pub use endpoint::{Endpoint, EndpointError};
pub use error::BindError;
pub use info::{ConnFacts, ConnInfo, Credentials};
pub use ipnet::IpNet;
pub use linger::{Linger, LingerEnd, close, close_lingering, discard_until_closed};
pub use listen::{
    Admission, Bind, Listener, ListenerStats, PerAddress, Permit, ProxyPolicy, Refusal, Sockets,
    Source, Stale, StatsHandle, TrustUnix, UnixOptions, Untrusted, V6Only, WhenFull,
};
pub use options::{KeepAlive, RawHook, TcpOptions};
pub use prefixes::{PrefixError, PrefixSet};
pub use proxy::{
    ProxyAddresses, ProxyChecksum, ProxyCommand, ProxyEmitError, ProxyError, ProxyField,
    ProxyHeader, ProxyLimits, ProxyProgress, ProxySsl, ProxyTlv, ProxyTlvs, ProxyVersion,
};
pub use relay::{RelayEnd, RelayOptions, RelayPhase, RelayReport, RelaySide, Splice, relay};
#[cfg(feature = "hickory")]
pub use resolve::{HickoryOptions, HickoryResolver};
pub use resolve::{Resolve, Resolving, StaticResolver, SystemResolver};
pub use serve::{ServeReport, serve, serve_local};
pub use signal::{ShutdownSignal, StopSignal, shutdown_signal};
pub use stream::Stream;
pub use tcp_info::TcpInfo;
