use std::time::SystemTime;

use super::encrypted::Cost;
use super::{CHAIN_CERTIFICATES_MAX, PBKDF2_ITERATIONS_MAX, SCRYPT_BYTES_MAX, STAPLE_BYTES_MAX};
use crate::certificate::{CertificateError, utc};

/// Why an identity, or what belongs to it, is refused. `number` counts from 1, in the order given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentityFault {
    #[error("the identity has no certificate")]
    NoCertificate,
    #[error("the identity has no private key")]
    NoPrivateKey,
    #[error("the identity has more than {CHAIN_CERTIFICATES_MAX} certificates")]
    TooManyCertificates,
    #[error("cannot read certificate {number}")]
    Certificate {
        number: usize,
        source: CertificateError,
    },
    #[error("the private key does not belong to the certificate")]
    KeyMismatch,
    #[error("the certificate {subject}, issued by {issuer}, does not belong to the chain")]
    NotInChain { subject: String, issuer: String },
    #[error("cannot use the private key")]
    PrivateKey(#[source] rustls::Error),
    #[error("cannot use the certificate and key")]
    Unusable(#[source] rustls::Error),
    #[error("the private key is encrypted and there is no password for it")]
    PasswordMissing,
    #[error("the password does not decrypt the private key")]
    WrongPassword,
    #[error("the encrypted private key is malformed")]
    MalformedEncryption,
    #[error("the private key is encrypted in an old form, {algorithm}, that is not read")]
    OldEncryption { algorithm: String },
    #[error("the private key is encrypted with {algorithm}, which is not supported")]
    UnknownEncryption { algorithm: String },
    #[error("decrypting the private key would take {0}")]
    TooCostly(Cost),
    #[error("the OCSP response has more than {STAPLE_BYTES_MAX} bytes")]
    StapleTooLong,
    #[error("the OCSP response is malformed")]
    StapleMalformed,
    #[error("the OCSP responder answered with the error {0}")]
    StapleUnsuccessful(&'static str),
    #[error("the OCSP response is not about the certificate with the serial number {serial}")]
    StapleOfOther { serial: String },
    #[error("the OCSP response says that the certificate is revoked")]
    StapleRevoked,
    #[error("the OCSP responder does not know the certificate")]
    StapleUnknown,
    #[error("the OCSP response is valid from {} on only", utc(*.this_update))]
    StapleNotYetValid { this_update: SystemTime },
    #[error("the OCSP response has expired on {}", utc(*.next_update))]
    StapleExpired { next_update: SystemTime },
}

impl IdentityFault {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::KeyMismatch => {
                "the files of two renewals may be mixed; take certificate and key from the same one"
            }
            Self::NotInChain { .. } => {
                "put into the file the certificate, then its issuer, then that one's, and nothing else"
            }
            Self::PasswordMissing => {
                "give the password, or decrypt the key: openssl pkcs8 -in old.key -out new.key"
            }
            Self::WrongPassword => {
                "a file with a password often ends in a line feed that does not belong to it"
            }
            Self::OldEncryption { .. } | Self::UnknownEncryption { .. } | Self::TooCostly(_) => {
                "encrypt the key anew: openssl pkcs8 -topk8 -v2 aes-256-cbc -in old.key -out new.key"
            }
            Self::StapleOfOther { .. } => {
                "after a renewal, fetch an OCSP response for the new certificate"
            }
            Self::StapleRevoked => "the certificate needs to be replaced, with a new key",
            Self::StapleExpired { .. } => "fetch the OCSP response again",
            Self::StapleNotYetValid { .. } => "is the clock right?",
            _ => return None,
        })
    }
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pbkdf2 { iterations } => write!(
                f,
                "{iterations} iterations of PBKDF2, more than {PBKDF2_ITERATIONS_MAX}"
            ),
            Self::Scrypt { bytes } => write!(
                f,
                "scrypt through {bytes} bytes, more than {SCRYPT_BYTES_MAX}"
            ),
        }
    }
}
