//! Writing a private key.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use pkcs8::PrivateKeyInfoRef;
use zeroize::Zeroizing;

use super::private::Pair;
use super::{Key, KeyFault, Password, pbes2};
use crate::error::Error;
use crate::pem;

/// The form of a private key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyEncoding {
    /// PKCS#8, version 1 ([RFC 5958 §2]): for every type of key. The default.
    ///
    /// [RFC 5958 §2]: https://www.rfc-editor.org/rfc/rfc5958#section-2
    #[default]
    Pkcs8,
    /// SEC 1, `EC PRIVATE KEY`: for P-256, P-384 and P-521 ([RFC 5915 §3]).
    ///
    /// [RFC 5915 §3]: https://www.rfc-editor.org/rfc/rfc5915#section-3
    Sec1,
    /// PKCS#1, `RSA PRIVATE KEY`: for RSA ([RFC 8017 A.1.2]).
    ///
    /// [RFC 8017 A.1.2]: https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2
    Pkcs1,
}

impl KeyEncoding {
    fn label(self) -> &'static str {
        match self {
            Self::Pkcs8 => "PRIVATE KEY",
            Self::Sec1 => "EC PRIVATE KEY",
            Self::Pkcs1 => "RSA PRIVATE KEY",
        }
    }
}

impl fmt::Display for KeyEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pkcs8 => "PKCS#8",
            Self::Sec1 => "SEC 1",
            Self::Pkcs1 => "PKCS#1",
        })
    }
}

impl Key {
    /// The private key as PEM, PKCS#8 version 1.
    pub fn to_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(pem::encode(KeyEncoding::Pkcs8.label(), &self.pkcs8))
    }

    /// The private key as DER, PKCS#8 version 1.
    pub fn to_pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        self.pkcs8.clone()
    }

    /// The private key as PEM, in another form.
    ///
    /// # Errors
    ///
    /// [`KeyFault::NoSuchEncoding`] if keys of this type have no such form.
    pub fn to_pem_as(&self, encoding: KeyEncoding) -> Result<Zeroizing<String>, Error> {
        let der = self.to_der_as(encoding)?;
        Ok(Zeroizing::new(pem::encode(encoding.label(), &der)))
    }

    /// The private key as DER, in another form.
    ///
    /// # Errors
    ///
    /// [`KeyFault::NoSuchEncoding`] if keys of this type have no such form.
    pub fn to_der_as(&self, encoding: KeyEncoding) -> Result<Zeroizing<Vec<u8>>, Error> {
        match (encoding, self.pair()) {
            (KeyEncoding::Pkcs8, _) => Ok(self.to_pkcs8_der()),
            (KeyEncoding::Sec1, Pair::Ecdsa(pair)) => {
                let sec1 = pair.private_key().as_der().map_err(|_| ENCODE)?;
                Ok(Zeroizing::new(sec1.as_ref().to_vec()))
            }
            // PKCS#8 holds it as it is.
            (KeyEncoding::Pkcs1, Pair::Rsa(_)) => {
                let info =
                    PrivateKeyInfoRef::try_from(self.pkcs8.as_slice()).map_err(|_| ENCODE)?;
                Ok(Zeroizing::new(info.private_key.as_bytes().to_vec()))
            }
            _ => Err(KeyFault::NoSuchEncoding {
                key_type: self.key_type(),
                encoding,
            }
            .into()),
        }
    }

    /// The private key as PEM, PKCS#8 that is encrypted with a password: PBES2 with PBKDF2 over HMAC-SHA-256,
    /// [`PBKDF2_ITERATIONS`](super::PBKDF2_ITERATIONS) times, and AES-256-CBC.
    ///
    /// # Errors
    ///
    /// [`KeyFault::EmptyPassword`], or [`Error::Crypto`] if the cryptographic library fails.
    pub fn to_encrypted_pem(&self, password: &Password) -> Result<String, Error> {
        let der = self.to_encrypted_der(password)?;
        Ok(pem::encode("ENCRYPTED PRIVATE KEY", &der))
    }

    /// The same as DER.
    ///
    /// # Errors
    ///
    /// [`KeyFault::EmptyPassword`], or [`Error::Crypto`] if the cryptographic library fails.
    pub fn to_encrypted_der(&self, password: &Password) -> Result<Vec<u8>, Error> {
        if password.is_empty() {
            return Err(KeyFault::EmptyPassword.into());
        }
        pbes2::encrypt(&self.pkcs8, password)
    }
}

const ENCODE: Error = Error::Crypto {
    operation: "encode a key",
};
