//! Certificates for a server, issued in this process: by wharf-pki, and by rcgen as one uses it alone.

use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, ensure};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, RsaKeySize,
};
use wharf_pki::inspect::inspect_der;
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, Certificate, EndEntity, Key, KeyType, Subject};

use crate::sample::{CpuTime, Sample};

const NAME: &str = "localhost";

/// Somebody with a CA, and the key of a server. Both keys are of one type, and made beforehand.
#[derive(Debug)]
pub struct Issuer {
    /// The name in the table.
    pub name: &'static str,
    root: Certificate,
    with: With,
}

#[derive(Debug)]
enum With {
    Wharf(Box<Wharf>),
    Rcgen(Box<Rcgen>),
}

#[derive(Debug)]
struct Wharf {
    authority: Authority,
    request: EndEntity,
    key: Key,
}

#[derive(Debug)]
struct Rcgen {
    issuer: rcgen::Issuer<'static, KeyPair>,
    key: KeyPair,
    is_rsa: bool,
}

/// Both, for one type of key.
pub fn issuers(key_type: KeyType) -> anyhow::Result<[Issuer; 2]> {
    let issuers = [wharf(key_type)?, rcgen(key_type)?];
    let [ours, theirs] = [issuers[0].look()?, issuers[1].look()?];
    ensure!(ours == theirs, "not the same: {ours:?} and {theirs:?}");
    Ok(issuers)
}

fn wharf(key_type: KeyType) -> anyhow::Result<Issuer> {
    let now = SystemTime::now().into();
    let subject = Subject::new("root of a bench");
    let authority = Authority::root(Key::generate(key_type)?, &subject, 9 * DAY, 0, now)?;
    let request = EndEntity {
        names: vec![NAME.parse()?],
        lifetime: DAY,
        ..EndEntity::default()
    };
    Ok(Issuer {
        name: "wharf",
        root: authority.certificate().clone(),
        with: With::Wharf(Box::new(Wharf {
            authority,
            request,
            key: Key::generate(key_type)?,
        })),
    })
}

fn rcgen(key_type: KeyType) -> anyhow::Result<Issuer> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "root of a bench");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = generate(key_type)?;
    let root = Certificate::from_der(params.self_signed(&key)?.der())?;
    Ok(Issuer {
        name: "rcgen",
        root,
        with: With::Rcgen(Box::new(Rcgen {
            issuer: rcgen::Issuer::new(params, key),
            key: generate(key_type)?,
            is_rsa: matches!(
                key_type,
                KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096
            ),
        })),
    })
}

fn generate(key_type: KeyType) -> anyhow::Result<KeyPair> {
    let rsa = |size| KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, size);
    let other = KeyPair::generate_for;
    Ok(match key_type {
        KeyType::P256 => other(&rcgen::PKCS_ECDSA_P256_SHA256),
        KeyType::P384 => other(&rcgen::PKCS_ECDSA_P384_SHA384),
        KeyType::P521 => other(&rcgen::PKCS_ECDSA_P521_SHA512),
        KeyType::Ed25519 => other(&rcgen::PKCS_ED25519),
        KeyType::Rsa2048 => rsa(RsaKeySize::_2048),
        KeyType::Rsa3072 => rsa(RsaKeySize::_3072),
        KeyType::Rsa4096 => rsa(RsaKeySize::_4096),
        KeyType::MlDsa44 => other(&rcgen::PKCS_ML_DSA_44),
        KeyType::MlDsa65 => other(&rcgen::PKCS_ML_DSA_65),
        KeyType::MlDsa87 => other(&rcgen::PKCS_ML_DSA_87),
        _ => anyhow::bail!("{key_type} is not known to rcgen here"),
    }?)
}

impl Issuer {
    /// One certificate, in DER.
    fn issue(&self) -> anyhow::Result<Vec<u8>> {
        match &self.with {
            With::Wharf(with) => with.issue(),
            With::Rcgen(with) => with.issue(),
        }
    }

    /// As many as the time is enough for.
    pub fn sample(&self, time: Duration) -> anyhow::Result<Sample> {
        let cpu = cpu_time()?;
        let start = Instant::now();
        let mut count = 0;
        while start.elapsed() < time {
            std::hint::black_box(self.issue()?);
            count += 1;
        }
        Ok(Sample::new(count, start.elapsed(), cpu_time()? - cpu))
    }

    /// What is in a certificate, but for keys and dates. Its signature has to be right.
    fn look(&self) -> anyhow::Result<impl PartialEq + std::fmt::Debug + use<>> {
        let certificate = Certificate::from_der(&self.issue()?)?;
        certificate
            .check_signed_by(&self.root)
            .with_context(|| self.name.to_owned())?;
        let info = inspect_der(certificate.der())?;
        Ok((
            (info.names, info.key_usage, info.extended_key_usage),
            (info.is_ca, info.signature_algorithm, info.public_key),
            (
                info.subject_key_id.is_some(),
                info.authority_key_id.is_some(),
            ),
        ))
    }
}

impl Wharf {
    fn issue(&self) -> anyhow::Result<Vec<u8>> {
        let now = SystemTime::now().into();
        let issued = self.authority.issue(&self.request, &self.key, now)?;
        Ok(issued.certificate.der().to_vec())
    }
}

impl Rcgen {
    fn issue(&self) -> anyhow::Result<Vec<u8>> {
        let now = SystemTime::now();
        let mut params = CertificateParams::new(vec![NAME.to_owned()])?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.is_ca = IsCa::ExplicitNoCa;
        params.not_before = now.into();
        params.not_after = (now + DAY).into();
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        if self.is_rsa {
            params.key_usages.push(KeyUsagePurpose::KeyEncipherment);
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&self.key, &self.issuer)?;
        Ok(certificate.der().to_vec())
    }
}

/// Of this thread, which is all that issues here.
fn cpu_time() -> anyhow::Result<CpuTime> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    CpuTime::parse(&text).with_context(|| format!("schedstat says {text:?}"))
}
