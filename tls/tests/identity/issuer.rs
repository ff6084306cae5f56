//! Certificates as one should not issue them.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use wharf_tls::Identity;

pub(crate) type Ca = CertifiedIssuer<'static, KeyPair>;

pub(crate) fn root(name: &str) -> Ca {
    CertifiedIssuer::self_signed(ca(name), KeyPair::generate().unwrap()).unwrap()
}

pub(crate) fn intermediate(name: &str, issuer: &Ca) -> Ca {
    CertifiedIssuer::signed_by(ca(name), KeyPair::generate().unwrap(), issuer).unwrap()
}

pub(crate) fn ca(name: &str) -> CertificateParams {
    let mut params = named(name, &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// An end entity for both roles. rcgen's validity is from 1975 to 4096.
pub(crate) fn leaf(names: &[&str]) -> CertificateParams {
    let mut params = named("leaf", names);
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    params
}

pub(crate) fn named(name: &str, names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

pub(crate) fn issue(
    params: &CertificateParams,
    key: &KeyPair,
    issuer: &Ca,
) -> CertificateDer<'static> {
    params.signed_by(key, issuer).unwrap().der().clone()
}

pub(crate) fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(key.serialize_der()).into()
}

/// The identity of one certificate, issued by a root that does not come with it.
pub(crate) fn identity(params: &CertificateParams) -> Identity {
    let key = KeyPair::generate().unwrap();
    let certificate = issue(params, &key, &root("root"));
    Identity::from_der(vec![certificate], private(&key)).unwrap()
}
