//! Extensions ([RFC 8446 §4.2]).
//!
//! [RFC 8446 §4.2]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use super::cursor::{Cursor, Value, Width};
use super::{Body, Malformed};

/// What the server adds once the keys are there ([RFC 8446 §4.3.1]).
///
/// [RFC 8446 §4.3.1]: https://www.rfc-editor.org/rfc/rfc8446#section-4.3.1
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extensions {
    /// The protocol that it chose by ALPN.
    pub alpn: Option<Vec<u8>>,
    /// The groups that it would have liked better.
    pub groups: Vec<u16>,
    /// Whether it took the name of the server into account.
    pub knows_name: bool,
    /// The types of all extensions.
    pub extensions: Vec<u16>,
}

/// Reads all extensions, and hands out the content of each.
pub(super) fn extensions(
    at: &mut Cursor<'_>,
    mut read: impl FnMut(u16, &mut Cursor<'_>) -> Result<(), Malformed>,
) -> Result<Vec<u16>, Malformed> {
    at.vector(Width::Two, "extensions", |list| {
        let mut kinds: Vec<u16> = Vec::new();
        while !list.is_empty() {
            let kind = list.u16("extension_type", Value::Extension)?;
            if kinds.contains(&kind) {
                return Err(Malformed::Twice(kind));
            }
            kinds.push(kind);
            list.vector(Width::Two, "extension_data", |content| {
                // Empty where one side only says that it knows it.
                if content.is_empty() {
                    Ok(())
                } else {
                    read(kind, content)
                }
            })?;
        }
        Ok(kinds)
    })
}

pub(super) fn encrypted_extensions(at: &mut Cursor<'_>) -> Result<Body, Malformed> {
    let mut told = Extensions::default();
    told.extensions = extensions(at, |kind, at| {
        match kind {
            10 => told.groups = named_groups(at)?,
            16 => told.alpn = protocol_names(at)?.into_iter().next(),
            _ => {
                at.all("extension_data")?;
            }
        }
        Ok(())
    })?;
    told.knows_name = told.extensions.contains(&0);
    Ok(Body::EncryptedExtensions(told))
}

/// [RFC 8446 §4.2.7].
///
/// [RFC 8446 §4.2.7]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.7
pub(super) fn named_groups(at: &mut Cursor<'_>) -> Result<Vec<u16>, Malformed> {
    let (list, one) = ("named_group_list", "named_group");
    at.u16s(Width::Two, list, one, Value::NamedGroup)
}

/// [RFC 8446 §4.2.3].
///
/// [RFC 8446 §4.2.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.3
pub(super) fn signature_schemes(at: &mut Cursor<'_>) -> Result<Vec<u16>, Malformed> {
    let (list, one) = ("supported_signature_algorithms", "signature_scheme");
    at.u16s(Width::Two, list, one, Value::SignatureScheme)
}

/// [RFC 6066 §3].
///
/// [RFC 6066 §3]: https://www.rfc-editor.org/rfc/rfc6066#section-3
pub(super) fn server_names(at: &mut Cursor<'_>) -> Result<Option<String>, Malformed> {
    at.vector(Width::Two, "server_name_list", |list| {
        let mut first = None;
        while !list.is_empty() {
            list.u8("name_type", |it| Value::Number(it.into()))?;
            let name = text(list, Width::Two, "host_name")?;
            first.get_or_insert(name);
        }
        Ok(first)
    })
}

/// [RFC 7301 §3.1].
///
/// [RFC 7301 §3.1]: https://www.rfc-editor.org/rfc/rfc7301#section-3.1
pub(super) fn protocol_names(at: &mut Cursor<'_>) -> Result<Vec<Vec<u8>>, Malformed> {
    at.vector(Width::Two, "protocol_name_list", |list| {
        let mut names = Vec::new();
        while !list.is_empty() {
            names.push(text(list, Width::One, "protocol_name")?.into_bytes());
        }
        Ok(names)
    })
}

/// Text that may be anything.
fn text(at: &mut Cursor<'_>, width: Width, name: &'static str) -> Result<String, Malformed> {
    let bytes = at.peek_opaque(width, name)?;
    let text = String::from_utf8_lossy(bytes).into_owned();
    at.valued(width, name, Value::Text(text.clone()))?;
    Ok(text)
}
