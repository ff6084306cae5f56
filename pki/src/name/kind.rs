//! The kinds of names, as profiles speak of them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of name. Profiles are finer here than [RFC 5280 §4.2.1.6]: a wildcard is a dNSName, a SPIFFE ID a URI.
///
/// [RFC 5280 §4.2.1.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NameKind {
    /// A DNS name without a wildcard.
    Dns,
    /// A DNS name whose leftmost label is `*`.
    Wildcard,
    /// An IP address.
    Ip,
    /// An e-mail address.
    Email,
    /// A URI that is no SPIFFE ID.
    Uri,
    /// A SPIFFE ID: a URI with the scheme `spiffe`.
    Spiffe,
}

impl fmt::Display for NameKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "DNS name",
            Self::Wildcard => "wildcard",
            Self::Ip => "IP address",
            Self::Email => "e-mail address",
            Self::Uri => "URI",
            Self::Spiffe => "SPIFFE ID",
        })
    }
}
