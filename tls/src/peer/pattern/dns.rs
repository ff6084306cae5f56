use std::fmt;
use std::str::FromStr;

use super::PatternError;

/// The longest DNS name and label, in bytes ([RFC 1035 §2.3.4], as text).
///
/// [RFC 1035 §2.3.4]: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// A DNS name, or `*.` and a DNS name of two labels or more. The case does not matter.
///
/// `*` fits exactly one label. It does not fit a certificate's own `*`: a peer with a certificate for `*.example.org` has
/// not proved to be any one host of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DnsPattern {
    wildcard: bool,
    /// Lower-case, without the wildcard label.
    name: String,
}

impl DnsPattern {
    /// Whether `name`, of a certificate, is meant.
    pub fn fits(&self, name: &str) -> bool {
        if !self.wildcard {
            return name.eq_ignore_ascii_case(&self.name);
        }
        let Some((label, parent)) = name.split_once('.') else {
            return false;
        };
        is_label(label) && parent.eq_ignore_ascii_case(&self.name)
    }
}

impl FromStr for DnsPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let (wildcard, name) = match text.strip_prefix("*.") {
            Some(parent) => (true, parent),
            None => (false, text),
        };
        if name.contains('*') || (wildcard && !name.contains('.')) {
            return Err(PatternError::DnsWildcard);
        }
        if text.len() > NAME_BYTES_MAX || !name.split('.').all(is_label) {
            return Err(PatternError::Dns);
        }
        Ok(Self {
            wildcard,
            name: name.to_ascii_lowercase(),
        })
    }
}

impl fmt::Display for DnsPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wildcard = if self.wildcard { "*." } else { "" };
        write!(f, "{wildcard}{}", self.name)
    }
}

/// An underscore is no letter of a host name, but stands in names that certificates carry.
pub(super) fn is_label(label: &str) -> bool {
    (1..=LABEL_BYTES_MAX).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_'))
}
