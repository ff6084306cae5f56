//! HTTP/1.1: a strict codec without I/O, a server for any `tower::Service`, and a client that keeps its connections.
//!
//! ```no_run
//! use std::convert::Infallible;
//!
//! use http::{Request, Response};
//! use wharf_http::{Incoming, Server, service_fn};
//! use wharf_net::{Bind, Drain, Listener};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let app = service_fn(|request: Request<Incoming>| async move {
//!     Ok::<_, Infallible>(Response::new(format!("you asked for {}\n", request.uri())))
//! });
//! let listener = Listener::bind(&"127.0.0.1:8080".parse()?, &Bind::default()).await?;
//! let report = Server::new(app).serve(listener, Drain::new()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # In scope
//!
//! - [`h1`]: the codec, for both roles. Strict by default, bounded by [`h1::Limits`].
//! - [`Server`]: any service in, any `http_body::Body` out; limits and deadlines on by default ([`ServerConfig`]);
//!   HTTPS by [`Server::tls`]; several listeners by [`Server::serve_all`], a thread for each core by [`PerCore`];
//!   shutdown by [`wharf_net::Drain`], and a [`ServeReport`] of it.
//! - [`Client`]: any request in, a response out; a pool, deadlines by phase and errors that name theirs ([`ClientConfig`]).
//! - [`Incoming`]: the content of a request or a response, with back-pressure, and a bound that its handler may move.
//! - [`Interim`]: 1xx from a handler. [`switch`]: another protocol behind 101 or CONNECT, under the same drain.
//! - [`ServerStats`] counts, an [`Observer`] is told of broken rules and closed connections.
//!
//! # Over TLS
//!
//! ```no_run
//! # async fn example(listener: wharf_net::Listener) -> Result<(), Box<dyn std::error::Error>> {
//! # let app = wharf_http::service_fn(|_| async { Ok::<_, std::convert::Infallible>(http::Response::new(String::new())) });
//! use wharf_http::Server;
//! use wharf_net::Drain;
//! use wharf_tls::{Identity, ServerTls, ServerTlsOptions};
//!
//! let identity = Identity::from_pem(&std::fs::read("chain.pem")?, &std::fs::read("key.pem")?)?;
//! let tls = ServerTls::new(identity, &ServerTlsOptions::default())?;
//! Server::new(app).tls(tls).serve(listener, Drain::new()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `tracing` | a span for each connection and, within it, for each request |
//! | `hyper-compat` | `hyper::upgrade::OnUpgrade` in requests that ask to upgrade, so that axum's `WebSocketUpgrade` works unchanged |
//! | `gzip`, `br`, `zstd` | content codings that the client asks for and takes off; `gzip` brings deflate, `zstd` a C library |
//! | `cookies` | [`ClientConfig`]'s `cookies`: a jar, with the list of public suffixes as it was when this was built |
//! | `json` | [`RequestBuilder::json`] and [`ReadContent::json`] |
//! | `form` | [`RequestBuilder::form`] and [`RequestBuilder::query`] |
//! | `encoding` | [`ReadContent::text`] in all encodings of the web, not UTF-8 alone |
//!
//! All are off by default.
//!
//! # Out of scope
//!
//! HTTP/2 and HTTP/3.
//!
//! # Map
//!
//! | file | what it holds |
//! |---|---|
//! | `h1/` | the codec: no tokio, no socket, no clock |
//! | `driver/` | what drives it over a stream, for both roles |
//! | `server/` | the server |
//! | `client/` | the client |
//! | `body.rs` | `Incoming` |
//! | `read_content.rs` | `ReadContent`: content as bytes, text, JSON |
//! | `service.rs` | what we ask of a service, and what we promise it |
//! | `https.rs` | what HTTP over TLS needs beside HTTP over TCP |
//! | `switched.rs` | `Switched`: a connection behind 101 or CONNECT |
//! | `error.rs` | `Error`, `Phase`, `CloseReason` |
//!
//! # Cancel safety
//!
//! Dropping [`Server::serve`] drops every connection at once; begin a drain instead. Dropping [`Incoming`] before its
//! end is fine: the server reads the rest if it is short, and otherwise closes the connection behind the response.
//! Dropping [`Client::send`] closes its connection.

#![forbid(unsafe_code)]

mod body;
mod client;
mod driver;
mod error;
pub mod h1;
mod https;
mod read_content;
mod server;
mod service;
mod switched;

pub use body::Incoming;
pub use client::{
    Bypass, Client, ClientConfig, ContentCodingError, Credentials, Decoded, Decoding, Downgrade,
    OtherOrigin, Progress, Proxies, Proxy, ProxyError, ProxyKind, ProxySyntaxError, ProxyVarError,
    RedirectError, RedirectedTo, Redirects, RequestBuilder, Retries, Route, SendProxyHeader,
    SocksError, Timeouts, on_informational, on_progress,
};
#[cfg(feature = "cookies")]
pub use client::{CookieJar, CookieOptions};
pub use error::{CloseReason, Error, Phase};
pub use https::{PeerIdentity, TlsInfo};
pub use read_content::ReadContent;
pub use server::{
    Closed, Entrance, HalfClose, Interim, InterimError, Observer, PerCore, RateMin, Refused,
    ServeReport, Server, ServerConfig, ServerSnapshot, ServerStats, switch,
};
pub use service::{HttpService, LocalService, ServiceFn, service_fn};
pub use switched::Switched;

/// The README's program compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
