//! Whom we accept: trust anchors, CRLs and how they are used.
//!
//! | file | what it holds |
//! |---|---|
//! | `anchors.rs` | `Trust`: trust anchors and CRLs, checked when loaded |
//! | `crl.rs` | `Crl`: one revocation list, read as verification will read it |
//! | `verifier.rs` | what rustls asks about a client, with what was refused noted |
//! | `policy.rs` | `CrlPolicy`: how strictly CRLs are taken |
//! | `client_auth.rs` | `ClientAuth`: whether clients are asked for a certificate, and whom they may be issued by |
//! | `id.rs` | `TrustId`: what distinguishes one trust from another |
//! | `findings.rs` | what is odd, and when what expires |
//! | `fault.rs` | why something is refused |
//! | `name.rs` | names and times for people |

mod anchors;
mod client_auth;
mod crl;
mod fault;
mod findings;
mod id;
mod name;
mod policy;
mod verifier;

pub use anchors::{ANCHORS_MAX, CRLS_MAX, Trust};
pub use client_auth::ClientAuth;
pub use crl::{CRL_BYTES_MAX, Crl};
pub(crate) use fault::TrustFault;
pub use findings::TrustFinding;
pub use id::TrustId;
pub use policy::{CrlDepth, CrlPolicy, CrlVerdict};
