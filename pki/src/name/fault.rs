//! What is wrong with a name, and what to write instead.

use std::fmt;

use super::{DNS_NAME_CHARS_MAX, LABEL_CHARS_MAX, LOCAL_PART_CHARS_MAX, URI_BYTES_MAX};

/// Why a name may not stand in a certificate.
///
/// The text reads on from the name: "name `localhost:80` has a port".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameFault {
    /// Nothing at all.
    Empty,
    /// More than [`DNS_NAME_CHARS_MAX`] characters.
    TooLong,
    /// Two dots in a row, or one at the beginning.
    EmptyLabel,
    /// A label of more than [`LABEL_CHARS_MAX`] characters.
    LabelTooLong,
    /// A label that begins or ends with a hyphen.
    Hyphen,
    /// A character that this kind of name does not have.
    Character {
        /// The first such character.
        found: char,
    },
    /// White space.
    Space,
    /// A DNS name beyond ASCII without an ASCII form, or an A-label that decodes to nothing.
    Idna,
    /// A dot at the end. It belongs to DNS; certificates have names without it ([RFC 6125 §2.2]).
    ///
    /// [RFC 6125 §2.2]: https://www.rfc-editor.org/rfc/rfc6125#section-2.2
    TrailingDot,
    /// A last label of digits only.
    NumericEnd,
    /// A `*` that is not the whole leftmost label.
    WildcardPlace,
    /// A `*` with fewer than two labels to its right.
    WildcardTooWide,
    /// `host:port`.
    Port,
    /// A path, or a prefix length.
    Slash,
    /// Colons, but no IPv6 address.
    Address,
    /// An IPv6 address with a zone, which means nothing to another machine.
    Zone,
    /// An e-mail address without an `@`.
    NoAt,
    /// An e-mail address with nothing before the `@`, or with a dot at an end of that part, or with two in a row.
    LocalPartEmpty,
    /// An e-mail address with more than [`LOCAL_PART_CHARS_MAX`] characters before the `@`.
    LocalPartTooLong,
    /// An e-mail address whose local part is not ASCII.
    LocalPartNotAscii,
    /// No URI of [RFC 3986].
    ///
    /// [RFC 3986]: https://www.rfc-editor.org/rfc/rfc3986
    Uri,
    /// A URI of more than [`URI_BYTES_MAX`] bytes.
    UriTooLong,
    /// A URI that is not ASCII.
    UriNotAscii,
    /// A URI with a user name or a password.
    UserInformation,
    /// A SPIFFE ID without a trust domain, or with one that has other than lower-case letters, digits, `.`, `-`, `_`.
    SpiffeTrustDomain,
    /// A SPIFFE ID without a path, or with an empty segment, or with other than letters, digits, `.`, `-`, `_` in one.
    SpiffePath,
}

impl NameFault {
    /// What to write instead, if that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::WildcardTooWide => {
                Some("add a level, such as *.dev.localhost, or name each host")
            }
            Self::Port | Self::Slash => {
                Some("give the host alone: a certificate covers all its ports")
            }
            Self::TrailingDot => Some("leave the last dot away"),
            Self::UriNotAscii => Some("write other characters as %XX, and the host as its A-label"),
            Self::SpiffeTrustDomain | Self::SpiffePath => {
                Some("a SPIFFE ID is spiffe://trust-domain/path, as in spiffe://example.org/ns/web")
            }
            _ => None,
        }
    }
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::TooLong => write!(f, "is longer than {DNS_NAME_CHARS_MAX} characters"),
            Self::EmptyLabel => f.write_str("has an empty label"),
            Self::LabelTooLong => write!(f, "has a label longer than {LABEL_CHARS_MAX} characters"),
            Self::Hyphen => f.write_str("has a label that begins or ends with a hyphen"),
            Self::Character { found } => write!(f, "has the character {found:?}"),
            Self::Space => f.write_str("has white space"),
            Self::Idna => f.write_str("is no internationalized domain name"),
            Self::TrailingDot => f.write_str("ends with a dot"),
            Self::NumericEnd => f.write_str("ends like an IP address, but is none"),
            Self::WildcardPlace => {
                f.write_str("has a wildcard that is not its whole leftmost label")
            }
            Self::WildcardTooWide => f.write_str("has a wildcard that no client would match"),
            Self::Port => f.write_str("has a port"),
            Self::Slash => f.write_str("has a slash"),
            Self::Address => f.write_str("is no IP address"),
            Self::Zone => f.write_str("is an IPv6 address with a zone"),
            Self::NoAt => f.write_str("is an e-mail address without @"),
            Self::LocalPartEmpty => f.write_str("has an empty part before the @"),
            Self::LocalPartTooLong => {
                write!(
                    f,
                    "has more than {LOCAL_PART_CHARS_MAX} characters before the @"
                )
            }
            Self::LocalPartNotAscii => f.write_str("is not ASCII before the @"),
            Self::Uri => f.write_str("is no URI"),
            Self::UriTooLong => write!(f, "is longer than {URI_BYTES_MAX} bytes"),
            Self::UriNotAscii => f.write_str("is a URI that is not ASCII"),
            Self::UserInformation => f.write_str("is a URI with a user name or password"),
            Self::SpiffeTrustDomain => f.write_str("is a SPIFFE ID without a proper trust domain"),
            Self::SpiffePath => f.write_str("is a SPIFFE ID without a proper path"),
        }
    }
}
