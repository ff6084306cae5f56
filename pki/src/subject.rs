//! Distinguished names ([RFC 5280 §4.1.2.4], [RFC 5280 §4.1.2.6]).
//!
//! [RFC 5280 §4.1.2.4]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.4
//! [RFC 5280 §4.1.2.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.6
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::collections::BTreeMap;
use std::fmt;

use rcgen::{DistinguishedName, DnType, DnValue};
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::asn1_rs::Tag;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use crate::error::Error;

/// The longest attribute, in characters: `ub-common-name`, `ub-organization-name` and `ub-organizational-unit-name` of
/// [RFC 5280 A.1]. Localities and states might have twice as many there.
///
/// [RFC 5280 A.1]: https://www.rfc-editor.org/rfc/rfc5280#appendix-A.1
pub const ATTRIBUTE_CHARS_MAX: usize = 64;

/// Whom a certificate names. Of a CA it is what people see in their trust store, so it should say whose CA this is.
///
/// An attribute has 1 to [`ATTRIBUTE_CHARS_MAX`] characters and no control characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The commonName. There is no default: an empty one is refused.
    pub common_name: String,
    /// The organizationName. The default is none.
    pub organization: Option<String>,
    /// The organizationalUnitName. The default is none.
    pub organizational_unit: Option<String>,
    /// The localityName: a town. The default is none.
    pub locality: Option<String>,
    /// The stateOrProvinceName. The default is none.
    pub state: Option<String>,
    /// The countryName: two capital letters of ISO 3166. The default is none.
    pub country: Option<String>,
}

/// [`Subject`], where it is a CA's.
pub type CaSubject = Subject;

impl Subject {
    /// A subject that has only a commonName.
    pub fn new(common_name: impl Into<String>) -> Self {
        Self {
            common_name: common_name.into(),
            ..Self::default()
        }
    }

    pub(crate) fn to_distinguished_name(&self) -> Result<DistinguishedName, Error> {
        let mut name = DistinguishedName::new();
        // A PrintableString by RFC 5280 A.1, which two letters always are.
        if let Some(country) = &self.country {
            let country = checked_country(country)?;
            name.push(
                DnType::CountryName,
                DnValue::PrintableString(country.try_into()?),
            );
        }
        // From the general to the particular, as others write it.
        for (attribute, value) in [
            (DnType::StateOrProvinceName, &self.state),
            (DnType::LocalityName, &self.locality),
            (DnType::OrganizationName, &self.organization),
            (DnType::OrganizationalUnitName, &self.organizational_unit),
            (DnType::CommonName, &Some(self.common_name.clone())),
        ] {
            if let Some(value) = value {
                name.push(attribute, checked(value)?);
            }
        }
        Ok(name)
    }
}

fn checked(attribute: &str) -> Result<&str, Error> {
    let fault = if attribute.trim().is_empty() {
        SubjectFault::Empty
    } else if attribute.chars().count() > ATTRIBUTE_CHARS_MAX {
        SubjectFault::TooLong {
            limit_chars: ATTRIBUTE_CHARS_MAX,
        }
    } else if attribute.chars().any(char::is_control) {
        SubjectFault::ControlCharacter
    } else {
        return Ok(attribute);
    };
    Err(Error::Subject { fault })
}

fn checked_country(country: &str) -> Result<&str, Error> {
    if country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase()) {
        Ok(country)
    } else {
        Err(Error::Subject {
            fault: SubjectFault::Country,
        })
    }
}

/// The subject of a CA certificate as rcgen holds it: a map from attribute type to value.
///
/// A subject that has a type twice, two attributes in one step or none at all would come out changed as an issuer field,
/// and no path would lead through it.
pub(crate) fn of_certificate(
    certificate: &X509Certificate<'_>,
) -> Result<DistinguishedName, Error> {
    let mut name = DistinguishedName::new();
    for step in certificate.subject().iter() {
        let mut attributes = step.iter();
        let (Some(attribute), None) = (attributes.next(), attributes.next()) else {
            return Err(Error::UnsupportedIssuerName);
        };
        let arcs = attribute.attr_type().iter();
        let attribute_type: Vec<u64> = arcs.ok_or(Error::UnsupportedIssuerName)?.collect();
        let attribute_type = DnType::from_oid(&attribute_type);
        if name.get(&attribute_type).is_some() {
            return Err(Error::UnsupportedIssuerName);
        }
        name.push(attribute_type, value(attribute)?);
    }
    // A CA's subject is never empty: RFC 5280 §4.1.2.6.
    if name.iter().next().is_none() {
        Err(Error::UnsupportedIssuerName)
    } else {
        Ok(name)
    }
}

/// A name of others, if it has the attributes of [`Subject`] and no more, each once, and a commonName among them.
pub(crate) fn fields(name: &X509Name<'_>) -> Option<Subject> {
    let mut fields = BTreeMap::new();
    for attribute in name.iter_attributes() {
        let value = attribute.as_str().ok()?.to_owned();
        let attribute_type = attribute.attr_type().to_id_string();
        if fields.insert(attribute_type, value).is_some() {
            return None;
        }
    }
    let subject = Subject {
        common_name: fields.remove("2.5.4.3")?,
        organization: fields.remove("2.5.4.10"),
        organizational_unit: fields.remove("2.5.4.11"),
        locality: fields.remove("2.5.4.7"),
        state: fields.remove("2.5.4.8"),
        country: fields.remove("2.5.4.6"),
    };
    fields.is_empty().then_some(subject)
}

fn value(attribute: &AttributeTypeAndValue<'_>) -> Result<DnValue, Error> {
    let unsupported = |_| Error::UnsupportedIssuerName;
    let octets = attribute.as_slice();
    let text = || String::from_utf8(octets.to_vec()).map_err(|_| Error::UnsupportedIssuerName);
    Ok(match attribute.attr_value().tag() {
        Tag::Utf8String => DnValue::Utf8String(text()?),
        Tag::PrintableString => DnValue::PrintableString(text()?.try_into().map_err(unsupported)?),
        Tag::Ia5String => DnValue::Ia5String(text()?.try_into().map_err(unsupported)?),
        Tag::T61String => DnValue::TeletexString(text()?.try_into().map_err(unsupported)?),
        Tag::BmpString => DnValue::BmpString(
            rcgen::string::BmpString::from_utf16be(octets.to_vec()).map_err(unsupported)?,
        ),
        Tag::UniversalString => DnValue::UniversalString(
            rcgen::string::UniversalString::from_utf32be(octets.to_vec()).map_err(unsupported)?,
        ),
        _ => return Err(Error::UnsupportedIssuerName),
    })
}

/// Why a certificate may not have a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubjectFault {
    /// An attribute is empty or blank.
    Empty,
    /// An attribute is longer than [`ATTRIBUTE_CHARS_MAX`].
    TooLong {
        /// The limit.
        limit_chars: usize,
    },
    /// An attribute has a control character.
    ControlCharacter,
    /// A country that is not two capital letters.
    Country,
}

impl fmt::Display for SubjectFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::TooLong { limit_chars } => write!(f, "has more than {limit_chars} characters"),
            Self::ControlCharacter => f.write_str("has a control character"),
            Self::Country => f.write_str("has a country that is not two capital letters"),
        }
    }
}
