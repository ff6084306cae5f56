//! Cross-signing: another CA's key and name under this CA.
//!
//! ```text
//!  old root                     new root
//!     │  cross_sign                │
//!     ▼                            │
//!  new root's name and key         │
//!     └────────────┬───────────────┘
//!                  ▼
//!             intermediate ── end entity
//! ```
//!
//! To replace a root, let the old one cross-sign the new one and serve that certificate in the chain: clients that know
//! only the old root find a path through it, those that know the new root find theirs. When all know the new root, leave
//! it out.

use std::time::Duration;

use rcgen::{KeyIdMethod, SubjectPublicKeyInfo};
use time::OffsetDateTime;

use super::ca::{Ca, constraints_value};
use super::{Locations, check};
use crate::authority::Authority;
use crate::certificate::Certificate;
use crate::chain::Link;
use crate::constraints::NameConstraints;
use crate::error::Error;
use crate::profile::Profile;
use crate::subject;

/// How to cross-sign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrossSign {
    /// How long the certificate is valid; it ends at the latest with the other CA's own and with this CA. The default is
    /// 5 years, as for an intermediate.
    pub lifetime: Option<Duration>,
    /// How many CAs may stand between the other CA and an end entity. The default is as many as both CAs leave room for.
    pub path_len: Option<u8>,
    /// For which names the other CA may issue on this path. The default is its own constraints; if it has some, there can
    /// be no others.
    pub name_constraints: NameConstraints,
    /// Where clients find what belongs to this CA. The default is nowhere.
    pub locations: Locations,
}

impl Authority {
    /// Issues a certificate for the subject and key of another CA, with its key identifier and its constraints.
    ///
    /// # Errors
    ///
    /// [`Error::NotACa`] or [`Error::MayNotSign`] if the other is no CA, [`Error::BadSignature`] if it says that it signed
    /// itself and did not, [`Error::Expired`] or [`Error::NotYetValid`] outside one of the validities,
    /// [`Error::KeyReused`] or [`Error::SubjectReused`] if it has this CA's key or name, [`Error::PathLength`] if there is
    /// no room, [`Error::ConstraintsGiven`] if it has constraints already, [`Error::UnsupportedIssuerName`] or
    /// [`Error::UnsupportedPublicKey`] if its subject or key could not be repeated.
    pub fn cross_sign(
        &self,
        other: &Certificate,
        options: &CrossSign,
        now: OffsetDateTime,
    ) -> Result<Certificate, Error> {
        let link = Link::read(other.clone())?;
        let parsed = other.parsed()?;
        if parsed.subject().as_raw() == parsed.issuer().as_raw() {
            other.check_signed_by(other)?;
        }
        let chain = self.chain();
        chain.check_time(now)?;
        other.validity().check(now)?;
        let profile = Profile::intermediate();
        let lifetime = options.lifetime.unwrap_or(profile.default_lifetime);
        let asked = check::validity(&profile, lifetime, None, now)?;
        let validity = chain.validity_within(asked).within(other.validity());

        let spki = SubjectPublicKeyInfo::from_der(parsed.public_key().raw)
            .map_err(|_| Error::UnsupportedPublicKey)?;
        let subject = subject::of_certificate(&parsed)?;
        chain.check_subject(&subject)?;
        let params = Ca {
            profile: &profile,
            subject,
            key_identifier: link.key_identifier().unwrap_or(KeyIdMethod::Sha256),
            path_len: self.cross_path_len(&link, options.path_len)?,
            validity,
            name_constraints: cross_constraints(&link, options)?,
            locations: &options.locations,
            extensions: &[],
        }
        .params(&spki)?;
        let certificate = self.sign(&params, &spki, now)?;
        if certificate.parsed()?.subject().as_raw() != parsed.subject().as_raw() {
            return Err(Error::UnsupportedIssuerName);
        }
        Ok(certificate)
    }

    fn cross_path_len(&self, other: &Link, asked: Option<u8>) -> Result<u8, Error> {
        let own = other
            .path_len()
            .map(|length| u8::try_from(length).unwrap_or(u8::MAX));
        match (asked, own) {
            (Some(asked), Some(own)) if asked > own => Err(Error::PathLength {
                authority: other.name().to_owned(),
                path_len: own.into(),
            }),
            (Some(asked), _) => self.chain().path_len_below(Some(asked)),
            (None, own) => {
                let room = self.chain().path_len_below(None)?;
                Ok(own.map_or(room, |own| own.min(room)))
            }
        }
    }
}

fn cross_constraints(other: &Link, options: &CrossSign) -> Result<Option<Vec<u8>>, Error> {
    match (other.constraints_der(), options.name_constraints.is_empty()) {
        (Some(own), true) => Ok(Some(own)),
        (Some(_), false) => Err(Error::ConstraintsGiven),
        (None, _) => constraints_value(&options.name_constraints),
    }
}
