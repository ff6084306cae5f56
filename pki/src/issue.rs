//! End-entity certificates: what is asked for, what comes out.

use std::time::Duration;

use time::OffsetDateTime;

use crate::authority::Authority;
use crate::certificate::Certificate;
use crate::error::Error;
use crate::key::Key;
use crate::name::SubjectAltName;
use crate::profile::{self, Profile};
use crate::validity::{DAY, Validity};

/// The most names in one certificate.
///
/// Every handshake carries them all. Let's Encrypt allows 100; more are refused. The limit is 100.
pub const NAMES_MAX: usize = 100;

/// What to issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndEntity {
    /// Whom the certificate identifies; names that repeat are taken once. There is no default: none are refused.
    pub names: Vec<SubjectAltName>,
    /// How long it is valid.
    ///
    /// Apple's systems refuse a server certificate of more than 825 days even under a root of one's own; Let's Encrypt
    /// issues for 90 days, mkcert for 820. The default is 90 days.
    pub lifetime: Duration,
    /// What it is for. The default is [`Profile::Server`].
    pub profile: Profile,
}

impl Default for EndEntity {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            lifetime: 90 * DAY,
            profile: Profile::default(),
        }
    }
}

/// What was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Issued {
    /// The certificate.
    pub certificate: Certificate,
    /// The names in it, each once, in the order in which they were asked for.
    pub names: Vec<SubjectAltName>,
    /// The end that was asked for, if the issuer ends first and so the certificate ends with it.
    pub clamped_from: Option<OffsetDateTime>,
}

impl Authority {
    /// Issues an end-entity certificate for a key.
    ///
    /// # Errors
    ///
    /// [`Error::NoNames`], [`Error::TooManyNames`] or [`Error::Name`] for the names, [`Error::Lifetime`] for the lifetime,
    /// [`Error::NotYetValid`] or [`Error::Expired`] outside the CA's validity, [`Error::KeyReused`] for the CA's own key,
    /// [`Error::SubjectReused`] if the first name is also the whole subject of the CA.
    pub fn issue(
        &self,
        request: &EndEntity,
        subject_key: &Key,
        now: OffsetDateTime,
    ) -> Result<Issued, Error> {
        let names = checked_names(&request.names)?;
        let asked = Validity::of(request.lifetime, now)?;
        let validity = asked.within(self.certificate().validity());
        let params = profile::end_entity(request.profile, &names, validity)?;
        let certificate = self.sign(&params, subject_key, now)?;
        let clamped_from = (validity.not_after != asked.not_after).then_some(asked.not_after);
        Ok(Issued {
            certificate,
            names,
            clamped_from,
        })
    }
}

fn checked_names(asked: &[SubjectAltName]) -> Result<Vec<SubjectAltName>, Error> {
    let mut names = Vec::new();
    for name in asked {
        let name = name.checked()?;
        if names.contains(&name) {
            continue;
        }
        if names.len() == NAMES_MAX {
            return Err(Error::TooManyNames { limit: NAMES_MAX });
        }
        names.push(name);
    }
    if names.is_empty() {
        Err(Error::NoNames)
    } else {
        Ok(names)
    }
}
