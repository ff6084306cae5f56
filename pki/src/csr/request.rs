//! The request, read and written.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::collections::HashSet;
use std::fmt;

use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::cri_attributes::ParsedCriAttribute;
use x509_parser::extensions::{ParsedExtension, X509Extension};
use x509_parser::oid_registry::{OID_PKCS9_CHALLENGE_PASSWORD, OID_X509_EXT_SUBJECT_ALT_NAME};
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Version;

use super::names::Names;
use super::{OtherName, RequestFault};
use crate::error::Error;
use crate::inspect::distinguished_name;
use crate::key::{Key, PublicKey, SignatureAlgorithm, Signed};
use crate::name::SubjectAltName;
use crate::subject::{self, Subject};
use crate::{issue, pem, text};

/// The longest request that is read, in DER, in bytes.
///
/// One with a hundred names has about 25 kB, one with RSA of 4096 bits less than 2 kB, one with ML-DSA-87 8 kB. A longer one
/// is refused. The limit is 64 KiB.
pub const REQUEST_BYTES_MAX: usize = 64 * 1024;

/// A certification request whose sender has the private key: there is none whose signature was not checked.
///
/// ```
/// use wharf_pki::{CertificateRequest, Key, KeyType};
///
/// # fn main() -> Result<(), wharf_pki::Error> {
/// let key = Key::generate(KeyType::P384)?;
/// let text = CertificateRequest::new(&key, &["a.test".parse()?], None)?.to_pem();
///
/// let request = CertificateRequest::from_pem(&text)?;
/// assert_eq!(request.names(), ["a.test".parse()?]);
/// assert_eq!(request.public_key(), key.public_key());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateRequest {
    der: Vec<u8>,
    public_key: PublicKey,
    signature_algorithm: SignatureAlgorithm,
    subject: String,
    subject_fields: Option<Subject>,
    common_names: Vec<String>,
    names: Vec<SubjectAltName>,
    other_names: Vec<OtherName>,
    extensions: Vec<RequestedExtension>,
    unknown_attributes: Vec<String>,
}

/// An extension that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestedExtension {
    /// Which one.
    pub oid: String,
    /// Whether it is to be critical.
    pub critical: bool,
    /// What it is to hold, in DER.
    pub value: Vec<u8>,
}

impl CertificateRequest {
    /// Writes a request and signs it.
    ///
    /// Without a subject, the first name becomes its commonName, as in the certificates of this crate. Names that repeat are
    /// taken once.
    ///
    /// # Errors
    ///
    /// [`Error::NoNames`], [`Error::TooManyNames`] or [`Error::Name`] for the names, [`Error::Subject`] for the subject.
    pub fn new(
        key: &Key,
        names: &[SubjectAltName],
        subject: Option<&Subject>,
    ) -> Result<Self, Error> {
        let params = issue::request(names, subject)?;
        Self::from_der(params.serialize_request(key)?.der())
    }

    /// Reads one request in DER and nothing behind it, and checks its signature.
    ///
    /// # Errors
    ///
    /// [`Error::Request`], [`Error::PublicKey`] if what is to be certified is none, [`Error::BadSignature`] if it was changed
    /// or its sender has not the private key, [`Error::UnsupportedSignatureAlgorithm`] or [`Error::SignatureMismatch`] if
    /// that cannot be said.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        if der.len() > REQUEST_BYTES_MAX {
            let limit_bytes = REQUEST_BYTES_MAX;
            return Err(RequestFault::TooLong { limit_bytes }.into());
        }
        let Ok(([], parsed)) = X509CertificationRequest::from_der(der) else {
            return Err(RequestFault::Malformed.into());
        };
        let info = &parsed.certification_request_info;
        if info.version != X509Version::V1 {
            return Err(RequestFault::Malformed.into());
        }
        let public_key = PublicKey::from_der(info.subject_pki.raw)?;
        public_key.verify_signed(der)?;
        let extensions = requested_extensions(&parsed)?;
        let names = names(extensions)?;
        let common_names = info.subject.iter_common_name();
        Ok(Self {
            der: der.to_vec(),
            public_key,
            signature_algorithm: Signed::from_der(der)?.algorithm,
            subject: distinguished_name(&info.subject),
            subject_fields: subject::fields(&info.subject),
            common_names: common_names
                .filter_map(|name| Some(text::printable(name.as_str().ok()?)))
                .collect(),
            names: names.usable,
            other_names: names.other,
            extensions: extensions.iter().map(RequestedExtension::from).collect(),
            unknown_attributes: unknown_attributes(&parsed),
        })
    }

    /// Reads the first `CERTIFICATE REQUEST` or `NEW CERTIFICATE REQUEST` of a PEM text, and checks its signature.
    ///
    /// # Errors
    ///
    /// [`Error::Pem`] if there is none, and as [`from_der`](Self::from_der) has them.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        let labels = [LABEL, "NEW CERTIFICATE REQUEST"];
        Self::from_der(&pem::find(text, &labels, "certification request")?.decode()?)
    }

    /// The request as DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The request as PEM.
    pub fn to_pem(&self) -> String {
        pem::encode(LABEL, &self.der)
    }

    /// The key that is to be certified.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// How it was signed. The hash need not fit the key.
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.signature_algorithm
    }

    /// Whom it names, as `O=Example, CN=a.test`, escaped and cut; empty if it has no subject.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Its subject as this crate writes one; `None` if it has no commonName, other attributes, or one of them twice.
    pub fn subject_fields(&self) -> Option<&Subject> {
        self.subject_fields.as_ref()
    }

    /// The commonNames of its subject, escaped and cut. Before subjectAltName they held host names, and some requests have
    /// one nowhere else.
    pub fn common_names(&self) -> &[String] {
        &self.common_names
    }

    /// The names of its subjectAltName that a certificate of this crate may hold, each once, DNS names in lower case.
    pub fn names(&self) -> &[SubjectAltName] {
        &self.names
    }

    /// The names of its subjectAltName that none may hold.
    pub fn other_names(&self) -> &[OtherName] {
        &self.other_names
    }

    /// All extensions that it asks for, subjectAltName among them.
    pub fn extensions(&self) -> &[RequestedExtension] {
        &self.extensions
    }

    /// The attributes beside the extensions, as OID. A challengePassword is not listed.
    pub fn unknown_attributes(&self) -> &[String] {
        &self.unknown_attributes
    }
}

const LABEL: &str = "CERTIFICATE REQUEST";

/// The extensionRequest ([RFC 2985 §5.4.2]), which may be there once, and have each extension once.
///
/// [RFC 2985 §5.4.2]: https://www.rfc-editor.org/rfc/rfc2985#section-5.4.2
fn requested_extensions<'r>(
    request: &'r X509CertificationRequest<'_>,
) -> Result<&'r [X509Extension<'r>], Error> {
    let attributes = request.certification_request_info.iter_attributes();
    let mut found = attributes.filter_map(|attribute| match attribute.parsed_attribute() {
        ParsedCriAttribute::ExtensionRequest(request) => Some(request.extensions.as_slice()),
        _ => None,
    });
    let extensions = found.next().unwrap_or_default();
    let oids: HashSet<_> = extensions.iter().map(|extension| &extension.oid).collect();
    if found.next().is_some() || oids.len() != extensions.len() {
        return Err(RequestFault::ExtensionTwice.into());
    }
    Ok(extensions)
}

fn names(extensions: &[X509Extension<'_>]) -> Result<Names, Error> {
    for extension in extensions {
        match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(found) => {
                return Ok(Names::read(&found.general_names));
            }
            ParsedExtension::ParseError { .. }
                if extension.oid == OID_X509_EXT_SUBJECT_ALT_NAME =>
            {
                return Err(RequestFault::MalformedNames.into());
            }
            _ => {}
        }
    }
    Ok(Names::default())
}

fn unknown_attributes(request: &X509CertificationRequest<'_>) -> Vec<String> {
    let attributes = request.certification_request_info.iter_attributes();
    attributes
        .filter(|attribute| attribute.oid != OID_PKCS9_CHALLENGE_PASSWORD)
        .filter(|attribute| {
            !matches!(
                attribute.parsed_attribute(),
                ParsedCriAttribute::ExtensionRequest(_)
            )
        })
        .map(|attribute| text::printable(&attribute.oid.to_id_string()))
        .collect()
}

impl From<&X509Extension<'_>> for RequestedExtension {
    fn from(extension: &X509Extension<'_>) -> Self {
        Self {
            oid: text::printable(&extension.oid.to_id_string()),
            critical: extension.critical,
            value: extension.value.to_vec(),
        }
    }
}

/// Without the bytes.
impl fmt::Debug for CertificateRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateRequest")
            .field("subject", &self.subject)
            .field("names", &self.names)
            .field("public_key", &self.public_key)
            .finish_non_exhaustive()
    }
}
