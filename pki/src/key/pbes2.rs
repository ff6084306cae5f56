//! Encrypted PKCS#8 ([RFC 5958 §3]) with PBES2 ([RFC 8018 §6.2]).
//!
//! Written with PBKDF2, read with scrypt too. scrypt is better against hardware made for guessing, but GnuTLS, Java and NSS
//! do not read it; PBKDF2 with HMAC-SHA-256 and AES-256-CBC is read by all of them, by OpenSSL, Go's tools, Python and
//! Node. With [`PBKDF2_ITERATIONS`] it is what OWASP asks for.
//!
//! The file says how much work it takes to try a password. Somebody else may have written the file, so there are bounds.
//!
//! [RFC 5958 §3]: https://www.rfc-editor.org/rfc/rfc5958#section-3
//! [RFC 8018 §6.2]: https://www.rfc-editor.org/rfc/rfc8018#section-6.2
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use aws_lc_rs::rand;
use pkcs8::der::asn1::AnyRef;
use pkcs8::der::{self, Decode, Tag, Tagged};
use pkcs8::pkcs5::pbes2::{Kdf, Parameters, ScryptParams};
use pkcs8::pkcs5::{self, EncryptionScheme};
use pkcs8::{AlgorithmIdentifierRef, EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use zeroize::Zeroizing;

use super::{KeyFault, Password};
use crate::error::Error;

/// How many iterations of PBKDF2 an encrypted key is written with.
///
/// OWASP recommends 600 000 for HMAC-SHA-256 (2023), OpenSSL writes 2 048. It costs about 0.2 s of one core. The number is
/// 600 000.
pub const PBKDF2_ITERATIONS: u32 = 600_000;

/// The most iterations of PBKDF2 that a key may ask for.
///
/// Some seconds of one core. A key that asks for more is refused. The limit is 5 000 000.
pub const PBKDF2_ITERATIONS_MAX: u32 = 5_000_000;

/// The most that scrypt may have to go through for a key, 128 · N · r · p ([RFC 7914 §2]), in bytes. It never holds more
/// than that in memory.
///
/// OpenSSL writes N = 2¹⁴, r = 8, p = 1, which is 16 MiB. The limit is about a second of one core. A key that asks for more
/// is refused. The limit is 256 MiB.
///
/// [RFC 7914 §2]: https://www.rfc-editor.org/rfc/rfc7914#section-2
pub const SCRYPT_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The EncryptedPrivateKeyInfo around a PrivateKeyInfo.
pub(super) fn encrypt(pkcs8: &[u8], password: &Password) -> Result<Vec<u8>, Error> {
    const FAILED: Error = Error::Crypto {
        operation: "encrypt a key",
    };
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    for random in [&mut salt, &mut iv] {
        rand::fill(random).map_err(|_| FAILED)?;
    }
    let parameters = Parameters::generate_pbkdf2_sha256_aes256cbc(PBKDF2_ITERATIONS, &salt, iv)
        .map_err(|_| FAILED)?;
    let info = PrivateKeyInfoRef::try_from(pkcs8).map_err(|_| FAILED)?;
    let document = info.encrypt_with_params(parameters, password.octets());
    Ok(document.map_err(|_| FAILED)?.as_bytes().to_vec())
}

/// The PrivateKeyInfo within an EncryptedPrivateKeyInfo.
pub(crate) fn decrypt(der: &[u8], password: &Password) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
    check_scheme(der)?;
    let info =
        EncryptedPrivateKeyInfoRef::try_from(der).map_err(|_| KeyFault::MalformedEncryption)?;
    let EncryptionScheme::Pbes2(parameters) = &info.encryption_algorithm else {
        return Err(KeyFault::MalformedEncryption);
    };
    check_work(&parameters.kdf)?;
    let mut buffer = Zeroizing::new(info.encrypted_data.as_bytes().to_vec());
    let plain = parameters
        .decrypt_in_place(password.octets(), &mut buffer)
        .map_err(|error| match error {
            pkcs5::Error::DecryptFailed => KeyFault::WrongPassword,
            _ => KeyFault::MalformedEncryption,
        })?;
    let length = plain.len();
    buffer.truncate(length);
    // Every 256th wrong password leaves a padding that looks right. What it decrypts to is no SEQUENCE.
    match AnyRef::from_der(&buffer) {
        Ok(any) if any.tag() == Tag::Sequence => Ok(buffer),
        _ => Err(KeyFault::WrongPassword),
    }
}

/// Names what is not read before the parser, for which every fault is the same.
fn check_scheme(der: &[u8]) -> Result<(), KeyFault> {
    let oids = || -> der::Result<_> {
        AnyRef::from_der(der)?.sequence(|info| {
            let scheme = AlgorithmIdentifierRef::decode(info)?;
            let _data = AnyRef::decode(info)?;
            let scheme_oid = scheme.oid.to_string();
            if scheme_oid != PBES2 {
                return Ok((scheme_oid, None));
            }
            let parameters = scheme
                .parameters
                .ok_or_else(|| Tag::Sequence.value_error())?;
            parameters.sequence(|parts| {
                let kdf = AlgorithmIdentifierRef::decode(parts)?;
                let cipher = AlgorithmIdentifierRef::decode(parts)?;
                Ok((
                    scheme_oid,
                    Some([kdf.oid.to_string(), cipher.oid.to_string()]),
                ))
            })
        })
    };
    let (scheme, parts) = oids().map_err(|_| KeyFault::MalformedEncryption)?;
    let Some(parts) = parts else {
        return Err(old(&scheme).unwrap_or(KeyFault::UnknownEncryption { found: scheme }));
    };
    for oid in parts {
        if !READ.contains(&oid.as_str()) {
            return Err(old(&oid).unwrap_or(KeyFault::UnknownEncryption { found: oid }));
        }
    }
    Ok(())
}

const PBES2: &str = "1.2.840.113549.1.5.13";

/// PBKDF2, scrypt; AES-CBC with 128, 192 and 256 bits.
const READ: [&str; 5] = [
    "1.2.840.113549.1.5.12",
    "1.3.6.1.4.1.11591.4.11",
    "2.16.840.1.101.3.4.1.2",
    "2.16.840.1.101.3.4.1.22",
    "2.16.840.1.101.3.4.1.42",
];

fn old(oid: &str) -> Option<KeyFault> {
    let found = match oid {
        "1.3.14.3.2.7" => "DES",
        "1.2.840.113549.3.2" => "RC2",
        "1.2.840.113549.3.7" => "3DES",
        // Below these there is nothing else: DES, RC2, RC4 and 3DES, with MD2, MD5 or SHA-1.
        _ if oid.starts_with("1.2.840.113549.1.5.") => "PBES1",
        _ if oid.starts_with("1.2.840.113549.1.12.1.") => "a scheme of PKCS#12",
        _ => return None,
    };
    Some(KeyFault::OldEncryption {
        found: found.into(),
    })
}

fn check_work(kdf: &Kdf) -> Result<(), KeyFault> {
    let work = match kdf {
        Kdf::Pbkdf2(parameters) if parameters.iteration_count > PBKDF2_ITERATIONS_MAX => {
            format!("{} iterations of PBKDF2", parameters.iteration_count)
        }
        Kdf::Scrypt(parameters) if scrypt_bytes(parameters)? > SCRYPT_BYTES_MAX => {
            format!("{} bytes of scrypt", scrypt_bytes(parameters)?)
        }
        Kdf::Pbkdf2(_) | Kdf::Scrypt(_) => return Ok(()),
        _ => return Err(KeyFault::MalformedEncryption),
    };
    Err(KeyFault::TooCostly { work })
}

fn scrypt_bytes(parameters: &ScryptParams) -> Result<u64, KeyFault> {
    let n = parameters.cost_parameter;
    // pkcs5 takes the logarithm of N, and fails an assertion where there is none.
    if n < 2 || !n.is_power_of_two() {
        return Err(KeyFault::MalformedEncryption);
    }
    let sizes = [parameters.block_size, parameters.parallelization];
    Ok(sizes
        .into_iter()
        .fold(n.saturating_mul(128), |bytes, size| {
            bytes.saturating_mul(size.into())
        }))
}
