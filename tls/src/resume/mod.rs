//! How sessions are resumed ([RFC 8446 §2.2]), and that none outlives the trust it began under.
//!
//! A resumed handshake shows no certificate: the server believes what it verified in the handshake before. So whoever
//! resumes must not gain from trust that has been withdrawn since. rustls does not look: where two configurations share
//! tickets or sessions, a client of a CA that the second no longer trusts resumes there. Here every ticket and
//! every session is bound to the [`TrustId`](crate::TrustId) of the client authentication it was made under. Under
//! another one it is unknown, and the client is asked for its certificate again. A new certificate of the server's own
//! changes nothing.
//!
//! What is not bound: the end of the client's certificate. What rustls puts into a session is not to be read from
//! outside, so the validity of the peer's certificate has to be compared with the clock after each resumed handshake.
//! It matters because a resumed session of TLS 1.3 yields new tickets: no lifetime of a ticket ends the series.
//!
//! | file | what it holds |
//! |---|---|
//! | `resumption.rs` | `Resumption`: tickets, sessions or neither, and their binding to a trust |
//! | `ticket.rs` | the form of a ticket, and `TicketKey`, which seals and opens one |
//! | `keys.rs` | `TicketKeys`: which key seals, which still open, and when that changes |
//! | `sessions.rs` | `Sessions`: a bounded store in memory |
//! | `fault.rs` | why keys are refused |
//!
//! [RFC 8446 §2.2]: https://www.rfc-editor.org/rfc/rfc8446#section-2.2

mod fault;
mod keys;
mod resumption;
mod sessions;
mod ticket;

pub(crate) use fault::ResumeFault;
pub use keys::{TicketKeys, TicketOptions};
pub use resumption::Resumption;
pub use sessions::{Sessions, SessionsOptions, SessionsUsage};
pub use ticket::TicketKey;
