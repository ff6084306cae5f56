//! One certificate, read with x509-parser.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::collections::HashSet;
use std::fmt;
use std::time::SystemTime;

use aws_lc_rs::digest;
use data_encoding::HEXUPPER;
use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::oid_registry;

use super::time::system_time;
use super::{CertificateError, PublicKeyAlgorithm, SpkiPin, SubjectAltNames, names};

/// The longest certificate that is read, in bytes.
///
/// A TLS handshake message of rustls has at most 64 KiB, so a longer one cannot arrive. With ML-DSA-87, key and signature
/// take 7 KiB. OpenSSL bounds the chain at 100 KiB.
pub const CERTIFICATE_BYTES_MAX: usize = 64 * 1024;

/// The facts of one certificate, read once.
///
/// Reading is not verifying: nothing here says who made it. All text is safe to print, and is still what its maker chose.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: CertificateDer<'static>,
    subject: String,
    issuer: String,
    raw_subject: Vec<u8>,
    raw_issuer: Vec<u8>,
    common_name: bool,
    serial: Vec<u8>,
    not_before: SystemTime,
    not_after: SystemTime,
    public_key: PublicKeyAlgorithm,
    spki: Vec<u8>,
    signature_algorithm: String,
    fingerprint: [u8; 32],
    spki_pin: SpkiPin,
    extensions: Extensions,
}

/// Those extensions that decide who a certificate stands for, and what its key may do.
#[derive(Clone, Default, PartialEq, Eq)]
struct Extensions {
    names: SubjectAltNames,
    is_ca: bool,
    digital_signature: Option<bool>,
    purposes: Option<Purposes>,
    subject_key_id: Option<Vec<u8>>,
    authority_key_id: Option<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Purposes {
    server_auth: bool,
    client_auth: bool,
}

impl Certificate {
    /// Reads one certificate in DER, as it comes in a handshake or out of a PEM file.
    ///
    /// # Errors
    ///
    /// [`CertificateError`]: when it is no certificate, has more than [`CERTIFICATE_BYTES_MAX`] bytes, or when an extension
    /// that is read here is malformed or stands there twice. Unknown extensions are passed over.
    pub fn parse(der: &CertificateDer<'_>) -> Result<Self, CertificateError> {
        if der.len() > CERTIFICATE_BYTES_MAX {
            return Err(CertificateError::TooLong {
                bytes: der.len(),
                max: CERTIFICATE_BYTES_MAX,
            });
        }
        let (rest, parsed) =
            x509_parser::parse_x509_certificate(der).map_err(|_| CertificateError::Malformed)?;
        if !rest.is_empty() {
            return Err(CertificateError::TrailingBytes { bytes: rest.len() });
        }
        let spki = parsed.public_key().raw;
        Ok(Self {
            der: der.clone().into_owned(),
            subject: names::distinguished_name(parsed.subject()),
            issuer: names::distinguished_name(parsed.issuer()),
            raw_subject: parsed.subject().as_raw().to_vec(),
            raw_issuer: parsed.issuer().as_raw().to_vec(),
            common_name: parsed.subject().iter_common_name().next().is_some(),
            serial: unsigned(parsed.tbs_certificate.raw_serial()).to_vec(),
            not_before: system_time(parsed.validity().not_before)?,
            not_after: system_time(parsed.validity().not_after)?,
            public_key: PublicKeyAlgorithm::of(parsed.public_key()),
            spki: spki.to_vec(),
            signature_algorithm: signature_algorithm(&parsed),
            fingerprint: sha256(der),
            spki_pin: SpkiPin::from(sha256(spki)),
            extensions: Extensions::read(&parsed)?,
        })
    }

    /// The bytes.
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// Whom it names, as in [RFC 4514]: `CN=localhost,O=Example`, the most specific first. Empty if it has no subject.
    /// Whatever a terminal could act on is escaped, and more than 1024 characters are cut.
    ///
    /// [RFC 4514]: https://www.rfc-editor.org/rfc/rfc4514
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Who issued it, in the same form.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The serial number as a big-endian unsigned number. RFC 5280 allows 20 octets; some CAs take more.
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// The serial number in hexadecimal, as `openssl x509 -serial` prints it.
    pub fn serial_hex(&self) -> String {
        HEXUPPER.encode(&self.serial)
    }

    /// From when it is valid.
    pub fn not_before(&self) -> SystemTime {
        self.not_before
    }

    /// Until when it is valid, that second included.
    pub fn not_after(&self) -> SystemTime {
        self.not_after
    }

    /// The subjectAltNames, in the order of the certificate.
    pub fn names(&self) -> &SubjectAltNames {
        &self.extensions.names
    }

    /// Whether it may issue certificates: basicConstraints with cA true ([RFC 5280 §4.2.1.9]).
    ///
    /// [RFC 5280 §4.2.1.9]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9
    pub fn is_ca(&self) -> bool {
        self.extensions.is_ca
    }

    /// Whether its key may sign a handshake: there is no keyUsage, or it has digitalSignature ([RFC 8446 §4.4.2.2]).
    ///
    /// [RFC 8446 §4.4.2.2]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2.2
    pub fn allows_digital_signature(&self) -> bool {
        self.extensions.digital_signature != Some(false)
    }

    /// Whether it may stand for a server: there is no extendedKeyUsage, or it has serverAuth.
    ///
    /// `anyExtendedKeyUsage` does not count: neither rustls nor OpenSSL nor a browser takes it for serverAuth.
    pub fn allows_server_auth(&self) -> bool {
        self.extensions
            .purposes
            .is_none_or(|found| found.server_auth)
    }

    /// Whether it may stand for a client: there is no extendedKeyUsage, or it has clientAuth.
    pub fn allows_client_auth(&self) -> bool {
        self.extensions
            .purposes
            .is_none_or(|found| found.client_auth)
    }

    /// The kind and size of its public key.
    pub fn public_key(&self) -> &PublicKeyAlgorithm {
        &self.public_key
    }

    /// What it was signed with, by its name in the RFCs, such as `ecdsa-with-SHA256`; an algorithm that is not known here
    /// as object identifier.
    pub fn signature_algorithm(&self) -> &str {
        &self.signature_algorithm
    }

    /// SHA-256 of the whole certificate: what `openssl x509 -fingerprint -sha256` shows.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// SHA-256 of the public key, which stays the same when a certificate is renewed with its key.
    pub fn spki_pin(&self) -> SpkiPin {
        self.spki_pin
    }

    /// Whether subject and issuer are the same name, as in a root. Whether it signed itself is another question.
    pub fn is_self_issued(&self) -> bool {
        self.raw_subject == self.raw_issuer
    }

    /// The SubjectPublicKeyInfo in DER.
    pub(crate) fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The issuer's name in DER.
    pub(crate) fn raw_issuer(&self) -> &[u8] {
        &self.raw_issuer
    }

    /// Whether the subject has a commonName, which took the place of subjectAltNames before 2011.
    pub(crate) fn has_common_name(&self) -> bool {
        self.common_name
    }

    /// Whether `issuer` looks like the issuer of this one: by name, and by key identifier where both have one. The
    /// signature is not checked.
    pub(crate) fn names_as_issuer(&self, issuer: &Self) -> bool {
        let wanted = self.extensions.authority_key_id.as_ref();
        let found = issuer.extensions.subject_key_id.as_ref();
        self.raw_issuer == issuer.raw_subject
            && wanted
                .zip(found)
                .is_none_or(|(wanted, found)| wanted == found)
    }
}

/// The facts by which one tells certificates apart, without the bytes.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject)
            .field("issuer", &self.issuer)
            .field("serial", &self.serial_hex())
            .field("names", &self.extensions.names)
            .finish_non_exhaustive()
    }
}

impl Extensions {
    fn read(certificate: &X509Certificate<'_>) -> Result<Self, CertificateError> {
        let mut found = Self::default();
        let mut seen = HashSet::new();
        for extension in certificate.extensions() {
            if !seen.insert(&extension.oid) {
                return Err(CertificateError::RepeatedExtension {
                    oid: extension.oid.to_id_string(),
                });
            }
            match extension.parsed_extension() {
                ParsedExtension::SubjectAlternativeName(names) => {
                    found.names = SubjectAltNames::read(&names.general_names);
                }
                ParsedExtension::BasicConstraints(constraints) => found.is_ca = constraints.ca,
                ParsedExtension::KeyUsage(usage) => {
                    found.digital_signature = Some(usage.digital_signature());
                }
                ParsedExtension::ExtendedKeyUsage(usage) => {
                    found.purposes = Some(Purposes {
                        server_auth: usage.server_auth,
                        client_auth: usage.client_auth,
                    });
                }
                ParsedExtension::SubjectKeyIdentifier(id) => {
                    found.subject_key_id = Some(id.0.to_vec());
                }
                ParsedExtension::AuthorityKeyIdentifier(id) => {
                    found.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec());
                }
                ParsedExtension::ParseError { .. } if READ.contains(&extension.oid) => {
                    return Err(CertificateError::MalformedExtension {
                        oid: extension.oid.to_id_string(),
                    });
                }
                _ => {}
            }
        }
        Ok(found)
    }
}

/// The extensions that must be readable. A fault in another one, such as a policy, is for the verifier to judge.
const READ: &[x509_parser::der_parser::Oid<'static>] = &[
    oid_registry::OID_X509_EXT_SUBJECT_ALT_NAME,
    oid_registry::OID_X509_EXT_BASIC_CONSTRAINTS,
    oid_registry::OID_X509_EXT_KEY_USAGE,
    oid_registry::OID_X509_EXT_EXTENDED_KEY_USAGE,
    oid_registry::OID_X509_EXT_SUBJECT_KEY_IDENTIFIER,
    oid_registry::OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER,
];

/// DER puts a zero octet before a number whose first bit is set; it is not part of the number.
fn unsigned(raw: &[u8]) -> &[u8] {
    match raw {
        [0, rest @ ..] if !rest.is_empty() => rest,
        _ => raw,
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

fn signature_algorithm(certificate: &X509Certificate<'_>) -> String {
    let oid = certificate.signature_algorithm.algorithm.to_id_string();
    match oid.as_str() {
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.10" => "id-RSASSA-PSS",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.3.101.112" => "id-Ed25519",
        "1.3.101.113" => "id-Ed448",
        "2.16.840.1.101.3.4.3.17" => "id-ml-dsa-44",
        "2.16.840.1.101.3.4.3.18" => "id-ml-dsa-65",
        "2.16.840.1.101.3.4.3.19" => "id-ml-dsa-87",
        _ => return oid,
    }
    .into()
}
