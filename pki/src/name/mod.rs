//! The names that may stand in a certificate's subjectAltName ([RFC 5280 §4.2.1.6]), and why others may not.
//!
//! | file | what it holds |
//! |---|---|
//! | `kind.rs` | [`NameKind`]: what a profile allows and requires |
//! | `text.rs` | which kind of name a text is |
//! | `dns.rs` | DNS names, wildcards, names beyond ASCII |
//! | `email.rs` | e-mail addresses |
//! | `uri.rs` | URIs |
//! | `spiffe.rs` | SPIFFE IDs |
//! | `fault.rs` | [`NameFault`]: what is wrong with a name |
//!
//! A name that no client would ever match is refused here, with the reason, rather than signed. Decisions of ours:
//!
//! - An underscore is let through. It is no host name of [RFC 1123 §2.1], but resolvers, browsers, OpenSSL and webpki
//!   take it, and container tools make such names.
//! - A wildcard needs two labels to its right. `*.localhost` is what one would like to write for development, but
//!   OpenSSL, webpki and browsers never match it.
//! - A DNS name beyond ASCII becomes its A-label form ([RFC 5280 §7.2]), as a browser would convert it (UTS #46): clients
//!   ask for `xn--bcher-kva.test` when someone types `bücher.test`. An A-label that decodes to nothing is refused.
//! - An e-mail address has an ASCII local part without quotes; others need a form that few clients know ([RFC 9598]).
//! - A URI has no user information: a password would be published in every handshake.
//!
//! [RFC 1123 §2.1]: https://www.rfc-editor.org/rfc/rfc1123#section-2.1
//! [RFC 5280 §4.2.1.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6
//! [RFC 5280 §7.2]: https://www.rfc-editor.org/rfc/rfc5280#section-7.2
//! [RFC 9598]: https://www.rfc-editor.org/rfc/rfc9598

pub(crate) mod dns;
pub(crate) mod email;
mod fault;
mod kind;
mod spiffe;
mod text;
pub(crate) mod uri;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

pub use dns::{DNS_NAME_CHARS_MAX, LABEL_CHARS_MAX};
pub use email::LOCAL_PART_CHARS_MAX;
pub use fault::NameFault;
pub use kind::NameKind;
pub use uri::URI_BYTES_MAX;

use crate::error::Error;
use crate::text::printable;

/// One name of a certificate.
///
/// It is read from text as a user writes it: `localhost`, `*.a.test`, `127.0.0.1`, `::1`, `[::1]`, `me@a.test`,
/// `spiffe://a.test/db`. `dns:`, `ip:`, `email:` or `uri:` before it say which kind is meant, as for a URI without
/// `://`. DNS names, and the host of an e-mail address, become lower case and ASCII. A value built by hand is checked
/// when a certificate is issued for it.
///
/// ```
/// use wharf_pki::SubjectAltName;
/// assert_eq!("LocalHost".parse(), Ok(SubjectAltName::Dns("localhost".into())));
/// assert_eq!("bücher.test".parse(), Ok(SubjectAltName::Dns("xn--bcher-kva.test".into())));
/// assert_eq!("[::1]".parse::<SubjectAltName>().unwrap().to_string(), "::1");
/// assert_eq!("uri:urn:x:1".parse(), Ok(SubjectAltName::Uri("urn:x:1".into())));
/// assert!("localhost:8443".parse::<SubjectAltName>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SubjectAltName {
    /// A DNS name, perhaps with `*` as its leftmost label.
    Dns(String),
    /// An IP address.
    Ip(IpAddr),
    /// An e-mail address: rfc822Name, `local-part@domain`.
    Email(String),
    /// A URI with its scheme: uniformResourceIdentifier.
    Uri(String),
}

impl SubjectAltName {
    /// Which kind of name it is.
    pub fn kind(&self) -> NameKind {
        match self {
            Self::Dns(name) if name.starts_with('*') => NameKind::Wildcard,
            Self::Dns(_) => NameKind::Dns,
            Self::Ip(_) => NameKind::Ip,
            Self::Email(_) => NameKind::Email,
            Self::Uri(uri) if spiffe::has_scheme(uri) => NameKind::Spiffe,
            Self::Uri(_) => NameKind::Uri,
        }
    }

    /// The same name, checked, in the form in which it is written.
    pub(crate) fn checked(&self) -> Result<Self, Error> {
        match self {
            Self::Dns(name) => dns::parse(name).map(Self::Dns),
            Self::Ip(_) => Ok(self.clone()),
            Self::Email(address) => email::parse(address).map(Self::Email),
            Self::Uri(uri) => uri::parse(uri).map(Self::Uri),
        }
        .map_err(|fault| refused(&self.to_string(), fault))
    }
}

/// Without its kind, which shows except in a URI without `://`.
impl fmt::Display for SubjectAltName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) | Self::Email(name) | Self::Uri(name) => f.write_str(name),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

impl From<IpAddr> for SubjectAltName {
    fn from(address: IpAddr) -> Self {
        Self::Ip(address)
    }
}

impl FromStr for SubjectAltName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        text::parse(name).map_err(|fault| refused(name, fault))
    }
}

pub(crate) fn refused(name: &str, fault: NameFault) -> Error {
    Error::Name {
        name: printable(name),
        fault,
    }
}
