//! Issuing: what is asked for, what is checked before anything is signed, what comes out.
//!
//! | file | what it holds |
//! |---|---|
//! | `end_entity.rs` | [`EndEntity`], [`Issued`], [`Authority::issue`](crate::Authority::issue) |
//! | `ca.rs` | [`AuthorityOptions`]: roots and intermediates |
//! | `cross.rs` | [`CrossSign`]: another CA's key and name under this CA |
//! | `check.rs` | the names, subject, key and lifetime of a request, against its profile |
//! | `locations.rs` | [`Locations`]: URLs of CRLs, of the issuer's certificate, of OCSP |
//! | `extension.rs` | [`CustomExtension`] |
//! | `params.rs` | every extension of every certificate, in one place |
//! | `serial.rs` | serial numbers |

mod ca;
mod check;
mod cross;
mod end_entity;
mod extension;
mod locations;
mod params;
mod serial;

pub use ca::AuthorityOptions;
pub use check::NAMES_MAX;
pub use cross::CrossSign;
pub use end_entity::{EndEntity, Issued};
pub use extension::{CustomExtension, EXTENSION_BYTES_MAX, EXTENSIONS_MAX, ExtensionFault};
pub use locations::{Locations, URLS_MAX};

pub(crate) use params::request;

use params::Content;
