//! Name constraints: for which names a CA, and every CA below it, may issue ([RFC 5280 §4.2.1.10]).
//!
//! | file | what it holds |
//! |---|---|
//! | `subtree.rs` | [`Subtree`]: a set of names of one kind, as text |
//! | `matching.rs` | which names lie in a subtree |
//! | `breach.rs` | [`Breach`]: how a name breaks a constraint |
//! | `warning.rs` | [`ConstraintWarning`]: what works otherwise than one may think |
//! | `der.rs` | the extension, written and read |
//!
//! A verifier finds a broken constraint when it is too late: the certificate is installed, and nobody can connect. So an
//! [`Authority`](crate::Authority) checks every name before it signs, against its own constraints and those of the CAs
//! above it.
//!
//! A constraint limits names of its own kind and no others: a CA that is permitted `a.test` alone may still issue for any
//! IP address. [`NameConstraints::only`] closes that, and [`NameConstraints::warnings`] tells of it.
//!
//! Where a constraint cannot be evaluated the answer is no: kinds of names that are not read here, subtrees with a
//! minimum or maximum, masks with holes.
//!
//! [RFC 5280 §4.2.1.10]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10

mod breach;
mod der;
mod matching;
mod subtree;
mod warning;

use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

pub use breach::Breach;
pub use subtree::{ConstraintKind, Subtree, SubtreeFault};
pub use warning::ConstraintWarning;

pub(crate) use der::{OID, read, write};

use crate::error::Error;
use crate::name::SubjectAltName;

/// The most subtrees of one CA certificate, permitted and excluded together.
///
/// Each name of each certificate below is compared with all of them; webpki gives up after 250,000 comparisons. National
/// CAs have some hundreds. The limit is 1000.
pub const SUBTREES_MAX: usize = 1000;

/// For which names a CA and those below it may issue.
///
/// A name is in order if no excluded subtree has it and, where there are permitted subtrees of its kind, one of those
/// does. The default is no constraint at all.
///
/// ```
/// use wharf_pki::constraints::NameConstraints;
/// let constraints = NameConstraints::only(["corp.test".parse()?, "10.0.0.0/8".parse()?]);
/// assert!(constraints.check(&"www.corp.test".parse()?).is_ok());
/// assert!(constraints.check(&"10.1.2.3".parse()?).is_ok());
/// assert!(constraints.check(&"corp.example".parse()?).is_err());
/// # Ok::<(), wharf_pki::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NameConstraints {
    /// Of a kind that stands here, only names inside one of these subtrees.
    pub permitted: Vec<Subtree>,
    /// No names inside one of these subtrees, permitted or not.
    pub excluded: Vec<Subtree>,
}

impl NameConstraints {
    /// These subtrees, and no DNS names or IP addresses beside them: a kind of these two that is not permitted anywhere
    /// is excluded whole.
    ///
    /// E-mail addresses and URIs stay unlimited unless a subtree of theirs is given, because a constraint on either makes
    /// rustls refuse all of them (see [`warnings`](Self::warnings)); a profile keeps them out of certificates.
    pub fn only(permitted: impl IntoIterator<Item = Subtree>) -> Self {
        let permitted: Vec<_> = permitted.into_iter().collect();
        let has = |kind| permitted.iter().any(|subtree| subtree.kind() == kind);
        let mut excluded = Vec::new();
        if !has(ConstraintKind::Dns) {
            excluded.push(Subtree::Dns(String::new()));
        }
        if !has(ConstraintKind::Ip) {
            excluded.push(Subtree::Ip(Ipv4Net::default().into()));
            excluded.push(Subtree::Ip(Ipv6Net::default().into()));
        }
        Self {
            permitted,
            excluded,
        }
    }

    /// Whether there is no constraint at all.
    pub fn is_empty(&self) -> bool {
        self.permitted.is_empty() && self.excluded.is_empty()
    }

    /// Whether a name is in order.
    ///
    /// A wildcard stands for every name that it matches: it is not in order if an excluded subtree has one of those.
    ///
    /// # Errors
    ///
    /// How the name breaks a constraint.
    pub fn check(&self, name: &SubjectAltName) -> Result<(), Breach> {
        let kind = ConstraintKind::of(name);
        let of_kind = |subtree: &&Subtree| subtree.kind() == kind;
        self.check_evaluated(kind)?;
        let has_constraints = self.all().any(|subtree| subtree.kind() == kind);
        if has_constraints && matching::has_no_host(name) {
            return Err(Breach::NoHost);
        }
        let mut excluded = self.excluded.iter().filter(of_kind);
        if let Some(by) = excluded.find(|subtree| matching::touches(subtree, name)) {
            return Err(Breach::Excluded { by: by.clone() });
        }
        let permitted: Vec<_> = self.permitted.iter().filter(of_kind).cloned().collect();
        if permitted.is_empty()
            || permitted
                .iter()
                .any(|subtree| matching::holds(subtree, name))
        {
            Ok(())
        } else {
            Err(Breach::NotPermitted { permitted })
        }
    }

    /// Whether all names of a subtree are in order; one of which only a part is excluded is.
    pub(crate) fn check_subtree(&self, subtree: &Subtree) -> Result<(), Breach> {
        let kind = subtree.kind();
        self.check_evaluated(kind)?;
        let covers = |other: &&Subtree| matching::covers(other, subtree);
        if let Some(by) = self.excluded.iter().find(covers) {
            return Err(Breach::Excluded { by: by.clone() });
        }
        let of_kind = self.permitted.iter().filter(|other| other.kind() == kind);
        let permitted: Vec<_> = of_kind.cloned().collect();
        if permitted.is_empty() || permitted.iter().any(|other| covers(&other)) {
            Ok(())
        } else {
            Err(Breach::NotPermitted { permitted })
        }
    }

    /// Whether a certificate may have a subject. One that is not empty is a directory name, and constraints on those are
    /// not evaluated here.
    pub(crate) fn check_subject(&self) -> Result<(), Breach> {
        self.check_evaluated(ConstraintKind::DirectoryName)
    }

    fn check_evaluated(&self, kind: ConstraintKind) -> Result<(), Breach> {
        if self
            .all()
            .any(|subtree| *subtree == Subtree::Unread { kind })
        {
            Err(Breach::NotEvaluated { kind })
        } else {
            Ok(())
        }
    }

    fn all(&self) -> impl Iterator<Item = &Subtree> {
        self.permitted.iter().chain(&self.excluded)
    }

    /// What works otherwise than one may think. Nothing of it keeps the constraints from being signed.
    pub fn warnings(&self) -> Vec<ConstraintWarning> {
        warning::all(self)
    }

    /// The same constraints, each subtree checked and in the form in which it is written.
    pub(crate) fn checked(&self) -> Result<Self, Error> {
        if self.permitted.len() + self.excluded.len() > SUBTREES_MAX {
            return Err(Error::TooManySubtrees {
                limit: SUBTREES_MAX,
            });
        }
        let checked = |subtrees: &[Subtree]| {
            let checked = subtrees.iter().map(Subtree::checked);
            checked.collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            permitted: checked(&self.permitted)?,
            excluded: checked(&self.excluded)?,
        })
    }
}
