//! Every extension of every certificate, in one place.
//!
//! | extension | critical | where | RFC |
//! |---|---|---|---|
//! | authorityKeyIdentifier | no | always, on the root too | [RFC 5280 §4.2.1.1] |
//! | subjectKeyIdentifier | no | always | [RFC 5280 §4.2.1.2] |
//! | keyUsage | yes | always | [RFC 5280 §4.2.1.3] |
//! | subjectAltName | if the subject is empty | with names | [RFC 5280 §4.2.1.6] |
//! | basicConstraints | yes | always; pathLenConstraint for a CA | [RFC 5280 §4.2.1.9] |
//! | nameConstraints | yes | if there are some | [RFC 5280 §4.2.1.10] |
//! | extendedKeyUsage | no | with purposes | [RFC 5280 §4.2.1.12] |
//! | cRLDistributionPoints | no | with URLs | [RFC 5280 §4.2.1.13] |
//! | authorityInformationAccess | no | with URLs | [RFC 5280 §4.2.2.1] |
//! | id-pkix-ocsp-nocheck | no | by profile | [RFC 6960 §4.2.2.2.1] |
//! | custom | as asked | as asked | |
//!
//! rcgen fills what is left open with values of its own: a validity from 1975 to 4096, a serial number that is a hash of
//! the key and so repeats, no authorityKeyIdentifier. So nothing is left open.
//!
//! [RFC 5280 §4.2.1.1]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.1
//! [RFC 5280 §4.2.1.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.2
//! [RFC 5280 §4.2.1.3]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3
//! [RFC 5280 §4.2.1.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6
//! [RFC 5280 §4.2.1.9]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9
//! [RFC 5280 §4.2.1.10]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10
//! [RFC 5280 §4.2.1.12]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12
//! [RFC 5280 §4.2.1.13]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.13
//! [RFC 5280 §4.2.2.1]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.2.1
//! [RFC 6960 §4.2.2.2.1]: https://www.rfc-editor.org/rfc/rfc6960#section-4.2.2.2.1

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension as RcgenExtension, DistinguishedName,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, SanType,
};

use super::{CustomExtension, Locations, check, serial};
use crate::constraints;
use crate::error::Error;
use crate::name::SubjectAltName;
use crate::profile::{ExtendedKeyUsage, KeyKind, Profile};
use crate::subject::Subject;
use crate::validity::Validity;

/// What a certificate says. All of it is checked.
pub(super) struct Content<'a> {
    pub(super) profile: &'a Profile,
    pub(super) key: KeyKind,
    pub(super) key_identifier: KeyIdMethod,
    pub(super) subject: DistinguishedName,
    pub(super) validity: Validity,
    pub(super) names: &'a [SubjectAltName],
    /// The pathLenConstraint of a CA; `None` for an end entity.
    pub(super) path_len: Option<u8>,
    /// The value of nameConstraints.
    pub(super) name_constraints: Option<Vec<u8>>,
    pub(super) extended_key_usages: &'a [ExtendedKeyUsage],
    pub(super) locations: &'a Locations,
    pub(super) extensions: &'a [CustomExtension],
}

impl Content<'_> {
    /// As rcgen takes it.
    pub(super) fn params(&self) -> Result<CertificateParams, Error> {
        let mut params = CertificateParams::default();
        params.not_before = self.validity.not_before;
        params.not_after = self.validity.not_after;
        params.serial_number = Some(serial::random()?);
        params.distinguished_name = self.subject.clone();
        params.use_authority_key_identifier_extension = true;
        params.key_identifier_method = self.key_identifier.clone();
        params.is_ca = match self.path_len {
            Some(path_len) => IsCa::Ca(BasicConstraints::Constrained(path_len)),
            None => IsCa::ExplicitNoCa,
        };
        let key_usages = self.profile.key_usages_for(self.key);
        params.key_usages = key_usages.into_iter().map(Into::into).collect();
        params.extended_key_usages = self.purposes();
        params.subject_alt_names = self.names.iter().map(san).collect::<Result<_, _>>()?;
        params.crl_distribution_points = self.locations.distribution_points();
        params.custom_extensions = self.other_extensions();
        Ok(params)
    }

    /// Those of the profile, and those of the request that are not among them.
    fn purposes(&self) -> Vec<ExtendedKeyUsagePurpose> {
        let mut purposes = Vec::new();
        let all = self.profile.extended_key_usages.iter();
        for usage in all.chain(self.extended_key_usages) {
            let purpose = usage.into();
            if !purposes.contains(&purpose) {
                purposes.push(purpose);
            }
        }
        purposes
    }

    /// Those that rcgen does not write by itself.
    fn other_extensions(&self) -> Vec<RcgenExtension> {
        let mut extensions = Vec::new();
        if let Some(value) = &self.name_constraints {
            let mut extension = RcgenExtension::from_oid_content(constraints::OID, value.clone());
            extension.set_criticality(true);
            extensions.push(extension);
        }
        extensions.extend(self.locations.access_extension());
        if self.profile.ocsp_no_check {
            let null = yasna::construct_der(|writer| writer.write_null());
            extensions.push(RcgenExtension::from_oid_content(OCSP_NO_CHECK, null));
        }
        for CustomExtension {
            oid,
            critical,
            value,
        } in self.extensions
        {
            let mut extension = RcgenExtension::from_oid_content(oid.arcs(), value.clone());
            extension.set_criticality(*critical);
            extensions.push(extension);
        }
        extensions
    }
}

/// `id-pkix-ocsp-nocheck`.
const OCSP_NO_CHECK: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 48, 1, 5];

/// A certification request: names, and nothing that its issuer decides.
pub(crate) fn request(
    asked: &[SubjectAltName],
    subject: Option<&Subject>,
) -> Result<CertificateParams, Error> {
    let names = check::requested(asked)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = match subject {
        Some(subject) => subject.to_distinguished_name()?,
        None => check::first_name(&names),
    };
    params.subject_alt_names = names.iter().map(san).collect::<Result<_, _>>()?;
    Ok(params)
}

fn san(name: &SubjectAltName) -> Result<SanType, Error> {
    Ok(match name {
        SubjectAltName::Dns(name) => SanType::DnsName(name.as_str().try_into()?),
        SubjectAltName::Ip(address) => SanType::IpAddress(*address),
        SubjectAltName::Email(address) => SanType::Rfc822Name(address.as_str().try_into()?),
        SubjectAltName::Uri(uri) => SanType::URI(uri.as_str().try_into()?),
    })
}
