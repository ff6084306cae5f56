//! What a CRL says, as a plain struct, for people and for JSON. All text is escaped and cut.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use serde::Serialize;
use time::OffsetDateTime;
use x509_parser::asn1_rs::{Any, FromDer as _};
use x509_parser::extensions::{
    DistributionPointName, IssuingDistributionPoint, ParsedExtension, X509Extension,
};
use x509_parser::revocation_list::CertificateRevocationList;

use super::number::{CrlNumber, SerialNumber};
use super::params::{RevokedCertificate, optional_rfc3339};
use crate::inspect::info::{algorithm, colons, rfc3339};
use crate::inspect::names;
use crate::revocation::RevocationReason;
use crate::text::utc;

/// deltaCRLIndicator, [RFC 5280 §5.2.4].
///
/// [RFC 5280 §5.2.4]: https://www.rfc-editor.org/rfc/rfc5280#section-5.2.4
const DELTA_CRL_INDICATOR: &str = "2.5.29.27";

/// The most OIDs and URIs that are repeated from a CRL. It has a handful; the rest of a longer list is left away.
const LISTED_MAX: usize = 32;

/// What a CRL says, without its entries ([`Crl::entries`](super::Crl::entries)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CrlInfo {
    /// Whose it is, as `O=Example, CN=Example root`.
    pub issuer: String,
    /// Its number, if it has one.
    pub number: Option<CrlNumber>,
    /// When it was issued. RFC 3339 in JSON.
    #[serde(serialize_with = "rfc3339")]
    pub this_update: OffsetDateTime,
    /// When the next one is due at the latest. RFC 3339 in JSON.
    #[serde(serialize_with = "optional_rfc3339")]
    pub next_update: Option<OffsetDateTime>,
    /// How many certificates it revokes.
    pub entry_count: usize,
    /// The algorithm of the signature; others than the known as OID.
    pub signature_algorithm: String,
    /// The authorityKeyIdentifier, as `AB:CD:…`.
    pub authority_key_id: Option<String>,
    /// Where it can be had and what it covers. `None` if it covers all certificates of its issuer.
    pub distribution_point: Option<DistributionPointInfo>,
    /// Whether it is a delta CRL: what changed since another one ([RFC 5280 §5.2.4]).
    ///
    /// [RFC 5280 §5.2.4]: https://www.rfc-editor.org/rfc/rfc5280#section-5.2.4
    pub is_delta: bool,
    /// Critical extensions, of it or of an entry, that this crate does not know, as OID. Who does not know one must not use
    /// the CRL to find that a certificate is good ([RFC 5280 §5.2]).
    ///
    /// [RFC 5280 §5.2]: https://www.rfc-editor.org/rfc/rfc5280#section-5.2
    pub unknown_critical_extensions: Vec<String>,
    /// Extensions, of it or of an entry, that cannot be read, as OID.
    pub malformed_extensions: Vec<String>,
}

/// What an issuingDistributionPoint says ([RFC 5280 §5.2.5]).
///
/// [RFC 5280 §5.2.5]: https://www.rfc-editor.org/rfc/rfc5280#section-5.2.5
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DistributionPointInfo {
    /// Its names with their kind, as `URI:http://…`.
    pub names: Vec<String>,
    /// It covers end entities only.
    pub only_end_entities: bool,
    /// It covers CAs only.
    pub only_authorities: bool,
    /// It covers attribute certificates only.
    pub only_attribute_certificates: bool,
    /// It covers some reasons only.
    pub only_some_reasons: bool,
    /// It may hold certificates of other issuers.
    pub is_indirect: bool,
}

impl CrlInfo {
    pub(super) fn of(list: &CertificateRevocationList<'_>, entry_count: usize) -> Self {
        let mut info = Self {
            issuer: names::distinguished_name(list.issuer()),
            number: None,
            this_update: list.last_update().to_datetime(),
            next_update: list.next_update().map(|time| time.to_datetime()),
            entry_count,
            signature_algorithm: algorithm(&list.signature_algorithm),
            authority_key_id: None,
            distribution_point: None,
            is_delta: false,
            unknown_critical_extensions: Vec::new(),
            malformed_extensions: Vec::new(),
        };
        for extension in list.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::CRLNumber(_) => info.number = number(extension.value),
                ParsedExtension::AuthorityKeyIdentifier(found) => {
                    info.authority_key_id = found.key_identifier.as_ref().map(|id| colons(id.0));
                }
                ParsedExtension::IssuingDistributionPoint(found) => {
                    info.distribution_point = Some(distribution_point(found));
                }
                _ if extension.oid.to_id_string() == DELTA_CRL_INDICATOR => info.is_delta = true,
                _ => info.note_unknown(extension),
            }
        }
        for entry in list.iter_revoked_certificates() {
            for extension in entry.extensions() {
                info.note_unknown(extension);
            }
        }
        info
    }

    fn note_unknown(&mut self, extension: &X509Extension<'_>) {
        let list = match extension.parsed_extension() {
            ParsedExtension::UnsupportedExtension { .. } if extension.critical => {
                &mut self.unknown_critical_extensions
            }
            ParsedExtension::ParseError { .. } => &mut self.malformed_extensions,
            _ => return,
        };
        let oid = extension.oid.to_id_string();
        if list.len() < LISTED_MAX && !list.contains(&oid) {
            list.push(oid);
        }
    }
}

/// From the DER of the extension: the number may be of any length, and to turn it into decimal takes long.
pub(crate) fn number(value: &[u8]) -> Option<CrlNumber> {
    let (_, integer) = Any::from_der(value).ok()?;
    Some(CrlNumber::as_read(integer.data))
}

fn distribution_point(point: &IssuingDistributionPoint<'_>) -> DistributionPointInfo {
    let names = match &point.distribution_point {
        Some(DistributionPointName::FullName(found)) => found
            .iter()
            .take(LISTED_MAX)
            .map(names::general_name)
            .collect(),
        Some(DistributionPointName::NameRelativeToCRLIssuer(_)) => vec!["relative:unread".into()],
        None => Vec::new(),
    };
    DistributionPointInfo {
        names,
        only_end_entities: point.only_contains_user_certs,
        only_authorities: point.only_contains_ca_certs,
        only_attribute_certificates: point.only_contains_attribute_certs,
        only_some_reasons: point.only_some_reasons.is_some(),
        is_indirect: point.indirect_crl,
    }
}

pub(super) fn entries(list: &CertificateRevocationList<'_>) -> Vec<RevokedCertificate> {
    list.iter_revoked_certificates()
        .map(|entry| {
            let mut read = RevokedCertificate {
                serial: SerialNumber::as_read(entry.raw_serial()),
                revoked_at: entry.revocation_date.to_datetime(),
                reason: None,
                invalidity_date: None,
            };
            for extension in entry.extensions() {
                match extension.parsed_extension() {
                    ParsedExtension::ReasonCode(code) => {
                        // A code that RFC 5280 does not have still revokes.
                        read.reason = Some(RevocationReason::from_code(code.0).unwrap_or_default());
                    }
                    ParsedExtension::InvalidityDate(time) => {
                        read.invalidity_date = Some(time.to_datetime());
                    }
                    _ => {}
                }
            }
            read
        })
        .collect()
}

impl fmt::Display for CrlInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |label: &str, value: &str| writeln!(f, "{label:<15} {value}");
        line("issuer", &self.issuer)?;
        let number = self.number.as_ref().map(ToString::to_string);
        line("number", number.as_deref().unwrap_or("(not said)"))?;
        line("issued", &utc(self.this_update))?;
        let next = self.next_update.map(utc);
        line("next until", next.as_deref().unwrap_or("(not said)"))?;
        line("revoked", &self.entry_count.to_string())?;
        line("signature", &self.signature_algorithm)?;
        line(
            "issuer key",
            self.authority_key_id.as_deref().unwrap_or("(not said)"),
        )?;
        if let Some(point) = &self.distribution_point {
            line("covers", point.coverage())?;
            for name in &point.names {
                line("found at", name)?;
            }
        }
        if self.is_delta {
            line("delta", "yes: only what changed since another CRL")?;
        }
        for oid in &self.unknown_critical_extensions {
            line("unknown, crit.", oid)?;
        }
        for oid in &self.malformed_extensions {
            line("unreadable", oid)?;
        }
        Ok(())
    }
}

impl DistributionPointInfo {
    fn coverage(&self) -> &'static str {
        if self.only_end_entities {
            "end entities only"
        } else if self.only_authorities {
            "CAs only"
        } else if self.only_attribute_certificates {
            "attribute certificates only"
        } else if self.only_some_reasons {
            "some reasons only"
        } else if self.is_indirect {
            "certificates of other issuers too"
        } else {
            "all certificates of its issuer"
        }
    }
}

impl fmt::Display for RevokedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} revoked at {}", self.serial, utc(self.revoked_at))?;
        if let Some(reason) = self.reason {
            write!(f, ", {reason}")?;
        }
        if let Some(since) = self.invalidity_date {
            write!(f, ", invalid since {}", utc(since))?;
        }
        Ok(())
    }
}
