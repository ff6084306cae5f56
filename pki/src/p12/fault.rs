use std::fmt;

/// Why a PKCS#12 file is refused.
///
/// The text reads on from "PKCS#12 file": "PKCS#12 file is not opened by this password".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pkcs12Fault {
    /// Neither its MAC nor any of its parts fits the password.
    WrongPassword,
    /// Its MAC fits the password, and a part does not: it was encrypted with another one, or badly.
    DifferentPasswords,
    /// The password decrypts it, and the MAC does not fit: something in it was changed.
    Damaged,
    /// It is not a PKCS#12 file, or not a whole one.
    Malformed,
    /// It is longer than [`FILE_BYTES_MAX`](super::FILE_BYTES_MAX).
    TooLong {
        /// The limit.
        limit_bytes: usize,
    },
    /// It holds more than [`BAGS_MAX`](super::BAGS_MAX) keys, certificates and other things.
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// It asks for more than [`WORK_MAX`](super::WORK_MAX) to be opened.
    TooCostly {
        /// The limit, in iterations.
        limit: u64,
    },
    /// It is protected in a way that this crate does not read.
    Unsupported {
        /// Which one, by its name or as OID.
        found: String,
    },
    /// It holds more than one private key.
    SeveralKeys {
        /// How many.
        count: usize,
    },
    /// There is neither a key nor a certificate.
    Empty,
}

impl Pkcs12Fault {
    /// Whether another password could help.
    pub fn is_password(&self) -> bool {
        matches!(self, Self::WrongPassword | Self::DifferentPasswords)
    }

    /// What the user can do, if that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::WrongPassword => Some("check the password; Java's old default is `changeit`"),
            Self::DifferentPasswords => Some(
                "write it anew with one password: openssl pkcs12 -twopass -in old.p12 -out all.pem, then openssl pkcs12 \
                 -export -in all.pem -out new.p12",
            ),
            Self::Damaged | Self::Malformed => Some("get the file anew from where it was made"),
            Self::TooCostly { .. } | Self::Unsupported { .. } => Some(
                "if it is yours, write it anew: openssl pkcs12 -in old.p12 -out all.pem, then openssl pkcs12 -export \
                 -iter 100000 -in all.pem -out new.p12",
            ),
            Self::SeveralKeys { .. } => Some(
                "take out the one you need: keytool -importkeystore -srckeystore all.p12 -srcalias NAME -destkeystore \
                 one.p12 -deststoretype PKCS12",
            ),
            _ => None,
        }
    }
}

impl fmt::Display for Pkcs12Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongPassword => f.write_str("is not opened by this password"),
            Self::DifferentPasswords => {
                f.write_str("has a part that is encrypted with another password")
            }
            Self::Damaged => f.write_str("was changed after it was written: its MAC does not fit"),
            Self::Malformed => f.write_str("is malformed, or not a PKCS#12 file"),
            Self::TooLong { limit_bytes } => write!(f, "is longer than {limit_bytes} bytes"),
            Self::TooMany { limit } => write!(f, "holds more than {limit} things"),
            Self::TooCostly { limit } => {
                write!(f, "would take more than {limit} iterations to open")
            }
            Self::Unsupported { found } => {
                write!(f, "is protected in a way that is not read: {found}")
            }
            Self::SeveralKeys { count } => write!(f, "holds {count} private keys"),
            Self::Empty => f.write_str("holds neither a key nor a certificate"),
        }
    }
}
