//! The struct, and reading it.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use aws_lc_rs::digest;
use data_encoding::{BASE64, HEXUPPER};
use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use x509_parser::asn1_rs::Tag;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{ExtendedKeyUsage, KeyUsage, ParsedExtension};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::names;
use crate::certificate::parse;
use crate::error::Error;
use crate::pem;

/// What a certificate says. All text is escaped and cut, so it can be printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CertificateInfo {
    /// Whom it names, as `O=Example, CN=localhost`, in the order of the certificate; empty if it has no subject.
    pub subject: String,
    /// Who signed it, in the same form.
    pub issuer: String,
    /// The serial number in hexadecimal, as `openssl x509 -serial` prints it.
    pub serial: String,
    /// From when it is valid. RFC 3339 in JSON.
    #[serde(serialize_with = "rfc3339")]
    pub not_before: OffsetDateTime,
    /// Until when it is valid. RFC 3339 in JSON.
    #[serde(serialize_with = "rfc3339")]
    pub not_after: OffsetDateTime,
    /// The subjectAltNames with their kind: `DNS:localhost`, `IP:127.0.0.1`, `email:`, `URI:`, `dirName:`, `RID:`,
    /// `other:`.
    pub names: Vec<String>,
    /// Whether it may issue: basicConstraints with cA true.
    pub is_ca: bool,
    /// How many CAs may stand below it, if it says.
    pub path_len: Option<u32>,
    /// The keyUsages, by their names in [RFC 5280 §4.2.1.3].
    ///
    /// [RFC 5280 §4.2.1.3]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3
    pub key_usage: Vec<String>,
    /// The extendedKeyUsages, by their names in [RFC 5280 §4.2.1.12], others as OID.
    ///
    /// [RFC 5280 §4.2.1.12]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12
    pub extended_key_usage: Vec<String>,
    /// The kind of public key: `EC P-256`, `RSA 2048`, `Ed25519`; others as OID.
    pub public_key: String,
    /// The algorithm of the signature, `ecdsa-with-SHA256` for example; others as OID.
    pub signature_algorithm: String,
    /// The subjectKeyIdentifier, as `AB:CD:…`.
    pub subject_key_id: Option<String>,
    /// The authorityKeyIdentifier, as `AB:CD:…`.
    pub authority_key_id: Option<String>,
    /// SHA-256 of the certificate, as `AB:CD:…`: what browsers and `openssl x509 -fingerprint -sha256` show. Without colons
    /// in JSON.
    #[serde(serialize_with = "plain_hex")]
    pub sha256: String,
    /// SHA-256 of the public key in base64: what `curl --pinnedpubkey sha256//…` takes.
    pub spki_sha256: String,
    /// Whether subject and issuer are the same name. Whether it signed itself is another question.
    pub self_issued: bool,
    /// Critical extensions that this crate does not know, as OID. Who does not know one must refuse the certificate.
    pub unknown_critical_extensions: Vec<String>,
    /// Extensions that cannot be read, as OID.
    pub malformed_extensions: Vec<String>,
}

/// Reads every certificate of a PEM text: at least one, at most [`pem::CERTIFICATES_MAX`], in at most
/// [`pem::TEXT_BYTES_MAX`] bytes.
///
/// # Errors
///
/// [`Error::Pem`] or [`Error::MalformedCertificate`].
pub fn inspect_pem(text: &str) -> Result<Vec<CertificateInfo>, Error> {
    pem::certificates(text)?
        .iter()
        .map(|der| inspect_der(der))
        .collect()
}

/// Reads one certificate in DER.
///
/// # Errors
///
/// [`Error::MalformedCertificate`].
pub fn inspect_der(der: &[u8]) -> Result<CertificateInfo, Error> {
    let certificate = parse(der)?;
    let mut info = CertificateInfo {
        subject: names::distinguished_name(certificate.subject()),
        issuer: names::distinguished_name(certificate.issuer()),
        serial: serial(certificate.tbs_certificate.raw_serial()),
        not_before: certificate.validity().not_before.to_datetime(),
        not_after: certificate.validity().not_after.to_datetime(),
        names: Vec::new(),
        is_ca: false,
        path_len: None,
        key_usage: Vec::new(),
        extended_key_usage: Vec::new(),
        public_key: public_key(certificate.public_key()),
        signature_algorithm: algorithm(&certificate.signature_algorithm),
        subject_key_id: None,
        authority_key_id: None,
        sha256: colons(digest::digest(&digest::SHA256, der).as_ref()),
        spki_sha256: BASE64
            .encode(digest::digest(&digest::SHA256, certificate.public_key().raw).as_ref()),
        self_issued: certificate.subject().as_raw() == certificate.issuer().as_raw(),
        unknown_critical_extensions: Vec::new(),
        malformed_extensions: Vec::new(),
    };
    info.read_extensions(&certificate);
    Ok(info)
}

impl CertificateInfo {
    fn read_extensions(&mut self, certificate: &X509Certificate<'_>) {
        for extension in certificate.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectAlternativeName(found) => {
                    self.names
                        .extend(found.general_names.iter().map(names::general_name));
                }
                ParsedExtension::BasicConstraints(found) => {
                    self.is_ca = found.ca;
                    self.path_len = found.path_len_constraint;
                }
                ParsedExtension::KeyUsage(found) => self.key_usage = key_usage(found),
                ParsedExtension::ExtendedKeyUsage(found) => {
                    self.extended_key_usage = extended_key_usage(found)
                }
                ParsedExtension::SubjectKeyIdentifier(found) => {
                    self.subject_key_id = Some(colons(found.0))
                }
                ParsedExtension::AuthorityKeyIdentifier(found) => {
                    self.authority_key_id = found.key_identifier.as_ref().map(|id| colons(id.0));
                }
                ParsedExtension::UnsupportedExtension { oid } if extension.critical => {
                    self.unknown_critical_extensions.push(oid.to_id_string());
                }
                ParsedExtension::ParseError { .. } => {
                    self.malformed_extensions.push(extension.oid.to_id_string())
                }
                _ => {}
            }
        }
    }
}

pub(crate) fn key_usage(usage: &KeyUsage) -> Vec<String> {
    let bits = [
        (usage.digital_signature(), "digitalSignature"),
        (usage.non_repudiation(), "nonRepudiation"),
        (usage.key_encipherment(), "keyEncipherment"),
        (usage.data_encipherment(), "dataEncipherment"),
        (usage.key_agreement(), "keyAgreement"),
        (usage.key_cert_sign(), "keyCertSign"),
        (usage.crl_sign(), "cRLSign"),
        (usage.encipher_only(), "encipherOnly"),
        (usage.decipher_only(), "decipherOnly"),
    ];
    set(&bits).collect()
}

pub(crate) fn extended_key_usage(usage: &ExtendedKeyUsage<'_>) -> Vec<String> {
    let purposes = [
        (usage.any, "anyExtendedKeyUsage"),
        (usage.server_auth, "serverAuth"),
        (usage.client_auth, "clientAuth"),
        (usage.code_signing, "codeSigning"),
        (usage.email_protection, "emailProtection"),
        (usage.time_stamping, "timeStamping"),
        (usage.ocsp_signing, "OCSPSigning"),
    ];
    set(&purposes)
        .chain(usage.other.iter().map(|oid| oid.to_id_string()))
        .collect()
}

fn set(flags: &[(bool, &str)]) -> impl Iterator<Item = String> {
    flags
        .iter()
        .filter(|(is_set, _)| *is_set)
        .map(|(_, name)| (*name).to_owned())
}

pub(crate) fn public_key(key: &SubjectPublicKeyInfo<'_>) -> String {
    let oid = key.algorithm.algorithm.to_id_string();
    if let Ok(PublicKey::RSA(rsa)) = key.parsed() {
        return format!("RSA {}", rsa.key_size());
    }
    if oid != "1.2.840.10045.2.1" {
        return known_oid(oid);
    }
    match named_curve(key).as_deref() {
        Some("1.2.840.10045.3.1.7") => "EC P-256".into(),
        Some("1.3.132.0.34") => "EC P-384".into(),
        Some("1.3.132.0.35") => "EC P-521".into(),
        Some("1.2.840.10045.3.1.1") => "EC P-192".into(),
        Some("1.3.132.0.33") => "EC P-224".into(),
        Some(other) => format!("EC {other}"),
        None => "EC".into(),
    }
}

/// The curve's OID, if the parameters are one: a curve may also be described.
pub(crate) fn named_curve(key: &SubjectPublicKeyInfo<'_>) -> Option<String> {
    let parameters = key.algorithm.parameters.as_ref()?;
    // `as_oid` takes the content of anything.
    if parameters.tag() != Tag::Oid {
        return None;
    }
    Some(parameters.as_oid().ok()?.to_id_string())
}

pub(crate) fn algorithm(identifier: &AlgorithmIdentifier<'_>) -> String {
    known_oid(identifier.algorithm.to_id_string())
}

fn known_oid(oid: String) -> String {
    match oid.as_str() {
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.10" => "rsassaPss",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.10040.4.1" => "DSA",
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.3.101.112" => "Ed25519",
        "1.3.101.113" => "Ed448",
        "2.16.840.1.101.3.4.3.17" => "ML-DSA-44",
        "2.16.840.1.101.3.4.3.18" => "ML-DSA-65",
        "2.16.840.1.101.3.4.3.19" => "ML-DSA-87",
        _ => return oid,
    }
    .into()
}

/// DER puts a zero octet before a number whose first bit is set; it is not part of the number.
pub(crate) fn serial(raw: &[u8]) -> String {
    HEXUPPER.encode(match raw {
        [0, rest @ ..] if !rest.is_empty() => rest,
        _ => raw,
    })
}

pub(crate) fn colons(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect::<Vec<_>>()
        .join(":")
}

fn plain_hex<S: Serializer>(colons: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&colons.replace(':', ""))
}

pub(crate) fn rfc3339<S: Serializer>(
    time: &OffsetDateTime,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.format(&Rfc3339).map_err(serde::ser::Error::custom)?)
}
