//! The trust stores of this machine: a root is put in, taken out, or looked for.
//!
//! ```text
//! cmd/trust.rs ─► visit ──look──► a Store ──► Sight     what is there
//!                   │ ───plan───►         ──► Step…     what would change it, shown (--dry-run) or done
//!                   └ ───look───►         ──► Sight     what is claimed
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `args.rs` | the flags |
//! | `visit.rs` | from store to store, and what to do about those that need root |
//! | `store.rs` | [`Store`]: what each can be asked; [`Sight`], [`Trouble`] |
//! | `system.rs` | the store of the operating system |
//! | `nss/` | the databases of browsers |
//! | `java.rs` | the keystore of Java |
//! | `step.rs`, `command.rs` | one change; a program to run |
//! | `root.rs` | [`Root`], [`Fingerprint`] |
//! | `places.rs` | [`Places`]: where files and programs are; the only part that reads the environment |
//! | `report.rs` | what became of each store |
//!
//! A root is known by its fingerprint alone. The names that it has in the stores are for people.

pub(crate) mod args;
mod command;
mod java;
mod nss;
mod places;
mod report;
mod root;
mod step;
mod store;
mod system;
#[cfg(test)]
mod tests;
mod visit;

use command::Invocation;
pub(crate) use places::Places;
pub(crate) use report::{Outcome, Report};
use root::certificates;
pub(crate) use root::{Fingerprint, Root, Wanted};
use step::Step;
pub(crate) use store::Kind;
use store::{Sight, Store, Trouble};
pub(crate) use visit::{Choice, install, remove, status};
