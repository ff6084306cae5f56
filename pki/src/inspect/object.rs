//! Whatever lies in a file: certificates, CRLs, certification requests and keys, in PEM and DER, several in one file; and
//! PKCS#12 files.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use pkcs8::der::Decode;
use pkcs8::der::asn1::AnyRef;

use super::pkcs12::{Pkcs12Info, inspect_pkcs12};
use crate::crl::Crl;
use crate::csr::{CertificateRequest, RequestFault};
use crate::error::Error;
use crate::key::{Key, KeyFault, PublicKey};
use crate::p12::Pkcs12Fault;
use crate::pem::{self, PemFault};
use crate::{Certificate, text};

/// One thing of a file. None is passed over: what cannot be read is one too.
#[derive(Debug)]
#[non_exhaustive]
pub enum Object {
    /// A certificate.
    Certificate(Certificate),
    /// A CRL.
    Crl(Box<Crl>),
    /// A certification request whose signature is right.
    Request(Box<CertificateRequest>),
    /// A public key.
    PublicKey(PublicKey),
    /// A private key. Its public half is what there is to show.
    PrivateKey(Box<Key>),
    /// A private key that is encrypted: not even its kind can be told.
    EncryptedKey,
    /// A PKCS#12 file, as far as it shows itself without its password.
    Pkcs12(Box<Pkcs12Info>),
    /// A thing of a known kind that cannot be read.
    Unreadable {
        /// What it is said to be, by its label in lower case.
        what: String,
        /// Why it cannot be read.
        error: Error,
    },
    /// A PEM section of a kind that is not read here, `DH PARAMETERS` for example.
    Other {
        /// Its label, escaped and cut.
        label: String,
    },
}

/// Everything that lies in a file, in its order: at least one thing. A file that is one element of DER is taken for that;
/// any other for PEM, of at most [`pem::CRL_TEXT_BYTES_MAX`] bytes and [`pem::CERTIFICATES_MAX`] sections.
///
/// # Errors
///
/// [`Error::Pem`] for what is neither, and for PEM whose sections cannot be told apart. What is wrong with one thing is in
/// [`Object::Unreadable`].
pub fn objects(file: &[u8]) -> Result<Vec<Object>, Error> {
    if let Some(object) = pkcs12(file) {
        return Ok(vec![object]);
    }
    if AnyRef::from_der(file).is_ok() {
        return of_der(file).map(|object| vec![object]);
    }
    let text = String::from_utf8_lossy(file);
    let sections = pem::sections(&text)?;
    if sections.is_empty() {
        return Err(nothing());
    }
    Ok(sections.iter().map(of_section).collect())
}

fn of_section(section: &pem::Section<'_>) -> Object {
    let read = match section.label {
        "CERTIFICATE" | "X509 CERTIFICATE" => section
            .decode()
            .and_then(|der| Certificate::from_der(&der))
            .map(Object::Certificate),
        "X509 CRL" => section.decode().and_then(|der| crl(&der)),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
            section.decode().and_then(|der| request(&der))
        }
        "PUBLIC KEY" => section
            .decode()
            .and_then(|der| PublicKey::from_der(&der))
            .map(Object::PublicKey),
        label if label.ends_with("PRIVATE KEY") => section.private_key().map(private),
        label => {
            return Object::Other {
                label: text::printable(label),
            };
        }
    };
    read.unwrap_or_else(|error| unreadable(&section.label.to_lowercase(), error))
}

/// `None` for anything else. It may be BER, so it is looked for before what is DER.
fn pkcs12(file: &[u8]) -> Option<Object> {
    // The tag of a SEQUENCE.
    if file.first() != Some(&0x30) {
        return None;
    }
    match inspect_pkcs12(file, None) {
        Ok(info) => Some(Object::Pkcs12(Box::new(info))),
        // One that is too long may be a CRL, which has a bound of its own.
        Err(Error::Pkcs12 {
            fault: Pkcs12Fault::Malformed | Pkcs12Fault::TooLong { .. },
        }) => None,
        Err(error) => Some(unreadable("pkcs#12 file", error)),
    }
}

/// The kinds cannot be taken for each other, so the first reader that does not call it malformed has it.
fn of_der(der: &[u8]) -> Result<Object, Error> {
    if let Ok(certificate) = Certificate::from_der(der) {
        return Ok(Object::Certificate(certificate));
    }
    match crl(der) {
        Err(Error::MalformedCrl) => {}
        read => return Ok(read.unwrap_or_else(|error| unreadable("x509 crl", error))),
    }
    match request(der) {
        Err(Error::Request {
            fault: RequestFault::Malformed | RequestFault::TooLong { .. },
        }) => {}
        read => return Ok(read.unwrap_or_else(|error| unreadable("certificate request", error))),
    }
    if let Ok(key) = PublicKey::from_der(der) {
        return Ok(Object::PublicKey(key));
    }
    match Key::from_der(der) {
        Err(Error::Key {
            fault: KeyFault::Malformed | KeyFault::TooLong { .. },
        }) => Err(nothing()),
        read => Ok(read.map_or_else(encrypted_or, |key| private(Some(key)))),
    }
}

fn crl(der: &[u8]) -> Result<Object, Error> {
    Crl::from_der(der).map(|crl| Object::Crl(Box::new(crl)))
}

fn request(der: &[u8]) -> Result<Object, Error> {
    CertificateRequest::from_der(der).map(|request| Object::Request(Box::new(request)))
}

/// `None` is one that is encrypted.
fn private(key: Option<Key>) -> Object {
    key.map_or(Object::EncryptedKey, |key| {
        Object::PrivateKey(Box::new(key))
    })
}

fn encrypted_or(error: Error) -> Object {
    match error {
        Error::Key {
            fault: KeyFault::Encrypted,
        } => Object::EncryptedKey,
        error => unreadable("private key", error),
    }
}

fn unreadable(what: &str, error: Error) -> Object {
    Object::Unreadable {
        what: text::printable(what),
        error,
    }
}

fn nothing() -> Error {
    Error::Pem {
        wanted: "certificate, CRL, request or key",
        fault: PemFault::NotFound,
    }
}
