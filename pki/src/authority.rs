//! A CA certificate with its key: what can issue.
//!
//! ```text
//! root          signs itself            pathLenConstraint 1     kept in trust stores
//!  └─ intermediate                      pathLenConstraint 0     signs every day
//!      └─ end entity                    cA false                (issue.rs)
//! ```
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::time::Duration;

use rcgen::{CertificateParams, Issuer, PublicKeyData};
use rustls_pki_types::CertificateDer;
use time::OffsetDateTime;

use crate::certificate::Certificate;
use crate::chain::{Chain, Link};
use crate::constraints::NameConstraints;
use crate::error::Error;
use crate::issue::AuthorityOptions;
use crate::key::Key;
use crate::subject::{self, Subject};

/// A certification authority: its certificate, the key that signs, and the CAs above it as far as it knows them.
#[derive(Debug)]
pub struct Authority {
    chain: Chain,
    key: Key,
}

impl Authority {
    /// Joins a CA certificate and its key. Without [issuers](Self::with_issuers) it heeds only its own constraints.
    ///
    /// # Errors
    ///
    /// [`Error::NotACa`] without basicConstraints that say cA ([RFC 5280 §4.2.1.9]), [`Error::MayNotSign`] with a keyUsage
    /// that lacks keyCertSign ([RFC 5280 §4.2.1.3]), [`Error::KeyMismatch`] if the key is another's,
    /// [`Error::UnsupportedIssuerName`] if the subject has a form that rcgen does not write,
    /// [`Error::MalformedCertificate`] if these extensions or its name constraints cannot be read.
    ///
    /// [RFC 5280 §4.2.1.3]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3
    /// [RFC 5280 §4.2.1.9]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9
    pub fn new(certificate: Certificate, key: Key) -> Result<Self, Error> {
        let link = Link::read(certificate)?;
        let parsed = link.certificate().parsed()?;
        if parsed.public_key().raw != key.spki_der() {
            return Err(Error::KeyMismatch);
        }
        subject::of_certificate(&parsed)?;
        drop(parsed);
        Ok(Self {
            chain: Chain::new(link),
            key,
        })
    }

    /// Makes the CAs above it known, its issuer first: their name constraints, path lengths and validities then hold for
    /// what it issues. An authority made by [`intermediate`](Self::intermediate) knows them.
    ///
    /// # Errors
    ///
    /// [`Error::BadSignature`] if one did not sign the one before, [`Error::NotACa`], [`Error::MayNotSign`] or
    /// [`Error::MalformedCertificate`] as in [`new`](Self::new), [`Error::TooManyIssuers`] for more than
    /// [`ISSUERS_MAX`](crate::chain::ISSUERS_MAX).
    pub fn with_issuers(
        mut self,
        issuers: impl IntoIterator<Item = Certificate>,
    ) -> Result<Self, Error> {
        for issuer in issuers {
            self.chain.add(issuer)?;
        }
        Ok(self)
    }

    /// Below the CA that issued it, and those above that one.
    pub(crate) fn below(self, issuer: &Self) -> Result<Self, Error> {
        let own = issuer.certificate().clone();
        let above = issuer.chain.above();
        let above = above.iter().map(|link| link.certificate().clone());
        self.with_issuers(std::iter::once(own).chain(above))
    }

    /// Makes a root: a CA that signs itself. [`root_with`](Self::root_with) has more options.
    ///
    /// `path_len` is how many CAs may stand between it and an end entity ([RFC 5280 §4.2.1.9]); 1 leaves room for an
    /// intermediate that issues.
    ///
    /// # Errors
    ///
    /// [`Error::Subject`], [`Error::Lifetime`] or [`Error::LifetimeTooLong`] for arguments that no root may have.
    ///
    /// [RFC 5280 §4.2.1.9]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9
    pub fn root(
        key: Key,
        subject: &Subject,
        lifetime: Duration,
        path_len: u8,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        let options = AuthorityOptions {
            subject: subject.clone(),
            lifetime: Some(lifetime),
            path_len: Some(path_len),
            ..AuthorityOptions::default()
        };
        Self::root_with(key, &options, now)
    }

    /// Issues a CA below this one. Its pathLenConstraint is one less than this one's, or 0 below a CA without any; its
    /// validity lies inside this one's. [`intermediate_with`](Self::intermediate_with) has more options.
    ///
    /// # Errors
    ///
    /// [`Error::PathLength`] if there is no room for one, [`Error::NotYetValid`] or [`Error::Expired`] outside this
    /// CA's validity, [`Error::KeyReused`] or [`Error::SubjectReused`] if it has this one's key or name,
    /// [`Error::Subject`], [`Error::Lifetime`] or [`Error::LifetimeTooLong`] for arguments that no CA may have.
    pub fn intermediate(
        &self,
        key: Key,
        subject: &Subject,
        lifetime: Duration,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        let options = AuthorityOptions {
            subject: subject.clone(),
            lifetime: Some(lifetime),
            ..AuthorityOptions::default()
        };
        self.intermediate_with(key, &options, now)
    }

    /// The CA's certificate.
    pub fn certificate(&self) -> &Certificate {
        self.chain.own().certificate()
    }

    /// The CA's key.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// How many CAs may stand between this one and an end entity; `None` if the certificate does not say.
    pub fn path_len(&self) -> Option<u32> {
        self.chain.own().path_len()
    }

    /// The constraints that stand in the CA's certificate. Those of its [issuers](Self::issuers) hold beside them.
    pub fn name_constraints(&self) -> &NameConstraints {
        self.chain.own().constraints()
    }

    /// The CAs above it that it knows, its issuer first.
    pub fn issuers(&self) -> impl Iterator<Item = &Certificate> {
        self.chain.above().iter().map(Link::certificate)
    }

    pub(crate) fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Signs, and reads again what was signed: names, key and signature are as they should be when it leaves here.
    pub(crate) fn sign(
        &self,
        params: &CertificateParams,
        subject_key: &impl PublicKeyData,
        now: OffsetDateTime,
    ) -> Result<Certificate, Error> {
        self.certificate().validity().check(now)?;
        let spki = subject_key.subject_public_key_info();
        if spki == self.key.spki_der() {
            return Err(Error::KeyReused);
        }
        let own = CertificateDer::from(self.certificate().der());
        let issuer = Issuer::from_ca_cert_der(&own, &self.key)?;
        let certificate = Certificate::from_der(params.signed_by(subject_key, &issuer)?.der())?;
        certificate.check_signed_by(self.certificate())?;
        let parsed = certificate.parsed()?;
        if parsed.subject().as_raw() == parsed.issuer().as_raw() {
            return Err(Error::SubjectReused);
        }
        if parsed.public_key().raw != spki {
            return Err(Error::KeyMismatch);
        }
        drop(parsed);
        Ok(certificate)
    }
}
