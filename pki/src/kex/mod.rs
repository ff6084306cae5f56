//! Key exchange: two sides that share nothing agree on a secret, in front of everybody, and know with whom.
//!
//! # Theory of operation
//!
//! KX/1 is a small protocol of the shape of TLS 1.3 and SIGMA-I, made to be looked at: each message fits on a screen, and each
//! value can be computed again by other programs. It is here to teach and to test keys; what protects data is TLS.
//!
//! ```text
//! client                                                              server
//!   │  client-hello: nonce, a share for each group                      │
//!   │ ────────────────────────────────────────────────────────────────► │
//!   │                       server-hello: nonce, the group, its share   │
//!   │ ◄──────────────────────────────────────────────────────────────── │   both: shared secret, keys
//!   │              server-auth (encrypted): chain, signature, MAC       │
//!   │ ◄──────────────────────────────────────────────────────────────── │   client: knows the server
//!   │  client-auth (encrypted): chain, signature, MAC                   │
//!   │ ────────────────────────────────────────────────────────────────► │   server: knows the client
//!   │  data (encrypted)                                                 │
//!   │ ◄───────────────────────────────────────────────────────────────► │
//! ```
//!
//! | step | what it is against |
//! |---|---|
//! | a share made for this exchange alone | keys that are stolen later: there is nothing left to decrypt with |
//! | the checks of a share | points and keys that give the secret, or the private key, away |
//! | nonces | messages recorded in another exchange |
//! | the transcript in every key | messages that somebody changed: the keys differ |
//! | the signature over the transcript | somebody in between, who agrees with each side on a secret of his own |
//! | the chain, the name, the CRL | a certificate that anybody could have made, of somebody else, or revoked |
//! | the MAC over the identity | an honest side that is made to sign for an exchange that is not its own |
//! | encrypted identities, the client's last | who listens does not learn who speaks |
//!
//! | file | what it holds |
//! |---|---|
//! | `group.rs` | [`Group`]: the ways to agree |
//! | `curve.rs`, `ml_kem.rs`, `rsa.rs` | each of them, on aws-lc-rs |
//! | `private.rs`, `public.rs`, `encoding.rs` | [`ExchangeKey`], [`ExchangePublicKey`]: derive, encapsulate, decapsulate; files |
//! | `secret.rs` | [`Secret`] |
//! | `hkdf.rs` | HKDF with SHA-256 |
//! | `message.rs` | the messages on the wire, bounded |
//! | `schedule.rs` | [`Schedule`]: from the secret and the transcript to keys; every label in one table |
//! | `record.rs` | encrypted messages |
//! | `identity.rs` | certificates, signatures and MACs |
//! | `party.rs` | [`Party`]: the automaton of both sides; bytes in, bytes and steps out |
//! | `client.rs`, `server.rs`, `side.rs` | what each side does in a step, and what both do alike |
//! | `step.rs`, `value.rs` | [`Step`]: what happened, with every value |
//! | `replay.rs` | [`replay()`]: every value computed again |
//! | `role.rs` | [`Role`] |
//! | `fault.rs` | [`KexFault`] |

mod client;
mod curve;
mod encoding;
mod fault;
mod group;
pub mod hkdf;
pub mod identity;
mod message;
mod ml_kem;
mod party;
mod private;
mod public;
mod record;
mod replay;
mod role;
mod rsa;
mod schedule;
mod secret;
mod server;
mod side;
mod step;
pub mod value;

pub use client::ClientConfig;
pub use fault::KexFault;
pub use group::Group;
pub use identity::{Authentication, Credentials, PeerTrust};
pub use message::{
    Auth, CERTIFICATES_MAX, ClientHello, Frame, HEADER_BYTES, MAC_BYTES, MessageKind, NONCE_BYTES,
    SHARES_MAX, ServerHello, Share,
};
pub use party::Party;
pub use private::ExchangeKey;
pub use public::{Encapsulated, ExchangePublicKey};
pub use record::{TAG_BYTES, TrafficKey};
pub use replay::{Recording, Replayed, Verdict, replay};
pub use role::Role;
pub use schedule::{Label, Schedule, Transcript};
pub use secret::Secret;
pub use server::ServerConfig;
pub use step::{Step, StepKind, Value, Visibility};
