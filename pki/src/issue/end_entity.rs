//! End-entity certificates.

use std::time::Duration;

use rcgen::{KeyIdMethod, PublicKeyData};
use time::OffsetDateTime;

use super::{Content, CustomExtension, Locations, check, extension};
use crate::authority::Authority;
use crate::certificate::Certificate;
use crate::error::Error;
use crate::key::PublicKey;
use crate::name::SubjectAltName;
use crate::profile::{ExtendedKeyUsage, Profile, Role};
use crate::subject::Subject;

/// What to issue.
///
/// ```
/// use wharf_pki::{EndEntity, Profile, validity::DAY};
/// let client = EndEntity {
///     names: vec!["me@corp.test".parse()?],
///     lifetime: 30 * DAY,
///     ..EndEntity::new(Profile::client())
/// };
/// # Ok::<(), wharf_pki::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndEntity {
    /// Whom the certificate identifies; names that repeat are taken once. There is no default.
    pub names: Vec<SubjectAltName>,
    /// What it is for. The default is [`Profile::server`].
    pub profile: Profile,
    /// How long it is valid, at most the longest lifetime of its profile. The default is that of the profile given to
    /// [`new`](Self::new), so 90 days for [`default`](Self::default).
    pub lifetime: Duration,
    /// Its end, instead of a lifetime. The default is none.
    pub not_after: Option<OffsetDateTime>,
    /// Its subject, if the profile leaves that to the request. The default is none: as the profile decides.
    pub subject: Option<Subject>,
    /// What it is for beside what its profile says. The default is nothing else.
    pub extended_key_usages: Vec<ExtendedKeyUsage>,
    /// Extensions that this crate does not know. The default is none.
    pub extensions: Vec<CustomExtension>,
    /// Where clients find what belongs to the issuer. The default is nowhere.
    pub locations: Locations,
}

impl EndEntity {
    /// For a profile, with its default lifetime, and no names yet.
    pub fn new(profile: Profile) -> Self {
        Self {
            names: Vec::new(),
            lifetime: profile.default_lifetime,
            profile,
            not_after: None,
            subject: None,
            extended_key_usages: Vec::new(),
            extensions: Vec::new(),
            locations: Locations::default(),
        }
    }
}

impl Default for EndEntity {
    fn default() -> Self {
        Self::new(Profile::default())
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
    /// The end that was asked for, if an issuer ends first and so the certificate ends with it.
    pub clamped_from: Option<OffsetDateTime>,
}

impl Authority {
    /// Issues an end-entity certificate for a public key: that of a [`Key`](crate::Key), or one out of a request.
    ///
    /// Everything is checked before it is signed: the request against its profile; names and path length against this CA
    /// and every CA above it that it [knows](Self::with_issuers).
    ///
    /// # Errors
    ///
    /// - For the request: [`Error::NoNames`], [`Error::TooManyNames`], [`Error::Name`], [`Error::NameKind`],
    ///   [`Error::MissingName`], [`Error::SpiffeIdNotAlone`] for its names; [`Error::Lifetime`] or
    ///   [`Error::LifetimeTooLong`]; [`Error::Subject`], [`Error::SubjectGiven`], [`Error::SubjectMissing`];
    ///   [`Error::KeyKind`]; [`Error::Extension`]; [`Error::Name`] and [`Error::UrlScheme`] for its URLs;
    ///   [`Error::WrongRole`] or [`Error::Profile`] for the profile.
    /// - For the CA: [`Error::Constraint`], [`Error::PathLength`], [`Error::NotYetValid`] or [`Error::Expired`],
    ///   [`Error::KeyReused`] for the CA's own key, [`Error::SubjectReused`] if the commonName is the CA's.
    pub fn issue(
        &self,
        request: &EndEntity,
        subject_key: &impl PublicKeyData,
        now: OffsetDateTime,
    ) -> Result<Issued, Error> {
        let profile = &request.profile;
        check::profile(profile, Role::EndEntity)?;
        let key = check::key_kind(profile, subject_key)?;
        let names = check::names(profile, &request.names)?;
        let subject = check::subject(profile, request.subject.as_ref(), &names)?;
        extension::check(&request.extensions)?;
        request.locations.check()?;
        let asked = check::validity(profile, request.lifetime, request.not_after, now)?;

        let chain = self.chain();
        chain.check_time(now)?;
        chain.check_room(0)?;
        chain.check_names(&names)?;
        chain.check_subject(&subject)?;
        chain.check_common_name(&subject, &names)?;
        let validity = chain.validity_within(asked);

        let params = Content {
            profile,
            key,
            key_identifier: KeyIdMethod::Sha256,
            subject,
            validity,
            names: &names,
            path_len: None,
            name_constraints: None,
            extended_key_usages: &request.extended_key_usages,
            locations: &request.locations,
            extensions: &request.extensions,
        }
        .params()?;
        let certificate = self.sign(&params, subject_key, now)?;
        let clamped_from = (validity.not_after != asked.not_after).then_some(asked.not_after);
        Ok(Issued {
            certificate,
            names,
            clamped_from,
        })
    }

    /// Issues an end-entity certificate for a public key, whose owner has shown that the private key is there.
    ///
    /// # Errors
    ///
    /// [`Error::PublicKey`] for a key that no certificate is issued for, and as [`issue`](Self::issue) has them.
    pub fn issue_for(
        &self,
        request: &EndEntity,
        subject_key: &PublicKey,
        now: OffsetDateTime,
    ) -> Result<Issued, Error> {
        self.issue(request, &subject_key.certifiable()?, now)
    }
}
