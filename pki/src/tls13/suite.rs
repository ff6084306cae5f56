use std::fmt;

use aws_lc_rs::{aead, digest, hkdf, hmac};

/// A cipher suite of TLS 1.3 ([RFC 8446 §B.4]): an AEAD and a hash. Those with CCM are for small devices and are not decoded.
///
/// [RFC 8446 §B.4]: https://www.rfc-editor.org/rfc/rfc8446#appendix-B.4
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Suite {
    /// TLS_AES_128_GCM_SHA256.
    Aes128GcmSha256,
    /// TLS_AES_256_GCM_SHA384.
    Aes256GcmSha384,
    /// TLS_CHACHA20_POLY1305_SHA256.
    Chacha20Poly1305Sha256,
}

impl Suite {
    /// The suite with this number.
    pub fn from_number(number: u16) -> Option<Self> {
        match number {
            0x1301 => Some(Self::Aes128GcmSha256),
            0x1302 => Some(Self::Aes256GcmSha384),
            0x1303 => Some(Self::Chacha20Poly1305Sha256),
            _ => None,
        }
    }

    /// Its hash.
    pub fn hash_name(self) -> &'static str {
        match self {
            Self::Aes256GcmSha384 => "SHA-384",
            Self::Aes128GcmSha256 | Self::Chacha20Poly1305Sha256 => "SHA-256",
        }
    }

    pub(super) fn digest(self) -> &'static digest::Algorithm {
        match self {
            Self::Aes256GcmSha384 => &digest::SHA384,
            Self::Aes128GcmSha256 | Self::Chacha20Poly1305Sha256 => &digest::SHA256,
        }
    }

    pub(super) fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::Aes256GcmSha384 => hmac::HMAC_SHA384,
            Self::Aes128GcmSha256 | Self::Chacha20Poly1305Sha256 => hmac::HMAC_SHA256,
        }
    }

    pub(super) fn hkdf(self) -> hkdf::Algorithm {
        match self {
            Self::Aes256GcmSha384 => hkdf::HKDF_SHA384,
            Self::Aes128GcmSha256 | Self::Chacha20Poly1305Sha256 => hkdf::HKDF_SHA256,
        }
    }

    pub(super) fn aead(self) -> &'static aead::Algorithm {
        match self {
            Self::Aes128GcmSha256 => &aead::AES_128_GCM,
            Self::Aes256GcmSha384 => &aead::AES_256_GCM,
            Self::Chacha20Poly1305Sha256 => &aead::CHACHA20_POLY1305,
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Aes128GcmSha256 => "TLS_AES_128_GCM_SHA256",
            Self::Aes256GcmSha384 => "TLS_AES_256_GCM_SHA384",
            Self::Chacha20Poly1305Sha256 => "TLS_CHACHA20_POLY1305_SHA256",
        })
    }
}
