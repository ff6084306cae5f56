//! E-mail addresses in a certificate: a Mailbox of [RFC 5321 §4.1.2], in ASCII ([RFC 5280 §4.2.1.6]).
//!
//! [RFC 5280 §4.2.1.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6
//! [RFC 5321 §4.1.2]: https://www.rfc-editor.org/rfc/rfc5321#section-4.1.2
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use super::{NameFault, dns};

/// The longest part before the `@`, in characters ([RFC 5321 §4.5.3.1.1]).
///
/// [RFC 5321 §4.5.3.1.1]: https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.1
pub const LOCAL_PART_CHARS_MAX: usize = 64;

/// The local part as it is, for only its host may say whether case matters; the domain in lower case and ASCII.
///
/// ```text
/// mailbox    = local-part "@" domain
/// local-part = 1*atext *( "." 1*atext )          no quoted strings
/// ```
pub(crate) fn parse(address: &str) -> Result<String, NameFault> {
    let (local, domain) = address.rsplit_once('@').ok_or(NameFault::NoAt)?;
    if !local.is_ascii() {
        return Err(NameFault::LocalPartNotAscii);
    }
    if local.len() > LOCAL_PART_CHARS_MAX {
        return Err(NameFault::LocalPartTooLong);
    }
    if local.split('.').any(str::is_empty) {
        return Err(NameFault::LocalPartEmpty);
    }
    match local.chars().find(|&c| !is_atext(c) && c != '.') {
        Some(' ' | '\t' | '\r' | '\n') => return Err(NameFault::Space),
        Some(found) => return Err(NameFault::Character { found }),
        None => {}
    }
    Ok(format!("{local}@{}", dns::host(domain)?))
}

/// [RFC 5322 §3.2.3].
///
/// [RFC 5322 §3.2.3]: https://www.rfc-editor.org/rfc/rfc5322#section-3.2.3
fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}
