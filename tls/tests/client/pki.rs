//! Certificates, good ones and odd ones.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, RevokedCertParams, SerialNumber, SignatureAlgorithm,
};
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use time::{Duration, OffsetDateTime};
use wharf_tls::{Identity, Trust};

pub(crate) struct Ca {
    pub(crate) issuer: CertifiedIssuer<'static, KeyPair>,
    algorithm: &'static SignatureAlgorithm,
}

impl Ca {
    pub(crate) fn root(name: &str) -> Self {
        Self::root_with(name, &PKCS_ECDSA_P256_SHA256)
    }

    pub(crate) fn root_with(name: &str, algorithm: &'static SignatureAlgorithm) -> Self {
        let key = KeyPair::generate_for(algorithm).unwrap();
        Self {
            issuer: CertifiedIssuer::self_signed(ca_params(name), key).unwrap(),
            algorithm,
        }
    }

    pub(crate) fn intermediate(&self, name: &str) -> Self {
        self.intermediate_with(name, |_| ())
    }

    pub(crate) fn intermediate_with(
        &self,
        name: &str,
        edit: impl FnOnce(&mut CertificateParams),
    ) -> Self {
        let mut params = ca_params(name);
        edit(&mut params);
        let key = KeyPair::generate_for(self.algorithm).unwrap();
        Self {
            issuer: CertifiedIssuer::signed_by(params, key, &self.issuer).unwrap(),
            algorithm: self.algorithm,
        }
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.issuer.der().clone()
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::from_pem(self.issuer.pem().as_bytes()).unwrap()
    }

    /// For `localhost`, valid today.
    pub(crate) fn leaf(&self) -> Leaf {
        self.leaf_with(|_| ())
    }

    pub(crate) fn leaf_for(&self, names: &[&str]) -> Leaf {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        self.leaf_with(|params| {
            params.subject_alt_names = CertificateParams::new(names).unwrap().subject_alt_names;
        })
    }

    pub(crate) fn leaf_with(&self, edit: impl FnOnce(&mut CertificateParams)) -> Leaf {
        let mut params = leaf_params();
        edit(&mut params);
        let key = KeyPair::generate_for(self.algorithm).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Leaf {
            chain: vec![certificate.der().clone()],
            key,
        }
    }

    /// A CRL that names `serials`, for the given days from today on.
    pub(crate) fn crl(&self, serials: &[u8], days: i64) -> CertificateRevocationListDer<'static> {
        let revoked = |serial: &u8| RevokedCertParams {
            serial_number: SerialNumber::from(u64::from(*serial)),
            revocation_time: rcgen::date_time_ymd(2026, 3, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update: rcgen::date_time_ymd(2026, 1, 1),
            next_update: OffsetDateTime::now_utc() + Duration::days(days),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: serials.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let issuer: &Issuer<'_, KeyPair> = &self.issuer;
        params.signed_by(issuer).unwrap().into()
    }
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = called(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn leaf_params() -> CertificateParams {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.distinguished_name = called("leaf");
    params.is_ca = IsCa::ExplicitNoCa;
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    params
}

pub(crate) fn called(name: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    subject
}

/// An end entity with its key.
pub(crate) struct Leaf {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: KeyPair,
}

impl Leaf {
    pub(crate) fn self_signed() -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = leaf_params().self_signed(&key).unwrap();
        Self {
            chain: vec![certificate.der().clone()],
            key,
        }
    }

    /// With more certificates behind it.
    pub(crate) fn sent_with(mut self, more: &[&Ca]) -> Self {
        self.chain.extend(more.iter().map(|ca| ca.der()));
        self
    }

    pub(crate) fn key_der(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(self.key.serialize_der().into())
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity::from_der(self.chain.clone(), self.key_der()).unwrap()
    }
}
