//! A certification authority that also signs CRLs, and does what it should not.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams,
    SerialNumber,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};
use wharf_tls::{Crl, Identity};

pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
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
        let mut params = ca(name);
        change(&mut params);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self {
            issuer,
            above: Vec::new(),
        }
    }

    pub(crate) fn intermediate(&self, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::signed_by(ca(name), key, &self.issuer).unwrap();
        let mut above = vec![issuer.der().clone()];
        above.extend(self.above.iter().cloned());
        Self { issuer, above }
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.issuer.der().clone()
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// An end entity with these DNS names.
    pub(crate) fn issue(&self, names: &[String], serial: u64) -> Issued {
        self.issue_for(KeyPair::generate().unwrap(), names, serial)
    }

    pub(crate) fn issue_for(&self, key: KeyPair, names: &[String], serial: u64) -> Issued {
        let mut params = CertificateParams::new(names).unwrap();
        validity(&mut params);
        params.serial_number = Some(SerialNumber::from(serial));
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let mut chain = vec![certificate.der().clone()];
        chain.extend(self.above.iter().cloned());
        Issued { chain, key, serial }
    }

    pub(crate) fn server(&self) -> Identity {
        let issued = self.issue(&["localhost".to_owned()], 1000);
        Identity::from_der(issued.chain.clone(), issued.private_key()).unwrap()
    }

    pub(crate) fn client(&self) -> Issued {
        self.issue(&["client.example".to_owned()], 7)
    }

    /// A CRL that is good for a day, as DER.
    pub(crate) fn crl(&self, number: u64, revoked: &[u64]) -> Vec<u8> {
        self.crl_until(number, revoked, now() + Duration::days(1))
    }

    pub(crate) fn crl_until(&self, number: u64, revoked: &[u64], until: OffsetDateTime) -> Vec<u8> {
        let revoked_certs = revoked
            .iter()
            .map(|serial| RevokedCertParams {
                serial_number: SerialNumber::from(*serial),
                revocation_time: now() - Duration::days(1),
                reason_code: None,
                invalidity_date: None,
            })
            .collect();
        let params = CertificateRevocationListParams {
            this_update: until - Duration::days(7),
            next_update: until,
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).unwrap().der().to_vec()
    }
}

impl Issued {
    pub(crate) fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }
}

pub(crate) fn crl(der: &[u8]) -> Crl {
    Crl::read(der).unwrap().remove(0)
}

pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

fn ca(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    validity(&mut params);
    params
}

fn validity(params: &mut CertificateParams) {
    params.not_before = now() - Duration::days(1);
    params.not_after = now() + Duration::days(30);
}
