//! TCP streams that hold up in production: listening, accepting, closing and draining.
//!
//! This crate is the lowest layer of Wharf. It knows sockets and nothing above them: no TLS, no HTTP. Its streams are
//! tokio's, so everything it hands out is `AsyncRead + AsyncWrite` with vectored writes passed through.
//!
//! # In scope
//!
//! - [`Listener`]: bind with explicit [`ListenOptions`], accept without ever spinning on an error.
//! - [`Conn`]: an accepted stream and its [`ConnInfo`]; [`close_lingering`] so that a last answer arrives.
//! - [`serve()`]: the accept loop, and the only place in this crate that spawns.
//! - [`ProxyHeader`]: the PROXY protocol, versions 1 and 2, as a pure parser under [`ProxyLimits`].
//! - [`Drain`]: one way to stop that every layer above understands; [`ShutdownSignal`] to trigger it.
//!
//! # Out of scope
//!
//! Dialing, Unix sockets and admission limits are not here yet. Datagrams live in `wharf-dgram`.
//!
//! # Map
//!
//! | file | what it holds |
//! |---|---|
//! | `options.rs` | each socket option a public field, applied in one function |
//! | `listener.rs` | bind and accept; accept errors by class; back-off |
//! | `conn.rs` | an accepted stream |
//! | `info.rs` | what is known of a connection |
//! | `linger.rs` | closing so that the peer can still read what was sent |
//! | `proxy/` | PROXY protocol, versions 1 and 2: bytes to a header and back; no socket, no clock |
//! | `serve.rs` | the accept loop |
//! | `drain.rs` | graceful shutdown |
//! | `signal.rs` | SIGINT and SIGTERM |
//! | `error.rs` | `BindError` |
//!
//! # Example
//!
//! ```
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use wharf_net::{Drain, ListenOptions, Listener, serve};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let listener = Listener::bind("127.0.0.1:0".parse()?, &ListenOptions::default())?;
//! let address = listener.local_addr();
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
//! # Cancel safety
//!
//! [`Listener::accept`], [`Drain::begun`], [`Drain::expired`], [`Drain::done`] and [`ShutdownSignal::recv`] lose nothing
//! when their future is dropped. Dropping [`serve()`] closes the listener and every connection it serves, without a word
//! to the peers: begin a [`Drain`] instead. What [`close_lingering`] leaves when dropped is in its own docs.

#![forbid(unsafe_code)]

mod conn;
mod drain;
mod error;
mod info;
mod linger;
mod listener;
mod options;
mod proxy;
mod serve;
mod signal;

pub use conn::Conn;
pub use drain::{Drain, DrainGuard};
pub use error::BindError;
pub use info::ConnInfo;
pub use linger::{Linger, LingerEnd, close_lingering};
pub use listener::Listener;
pub use options::{KeepAlive, ListenOptions, TcpOptions, V6Only};
pub use proxy::{
    ProxyAddresses, ProxyChecksum, ProxyCommand, ProxyEmitError, ProxyError, ProxyField,
    ProxyHeader, ProxyLimits, ProxyProgress, ProxySsl, ProxyTlv, ProxyTlvs, ProxyVersion,
};
pub use serve::{ServeReport, serve};
pub use signal::ShutdownSignal;
