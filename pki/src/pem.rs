//! PEM, the text form of certificates and keys ([RFC 7468]): bounded when read, plain when written.
//!
//! Reading is rustls-pki-types' work; this file adds the bounds and says what was wrong.
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
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::Error;

/// The longest PEM text that is read, in bytes.
///
/// The bundle of all public roots, with comments, is about 250 kB. A longer text is refused. The limit is 4 MiB.
pub const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The most certificates that are read from one PEM text.
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
    /// The text is longer than [`TEXT_BYTES_MAX`].
    TooLong {
        /// The limit.
        limit_bytes: usize,
    },
    /// There are more than [`CERTIFICATES_MAX`] certificates.
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
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(text.as_bytes()) {
        if found.len() == CERTIFICATES_MAX {
            return Err(fault(
                CERTIFICATE,
                PemFault::TooMany {
                    limit: CERTIFICATES_MAX,
                },
            ));
        }
        found.push(certificate.map_err(|error| refused(CERTIFICATE, &error))?);
    }
    if found.is_empty() {
        Err(fault(CERTIFICATE, PemFault::NotFound))
    } else {
        Ok(found)
    }
}

/// The first private key of a text.
pub(crate) fn private_key(text: &str) -> Result<PrivateKeyDer<'static>, Error> {
    check_length(text, PRIVATE_KEY)?;
    // PKCS#8 has a label for encrypted keys, the older forms a header.
    if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")
        || text.contains("Proc-Type: 4,ENCRYPTED")
    {
        return Err(Error::EncryptedKey);
    }
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|error| refused(PRIVATE_KEY, &error))
}

/// One section: 64 characters to a line, line feeds, which every reader takes.
pub(crate) fn encode(label: &str, der: &[u8]) -> String {
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
const PRIVATE_KEY: &str = "private key";

fn check_length(text: &str, wanted: &'static str) -> Result<(), Error> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(fault(
            wanted,
            PemFault::TooLong {
                limit_bytes: TEXT_BYTES_MAX,
            },
        ));
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
