//! What the library refuses to issue, signed with a CA's key all the same.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyUsagePurpose,
};
use rustls_pki_types::CertificateDer;
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, Certificate, Key, KeyType};

use crate::lab::now;

/// A certificate for this key.
pub(crate) fn forge(params: CertificateParams, key: &Key, ca: &Authority) -> Certificate {
    let der = CertificateDer::from(ca.certificate().der());
    let issuer = Issuer::from_ca_cert_der(&der, ca.key()).unwrap();
    Certificate::from_der(params.signed_by(key, &issuer).unwrap().der()).unwrap()
}

pub(crate) fn ca_params(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

pub(crate) fn leaf_params(name: &str, key_type: KeyType) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::ExplicitNoCa;
    params.subject_alt_names = vec![rcgen::SanType::DnsName(name.try_into().unwrap())];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    if matches!(
        key_type,
        KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096
    ) {
        // NSS wants it of a server with RSA.
        params.key_usages.push(KeyUsagePurpose::KeyEncipherment);
    }
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = now() - std::time::Duration::from_secs(3600);
    params.not_after = now() + 9 * DAY;
    params.use_authority_key_identifier_extension = true;
    params
}
