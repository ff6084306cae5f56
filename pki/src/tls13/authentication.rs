//! CertificateRequest, Certificate, CertificateVerify and Finished ([RFC 8446 §4.3.2, §4.4]), and certificates that are
//! compressed ([RFC 8879]).
//!
//! [RFC 8446 §4.3.2, §4.4]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4
//! [RFC 8879]: https://www.rfc-editor.org/rfc/rfc8879
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use super::cursor::{Cursor, Value, Width};
use super::extension::{extensions, signature_schemes};
use super::{Body, Malformed};

/// The most certificates of one message: a path has three or four, and a bridge between CAs some more.
const CERTIFICATES_MAX: usize = 64;

/// What the server wants to know of the client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateRequest {
    /// The signature schemes.
    pub schemes: Vec<u16>,
    /// The names of the CAs that it trusts, in DER, as far as it tells them.
    pub authorities: Vec<Vec<u8>>,
    /// The types of all extensions.
    pub extensions: Vec<u16>,
}

/// The certificates of one side, end entity first. There are none if a client has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Certificates {
    /// The certificates.
    pub entries: Vec<CertificateEntry>,
}

/// A certificate with what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateEntry {
    /// The certificate, in DER. Nobody has read it.
    pub der: Vec<u8>,
    /// How long the OCSP response and its frame are, in bytes, if there is one.
    pub ocsp_bytes: Option<usize>,
    /// The types of all extensions.
    pub extensions: Vec<u16>,
}

pub(super) fn certificate_request(at: &mut Cursor<'_>) -> Result<Body, Malformed> {
    at.opaque(Width::One, "certificate_request_context")?;
    let mut request = CertificateRequest::default();
    request.extensions = extensions(at, |kind, at| {
        match kind {
            13 => request.schemes = signature_schemes(at)?,
            47 => {
                request.authorities = at.vector(Width::Two, "authorities", |list| {
                    let mut names = Vec::new();
                    while !list.is_empty() {
                        names.push(list.opaque(Width::Two, "DistinguishedName")?.to_vec());
                    }
                    Ok(names)
                })?;
            }
            _ => {
                at.all("extension_data")?;
            }
        }
        Ok(())
    })?;
    Ok(Body::CertificateRequest(request))
}

pub(super) fn certificate(at: &mut Cursor<'_>) -> Result<Body, Malformed> {
    at.opaque(Width::One, "certificate_request_context")?;
    let entries = at.vector(Width::Three, "certificate_list", |list| {
        let mut entries = Vec::new();
        while !list.is_empty() {
            if entries.len() >= CERTIFICATES_MAX {
                return Err(Malformed::TooManyFields(CERTIFICATES_MAX));
            }
            entries.push(entry(list)?);
        }
        Ok(entries)
    })?;
    Ok(Body::Certificate(Certificates { entries }))
}

fn entry(at: &mut Cursor<'_>) -> Result<CertificateEntry, Malformed> {
    let mut entry = CertificateEntry {
        der: at
            .valued(Width::Three, "cert_data", Value::Certificate)?
            .to_vec(),
        ..CertificateEntry::default()
    };
    entry.extensions = extensions(at, |kind, at| {
        let content = at.all("extension_data")?;
        if kind == 5 {
            entry.ocsp_bytes = Some(content.len());
        }
        Ok(())
    })?;
    Ok(entry)
}

pub(super) fn compressed_certificate(at: &mut Cursor<'_>) -> Result<Body, Malformed> {
    Ok(Body::CompressedCertificate {
        algorithm: at.u16("algorithm", |it| Value::Number(it.into()))?,
        uncompressed_bytes: at.u24("uncompressed_length")?,
        compressed_bytes: at
            .opaque(Width::Three, "compressed_certificate_message")?
            .len(),
    })
}

pub(super) fn certificate_verify(at: &mut Cursor<'_>) -> Result<Body, Malformed> {
    Ok(Body::CertificateVerify {
        scheme: at.u16("algorithm", Value::SignatureScheme)?,
        signature: at.opaque(Width::Two, "signature")?.to_vec(),
    })
}

pub(super) fn finished(at: &mut Cursor<'_>) -> Result<Body, Malformed> {
    Ok(Body::Finished {
        verify_data: at.all("verify_data")?.to_vec(),
    })
}
