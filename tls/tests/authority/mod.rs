//! A certification authority that also signs CRLs, and does what it should not.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationList,
    CertificateRevocationListParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    RevokedCertParams, SanType, SerialNumber, SignatureAlgorithm,
};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};
use wharf_tls::{Crl, Identity, Trust, provider};

pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    /// Of its key and of those that it makes for others.
    algorithm: &'static SignatureAlgorithm,
    /// The certificates between an end entity and the trust anchor.
    above: Vec<CertificateDer<'static>>,
}

/// An end entity: its chain, its key, and its serial number.
pub(crate) struct Issued {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: KeyPair,
    pub(crate) serial: u64,
}

impl Authority {
    pub(crate) fn root(name: &str) -> Self {
        Self::root_with(name, |_| {})
    }

    pub(crate) fn root_with(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        Self::root_of(&PKCS_ECDSA_P256_SHA256, name, change)
    }

    pub(crate) fn root_of(
        algorithm: &'static SignatureAlgorithm,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Self {
        let mut params = ca(name);
        change(&mut params);
        let key = KeyPair::generate_for(algorithm).unwrap();
        Self {
            issuer: CertifiedIssuer::self_signed(params, key).unwrap(),
            algorithm,
            above: Vec::new(),
        }
    }

    pub(crate) fn intermediate(&self, name: &str) -> Self {
        self.intermediate_with(name, |_| {})
    }

    pub(crate) fn intermediate_with(
        &self,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Self {
        let mut params = ca(name);
        change(&mut params);
        let key = KeyPair::generate_for(self.algorithm).unwrap();
        let issuer = CertifiedIssuer::signed_by(params, key, &self.issuer).unwrap();
        let mut above = vec![issuer.der().clone()];
        above.extend(self.above.iter().cloned());
        Self {
            issuer,
            algorithm: self.algorithm,
            above,
        }
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.issuer.der().clone()
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::from_der(vec![self.der()]).unwrap()
    }

    pub(crate) fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.der()).unwrap();
        roots
    }

    /// Of a client of rustls that trusts this CA alone, and shows what it has.
    pub(crate) fn client_config(
        &self,
        shows: Option<&Issued>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> ClientConfig {
        let config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(self.roots());
        match shows {
            None => config.with_no_client_auth(),
            Some(shows) => config
                .with_client_auth_cert(shows.chain.clone(), shows.private_key())
                .unwrap(),
        }
    }

    /// An end entity for `localhost`, good for servers and clients.
    pub(crate) fn leaf(&self) -> Issued {
        self.leaf_with(|_| {})
    }

    pub(crate) fn leaf_with(&self, change: impl FnOnce(&mut CertificateParams)) -> Issued {
        let key = KeyPair::generate_for(self.algorithm).unwrap();
        self.issue_for(key, &["localhost"], change)
    }

    /// The same for these DNS names and IP addresses.
    pub(crate) fn issue(&self, names: &[&str]) -> Issued {
        let key = KeyPair::generate_for(self.algorithm).unwrap();
        self.issue_for(key, names, |_| {})
    }

    pub(crate) fn issue_for(
        &self,
        key: KeyPair,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> Issued {
        let mut params = end_entity(names, &key);
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let mut issued = Issued::new(&params, certificate.der(), key);
        issued.chain.extend(self.above.iter().cloned());
        issued
    }

    pub(crate) fn client(&self, name: &str) -> Issued {
        self.leaf_with(|params| {
            params.distinguished_name = called(name);
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            let uri = format!("spiffe://example.test/{name}");
            params.subject_alt_names = vec![SanType::URI(uri.try_into().unwrap())];
        })
    }

    /// A CRL that is good for a day, as DER.
    pub(crate) fn crl(&self, number: u64, revoked: &[u64]) -> Vec<u8> {
        self.crl_until(number, revoked, now() + Duration::days(1))
    }

    pub(crate) fn crl_until(&self, number: u64, revoked: &[u64], until: OffsetDateTime) -> Vec<u8> {
        self.sign_crl(number, revoked, until).der().to_vec()
    }

    /// As [`Self::crl`], but as PEM.
    pub(crate) fn crl_pem(&self, number: u64, revoked: &[u64]) -> String {
        let crl = self.sign_crl(number, revoked, now() + Duration::days(1));
        crl.pem().unwrap()
    }

    fn sign_crl(
        &self,
        number: u64,
        revoked: &[u64],
        until: OffsetDateTime,
    ) -> CertificateRevocationList {
        let revoked_certs = revoked
            .iter()
            .map(|serial| RevokedCertParams {
                serial_number: SerialNumber::from(*serial),
                revocation_time: rcgen::date_time_ymd(2026, 3, 1),
                reason_code: None,
                invalidity_date: None,
            })
            .collect();
        let params = CertificateRevocationListParams {
            this_update: until.min(now()) - Duration::days(7),
            next_update: until,
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).unwrap()
    }
}

impl Issued {
    pub(crate) fn self_signed() -> Self {
        let key = KeyPair::generate().unwrap();
        let params = end_entity(&["localhost"], &key);
        let certificate = params.self_signed(&key).unwrap();
        Self::new(&params, certificate.der(), key)
    }

    fn new(params: &CertificateParams, der: &CertificateDer<'static>, key: KeyPair) -> Self {
        let serial = params.serial_number.as_ref().unwrap();
        let serial = serial.as_ref().iter();
        Self {
            chain: vec![der.clone()],
            key,
            serial: serial.fold(0, |number, byte| number << 8 | u64::from(*byte)),
        }
    }

    /// Of the end entity alone.
    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.chain[0].clone()
    }

    /// Of the end entity alone.
    pub(crate) fn pem(&self) -> String {
        let body = data_encoding::BASE64.encode(&self.chain[0]);
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }

    pub(crate) fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }

    pub(crate) fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity::from_der(self.chain.clone(), self.private_key()).unwrap()
    }
}

pub(crate) fn crl(der: &[u8]) -> Crl {
    Crl::read(der).unwrap().remove(0)
}

pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

pub(crate) fn called(name: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    subject
}

/// Valid until March 2026.
pub(crate) fn expired(params: &mut CertificateParams) {
    params.not_before = rcgen::date_time_ymd(2026, 1, 1);
    params.not_after = rcgen::date_time_ymd(2026, 3, 1);
}

fn ca(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = called(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = now() - Duration::days(1);
    params.not_after = now() + Duration::days(90);
    params
}

/// Called `leaf`.
fn end_entity(names: &[&str], key: &KeyPair) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = called("leaf");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    params.use_authority_key_identifier_extension = true;
    let serial = u64::from_be_bytes(key.public_key_raw()[8..16].try_into().unwrap()) >> 1;
    params.serial_number = Some(SerialNumber::from(serial));
    params.not_before = now() - Duration::days(1);
    params.not_after = now() + Duration::days(90);
    params
}
