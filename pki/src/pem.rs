//! PEM, the text form of certificates and keys ([RFC 7468]): bounded when read, plain when written.
//!
//! Certificates are read by rustls-pki-types. It knows few labels, so the sections of other things are found here; and
//! here are the bounds, and the words for what is wrong.
//!
//! [RFC 7468]: https://www.rfc-editor.org/rfc/rfc7468
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use data_encoding::BASE64;
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use zeroize::Zeroizing;

use crate::error::Error;

/// The longest PEM text that is read, in bytes.
///
/// The bundle of all public roots, with comments, is about 250 kB. A longer text is refused. The limit is 4 MiB.
pub const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The longest PEM text that is read for CRLs, in bytes.
///
/// One CRL of [`CRL_BYTES_MAX`](crate::crl::CRL_BYTES_MAX) takes 22 MiB. A longer text is refused. The limit is 24 MiB.
pub const CRL_TEXT_BYTES_MAX: usize = 24 * 1024 * 1024;

/// The most certificates or CRLs that are read from one PEM text.
///
/// The bundle of all public roots holds about 150; a chain holds two to four. A text with more is refused. The limit is
/// 1024.
pub const CERTIFICATES_MAX: usize = 1024;

/// What is wrong with a PEM text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PemFault {
    /// There is no section of the kind that was looked for.
    NotFound,
    /// A section has a broken first line or no last line.
    Boundary,
    /// The content of a section is not base64.
    Base64,
    /// The text is longer than [`TEXT_BYTES_MAX`], or than [`CRL_TEXT_BYTES_MAX`] if CRLs are wanted.
    TooLong {
        /// The limit.
        limit_bytes: usize,
    },
    /// There are more than [`CERTIFICATES_MAX`] of them.
    TooMany {
        /// The limit.
        limit: usize,
    },
}

impl fmt::Display for PemFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("not found: no such PEM section"),
            Self::Boundary => f.write_str("has a broken BEGIN or END line"),
            Self::Base64 => f.write_str("is not valid base64"),
            Self::TooLong { limit_bytes } => write!(f, "text is longer than {limit_bytes} bytes"),
            Self::TooMany { limit } => write!(f, "count is above {limit}"),
        }
    }
}

/// The first certificate of a text.
pub(crate) fn certificate(text: &str) -> Result<CertificateDer<'static>, Error> {
    check_length(text, CERTIFICATE)?;
    CertificateDer::from_pem_slice(text.as_bytes()).map_err(|error| refused(CERTIFICATE, &error))
}

/// All certificates of a text, at least one.
pub(crate) fn certificates(text: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    check_length(text, CERTIFICATE)?;
    let found = CertificateDer::pem_slice_iter(text.as_bytes());
    all(found, CERTIFICATE)
}

/// At least one, at most [`CERTIFICATES_MAX`].
fn all<T>(
    sections: impl Iterator<Item = Result<T, pem::Error>>,
    wanted: &'static str,
) -> Result<Vec<T>, Error> {
    let mut found = Vec::new();
    for section in sections {
        if found.len() == CERTIFICATES_MAX {
            return Err(fault(
                wanted,
                PemFault::TooMany {
                    limit: CERTIFICATES_MAX,
                },
            ));
        }
        found.push(section.map_err(|error| refused(wanted, &error))?);
    }
    if found.is_empty() {
        Err(fault(wanted, PemFault::NotFound))
    } else {
        Ok(found)
    }
}

/// The first CRL of a text.
pub(crate) fn crl(text: &str) -> Result<CertificateRevocationListDer<'static>, Error> {
    check_length_below(CRL_TEXT_BYTES_MAX, text, CRL)?;
    CertificateRevocationListDer::from_pem_slice(text.as_bytes())
        .map_err(|error| refused(CRL, &error))
}

/// All CRLs of a text, at least one.
pub(crate) fn crls(text: &str) -> Result<Vec<CertificateRevocationListDer<'static>>, Error> {
    check_length_below(CRL_TEXT_BYTES_MAX, text, CRL)?;
    let found = CertificateRevocationListDer::pem_slice_iter(text.as_bytes());
    all(found, CRL)
}

/// The first section of a text whose label is one of `labels`.
pub(crate) fn find<'t>(
    text: &'t str,
    labels: &[&'static str],
    wanted: &'static str,
) -> Result<Section<'t>, Error> {
    check_length(text, wanted)?;
    let boundary = || fault(wanted, PemFault::Boundary);
    let mut rest = text;
    while let Some((_, begun)) = rest.split_once("-----BEGIN ") {
        let (found, behind) = begun.split_once("-----").ok_or_else(boundary)?;
        if found.contains(['\n', '\r']) {
            return Err(boundary());
        }
        if let Some(label) = labels.iter().find(|label| **label == found) {
            let end = format!("-----END {label}-----");
            let (content, _) = behind.split_once(&end).ok_or_else(boundary)?;
            return Ok(Section {
                label,
                content,
                wanted,
            });
        }
        rest = behind;
    }
    Err(fault(wanted, PemFault::NotFound))
}

/// Every section of a text, whatever its label, in their order: at most [`CERTIFICATES_MAX`].
pub(crate) fn sections(text: &str) -> Result<Vec<Section<'_>>, Error> {
    const ANY: &str = "PEM section";
    check_length_below(CRL_TEXT_BYTES_MAX, text, ANY)?;
    let boundary = || fault(ANY, PemFault::Boundary);
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some((_, begun)) = rest.split_once("-----BEGIN ") {
        if found.len() == CERTIFICATES_MAX {
            let limit = CERTIFICATES_MAX;
            return Err(fault(ANY, PemFault::TooMany { limit }));
        }
        let (label, behind) = begun.split_once("-----").ok_or_else(boundary)?;
        if label.contains(['\n', '\r']) {
            return Err(boundary());
        }
        let end = format!("-----END {label}-----");
        let (content, behind) = behind.split_once(&end).ok_or_else(boundary)?;
        found.push(Section {
            label,
            content,
            wanted: ANY,
        });
        rest = behind;
    }
    Ok(found)
}

/// What stands between a BEGIN and an END line.
pub(crate) struct Section<'t> {
    pub(crate) label: &'t str,
    content: &'t str,
    wanted: &'static str,
}

impl<'t> Section<'t> {
    /// The value of a header of [RFC 1421 §4.6], which the forms older than PKCS#8 may have.
    ///
    /// [RFC 1421 §4.6]: https://www.rfc-editor.org/rfc/rfc1421#section-4.6
    pub(crate) fn header(&self, name: &str) -> Option<&'t str> {
        let mut lines = self.content.split(['\n', '\r']);
        lines.find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim()))
    }

    /// The octets. They may be a secret.
    pub(crate) fn decode(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let label = self.label;
        let (begin, end) = ("-----BEGIN ", "\n-----END ");
        let whole = [begin, label, "-----", self.content, end, label, "-----"];
        let whole = Zeroizing::new(whole.concat());
        // It decodes what is secret in constant time, and knows the labels of all that is.
        match PrivateKeyDer::from_pem_slice(whole.as_bytes()) {
            Ok(key) => Ok(Zeroizing::new(Zeroizing::new(key).secret_der().to_vec())),
            Err(pem::Error::NoItemsFound) => self.decode_public(),
            Err(error) => Err(refused(self.wanted, &error)),
        }
    }

    fn decode_public(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let lines = self.content.lines().filter(|line| !line.contains(':'));
        let base64: String = lines.flat_map(str::split_whitespace).collect();
        let der = BASE64.decode(base64.as_bytes());
        der.map(Zeroizing::new)
            .map_err(|_| fault(self.wanted, PemFault::Base64))
    }
}

/// One section: 64 characters to a line, line feeds, which every reader takes.
pub fn encode(label: &str, der: &[u8]) -> String {
    let lines = der.len().div_ceil(48);
    // Room for all of it at once: a buffer that grows would leave copies of a secret behind.
    let mut text = String::with_capacity(lines * 65 + 2 * (label.len() + 20));
    text.extend(["-----BEGIN ", label, "-----\n"]);
    for line in der.chunks(48) {
        BASE64.encode_append(line, &mut text);
        text.push('\n');
    }
    text.extend(["-----END ", label, "-----\n"]);
    text
}

const CERTIFICATE: &str = "certificate";
const CRL: &str = "CRL";

fn check_length(text: &str, wanted: &'static str) -> Result<(), Error> {
    check_length_below(TEXT_BYTES_MAX, text, wanted)
}

fn check_length_below(limit_bytes: usize, text: &str, wanted: &'static str) -> Result<(), Error> {
    if text.len() > limit_bytes {
        return Err(fault(wanted, PemFault::TooLong { limit_bytes }));
    }
    Ok(())
}

fn refused(wanted: &'static str, error: &pem::Error) -> Error {
    let found = match error {
        pem::Error::NoItemsFound => PemFault::NotFound,
        pem::Error::Base64Decode(_) => PemFault::Base64,
        _ => PemFault::Boundary,
    };
    fault(wanted, found)
}

fn fault(wanted: &'static str, fault: PemFault) -> Error {
    Error::Pem { wanted, fault }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_read_again() {
        for length in [1, 47, 48, 49, 96, 1000] {
            let der = vec![0xa5; length];
            let text = encode("CERTIFICATE", &der);
            assert_eq!(certificate(&text).unwrap().as_ref(), der);
            assert!(text.lines().all(|line| line.len() <= 64));
        }
    }

    #[test]
    fn the_buffer_of_a_secret_does_not_grow() {
        for length in [1, 48, 138, 4000] {
            let text = encode("PRIVATE KEY", &vec![1; length]);
            // Less than a line, and the slack of the boundaries; a buffer that grew would have doubled.
            assert!(
                text.capacity() <= text.len() + 73,
                "{} for {}",
                text.capacity(),
                text.len()
            );
        }
    }

    #[test]
    fn a_text_above_the_limit_is_refused_and_one_at_the_limit_is_read() {
        let mut text = encode("CERTIFICATE", &[1]);
        text.push_str(&"\n".repeat(TEXT_BYTES_MAX - text.len()));
        assert_eq!(certificates(&text).unwrap().len(), 1);
        text.push('\n');
        let fault = PemFault::TooLong {
            limit_bytes: TEXT_BYTES_MAX,
        };
        assert_eq!(
            certificates(&text),
            Err(Error::Pem {
                wanted: "certificate",
                fault
            })
        );
    }

    #[test]
    fn one_certificate_too_many_is_refused() {
        let text = encode("CERTIFICATE", &[1]).repeat(CERTIFICATES_MAX);
        assert_eq!(certificates(&text).unwrap().len(), CERTIFICATES_MAX);
        let fault = PemFault::TooMany {
            limit: CERTIFICATES_MAX,
        };
        let text = encode("CERTIFICATE", &[1]).repeat(CERTIFICATES_MAX + 1);
        assert_eq!(
            certificates(&text),
            Err(Error::Pem {
                wanted: "certificate",
                fault
            })
        );
    }
}
