//! What works otherwise than one may think.

use std::fmt;

use super::{ConstraintKind, NameConstraints};

/// What to tell a person who asks for constraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConstraintWarning {
    /// A constraint of a kind that rustls-webpki does not evaluate: below it, rustls refuses each certificate that has a
    /// name of this kind. For directory names that is every certificate.
    RefusedByRustls {
        /// The kind.
        kind: ConstraintKind,
    },
    /// Names of this kind are not limited, while others are.
    Unlimited {
        /// The kind.
        kind: ConstraintKind,
    },
}

pub(super) fn all(constraints: &NameConstraints) -> Vec<ConstraintWarning> {
    let has = |kind: &ConstraintKind| constraints.all().any(|subtree| subtree.kind() == *kind);
    let refused = [
        ConstraintKind::Email,
        ConstraintKind::Uri,
        ConstraintKind::DirectoryName,
        ConstraintKind::Other,
    ]
    .into_iter()
    .filter(has)
    .map(|kind| ConstraintWarning::RefusedByRustls { kind });
    // Only what clients compare with the name they asked for: an e-mail address opens no connection.
    let unlimited = [ConstraintKind::Dns, ConstraintKind::Ip]
        .into_iter()
        .filter(|kind| !constraints.permitted.is_empty() && !has(kind))
        .map(|kind| ConstraintWarning::Unlimited { kind });
    refused.chain(unlimited).collect()
}

impl fmt::Display for ConstraintWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RefusedByRustls {
                kind: ConstraintKind::DirectoryName,
            } => f.write_str(
                "rustls, and with it every server and client of Wharf, refuses all certificates below a CA that \
                 constrains directory names",
            ),
            Self::RefusedByRustls { kind } => write!(
                f,
                "rustls, and with it every server and client of Wharf, refuses certificates with {kind} below a CA that \
                 constrains those"
            ),
            Self::Unlimited { kind } => write!(
                f,
                "{kind} are not limited: exclude them, or permit some"
            ),
        }
    }
}
