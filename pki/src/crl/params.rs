//! What a CRL is to say, and what it may not.

use std::fmt;

use serde::Serialize;
use time::{OffsetDateTime, UtcOffset};

use super::ENTRIES_MAX;
use super::number::SerialNumber;
use crate::error::Error;
use crate::inspect::info::rfc3339;
use crate::revocation::RevocationReason;

/// What a CRL says ([RFC 5280 §5.1]).
///
/// Times are taken in whole seconds. There are no defaults: the number has to grow, and the times depend on the clock.
///
/// [RFC 5280 §5.1]: https://www.rfc-editor.org/rfc/rfc5280#section-5.1
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrlParams {
    /// The CRL number ([RFC 5280 §5.2.3]). It must be above that of every earlier CRL of the same issuer and scope; the
    /// caller keeps count.
    ///
    /// [RFC 5280 §5.2.3]: https://www.rfc-editor.org/rfc/rfc5280#section-5.2.3
    pub number: u128,
    /// When it is issued.
    pub this_update: OffsetDateTime,
    /// When the next one will be issued at the latest. From then on, whoever is careful refuses every certificate of the CA
    /// until there is a new one.
    pub next_update: OffsetDateTime,
    /// What is revoked, in any order, at most [`ENTRIES_MAX`]. They are written in the order of their serial numbers.
    pub entries: Vec<RevokedCertificate>,
    /// Where it can be had and what it covers ([RFC 5280 §5.2.5]). `None` for a CRL that covers all certificates of the
    /// issuer.
    ///
    /// [RFC 5280 §5.2.5]: https://www.rfc-editor.org/rfc/rfc5280#section-5.2.5
    pub distribution_point: Option<IssuingDistributionPoint>,
}

/// One entry of a CRL ([RFC 5280 §5.3]).
///
/// [RFC 5280 §5.3]: https://www.rfc-editor.org/rfc/rfc5280#section-5.3
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RevokedCertificate {
    /// Which certificate of the issuer.
    pub serial: SerialNumber,
    /// When the issuer revoked it. RFC 3339 in JSON.
    #[serde(serialize_with = "rfc3339")]
    pub revoked_at: OffsetDateTime,
    /// Why. `None` is [`RevocationReason::Unspecified`], which is written by leaving it out ([RFC 5280 §5.3.1]).
    ///
    /// [RFC 5280 §5.3.1]: https://www.rfc-editor.org/rfc/rfc5280#section-5.3.1
    pub reason: Option<RevocationReason>,
    /// Since when its key is thought to be lost or the certificate wrong, which may be before it was revoked
    /// ([RFC 5280 §5.3.2]). RFC 3339 in JSON.
    ///
    /// [RFC 5280 §5.3.2]: https://www.rfc-editor.org/rfc/rfc5280#section-5.3.2
    #[serde(serialize_with = "optional_rfc3339")]
    pub invalidity_date: Option<OffsetDateTime>,
}

/// Where a CRL can be had, and which certificates it covers ([RFC 5280 §5.2.5]).
///
/// [RFC 5280 §5.2.5]: https://www.rfc-editor.org/rfc/rfc5280#section-5.2.5
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssuingDistributionPoint {
    /// Its URIs, at least one: those in the certificates' cRLDistributionPoints. There is no default: none are refused.
    pub uris: Vec<String>,
    /// Which certificates it covers. The default is all.
    pub scope: CrlScope,
}

/// Which certificates of its issuer a CRL covers ([RFC 5280 §5.2.5]).
///
/// [RFC 5280 §5.2.5]: https://www.rfc-editor.org/rfc/rfc5280#section-5.2.5
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrlScope {
    /// All of them. The default.
    #[default]
    All,
    /// Those of end entities: onlyContainsUserCerts.
    EndEntities,
    /// Those of CAs: onlyContainsCACerts.
    Authorities,
}

impl CrlParams {
    /// Refuses what no CRL may say.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.entries.len() > ENTRIES_MAX {
            return Err(Error::CrlTooLarge {
                limit: ENTRIES_MAX,
                of: "entries",
            });
        }
        // Seconds are what is written.
        if self.next_update.unix_timestamp() <= self.this_update.unix_timestamp() {
            return Err(refused(CrlFault::NextUpdate));
        }
        let times = self.entries.iter().flat_map(|entry| {
            [Some(entry.revoked_at), entry.invalidity_date]
                .into_iter()
                .flatten()
        });
        let mut times = times.chain([self.this_update, self.next_update]);
        let is_written = |time: OffsetDateTime| {
            time.checked_to_offset(UtcOffset::UTC)
                .is_some_and(|time| (0..=9999).contains(&time.year()))
        };
        if !times.all(is_written) {
            return Err(refused(CrlFault::Time));
        }
        if let Some(point) = &self.distribution_point
            && (point.uris.is_empty() || point.uris.iter().any(|uri| !is_uri(uri)))
        {
            return Err(refused(CrlFault::DistributionPoint));
        }
        let removed = RevocationReason::RemoveFromCrl;
        if self
            .entries
            .iter()
            .any(|entry| entry.reason == Some(removed))
        {
            return Err(refused(CrlFault::RemoveFromCrl));
        }
        Ok(())
    }
}

/// Something with a scheme, in the characters that an IA5String of a URI may have.
fn is_uri(uri: &str) -> bool {
    uri.bytes().all(|octet| octet.is_ascii_graphic())
        && uri.split_once(':').is_some_and(|(scheme, rest)| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && !rest.is_empty()
        })
}

pub(super) fn refused(fault: CrlFault) -> Error {
    Error::Crl { fault }
}

/// Why a CRL is not signed.
///
/// The text reads on from "CRL".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrlFault {
    /// `next_update` is not after `this_update`.
    NextUpdate,
    /// A time lies outside the years 0 to 9999.
    Time,
    /// A serial number stands in two entries.
    Repeated {
        /// Which one.
        serial: SerialNumber,
    },
    /// A serial number is zero, which no certificate has.
    Zero,
    /// The reason removeFromCRL, which only delta CRLs have.
    RemoveFromCrl,
    /// A distribution point without URIs, or one that is none.
    DistributionPoint,
}

impl CrlFault {
    /// What to do about it, if that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NextUpdate => Some("let it end at least a second after it begins"),
            Self::RemoveFromCrl => Some("leave the entry away: the full CRL then no longer has it"),
            Self::DistributionPoint => Some(
                "give a whole URI, such as http://ca.example/root.crl, or no distribution point",
            ),
            _ => None,
        }
    }
}

impl fmt::Display for CrlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NextUpdate => f.write_str("ends before it begins"),
            Self::Time => f.write_str("has a time outside the years 0 to 9999"),
            Self::Repeated { serial } => write!(f, "has serial number {serial} twice"),
            Self::Zero => f.write_str("has an entry with serial number zero"),
            Self::RemoveFromCrl => f.write_str("has an entry with reason removeFromCRL"),
            Self::DistributionPoint => f.write_str("has a distribution point without a URI"),
        }
    }
}

pub(super) fn optional_rfc3339<S: serde::Serializer>(
    time: &Option<OffsetDateTime>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => rfc3339(time, serializer),
        None => serializer.serialize_none(),
    }
}
