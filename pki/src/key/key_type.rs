use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::text;

/// Which type of key to make, and with it how it signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyType {
    /// ECDSA on P-256 with SHA-256. Every TLS peer has it. The default.
    #[default]
    P256,
    /// ECDSA on P-384 with SHA-384.
    P384,
    /// ECDSA on P-521 with SHA-512. Chromium does not offer it in TLS.
    P521,
    /// Ed25519. Small and fast, but browsers do not offer it in TLS: for services that talk to each other.
    Ed25519,
    /// RSA of 2048 bits, PKCS#1 v1.5 with SHA-256: for peers too old for P-256.
    Rsa2048,
    /// RSA of 3072 bits, which is about as strong as P-256, PKCS#1 v1.5 with SHA-256.
    Rsa3072,
    /// RSA of 4096 bits, PKCS#1 v1.5 with SHA-256. Making one takes seconds.
    Rsa4096,
    /// ML-DSA-44 ([FIPS 204]). No quantum computer breaks it; a certificate has 4 kB. OpenSSL 3.5, Go 1.27 and rustls 0.23.44
    /// are the first that take it.
    ///
    /// [FIPS 204]: https://csrc.nist.gov/pubs/fips/204/final
    MlDsa44,
    /// ML-DSA-65. A certificate has 5.5 kB.
    MlDsa65,
    /// ML-DSA-87. A certificate has 7.5 kB.
    MlDsa87,
}

impl KeyType {
    /// All of them, for help texts and tests.
    pub const ALL: [Self; 10] = [
        Self::P256,
        Self::P384,
        Self::P521,
        Self::Ed25519,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::MlDsa44,
        Self::MlDsa65,
        Self::MlDsa87,
    ];
}

/// The name under which [`KeyType::from_str`] reads it again.
impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::P256 => "p256",
            Self::P384 => "p384",
            Self::P521 => "p521",
            Self::Ed25519 => "ed25519",
            Self::Rsa2048 => "rsa2048",
            Self::Rsa3072 => "rsa3072",
            Self::Rsa4096 => "rsa4096",
            Self::MlDsa44 => "ml-dsa-44",
            Self::MlDsa65 => "ml-dsa-65",
            Self::MlDsa87 => "ml-dsa-87",
        })
    }
}

/// In any case. Beside the names that `Display` writes there are those of OpenSSL and of the standards, `prime256v1`,
/// `secp384r1`, `P-521`, `ML-DSA-65`, `rsa:2048`; `ec` is P-256, and `rsa` alone is `rsa3072`, the length that NIST allows
/// beyond 2030 ([SP 800-57] §5.6.3).
///
/// [SP 800-57]: https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final
impl FromStr for KeyType {
    type Err = Error;

    fn from_str(given: &str) -> Result<Self, Error> {
        Ok(match given.to_ascii_lowercase().as_str() {
            "p256" | "p-256" | "prime256v1" | "secp256r1" | "ec" | "ecdsa" => Self::P256,
            "p384" | "p-384" | "secp384r1" => Self::P384,
            "p521" | "p-521" | "secp521r1" => Self::P521,
            "ed25519" => Self::Ed25519,
            "rsa2048" | "rsa-2048" | "rsa:2048" => Self::Rsa2048,
            "rsa3072" | "rsa-3072" | "rsa:3072" | "rsa" => Self::Rsa3072,
            "rsa4096" | "rsa-4096" | "rsa:4096" => Self::Rsa4096,
            "ml-dsa-44" | "mldsa44" => Self::MlDsa44,
            "ml-dsa-65" | "mldsa65" => Self::MlDsa65,
            "ml-dsa-87" | "mldsa87" => Self::MlDsa87,
            _ => {
                return Err(Error::UnknownKeyType {
                    given: text::printable(given),
                });
            }
        })
    }
}
