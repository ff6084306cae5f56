//! Roots and intermediates.

use std::time::Duration;

use rcgen::{CertificateParams, DistinguishedName, KeyIdMethod, PublicKeyData};
use time::OffsetDateTime;

use super::{Content, CustomExtension, Locations, check, extension};
use crate::authority::Authority;
use crate::certificate::Certificate;
use crate::constraints::{self, NameConstraints};
use crate::error::Error;
use crate::key::{Key, PublicKey};
use crate::profile::{Profile, Role};
use crate::subject::Subject;
use crate::validity::Validity;

/// How to make a CA. What is left out comes from its profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorityOptions {
    /// Its distinguished name. There is no default: an empty one is refused.
    pub subject: Subject,
    /// Its profile. The default is [`Profile::root`] for a root, else [`Profile::intermediate`].
    pub profile: Option<Profile>,
    /// How long it is valid. The default is the profile's: 10 years for a root, 5 for an intermediate.
    pub lifetime: Option<Duration>,
    /// How many CAs may stand between it and an end entity ([RFC 5280 §4.2.1.9]). The default is the profile's: 1 for a
    /// root; for an intermediate as many as the CAs above leave room for, and none if they do not say.
    ///
    /// [RFC 5280 §4.2.1.9]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9
    pub path_len: Option<u8>,
    /// For which names it and those below may issue. The default is all.
    ///
    /// Not every client heeds those of a root: put them on the intermediate too.
    pub name_constraints: NameConstraints,
    /// Where clients find what belongs to its issuer. The default is nowhere.
    pub locations: Locations,
    /// Extensions that this crate does not know. The default is none.
    pub extensions: Vec<CustomExtension>,
}

impl Authority {
    /// Makes a root: a CA that signs itself.
    ///
    /// # Errors
    ///
    /// [`Error::Subject`], [`Error::Lifetime`], [`Error::LifetimeTooLong`], [`Error::KeyKind`], [`Error::Subtree`],
    /// [`Error::Extension`], [`Error::WrongRole`] or [`Error::Profile`] for the options.
    pub fn root_with(
        key: Key,
        options: &AuthorityOptions,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        let profile = options.profile.clone().unwrap_or_else(Profile::root);
        let validity = options.validity(&profile, now)?;
        let path_len = options.path_len.or(profile.path_len).unwrap_or(0);
        let params = options.params(&profile, &key, path_len, validity)?;
        let certificate = Certificate::from_der(params.self_signed(&key)?.der())?;
        certificate.check_signed_by(&certificate)?;
        Self::new(certificate, key)
    }

    /// Issues a CA below this one; its validity lies inside those of the CAs above. It knows its issuers.
    ///
    /// # Errors
    ///
    /// Those of [`root_with`](Self::root_with) for the options; [`Error::PathLength`] if there is no room for one, or
    /// less than asked for; [`Error::NotYetValid`] or [`Error::Expired`] outside the validity of a CA;
    /// [`Error::KeyReused`] or [`Error::SubjectReused`] if it has this one's key or name; [`Error::Constraint`] if it is
    /// permitted what a CA above it may not issue for, or below a CA that constrains directory names.
    pub fn intermediate_with(
        &self,
        key: Key,
        options: &AuthorityOptions,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        let certificate = self.certify_key(&key, options, now)?;
        Self::new(certificate, key)?.below(self)
    }

    /// Issues the certificate of a CA below this one for a public key, whose owner has shown that the private key is there.
    ///
    /// # Errors
    ///
    /// [`Error::PublicKey`] for a key that no certificate is issued for, and as
    /// [`intermediate_with`](Self::intermediate_with) has them.
    pub fn certify(
        &self,
        key: &PublicKey,
        options: &AuthorityOptions,
        now: OffsetDateTime,
    ) -> Result<Certificate, Error> {
        self.certify_key(&key.certifiable()?, options, now)
    }

    fn certify_key(
        &self,
        key: &impl PublicKeyData,
        options: &AuthorityOptions,
        now: OffsetDateTime,
    ) -> Result<Certificate, Error> {
        let profile = options
            .profile
            .clone()
            .unwrap_or_else(Profile::intermediate);
        let chain = self.chain();
        chain.check_time(now)?;
        chain.check_subtrees(&options.name_constraints)?;
        let path_len = chain.path_len_below(options.path_len.or(profile.path_len))?;
        let validity = chain.validity_within(options.validity(&profile, now)?);
        let params = options.params(&profile, key, path_len, validity)?;
        chain.check_subject(&params.distinguished_name)?;
        self.sign(&params, key, now)
    }
}

impl AuthorityOptions {
    fn validity(&self, profile: &Profile, now: OffsetDateTime) -> Result<Validity, Error> {
        let lifetime = self.lifetime.unwrap_or(profile.default_lifetime);
        check::validity(profile, lifetime, None, now)
    }

    fn params(
        &self,
        profile: &Profile,
        key: &impl PublicKeyData,
        path_len: u8,
        validity: Validity,
    ) -> Result<CertificateParams, Error> {
        Ca {
            profile,
            subject: self.subject.to_distinguished_name()?,
            key_identifier: KeyIdMethod::Sha256,
            path_len,
            validity,
            name_constraints: constraints_value(&self.name_constraints)?,
            locations: &self.locations,
            extensions: &self.extensions,
        }
        .params(key)
    }
}

/// What all CA certificates have, those that are cross-signed too.
pub(super) struct Ca<'a> {
    pub(super) profile: &'a Profile,
    pub(super) subject: DistinguishedName,
    pub(super) key_identifier: KeyIdMethod,
    pub(super) path_len: u8,
    pub(super) validity: Validity,
    pub(super) name_constraints: Option<Vec<u8>>,
    pub(super) locations: &'a Locations,
    pub(super) extensions: &'a [CustomExtension],
}

impl Ca<'_> {
    pub(super) fn params(self, key: &impl PublicKeyData) -> Result<CertificateParams, Error> {
        check::profile(self.profile, Role::Ca)?;
        self.locations.check()?;
        extension::check(self.extensions)?;
        Content {
            profile: self.profile,
            key: check::key_kind(self.profile, key)?,
            key_identifier: self.key_identifier,
            subject: self.subject,
            validity: self.validity,
            names: &[],
            path_len: Some(self.path_len),
            name_constraints: self.name_constraints,
            extended_key_usages: &[],
            locations: self.locations,
            extensions: self.extensions,
        }
        .params()
    }
}

/// The value of the extension; without constraints there is none.
pub(super) fn constraints_value(constraints: &NameConstraints) -> Result<Option<Vec<u8>>, Error> {
    let constraints = constraints.checked()?;
    Ok((!constraints.is_empty()).then(|| constraints::write(&constraints)))
}
