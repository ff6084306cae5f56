//! What a CA and the CAs above it demand of what it issues.
//!
//! ```text
//! links: 0 the CA itself ── 1 its issuer ── 2 that one's issuer ── …      as far as they are known
//! ```
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use rcgen::{DistinguishedName, DnType, DnValue, KeyIdMethod};
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::oid_registry::{
    OID_X509_EXT_NAME_CONSTRAINTS, OID_X509_EXT_SUBJECT_KEY_IDENTIFIER,
};

use crate::certificate::Certificate;
use crate::constraints::{self, Breach, NameConstraints};
use crate::error::Error;
use crate::inspect::distinguished_name;
use crate::name::SubjectAltName;
use crate::validity::Validity;

/// The most CAs above a CA. Paths of the Web have two.
pub const ISSUERS_MAX: usize = 8;

/// A CA certificate, and what it demands.
#[derive(Debug)]
pub(crate) struct Link {
    certificate: Certificate,
    name: String,
    path_len: Option<u32>,
    constraints: NameConstraints,
}

impl Link {
    /// Reads what matters. What is no CA, or may not sign, is refused.
    pub(crate) fn read(certificate: Certificate) -> Result<Self, Error> {
        let parsed = certificate.parsed()?;
        let basic = parsed
            .basic_constraints()
            .map_err(|_| Error::MalformedCertificate)?
            .filter(|found| found.value.ca)
            .ok_or(Error::NotACa)?;
        let usage = parsed
            .key_usage()
            .map_err(|_| Error::MalformedCertificate)?;
        if usage.is_some_and(|found| !found.value.key_cert_sign()) {
            return Err(Error::MayNotSign);
        }
        let path_len = basic.value.path_len_constraint;
        let name = distinguished_name(parsed.subject());
        let constraints = match extension_value(&parsed)? {
            Some(value) => constraints::read(value)?,
            None => NameConstraints::default(),
        };
        drop(parsed);
        Ok(Self {
            certificate,
            name,
            path_len,
            constraints,
        })
    }

    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The subject, for people.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn path_len(&self) -> Option<u32> {
        self.path_len
    }

    pub(crate) fn constraints(&self) -> &NameConstraints {
        &self.constraints
    }

    /// The constraints as they stand in the certificate.
    pub(crate) fn constraints_der(&self) -> Option<Vec<u8>> {
        let parsed = self.certificate.parsed().ok()?;
        extension_value(&parsed).ok()?.map(<[u8]>::to_vec)
    }

    /// The subjectKeyIdentifier: what certificates below refer to, however it was made.
    pub(crate) fn key_identifier(&self) -> Option<KeyIdMethod> {
        let parsed = self.certificate.parsed().ok()?;
        let found = parsed
            .get_extension_unique(&OID_X509_EXT_SUBJECT_KEY_IDENTIFIER)
            .ok()??;
        match found.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => {
                Some(KeyIdMethod::PreSpecified(id.0.to_vec()))
            }
            _ => None,
        }
    }
}

/// The value of nameConstraints, which x509-parser would read too leniently.
fn extension_value<'a>(parsed: &X509Certificate<'a>) -> Result<Option<&'a [u8]>, Error> {
    let found = parsed
        .get_extension_unique(&OID_X509_EXT_NAME_CONSTRAINTS)
        .map_err(|_| Error::MalformedCertificate)?;
    Ok(found.map(|extension| extension.value))
}

/// A CA and those above it.
#[derive(Debug)]
pub(crate) struct Chain {
    own: Link,
    above: Vec<Link>,
}

impl Chain {
    pub(crate) fn new(own: Link) -> Self {
        Self {
            own,
            above: Vec::new(),
        }
    }

    /// The CA itself.
    pub(crate) fn own(&self) -> &Link {
        &self.own
    }

    /// From the CA's issuer upwards.
    pub(crate) fn above(&self) -> &[Link] {
        &self.above
    }

    fn links(&self) -> impl Iterator<Item = &Link> {
        std::iter::once(&self.own).chain(&self.above)
    }

    /// Adds the issuer of the uppermost CA.
    pub(crate) fn add(&mut self, issuer: Certificate) -> Result<(), Error> {
        if self.above.len() == ISSUERS_MAX {
            return Err(Error::TooManyIssuers { limit: ISSUERS_MAX });
        }
        let top = self.above.last().unwrap_or(&self.own);
        top.certificate.check_signed_by(&issuer)?;
        self.above.push(Link::read(issuer)?);
        Ok(())
    }

    /// Refuses a time outside of one of the validities: no path leads through an expired CA.
    pub(crate) fn check_time(&self, now: OffsetDateTime) -> Result<(), Error> {
        self.links()
            .try_for_each(|link| link.certificate.validity().check(now))
    }

    /// The part of a validity that lies inside all of theirs.
    pub(crate) fn validity_within(&self, validity: Validity) -> Validity {
        self.links().fold(validity, |validity, link| {
            validity.within(link.certificate.validity())
        })
    }

    /// Refuses when a pathLenConstraint ([RFC 5280 §4.2.1.9]) leaves no room for `below` CAs under this one.
    ///
    /// [RFC 5280 §4.2.1.9]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9
    pub(crate) fn check_room(&self, below: u32) -> Result<(), Error> {
        // Under a link stand the CAs between it and this one, this one, and those below.
        for (link, between) in self.links().zip(0..) {
            if let Some(path_len) = link.path_len
                && below.saturating_add(between) > path_len
            {
                return Err(Error::PathLength {
                    authority: link.name.clone(),
                    path_len,
                });
            }
        }
        Ok(())
    }

    /// The pathLenConstraint of a CA below this one: what was asked for, if there is room; else what there is, and 0 if no
    /// one says.
    pub(crate) fn path_len_below(&self, asked: Option<u8>) -> Result<u8, Error> {
        self.check_room(u32::from(asked.unwrap_or(0)).saturating_add(1))?;
        if let Some(asked) = asked {
            return Ok(asked);
        }
        let rooms = self
            .links()
            .zip(1..)
            .filter_map(|(link, used)| Some(link.path_len?.saturating_sub(used)));
        let room = rooms.min().unwrap_or(0);
        Ok(u8::try_from(room).unwrap_or(u8::MAX))
    }

    /// Refuses names that one of them may not issue for.
    pub(crate) fn check_names(&self, names: &[SubjectAltName]) -> Result<(), Error> {
        for link in self.links() {
            for name in names {
                link.constraints
                    .check(name)
                    .map_err(|breach| link.breached(name.to_string(), breach))?;
            }
        }
        Ok(())
    }

    /// Refuses constraints that permit what one of them may not issue for: nothing could ever come of that.
    pub(crate) fn check_subtrees(&self, constraints: &NameConstraints) -> Result<(), Error> {
        for link in self.links() {
            for subtree in &constraints.permitted {
                link.constraints
                    .check_subtree(subtree)
                    .map_err(|breach| link.breached(subtree.to_string(), breach))?;
            }
        }
        Ok(())
    }

    /// Refuses a subject below constraints on directory names.
    pub(crate) fn check_subject(&self, subject: &DistinguishedName) -> Result<(), Error> {
        if subject.iter().next().is_none() {
            return Ok(());
        }
        let name = || common_name(subject).unwrap_or_default();
        self.links().try_for_each(|link| {
            link.constraints
                .check_subject()
                .map_err(|breach| link.breached(name(), breach))
        })
    }

    /// Refuses the commonName of an end entity that is the CA's own, or that is the name of a host and breaks a constraint.
    ///
    /// Where there is no dNSName, OpenSSL holds a commonName that looks like one against the constraints on DNS names.
    pub(crate) fn check_common_name(
        &self,
        subject: &DistinguishedName,
        names: &[SubjectAltName],
    ) -> Result<(), Error> {
        let Some(name) = common_name(subject) else {
            return Ok(());
        };
        let own = self.own.certificate.parsed()?;
        if own
            .subject()
            .iter_common_name()
            .any(|own| own.as_str().is_ok_and(|own| own == name))
        {
            return Err(Error::SubjectReused);
        }
        let is_dns = |name: &SubjectAltName| matches!(name, SubjectAltName::Dns(_));
        if names.iter().any(is_dns) || !looks_like_a_host(&name) {
            return Ok(());
        }
        self.check_names(&[SubjectAltName::Dns(name)])
    }
}

impl Link {
    fn breached(&self, name: String, breach: Breach) -> Error {
        Error::Constraint {
            name: crate::text::printable(&name),
            authority: self.name.clone(),
            breach,
        }
    }
}

/// As OpenSSL sees it: labels, and a dot between them. So an IPv4 address looks like one, and a single word does not.
fn looks_like_a_host(name: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    name.contains('.') && name.split('.').all(is_label)
}

/// The commonName, if it is text as this crate writes it.
fn common_name(subject: &DistinguishedName) -> Option<String> {
    match subject.get(&DnType::CommonName)? {
        DnValue::Utf8String(name) => Some(name.clone()),
        DnValue::PrintableString(name) => Some(name.to_string()),
        _ => None,
    }
}
