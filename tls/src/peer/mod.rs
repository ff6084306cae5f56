//! Who the other side is, and whether it may come in.
//!
//! | file | what it holds |
//! |---|---|
//! | `identity.rs` | [`PeerIdentity`]: what the peer's certificate says |
//! | `late.rs` | [`LatePeer`]: the same of a connection, read when it is asked for |
//! | `spiffe.rs` | [`SpiffeId`]: the name of a workload |
//! | `rules.rs` | [`PeerRules`]: who is admitted, and [`Denied`] |
//! | `pattern/` | [`PeerPattern`]: one line of the rules |
//!
//! Authentication is rustls's: a certificate arrives here only after its chain was verified. What is here is
//! authorisation, which a chain alone does not give: every client of the same CA has one.

mod identity;
mod late;
mod pattern;
mod rules;
mod spiffe;

pub use identity::PeerIdentity;
pub(crate) use late::LatePeer;
pub use pattern::{DnsPattern, EmailPattern, IpPattern, PatternError, PeerPattern, SpiffePattern};
pub use rules::{Denied, PeerRules};
pub use spiffe::{SpiffeId, SpiffeIdError};
