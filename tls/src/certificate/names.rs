//! Names of a certificate.
//!
//! Whoever made the certificate chose these bytes. A distinguished name is for people, and is escaped ([RFC 4514 §2.4]):
//! a commonName `x,O=Example` must not look like two attributes, nor move a cursor. A subjectAltName is for comparing, and
//! is kept as it is or not at all.
//!
//! [RFC 4514 §2.4]: https://www.rfc-editor.org/rfc/rfc4514#section-2.4
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use data_encoding::HEXLOWER;
use x509_parser::asn1_rs::ToDer;
use x509_parser::extensions::GeneralName;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// The longest distinguished name that is shown, in characters.
const SHOWN_CHARS_MAX: usize = 1024;

/// The subjectAltNames of a certificate ([RFC 5280 §4.2.1.6]), each kind in the order of the certificate.
///
/// Every text consists of visible ASCII. A name that does not, or an address that has neither 4 nor 16 octets, is left out
/// and counted: no host, mailbox or URI is called so, and a NUL within a name has deceived comparisons before.
///
/// [RFC 5280 §4.2.1.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubjectAltNames {
    /// DNS names as they stand there, `*.example.com` included. Compare them without regard to case.
    pub dns: Vec<String>,
    /// IP addresses.
    pub ip: Vec<IpAddr>,
    /// Mailboxes (`rfc822Name`).
    pub email: Vec<String>,
    /// URIs; a SPIFFE ID is one.
    pub uri: Vec<String>,
    /// How many names are of another kind, such as a directory name or an `otherName`.
    pub others: usize,
    /// How many names of the four kinds above are malformed.
    pub malformed: usize,
}

impl SubjectAltNames {
    pub(super) fn read(names: &[GeneralName<'_>]) -> Self {
        let mut found = Self::default();
        for name in names {
            let malformed = match name {
                GeneralName::DNSName(name) => keep(&mut found.dns, name),
                GeneralName::RFC822Name(name) => keep(&mut found.email, name),
                GeneralName::URI(name) => keep(&mut found.uri, name),
                GeneralName::IPAddress(octets) => match ip_address(octets) {
                    Some(address) => {
                        found.ip.push(address);
                        0
                    }
                    None => 1,
                },
                GeneralName::Invalid(tag, _) if matches!(tag.0, 1 | 2 | 6 | 7) => 1,
                _ => {
                    found.others = found.others.saturating_add(1);
                    0
                }
            };
            found.malformed = found.malformed.saturating_add(malformed);
        }
        found
    }

    /// Whether there is none, of any kind.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// As `openssl x509 -ext subjectAltName` prints them: `DNS:localhost, IP:127.0.0.1`. What was left out is counted.
impl fmt::Display for SubjectAltNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        let mut show = |f: &mut fmt::Formatter<'_>, kind: &str, name: &dyn fmt::Display| {
            let before = std::mem::replace(&mut separator, ", ");
            write!(f, "{before}{kind}{name}")
        };
        for name in &self.dns {
            show(f, "DNS:", name)?;
        }
        for address in &self.ip {
            show(f, "IP:", address)?;
        }
        for name in &self.email {
            show(f, "email:", name)?;
        }
        for name in &self.uri {
            show(f, "URI:", name)?;
        }
        match self.others.saturating_add(self.malformed) {
            0 => Ok(()),
            count => show(f, "others: ", &count),
        }
    }
}

impl fmt::Debug for SubjectAltNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{self}]")
    }
}

/// How many were malformed.
fn keep(kept: &mut Vec<String>, name: &str) -> usize {
    if name.is_empty() || !name.bytes().all(|octet| octet.is_ascii_graphic()) {
        return 1;
    }
    kept.push(name.to_owned());
    0
}

fn ip_address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(|octets| IpAddr::from(Ipv4Addr::from(octets)));
    let v6 = <[u8; 16]>::try_from(octets).map(|octets| IpAddr::from(Ipv6Addr::from(octets)));
    v4.or(v6).ok()
}

/// A distinguished name as in RFC 4514: the last step first, steps joined by `,`, attributes of one step by `+`.
pub(super) fn distinguished_name(name: &X509Name<'_>) -> String {
    let steps: Vec<String> = name
        .iter()
        .map(|step| step.iter().map(attribute).collect::<Vec<_>>().join("+"))
        .collect();
    let joined = steps.into_iter().rev().collect::<Vec<_>>().join(",");
    if joined.chars().nth(SHOWN_CHARS_MAX).is_none() {
        return joined;
    }
    joined.chars().take(SHOWN_CHARS_MAX).chain(['…']).collect()
}

/// A type that has no short name is shown by its number, and its value in hexadecimal DER ([RFC 4514 §2.3, §2.4]).
///
/// [RFC 4514 §2.3, §2.4]: https://www.rfc-editor.org/rfc/rfc4514#section-2.3
fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let oid = attribute.attr_type().to_id_string();
    match (short_name(&oid), attribute.as_str()) {
        (Some(label), Ok(value)) => format!("{label}={}", escaped(value)),
        (label, _) => {
            let der = attribute.attr_value().to_der_vec().unwrap_or_default();
            format!("{}=#{}", label.unwrap_or(&oid), HEXLOWER.encode(&der))
        }
    }
}

/// The table of RFC 4514 §3, and what else is common in certificates, by the names of RFC 4519 and RFC 2985.
fn short_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.5.4.3" => "CN",
        "2.5.4.4" => "sn",
        "2.5.4.5" => "serialNumber",
        "2.5.4.6" => "C",
        "2.5.4.7" => "L",
        "2.5.4.8" => "ST",
        "2.5.4.9" => "STREET",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "2.5.4.12" => "title",
        "2.5.4.42" => "givenName",
        "2.5.4.97" => "organizationIdentifier",
        "0.9.2342.19200300.100.1.1" => "UID",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        _ => return None,
    })
}

/// The separators get a backslash, and what a terminal could act on becomes the hexadecimal of its octets.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (position, c) in value.chars().enumerate() {
        let at_an_end = c == ' ' && (position == 0 || position == last);
        let special = matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\' | '=');
        if special || at_an_end || (c == '#' && position == 0) {
            text.push('\\');
            text.push(c);
        } else if c != '\'' && c.escape_debug().len() > 1 {
            for octet in c.encode_utf8(&mut [0; 4]).bytes() {
                // Writing into a String does not fail.
                let _ = write!(text, "\\{octet:02X}");
            }
        } else {
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_deceive_a_reader_is_escaped() {
        for (value, shown) in [
            ("localhost", "localhost"),
            ("Büro 'A'", "Büro 'A'"),
            ("x,O=Example", "x\\,O\\=Example"),
            ("#1", "\\#1"),
            ("a#1", "a#1"),
            (" a ", "\\ a\\ "),
            (" ", "\\ "),
            ("", ""),
            ("a\\b", "a\\\\b"),
            ("a\x1b[31m\n", "a\\1B[31m\\0A"),
            ("a\u{202e}b", "a\\E2\\80\\AEb"),
            ("a\0b", "a\\00b"),
        ] {
            assert_eq!(escaped(value), shown);
        }
    }

    #[test]
    fn a_name_with_an_invisible_octet_is_left_out_and_counted() {
        let names = SubjectAltNames::read(&[
            GeneralName::DNSName("a.test"),
            GeneralName::DNSName("a.test\0.b.test"),
            GeneralName::DNSName(""),
            GeneralName::URI("spiffe://a b"),
            GeneralName::IPAddress(&[127, 0, 0, 1]),
            GeneralName::IPAddress(&[127, 0, 0, 1, 255, 0, 0, 0]),
        ]);
        assert_eq!(names.dns, ["a.test"]);
        assert_eq!((names.ip.len(), names.malformed), (1, 4));
        assert_eq!(names.to_string(), "DNS:a.test, IP:127.0.0.1, others: 4");
    }
}
