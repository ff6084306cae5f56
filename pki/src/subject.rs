//! The distinguished name of a CA ([RFC 5280 §4.1.2.4], [RFC 5280 §4.1.2.6]).
//!
//! [RFC 5280 §4.1.2.4]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.4
//! [RFC 5280 §4.1.2.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.6

use std::fmt;

use rcgen::{DistinguishedName, DnType};

use crate::error::Error;

/// The longest commonName or organizationName, in characters: `ub-common-name` and `ub-organization-name` of
/// [RFC 5280 A.1].
///
/// [RFC 5280 A.1]: https://www.rfc-editor.org/rfc/rfc5280#appendix-A.1
pub const ATTRIBUTE_CHARS_MAX: usize = 64;

/// Whom a CA certificate names. It is what people see in their trust store, so it should say whose CA this is.
///
/// An attribute has 1 to [`ATTRIBUTE_CHARS_MAX`] characters and no control characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaSubject {
    /// The commonName. There is no default: an empty one is refused.
    pub common_name: String,
    /// The organizationName. The default is none.
    pub organization: Option<String>,
}

impl CaSubject {
    /// A subject that has only a commonName.
    pub fn new(common_name: impl Into<String>) -> Self {
        Self {
            common_name: common_name.into(),
            organization: None,
        }
    }

    pub(crate) fn to_distinguished_name(&self) -> Result<DistinguishedName, Error> {
        let mut name = DistinguishedName::new();
        // From the general to the particular, as others write it.
        if let Some(organization) = &self.organization {
            name.push(DnType::OrganizationName, checked(organization)?);
        }
        name.push(DnType::CommonName, checked(&self.common_name)?);
        Ok(name)
    }
}

fn checked(attribute: &str) -> Result<&str, Error> {
    let fault = if attribute.trim().is_empty() {
        SubjectFault::Empty
    } else if attribute.chars().count() > ATTRIBUTE_CHARS_MAX {
        SubjectFault::TooLong {
            limit_chars: ATTRIBUTE_CHARS_MAX,
        }
    } else if attribute.chars().any(char::is_control) {
        SubjectFault::ControlCharacter
    } else {
        return Ok(attribute);
    };
    Err(Error::Subject { fault })
}

/// Why a CA may not have a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubjectFault {
    /// An attribute is empty or blank.
    Empty,
    /// An attribute is longer than [`ATTRIBUTE_CHARS_MAX`].
    TooLong {
        /// The limit.
        limit_chars: usize,
    },
    /// An attribute has a control character.
    ControlCharacter,
}

impl fmt::Display for SubjectFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::TooLong { limit_chars } => write!(f, "has more than {limit_chars} characters"),
            Self::ControlCharacter => f.write_str("has a control character"),
        }
    }
}
