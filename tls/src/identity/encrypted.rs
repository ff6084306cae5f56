//! Encrypted PKCS#8 ([RFC 5958 §3]): PBES2 ([RFC 8018 §6.2]) with PBKDF2 or scrypt, and AES.
//!
//! The file says how much work it takes to derive the key. Somebody else may have written the file, so there are bounds.
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

use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::ErrorKind;
use pkcs8::pkcs5::pbes2::{HMAC_WITH_SHA1_OID, Kdf, Pbkdf2Prf};
use pkcs8::pkcs5::{self, EncryptionScheme};
use zeroize::Zeroizing;

use super::der::{self, Reader};
use super::{IdentityFault, Password};

/// How many iterations of PBKDF2 a key file may ask for.
///
/// OpenSSL writes 2 048, OWASP recommends 600 000 (2023), step-ca writes 600 000. The bound is some seconds of one core.
pub const PBKDF2_ITERATIONS_MAX: u32 = 5_000_000;

/// How many bytes scrypt may have to go through, 128 · N · r · p ([RFC 7914 §2]). What it holds in memory is never more.
///
/// OpenSSL writes N = 2¹⁴, r = 8, p = 1: 16 MiB. RFC 7914's own sensitive-storage example, N = 2²⁰, is 1 GiB and refused.
/// The bound is about a second of one core.
///
/// [RFC 7914 §2]: https://www.rfc-editor.org/rfc/rfc7914#section-2
pub const SCRYPT_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// More work than is done for a key file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    Pbkdf2 { iterations: u32 },
    Scrypt { bytes: u64 },
}

/// The PrivateKeyInfo within an EncryptedPrivateKeyInfo.
pub(super) fn decrypt(
    der: &[u8],
    password: &Password,
) -> Result<Zeroizing<Vec<u8>>, IdentityFault> {
    check_scheme(der)?;
    let info = EncryptedPrivateKeyInfoRef::try_from(der).map_err(unreadable)?;
    let EncryptionScheme::Pbes2(parameters) = &info.encryption_algorithm else {
        return Err(IdentityFault::MalformedEncryption);
    };
    check_cost(&parameters.kdf)?;
    let mut buffer = Zeroizing::new(info.encrypted_data.as_bytes().to_vec());
    let length = parameters
        .decrypt_in_place(password.octets(), &mut buffer)
        .map_err(undecryptable)?
        .len();
    buffer.truncate(length);
    // One wrong key in 256 leaves a padding that looks right. What it decrypts to is no SEQUENCE.
    let mut reader = Reader::new(&buffer);
    let whole = reader.expect(der::SEQUENCE).is_ok() && reader.is_at_end();
    if !whole {
        return Err(IdentityFault::WrongPassword);
    }
    Ok(buffer)
}

const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
/// Below these there are only the schemes of PBES1 and of PKCS#12: DES, RC2, RC4 and 3DES, with MD5 or SHA-1.
const PKCS5: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05];
const PKCS12_PBE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01];

/// Tells an old scheme from a broken file before the parser, which has one error for both.
fn check_scheme(der: &[u8]) -> Result<(), IdentityFault> {
    let scheme = || {
        let mut info = Reader::new(der).enter(der::SEQUENCE)?;
        info.enter(der::SEQUENCE)?.expect(der::OBJECT_IDENTIFIER)
    };
    match scheme().map_err(|_: der::NotDer| IdentityFault::MalformedEncryption)? {
        PBES2 => Ok(()),
        oid if oid.starts_with(PKCS12_PBE) => Err(IdentityFault::OldEncryption {
            algorithm: "a scheme of PKCS#12".into(),
        }),
        oid if oid.starts_with(PKCS5) => Err(IdentityFault::OldEncryption {
            algorithm: "PBES1".into(),
        }),
        _ => Err(IdentityFault::UnknownEncryption {
            algorithm: "a scheme other than PBES2".into(),
        }),
    }
}

fn check_cost(kdf: &Kdf) -> Result<(), IdentityFault> {
    match kdf {
        Kdf::Pbkdf2(parameters) if parameters.iteration_count > PBKDF2_ITERATIONS_MAX => {
            Err(IdentityFault::TooCostly(Cost::Pbkdf2 {
                iterations: parameters.iteration_count,
            }))
        }
        // pkcs5 reads it if another crate of the program asks for that. What is read here does not depend on others.
        Kdf::Pbkdf2(parameters) if parameters.prf == Pbkdf2Prf::HmacWithSha1 => {
            Err(unsupported(HMAC_WITH_SHA1_OID))
        }
        Kdf::Pbkdf2(_) => Ok(()),
        Kdf::Scrypt(parameters) => {
            let cost = parameters.cost_parameter;
            // pkcs5 takes the logarithm of N, and fails an assertion when that does not exist.
            if cost < 2 || !cost.is_power_of_two() {
                return Err(IdentityFault::MalformedEncryption);
            }
            let bytes = cost
                .saturating_mul(128)
                .saturating_mul(parameters.block_size.into())
                .saturating_mul(parameters.parallelization.into());
            if bytes > SCRYPT_BYTES_MAX {
                return Err(IdentityFault::TooCostly(Cost::Scrypt { bytes }));
            }
            Ok(())
        }
        _ => Err(IdentityFault::UnknownEncryption {
            algorithm: "an unknown key derivation".into(),
        }),
    }
}

fn unreadable(error: pkcs8::Error) -> IdentityFault {
    match error {
        pkcs8::Error::Asn1(asn1) => match asn1.kind() {
            ErrorKind::OidUnknown { oid } => unsupported(oid),
            _ => IdentityFault::MalformedEncryption,
        },
        pkcs8::Error::EncryptedPrivateKey(error) => undecryptable(error),
        _ => IdentityFault::MalformedEncryption,
    }
}

fn undecryptable(error: pkcs5::Error) -> IdentityFault {
    match error {
        pkcs5::Error::UnsupportedAlgorithm { oid } => unsupported(oid),
        pkcs5::Error::DecryptFailed => IdentityFault::WrongPassword,
        _ => IdentityFault::MalformedEncryption,
    }
}

fn unsupported(oid: pkcs8::ObjectIdentifier) -> IdentityFault {
    let oid = oid.to_string();
    let known = match oid.as_str() {
        "1.2.840.113549.3.7" => "3DES",
        "1.3.14.3.2.7" => "DES",
        "1.2.840.113549.3.2" => "RC2",
        "1.2.840.113549.2.7" => "PBKDF2 over SHA-1",
        _ => return IdentityFault::UnknownEncryption { algorithm: oid },
    };
    IdentityFault::OldEncryption {
        algorithm: known.into(),
    }
}
