//! One line of the rules: a form for each kind of name.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

mod dns;
mod email;
mod ip;
mod spiffe;

use std::fmt;
use std::str::FromStr;

pub use dns::DnsPattern;
pub use email::EmailPattern;
pub use ip::IpPattern;
pub use spiffe::SpiffePattern;

use super::{PeerIdentity, SpiffeIdError};
use crate::certificate::SpkiPin;

/// Which peers are meant.
///
/// | text | means |
/// |---|---|
/// | `spiffe://example.org/ns/*/sa/web` | the peer's SPIFFE ID; `*` is one segment, `**` at the end is one or more |
/// | `dns:db.example.org`, `dns:*.example.org` | a DNS name among its subjectAltNames; `*` is one label, the left-most |
/// | `email:a@example.org`, `email:*@example.org` | a mailbox among them |
/// | `ip:192.0.2.1`, `ip:2001:db8::/32` | an IP address among them: of the certificate, not of the connection |
/// | `sha256//…` | its public key |
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PeerPattern {
    /// By SPIFFE ID.
    Spiffe(SpiffePattern),
    /// By DNS name.
    Dns(DnsPattern),
    /// By mailbox.
    Email(EmailPattern),
    /// By IP address.
    Ip(IpPattern),
    /// By public key.
    Key(SpkiPin),
}

impl PeerPattern {
    /// Whether `peer` is meant.
    pub fn fits(&self, peer: &PeerIdentity) -> bool {
        match self {
            Self::Spiffe(pattern) => peer.spiffe_id().is_some_and(|id| pattern.fits(id)),
            Self::Dns(pattern) => peer.dns_names().iter().any(|name| pattern.fits(name)),
            Self::Email(pattern) => peer.emails().iter().any(|name| pattern.fits(name)),
            Self::Ip(pattern) => peer.ip_addresses().iter().any(|ip| pattern.fits(*ip)),
            Self::Key(pin) => peer.spki_pin() == *pin,
        }
    }
}

impl FromStr for PeerPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        if text.starts_with("spiffe://") {
            return text.parse().map(Self::Spiffe);
        }
        if text.starts_with("sha256/") {
            return text.parse().map(Self::Key).map_err(|_| PatternError::Key);
        }
        match text.split_once(':') {
            Some(("dns", name)) => name.parse().map(Self::Dns),
            Some(("email", name)) => name.parse().map(Self::Email),
            Some(("ip", network)) => network.parse().map(Self::Ip),
            _ => Err(PatternError::Kind),
        }
    }
}

impl fmt::Display for PeerPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spiffe(pattern) => pattern.fmt(f),
            Self::Dns(pattern) => write!(f, "dns:{pattern}"),
            Self::Email(pattern) => write!(f, "email:{pattern}"),
            Self::Ip(pattern) => write!(f, "ip:{pattern}"),
            Self::Key(pin) => pin.fmt(f),
        }
    }
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// It starts with none of the forms.
    #[error("a pattern starts with `spiffe://`, `dns:`, `email:`, `ip:` or `sha256//`")]
    Kind,
    /// A SPIFFE pattern that no SPIFFE ID could fit.
    #[error("the pattern fits no SPIFFE ID")]
    Spiffe(#[source] SpiffeIdError),
    /// `*` beside other characters, or `**` before the end.
    #[error("`*` stands for one whole segment of the path, `**` for all at its end")]
    SpiffeWildcard,
    /// Not a DNS name.
    #[error("not a DNS name of labels of letters, digits, `-` and `_`")]
    Dns,
    /// `*` anywhere but as the whole left-most label, or with fewer than two labels behind it.
    #[error("`*` stands for the whole left-most label, and two labels follow")]
    DnsWildcard,
    /// Not a mailbox.
    #[error("not a mailbox `local@domain` or `*@domain`")]
    Email,
    /// Not an address or a prefix.
    #[error("not an IP address or prefix")]
    Ip,
    /// A prefix such as 10.0.0.1/8: it says less than whoever wrote it meant, or more.
    #[error("bits are set behind the length of the prefix")]
    IpHostBits,
    /// Not a pin.
    #[error("not a pin `sha256//` and base64")]
    Key,
}
