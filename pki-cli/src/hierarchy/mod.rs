//! All CAs of a home, what they issued, and what is wrong with them. No key is needed to look at it, and so no password.
//!
//! | file | what it holds |
//! |---|---|
//! | `read.rs` | from the inventory and the CA's folder |
//! | `state.rs` | [`State`]: what a certificate is; how many are what |
//! | `warnings.rs` | what is wrong, the worst first |
//! | `text.rs` | as a tree for a terminal, short or with all |
//! | `json.rs` | for programs |
//! | `html/` | as a page |

mod html;
mod json;
mod read;
#[cfg(test)]
mod sample;
mod state;
mod text;
mod warnings;

use std::path::PathBuf;

use time::OffsetDateTime;
use wharf_pki::CertificateInfo;
use wharf_pki::store::{AuthorityId, AuthorityState, CertificateRecord, Role};

pub(crate) use html::page;
pub(crate) use json::report;
pub(crate) use read::read;
use state::{Counts, State};
pub(crate) use text::{details, overview};
pub(crate) use warnings::{Severity, Warning, tell, warnings};

use crate::expiry::Expiry;
use crate::stem::common_name;
use crate::ui::life::Life;

/// The CAs, the oldest first.
#[derive(Debug)]
pub(crate) struct Hierarchy {
    authorities: Vec<Node>,
    /// When it was looked at.
    now: OffsetDateTime,
}

/// A CA.
#[derive(Debug)]
struct Node {
    id: AuthorityId,
    /// `None` for a root, and for one whose issuer is not in the inventory.
    issuer: Option<AuthorityId>,
    role: Role,
    authority_state: AuthorityState,
    /// What its certificate is.
    state: State,
    key: KeyPlace,
    /// Whether it has, or had, its key here.
    had_key: bool,
    /// What is wrong with its key, if that can be said without a password.
    key_fault: Option<String>,
    certificate: CertificateInfo,
    expiry: Option<Expiry>,
    /// For which names it may issue, if not for all.
    constraints: Option<String>,
    certificate_file: Option<PathBuf>,
    /// What it issued, CAs left out.
    issued: Vec<CertificateRecord>,
}

/// Where the key of a CA is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum KeyPlace {
    /// Here, and who reads the file has it.
    Plain(PathBuf),
    /// Here, with a password.
    Encrypted(PathBuf),
    /// Not here.
    Elsewhere,
}

impl KeyPlace {
    fn is_here(&self) -> bool {
        *self != Self::Elsewhere
    }

    fn words(&self) -> &'static str {
        match self {
            Self::Plain(_) => "key has no password",
            Self::Encrypted(_) => "key has a password",
            Self::Elsewhere => "key is not here",
        }
    }
}

impl Hierarchy {
    /// What stands at the top: roots, and what has lost its issuer.
    fn tops(&self) -> impl Iterator<Item = &Node> {
        self.those(None)
    }

    fn below(&self, node: &Node) -> impl Iterator<Item = &Node> {
        self.those(Some(node.id))
    }

    /// What still issues first.
    fn those(&self, issuer: Option<AuthorityId>) -> impl Iterator<Item = &Node> {
        let of = move |is_active| {
            self.authorities
                .iter()
                .filter(move |node| node.issuer == issuer && node.is_active() == is_active)
        };
        of(true).chain(of(false))
    }
}

impl Node {
    fn name(&self) -> &str {
        match common_name(&self.certificate.subject) {
            "" => "no subject",
            name => name,
        }
    }

    fn is_active(&self) -> bool {
        self.authority_state == AuthorityState::Active
    }

    /// Where its key is, and how it is kept.
    fn key_words(&self) -> String {
        match &self.key {
            KeyPlace::Plain(file) | KeyPlace::Encrypted(file) => {
                format!("{}, {}", file.display(), self.key.words())
            }
            KeyPlace::Elsewhere => self.key.words().to_owned(),
        }
    }

    fn role(&self) -> &'static str {
        match self.role {
            Role::Root => "root",
            _ => "intermediate",
        }
    }

    fn life(&self, now: OffsetDateTime) -> Life {
        Life::of(self.certificate.not_before, self.certificate.not_after, now)
    }

    fn counts(&self, now: OffsetDateTime) -> Counts {
        self.issued
            .iter()
            .map(|record| State::of(record, now))
            .collect()
    }
}

/// What people know a certificate by, and what else it names.
fn names(record: &CertificateRecord) -> (String, Vec<&str>) {
    let mut names = record.names.iter().map(|name| without_kind(name));
    match names.next() {
        Some(first) => (first.to_owned(), names.collect()),
        None => (common_name(&record.subject).to_owned(), Vec::new()),
    }
}

/// `DNS:localhost` without its kind, which shows by itself.
fn without_kind(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, name)| name)
}

/// The profile under which the inventory has a new root that an old one signed.
const CROSS_SIGNED: &str = "cross-signed";
