//! The server: accepts, drives one [`h1::Conn`](crate::h1::Conn) per connection, answers through a service.
//!
//! | file | what it holds |
//! |---|---|
//! | `serve.rs` | `Server`: service, TLS, listener, drain |
//! | `config.rs` | `ServerConfig`: every bound and deadline |
//! | `conn.rs` | one connection, request by request |
//! | `exchange.rs` | one exchange: the service answers, its response is sent |
//! | `feeding.rs` | the request body: fed to the handler, got out of the way behind the response |
//! | `transport.rs` | reading and writing one connection, each wait under a deadline |
//! | `timer.rs` | the one timer of a connection |
//! | `date.rs` | the cached `Date` field |

mod config;
mod conn;
pub(crate) mod date;
mod exchange;
mod feeding;
mod serve;
mod timer;
mod transport;

pub use config::ServerConfig;
pub use serve::Server;
