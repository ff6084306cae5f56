//! The names that a request asks for.
//!
//! A name becomes a [`SubjectAltName`] if one may stand in a certificate of ours. Whatever may not is kept as text, so that
//! whoever issues sees what they leave out.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;
use std::net::IpAddr;

use x509_parser::extensions::GeneralName;

use crate::inspect::general_name;
use crate::name::SubjectAltName;

/// A name that is asked for, and that no certificate of ours may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OtherName {
    /// `DNS`, `IP`, `email`, `URI`, `dirName`, `RID` or `other`, as [`CertificateInfo`](crate::CertificateInfo) has them.
    pub kind: String,
    /// The name, escaped and cut, so that it can be printed.
    pub value: String,
}

impl fmt::Display for OtherName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.value)
    }
}

/// The names of a subjectAltName, each once.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) usable: Vec<SubjectAltName>,
    pub(super) other: Vec<OtherName>,
}

impl Names {
    pub(super) fn read(asked: &[GeneralName<'_>]) -> Self {
        let mut names = Self::default();
        for name in asked {
            match usable(name) {
                Some(name) if names.usable.contains(&name) => {}
                Some(name) => names.usable.push(name),
                None => names.other.push(other(name)),
            }
        }
        names
    }
}

/// The name as it may stand in a certificate: one arm for each kind that [`SubjectAltName`] has.
fn usable(name: &GeneralName<'_>) -> Option<SubjectAltName> {
    let name = match name {
        GeneralName::DNSName(name) => SubjectAltName::Dns((*name).to_owned()),
        GeneralName::IPAddress(octets) => ip_address(octets)?.into(),
        GeneralName::RFC822Name(address) => SubjectAltName::Email((*address).to_owned()),
        GeneralName::URI(uri) => SubjectAltName::Uri((*uri).to_owned()),
        _ => return None,
    };
    name.checked().ok()
}

fn ip_address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    let v6 = <[u8; 16]>::try_from(octets).map(IpAddr::from);
    v4.or(v6).ok()
}

fn other(name: &GeneralName<'_>) -> OtherName {
    let shown = general_name(name);
    let (kind, value) = shown.split_once(':').unwrap_or((&shown, ""));
    OtherName {
        kind: kind.to_owned(),
        value: value.to_owned(),
    }
}
