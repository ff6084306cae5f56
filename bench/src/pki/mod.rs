//! Who issues certificates.
//!
//! | file | what it holds |
//! |---|---|
//! | `library.rs` | wharf-pki and rcgen alone, in this process |
//! | `commands.rs` | `wharf cert issue`, mkcert and openssl, with a CA in place or from nothing |
//! | `cost.rs` | what a command took |

mod commands;
mod cost;
mod library;

pub use commands::{Commands, Start};
pub use library::{Issuer, issuers};
