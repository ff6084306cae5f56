//! The ciphers, all of them in CBC with the padding of PKCS#7 ([RFC 5652 §6.3]).
//!
//! AES is aws-lc-rs' work. It has no RC2, and 3DES only in a build of its own: what old files are encrypted with comes from
//! RustCrypto.
//!
//! [RFC 5652 §6.3]: https://www.rfc-editor.org/rfc/rfc5652#section-6.3

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, Algorithm, DecryptionContext, EncryptionContext,
    PaddedBlockDecryptingKey, PaddedBlockEncryptingKey, UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit, KeyIvInit};
use des::{TdesEde2, TdesEde3};
use rc2::Rc2;
use zeroize::Zeroizing;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cipher {
    Aes128,
    Aes192,
    Aes256,
    TripleDes,
    TripleDesTwoKeys,
    /// With an effective key of 40 bits, as browsers once had to export it.
    Rc2With40Bits,
    Rc2With128Bits,
}

/// The octets do not fit the key: a wrong one, or damage.
#[derive(Debug)]
pub(super) struct Unfit;

impl Cipher {
    pub(super) fn key_len(self) -> usize {
        match self {
            Self::Aes128 | Self::TripleDesTwoKeys | Self::Rc2With128Bits => 16,
            Self::Aes192 | Self::TripleDes => 24,
            Self::Aes256 => 32,
            Self::Rc2With40Bits => 5,
        }
    }

    pub(super) fn block_len(self) -> usize {
        match self {
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
            _ => 8,
        }
    }

    /// The plain text, in a buffer that is wiped.
    pub(super) fn decrypt(
        self,
        key: &[u8],
        iv: &[u8],
        octets: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unfit> {
        let mut buffer = Zeroizing::new(octets.to_vec());
        let length = match self.aes() {
            Some(aes) => decrypt_aes(aes, key, iv, &mut buffer).map_err(|_| Unfit)?,
            None => self.decrypt_old(key, iv, &mut buffer).ok_or(Unfit)?,
        };
        buffer.truncate(length);
        Ok(buffer)
    }

    /// The cipher text.
    pub(super) fn encrypt(self, key: &[u8], iv: &[u8], plain: &[u8]) -> Result<Vec<u8>, Unfit> {
        // Room for the padding, too: a buffer that grows would leave a copy of the plain text behind.
        let mut buffer = Vec::with_capacity(plain.len() + self.block_len());
        buffer.extend_from_slice(plain);
        match self.aes() {
            Some(aes) => encrypt_aes(aes, key, iv, &mut buffer).map_err(|_| Unfit)?,
            None => {
                buffer.resize(plain.len() + self.block_len(), 0);
                let length = self.encrypt_old(key, iv, &mut buffer, plain.len());
                buffer.truncate(length.ok_or(Unfit)?);
            }
        }
        Ok(buffer)
    }

    fn aes(self) -> Option<&'static Algorithm> {
        match self {
            Self::Aes128 => Some(&AES_128),
            Self::Aes192 => Some(&AES_192),
            Self::Aes256 => Some(&AES_256),
            _ => None,
        }
    }

    fn decrypt_old(self, key: &[u8], iv: &[u8], buffer: &mut [u8]) -> Option<usize> {
        let plain = match self {
            Self::TripleDes => cbc::Decryptor::<TdesEde3>::new_from_slices(key, iv)
                .ok()?
                .decrypt_padded::<Pkcs7>(buffer),
            Self::TripleDesTwoKeys => cbc::Decryptor::<TdesEde2>::new_from_slices(key, iv)
                .ok()?
                .decrypt_padded::<Pkcs7>(buffer),
            _ => cbc::Decryptor::inner_iv_slice_init(self.rc2(key)?, iv)
                .ok()?
                .decrypt_padded::<Pkcs7>(buffer),
        };
        plain.ok().map(<[u8]>::len)
    }

    /// 3DES only: nothing else that is old is written.
    fn encrypt_old(self, key: &[u8], iv: &[u8], buffer: &mut [u8], length: usize) -> Option<usize> {
        let encryptor = match self {
            Self::TripleDes => cbc::Encryptor::<TdesEde3>::new_from_slices(key, iv).ok()?,
            _ => return None,
        };
        let written = encryptor.encrypt_padded::<Pkcs7>(buffer, length);
        written.ok().map(<[u8]>::len)
    }

    fn rc2(self, key: &[u8]) -> Option<Rc2> {
        match self {
            // The effective length is that of the key.
            Self::Rc2With40Bits | Self::Rc2With128Bits => Rc2::new_from_slice(key).ok(),
            _ => None,
        }
    }
}

fn decrypt_aes(
    aes: &'static Algorithm,
    key: &[u8],
    iv: &[u8],
    buffer: &mut [u8],
) -> Result<usize, Unspecified> {
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(UnboundCipherKey::new(aes, key)?)?;
    let context = DecryptionContext::Iv128(FixedLength::try_from(iv)?);
    Ok(key.decrypt(buffer, context)?.len())
}

fn encrypt_aes(
    aes: &'static Algorithm,
    key: &[u8],
    iv: &[u8],
    buffer: &mut Vec<u8>,
) -> Result<(), Unspecified> {
    let key = PaddedBlockEncryptingKey::cbc_pkcs7(UnboundCipherKey::new(aes, key)?)?;
    let context = EncryptionContext::Iv128(FixedLength::try_from(iv)?);
    key.less_safe_encrypt(buffer, context).map(drop)
}
