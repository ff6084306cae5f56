//! The server: accepts, drives one [`h1::Conn`](crate::h1::Conn) per connection, answers through a service.
//!
//! | file | what it holds |
//! |---|---|
//! | `serve.rs` | `Server`: service, TLS, listeners, drain |
//! | `config.rs` | `ServerConfig`: every bound and deadline |
//! | `per_core.rs` | `PerCore`: a thread for each core |
//! | `report.rs` | `ServeReport`: what became of the connections |
//! | `registry.rs` | the open connections: their figures, and which has to make room |
//! | `snapshot.rs` | `ServerStats` and `ServerSnapshot`: what goes on |
//! | `observer.rs` | `Observer`: is told of broken rules and closed connections |
//! | `settings.rs` | the config, and what is made of it once |
//! | `conn.rs` | one connection, request by request |
//! | `exchange.rs` | one exchange: the service answers, its response is sent |
//! | `feeding.rs` | the request body: fed to the handler, got out of the way behind the response |
//! | `pace.rs` | how fast a body has to arrive |
//! | `interim.rs` | `Interim`: 1xx from a handler |
//! | `switch.rs` | `switch`: another protocol behind 101 or CONNECT |
//! | `hyper_compat/` | hyper's `OnUpgrade`, with the feature `hyper-compat` |
//! | `trace/` | spans, with the feature `tracing` |
//! | `origin.rs` | which requests belong on a connection: 421 and 425 |
//! | `date.rs` | the cached `Date` field |

mod config;
mod conn;
pub(crate) mod date;
mod exchange;
mod feeding;
#[cfg_attr(feature = "hyper-compat", path = "hyper_compat/on.rs")]
#[cfg_attr(not(feature = "hyper-compat"), path = "hyper_compat/off.rs")]
mod hyper_compat;
mod interim;
mod observer;
mod origin;
mod pace;
mod per_core;
mod registry;
mod report;
mod serve;
mod settings;
mod snapshot;
mod switch;
#[cfg_attr(feature = "tracing", path = "trace/on.rs")]
#[cfg_attr(not(feature = "tracing"), path = "trace/off.rs")]
mod trace;

pub use config::{HalfClose, RateMin, ServerConfig};
pub use interim::{Interim, InterimError};
pub use observer::{Closed, Observer, Refused};
pub use per_core::PerCore;
pub use report::ServeReport;
pub use serve::{Entrance, Server};
pub use snapshot::{ServerSnapshot, ServerStats};
pub use switch::switch;
