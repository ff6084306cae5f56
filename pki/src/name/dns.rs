//! DNS names: what a label is, where a wildcard stands, how names beyond ASCII are written.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::borrow::Cow;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use super::NameFault;

/// The longest DNS name in text form, in characters ([RFC 1035 §2.3.4]: 255 octets on the wire).
///
/// [RFC 1035 §2.3.4]: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
pub const DNS_NAME_CHARS_MAX: usize = 253;

/// The longest label of a DNS name, in characters ([RFC 1035 §2.3.4]).
///
/// [RFC 1035 §2.3.4]: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
pub const LABEL_CHARS_MAX: usize = 63;

/// A DNS name, perhaps with a wildcard, in lower case and ASCII.
///
/// ```text
/// name     = [ "*." ] host                       two labels at least after "*."
/// ```
pub(crate) fn parse(name: &str) -> Result<String, NameFault> {
    if name == "*" {
        return Err(NameFault::WildcardTooWide);
    }
    let Some(rest) = name.strip_prefix("*.") else {
        return host(name);
    };
    if !rest.contains('.') && !rest.contains('*') {
        return Err(NameFault::WildcardTooWide);
    }
    let name = format!("*.{}", host(rest)?);
    if name.len() > DNS_NAME_CHARS_MAX {
        return Err(NameFault::TooLong);
    }
    Ok(name)
}

/// A DNS name without a wildcard, in lower case and ASCII.
///
/// ```text
/// host     = label *( "." label )                the last label not of digits only
/// label    = ld [ *61( ld / "-" ) ld ]
/// ld       = ALPHA / DIGIT / "_"
/// ```
pub(crate) fn host(name: &str) -> Result<String, NameFault> {
    if name.is_empty() {
        return Err(NameFault::Empty);
    }
    if name.chars().count() > DNS_NAME_CHARS_MAX {
        return Err(NameFault::TooLong);
    }
    if name.ends_with('.') {
        return Err(NameFault::TrailingDot);
    }
    if name.contains('*') {
        return Err(NameFault::WildcardPlace);
    }
    let name = a_labels(name)?;
    if name.len() > DNS_NAME_CHARS_MAX {
        return Err(NameFault::TooLong);
    }
    name.split('.').try_for_each(label)?;
    // An address that lacks a part, such as 127.1. No top-level domain is numeric, and resolvers may take it for IPv4.
    if name
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(NameFault::NumericEnd);
    }
    Ok(name.to_ascii_lowercase())
}

/// The ASCII form of a name beyond ASCII. Of an ASCII name only that its A-labels, if it has any, are some.
fn a_labels(name: &str) -> Result<Cow<'_, str>, NameFault> {
    let begins_like_one = |label: &str| {
        label
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("xn--"))
    };
    if name.is_ascii() && !name.split('.').any(begins_like_one) {
        return Ok(name.into());
    }
    // Empty labels and long ones have faults of their own, found afterwards.
    Uts46::new()
        .to_ascii(
            name.as_bytes(),
            AsciiDenyList::EMPTY,
            Hyphens::Allow,
            DnsLength::Ignore,
        )
        .map_err(|_| NameFault::Idna)
}

fn label(label: &str) -> Result<(), NameFault> {
    if label.is_empty() {
        return Err(NameFault::EmptyLabel);
    }
    if label.len() > LABEL_CHARS_MAX {
        return Err(NameFault::LabelTooLong);
    }
    match label
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'))
    {
        Some(' ' | '\t' | '\r' | '\n') => return Err(NameFault::Space),
        Some(found) => return Err(NameFault::Character { found }),
        None => {}
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(NameFault::Hyphen);
    }
    Ok(())
}
