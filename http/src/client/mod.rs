//! The client: keeps connections, drives one [`h1::ClientConn`](crate::h1::ClientConn) for each, gives responses.
//!
//! | file | what it holds |
//! |---|---|
//! | `handle.rs` | `Client`: the handle |
//! | `config.rs` | `ClientConfig`: every bound and deadline |
//! | `builder.rs` | `RequestBuilder`: a request in a line |
//! | `timeouts.rs` | `Timeouts`: the deadlines of one request |
//! | `send.rs` | a request until its response can be handed out, behind redirects and retries |
//! | `attempt.rs` | a request to one origin, over another connection if the first was just closing |
//! | `exchange.rs` | a request and its response on one connection |
//! | `upload.rs`, `content.rs` | the content of a request and of a response on their way |
//! | `shared.rs` | what the clones of a client share |
//! | `origin.rs`, `route.rs` | whom a request is for, and which way it goes |
//! | `pool/` | which connections are open, and who waits for one |
//! | `connection.rs`, `keep_alive.rs` | one connection, in use or idle, and how long |
//! | `connect.rs`, `stream.rs` | a new connection: dialed, through a proxy, with TLS |
//! | `proxy/` | which proxy, and what is said to it |
//! | `redirect.rs`, `location.rs` | whether a response leads elsewhere, where to, and with which fields |
//! | `shown.rs` | URIs for messages, without what may be a secret |
//! | `retries.rs`, `passing.rs` | `Retries`: which requests are sent again, and when; which trouble may pass |
//! | `cookies/` | `CookieJar`, and what a request takes along; with the feature `cookies` |
//! | `decode/` | content codings, taken off as content is read |
//! | `progress.rs` | `on_progress`: what happens to a request, as it happens |
//! | `informational.rs` | `on_informational`: 1xx as they arrive |

mod attempt;
mod builder;
mod config;
mod connect;
mod connection;
mod content;
#[cfg_attr(feature = "cookies", path = "cookies/on.rs")]
#[cfg_attr(not(feature = "cookies"), path = "cookies/off.rs")]
mod cookies;
mod decode;
mod exchange;
mod handle;
mod informational;
mod keep_alive;
mod location;
mod origin;
mod passing;
mod pool;
mod progress;
mod proxy;
mod redirect;
mod retries;
mod route;
mod send;
mod shared;
mod shown;
mod stream;
mod timeouts;
mod upload;

pub use builder::RequestBuilder;
pub use config::ClientConfig;
pub(crate) use content::Receiving;
#[cfg(feature = "cookies")]
pub use cookies::{CookieJar, CookieOptions};
pub use decode::{ContentCodingError, Decoded, Decoding};
pub use handle::Client;
pub use informational::on_informational;
pub(crate) use origin::Origin;
pub use progress::{Progress, on_progress};
pub use proxy::{
    Bypass, Credentials, Proxies, Proxy, ProxyError, ProxyKind, ProxySyntaxError, ProxyVarError,
    SocksError,
};
pub use redirect::{Downgrade, OtherOrigin, RedirectError, Redirects};
pub use retries::Retries;
pub use route::{Route, SendProxyHeader};
pub use send::RedirectedTo;
pub use timeouts::Timeouts;
