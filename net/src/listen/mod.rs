//! Listening: from an endpoint to admitted connections.
//!
//! ```text
//!  Endpoint ──bind──► Sockets: Source ──► Listener ──► Conn
//!   (bind, tcp, unix, inherit)             │ exhaustion   errors by class, back-off, the reserve descriptor
//!                                          │ admission    who may connect, and how many
//!                                          │ Gate/Permit  the count of open connections
//!                                          └ proxy header read beside each other, never one before the next
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `bind.rs` | `Bind`: the options of a listening socket; from an endpoint to sockets |
//! | `tcp.rs` | TCP sockets, all addresses of a name on one port |
//! | `unix.rs` | Unix sockets: mode, owner, stale files |
//! | `inherit.rs` | sockets that a service manager hands over |
//! | `source.rs` | `Source`: where connections come from; `Sockets`, the kernel's |
//! | `listener.rs` | `Listener`: accepting under all the rules below |
//! | `exhaustion.rs` | accept errors by class; back-off; the reserve descriptor |
//! | `admission.rs` | `Admission`: limits, allow and deny lists, PROXY policy |
//! | `reception.rs` | decides about each connection that was accepted |
//! | `gate.rs` | the count of open connections, in all and by address |
//! | `header.rs` | reading a PROXY header from a stream |
//! | `stats.rs` | `ListenerStats`: what was accepted, refused and why |
//! | `axum.rs` | `axum::serve::Listener` for `Listener`, with the feature `axum` |

mod admission;
#[cfg(feature = "axum")]
mod axum;
mod bind;
mod exhaustion;
mod gate;
mod header;
mod inherit;
mod listener;
mod reception;
mod source;
mod stats;
mod tcp;
mod unix;

pub use admission::{Admission, PerAddress, ProxyPolicy, TrustUnix, Untrusted, WhenFull};
pub use bind::{Bind, V6Only};
pub use gate::Permit;
pub use listener::Listener;
pub use source::{Refusal, Sockets, Source};
pub use stats::{ListenerStats, StatsHandle};
pub use unix::{Stale, UnixOptions};
