use std::fmt;
use std::str::FromStr;

use super::{DnsPattern, PatternError};

/// A mailbox, or all of a domain: `*@example.org`.
///
/// The local part is compared as it stands, the domain without regard to case ([RFC 5280 §7.5]).
///
/// [RFC 5280 §7.5]: https://www.rfc-editor.org/rfc/rfc5280#section-7.5
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EmailPattern {
    /// `None` for all.
    local: Option<String>,
    domain: DnsPattern,
}

impl EmailPattern {
    /// Whether `mailbox`, of a certificate, is meant.
    pub fn fits(&self, mailbox: &str) -> bool {
        // A quoted local part may contain `@`, so the last one counts.
        let Some((local, domain)) = mailbox.rsplit_once('@') else {
            return false;
        };
        !local.is_empty()
            && self.local.as_deref().is_none_or(|wanted| wanted == local)
            && self.domain.fits(domain)
    }
}

impl FromStr for EmailPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let (local, domain) = text.rsplit_once('@').ok_or(PatternError::Email)?;
        let printable = local.bytes().all(|c| c.is_ascii_graphic());
        // A `*` among other characters is legal in a mailbox, and is likely to be meant as a wildcard.
        if local.is_empty() || !printable || (local.contains('*') && local != "*") {
            return Err(PatternError::Email);
        }
        if domain.contains('*') {
            return Err(PatternError::Email);
        }
        Ok(Self {
            local: (local != "*").then(|| local.to_owned()),
            domain: domain.parse().map_err(|_| PatternError::Email)?,
        })
    }
}

impl fmt::Display for EmailPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}@{}",
            self.local.as_deref().unwrap_or("*"),
            self.domain
        )
    }
}
