use std::fmt;

use super::private::{RSA_BITS_MAX, RSA_BITS_MIN};
use super::{KeyEncoding, KeyType};

/// Why a private key is refused.
///
/// The text reads on from "private key": "private key is encrypted, and there is no password for it".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyFault {
    /// It is encrypted, and no password was given.
    Encrypted,
    /// The password is not the one that it was encrypted with.
    WrongPassword,
    /// A password without a character protects nothing.
    EmptyPassword,
    /// It is encrypted in a way that is broken or too cheap to try out, and so is not read: PBES1, a scheme of PKCS#12, or
    /// the `Proc-Type: 4,ENCRYPTED` of traditional PEM.
    OldEncryption {
        /// Which one.
        found: String,
    },
    /// It is encrypted in a way that this crate does not know.
    UnknownEncryption {
        /// Which one, as OID where there is no name.
        found: String,
    },
    /// What says how it is encrypted cannot be read.
    MalformedEncryption,
    /// It asks for more work than is done for a key.
    TooCostly {
        /// What it asks for.
        work: String,
    },
    /// It is longer than [`KEY_BYTES_MAX`](super::KEY_BYTES_MAX).
    TooLong {
        /// The limit.
        limit_bytes: usize,
    },
    /// It is not what it begins to be, or public and private part do not belong together.
    Malformed,
    /// It is sound as far as one can tell, and of a type that this crate does not use.
    Unsupported {
        /// Its type.
        found: String,
    },
    /// It has OpenSSH's own form.
    OpenSsh,
    /// It is RSA, and too short to be safe or too long to be of use.
    RsaLength {
        /// The length of the modulus.
        bits: usize,
    },
    /// There is no such form for this type of key.
    NoSuchEncoding {
        /// The type of the key.
        key_type: KeyType,
        /// The form.
        encoding: KeyEncoding,
    },
}

impl KeyFault {
    /// Whether another password could help.
    pub fn is_password(&self) -> bool {
        matches!(self, Self::Encrypted | Self::WrongPassword)
    }

    /// What the user can do, if that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Encrypted => Some(
                "give its password, or decrypt it: openssl pkey -in encrypted.key -out plain.key",
            ),
            Self::WrongPassword => {
                Some("a password file must hold the password in its first line and nothing else")
            }
            Self::OldEncryption { .. } | Self::UnknownEncryption { .. } => Some(
                "convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -iter 600000 -in old.key -out \
                 new.key (for DES and RC2 with -provider legacy -provider default)",
            ),
            Self::TooCostly { .. } => Some(
                "if it is yours, encrypt it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000 -in old.key -out \
                 new.key",
            ),
            Self::Unsupported { .. } | Self::RsaLength { .. } => {
                Some("make a new key: p256, p384, p521, ed25519, rsa3072 or ml-dsa-65, for example")
            }
            Self::OpenSsh => Some("convert a copy of it: ssh-keygen -p -m pkcs8 -f copy.key"),
            Self::NoSuchEncoding { .. } => Some("PKCS#8 holds every type of key"),
            _ => None,
        }
    }
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encrypted => f.write_str("is encrypted, and there is no password for it"),
            Self::WrongPassword => f.write_str("is not decrypted by this password"),
            Self::EmptyPassword => f.write_str("cannot be protected by an empty password"),
            Self::OldEncryption { found } => {
                write!(f, "is encrypted in an old form that is not read: {found}")
            }
            Self::UnknownEncryption { found } => {
                write!(f, "is encrypted in a form that is not read: {found}")
            }
            Self::MalformedEncryption => f.write_str("is encrypted in a form that is malformed"),
            Self::TooCostly { work } => write!(f, "would take {work} to decrypt"),
            Self::TooLong { limit_bytes } => write!(f, "is longer than {limit_bytes} bytes"),
            Self::Malformed => f.write_str("is malformed"),
            Self::Unsupported { found } => write!(f, "has a type that is not used here: {found}"),
            Self::OpenSsh => f.write_str("has the form of OpenSSH, which is not read"),
            Self::RsaLength { bits } => write!(
                f,
                "is RSA of {bits} bits; {RSA_BITS_MIN} to {RSA_BITS_MAX} are used"
            ),
            Self::NoSuchEncoding { key_type, encoding } => {
                write!(f, "of type {key_type} has no {encoding} form")
            }
        }
    }
}

/// Why a public key is refused.
///
/// The text reads on from "public key".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKeyFault {
    /// It is not one SubjectPublicKeyInfo in DER.
    Malformed,
    /// No certificate is issued for a key of this type.
    Unsupported {
        /// Its type.
        found: String,
    },
    /// It has a form that a certificate would not repeat byte for byte.
    Form,
    /// Two sides cannot agree on a secret with a key of this type, or of this form.
    NoAgreement {
        /// Its type.
        found: String,
    },
}

impl fmt::Display for PublicKeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("is malformed"),
            Self::Unsupported { found } => write!(f, "has a type that is not used here: {found}"),
            Self::Form => f.write_str("has a form that a certificate cannot repeat"),
            Self::NoAgreement { found } => write!(
                f,
                "is of a type or form with which no secret is agreed on: {found}"
            ),
        }
    }
}
