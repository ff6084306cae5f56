//! Names of a certificate as text.
//!
//! Whoever made the certificate chose these bytes. A comma inside a value is escaped, as in [RFC 4514 §2.4], so that a
//! commonName `x, O=Example` does not look like two attributes; whatever a terminal would act on is escaped too.
//!
//! [RFC 4514 §2.4]: https://www.rfc-editor.org/rfc/rfc4514#section-2.4
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use data_encoding::HEXLOWER;
use x509_parser::extensions::GeneralName;
use x509_parser::objects::{oid_registry, oid2abbrev};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use crate::text::printable;

/// `O=Example, CN=localhost`: in the order of the certificate, which is the other way round than in RFC 4514 and the one
/// that openssl prints. Attributes of one step are joined by `+`.
pub(crate) fn distinguished_name(name: &X509Name<'_>) -> String {
    let steps = name
        .iter()
        .map(|step| step.iter().map(attribute).collect::<Vec<_>>().join("+"));
    steps.collect::<Vec<_>>().join(", ")
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let oid = attribute.attr_type();
    let label = match oid2abbrev(oid, oid_registry()) {
        // RFC 5280, RFC 2985 and openssl call it so; the registry does not.
        Ok("Email") => "emailAddress".to_owned(),
        Ok(label) => label.to_owned(),
        Err(_) => oid.to_id_string(),
    };
    match attribute.as_str() {
        Ok(value) => format!("{label}={}", escaped(value)),
        Err(_) => format!("{label}=#{}", hex(attribute.as_slice())),
    }
}

/// The characters that separate attributes get a backslash.
fn escaped(value: &str) -> String {
    let mut text = String::new();
    for c in printable(value).chars() {
        if matches!(c, ',' | '+' | '"' | ';' | '<' | '>' | '=') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// A subjectAltName with its kind before it: `DNS:localhost`.
pub(crate) fn general_name(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(name) => format!("DNS:{}", printable(name)),
        GeneralName::IPAddress(octets) => format!("IP:{}", ip_address(octets)),
        GeneralName::RFC822Name(name) => format!("email:{}", printable(name)),
        GeneralName::URI(uri) => format!("URI:{}", printable(uri)),
        GeneralName::DirectoryName(name) => format!("dirName:{}", distinguished_name(name)),
        GeneralName::RegisteredID(oid) => format!("RID:{}", oid.to_id_string()),
        GeneralName::OtherName(oid, _) => format!("other:{}", oid.to_id_string()),
        GeneralName::X400Address(_) => "x400:unread".into(),
        GeneralName::EDIPartyName(_) => "ediParty:unread".into(),
        GeneralName::Invalid(tag, octets) => format!("malformed:[{}] #{}", tag.0, hex(octets)),
    }
}

fn ip_address(octets: &[u8]) -> String {
    let v4 = <[u8; 4]>::try_from(octets).map(|octets| IpAddr::from(Ipv4Addr::from(octets)));
    let v6 = <[u8; 16]>::try_from(octets).map(|octets| IpAddr::from(Ipv6Addr::from(octets)));
    v4.or(v6).map_or_else(
        |_| format!("#{}", hex(octets)),
        |address| address.to_string(),
    )
}

fn hex(octets: &[u8]) -> String {
    printable(&HEXLOWER.encode(octets))
}
