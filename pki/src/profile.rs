//! Every extension of every kind of certificate, in one place.
//!
//! | extension | root, intermediate | end entity | RFC 5280 |
//! |---|---|---|---|
//! | authorityKeyIdentifier | yes, on the root too | yes | [RFC 5280 §4.2.1.1] |
//! | subjectKeyIdentifier | yes | yes | [RFC 5280 §4.2.1.2] |
//! | keyUsage, critical | keyCertSign, cRLSign | digitalSignature | [RFC 5280 §4.2.1.3] |
//! | subjectAltName | no | yes; critical if the subject is empty | [RFC 5280 §4.2.1.6] |
//! | basicConstraints, critical | cA true, pathLenConstraint | cA false | [RFC 5280 §4.2.1.9] |
//! | extendedKeyUsage | no | by [`Profile`] | [RFC 5280 §4.2.1.12] |
//!
//! rcgen fills what is left open with values of its own: a validity from 1975 to 4096, a serial number that is a hash of
//! the key and so repeats, no authorityKeyIdentifier. So `base` leaves nothing open.
//!
//! [RFC 5280 §4.2.1.1]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.1
//! [RFC 5280 §4.2.1.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.2
//! [RFC 5280 §4.2.1.3]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3
//! [RFC 5280 §4.2.1.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6
//! [RFC 5280 §4.2.1.9]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9
//! [RFC 5280 §4.2.1.12]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12

use std::fmt;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyIdMethod, KeyUsagePurpose, SanType, SerialNumber,
};

use crate::error::Error;
use crate::name::SubjectAltName;
use crate::subject::ATTRIBUTE_CHARS_MAX;
use crate::validity::Validity;

/// What an end-entity certificate is for: its extendedKeyUsage ([RFC 5280 §4.2.1.12]).
///
/// [RFC 5280 §4.2.1.12]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// A TLS server: serverAuth. The default.
    #[default]
    Server,
    /// A TLS client: clientAuth.
    Client,
    /// A service that is both: serverAuth and clientAuth.
    Peer,
}

impl Profile {
    fn extended_key_usages(self) -> Vec<ExtendedKeyUsagePurpose> {
        match self {
            Self::Server => vec![ExtendedKeyUsagePurpose::ServerAuth],
            Self::Client => vec![ExtendedKeyUsagePurpose::ClientAuth],
            Self::Peer => vec![
                ExtendedKeyUsagePurpose::ServerAuth,
                ExtendedKeyUsagePurpose::ClientAuth,
            ],
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "server",
            Self::Client => "client",
            Self::Peer => "peer",
        })
    }
}

/// A CA certificate.
pub(crate) fn ca(
    subject: DistinguishedName,
    path_len: u8,
    validity: Validity,
) -> Result<CertificateParams, Error> {
    let mut params = base(subject, validity)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(path_len));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

/// An end-entity certificate. `names` are checked, and at least one.
pub(crate) fn end_entity(
    profile: Profile,
    names: &[SubjectAltName],
    validity: Validity,
) -> Result<CertificateParams, Error> {
    let mut params = base(subject(names), validity)?;
    params.is_ca = IsCa::ExplicitNoCa;
    // Enough for ECDSA and Ed25519. (An RSA key would need keyEncipherment beside it: NSS asks for it.)
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = profile.extended_key_usages();
    params.subject_alt_names = names.iter().map(san).collect::<Result<_, _>>()?;
    Ok(params)
}

/// What all certificates share.
fn base(subject: DistinguishedName, validity: Validity) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::default();
    params.not_before = validity.not_before;
    params.not_after = validity.not_after;
    params.serial_number = Some(serial_number()?);
    params.distinguished_name = subject;
    params.use_authority_key_identifier_extension = true;
    params.key_identifier_method = KeyIdMethod::Sha256;
    Ok(params)
}

/// The first name as commonName, for people who list certificates; clients read only the subjectAltName. A name that is
/// too long for a commonName leaves the subject empty, and rcgen then marks the subjectAltName critical.
fn subject(names: &[SubjectAltName]) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    if let Some(first) = names.first().map(ToString::to_string)
        && first.len() <= ATTRIBUTE_CHARS_MAX
    {
        subject.push(DnType::CommonName, first);
    }
    subject
}

fn san(name: &SubjectAltName) -> Result<SanType, Error> {
    Ok(match name {
        SubjectAltName::Dns(name) => SanType::DnsName(name.as_str().try_into()?),
        SubjectAltName::Ip(address) => SanType::IpAddress(*address),
    })
}

/// Sixteen random octets, the first of them 0x40 to 0x7f: positive, never zero, and always of the same length
/// ([RFC 5280 §4.1.2.2] allows 20; the CA/Browser Forum asks for 64 random bits, these are 126).
///
/// [RFC 5280 §4.1.2.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2
fn serial_number() -> Result<SerialNumber, Error> {
    let mut octets = [0; 16];
    aws_lc_rs::rand::fill(&mut octets).map_err(|_| Error::Crypto {
        operation: "draw a serial number",
    })?;
    octets[0] = octets[0] & 0x7f | 0x40;
    Ok(SerialNumber::from_slice(&octets))
}
