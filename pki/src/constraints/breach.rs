//! How a name breaks a constraint.

use std::fmt;

use super::{ConstraintKind, Subtree};

/// How a name breaks a constraint.
///
/// The text reads on from whose constraints they are: "breaks the name constraints of CN=x: only dns:a.test is permitted".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Breach {
    /// None of the permitted subtrees of its kind has it.
    NotPermitted {
        /// Those subtrees, at least one.
        permitted: Vec<Subtree>,
    },
    /// An excluded subtree has it, or a wildcard stands for a name that it has.
    Excluded {
        /// That subtree.
        by: Subtree,
    },
    /// A URI without a host name, under a constraint on URIs.
    NoHost,
    /// There are constraints on its kind that this crate does not evaluate.
    NotEvaluated {
        /// The kind.
        kind: ConstraintKind,
    },
}

/// How many permitted subtrees a message lists.
const SHOWN_MAX: usize = 5;

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPermitted { permitted } => {
                f.write_str("only ")?;
                for (number, subtree) in permitted.iter().take(SHOWN_MAX).enumerate() {
                    let separator = if number == 0 { "" } else { ", " };
                    write!(f, "{separator}{subtree}")?;
                }
                match permitted.len() {
                    0..=1 => f.write_str(" is permitted"),
                    2..=SHOWN_MAX => f.write_str(" are permitted"),
                    all => write!(f, " and {} more are permitted", all - SHOWN_MAX),
                }
            }
            Self::Excluded { by } => write!(f, "{by} is excluded"),
            Self::NoHost => f.write_str("a URI without a host name cannot be compared"),
            Self::NotEvaluated { kind } => {
                write!(f, "there are some on {kind}, which are not evaluated here")
            }
        }
    }
}
