//! Keys from passwords: the derivation of PKCS#12 ([RFC 7292] appendix B.2), and PBKDF2 ([RFC 8018 §5.2]).
//!
//! [RFC 7292]: https://www.rfc-editor.org/rfc/rfc7292
//! [RFC 8018 §5.2]: https://www.rfc-editor.org/rfc/rfc8018#section-5.2

use std::num::NonZeroU32;

use aws_lc_rs::{digest, pbkdf2};
use zeroize::Zeroizing;

use super::fault::Pkcs12Fault;
use super::hash::Hash;
use super::password::Secret;
use super::work::Work;

/// What the octets are for, as the derivation of PKCS#12 tells its uses apart ([RFC 7292] appendix B.3).
///
/// [RFC 7292]: https://www.rfc-editor.org/rfc/rfc7292
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Key,
    Iv,
    Mac,
}

/// `length` octets for a purpose.
pub(super) fn pkcs12(
    hash: Hash,
    purpose: Purpose,
    (salt, iterations): (&[u8], u64),
    secret: &Secret<'_>,
    length: usize,
    work: &mut Work,
) -> Result<Zeroizing<Vec<u8>>, Pkcs12Fault> {
    if iterations == 0 {
        return Err(Pkcs12Fault::Malformed);
    }
    work.spend(iterations, hash.blocks(length))?;
    let algorithm = hash.digest();
    let block_len = algorithm.block_len();
    let diversifier = vec![purpose.id(); block_len];
    let mut input = input(salt, &secret.bmp, block_len);
    let mut derived = Zeroizing::new(Vec::with_capacity(length + algorithm.output_len()));
    while derived.len() < length {
        let mut context = digest::Context::new(algorithm);
        context.update(&diversifier);
        context.update(&input);
        let mut block = context.finish();
        for _ in 1..iterations {
            block = digest::digest(algorithm, block.as_ref());
        }
        derived.extend_from_slice(block.as_ref());
        for chunk in input.chunks_mut(block_len) {
            add_with_carry(chunk, block.as_ref());
        }
    }
    derived.truncate(length);
    Ok(derived)
}

impl Purpose {
    fn id(self) -> u8 {
        match self {
            Self::Key => 1,
            Self::Iv => 2,
            Self::Mac => 3,
        }
    }
}

/// Salt and password, each over and over for as many whole blocks as it begins. What is empty stays empty.
fn input(salt: &[u8], password: &[u8], block_len: usize) -> Zeroizing<Vec<u8>> {
    let padded = |octets: &[u8]| octets.len().div_ceil(block_len) * block_len;
    // Room for all of it at once: a buffer that grows would leave copies behind.
    let mut input = Zeroizing::new(Vec::with_capacity(padded(salt) + padded(password)));
    for octets in [salt, password] {
        input.extend(octets.iter().cycle().take(padded(octets)));
    }
    input
}

/// `chunk` + B + 1, as numbers of one block's length, where B is `block` over and over.
fn add_with_carry(chunk: &mut [u8], block: &[u8]) {
    let addend = Zeroizing::new(
        block
            .iter()
            .cycle()
            .take(chunk.len())
            .copied()
            .collect::<Vec<_>>(),
    );
    let mut carry = 1;
    for (octet, added) in chunk.iter_mut().zip(addend.iter()).rev() {
        let [high, low] = (u16::from(*octet) + u16::from(*added) + carry).to_be_bytes();
        *octet = low;
        carry = u16::from(high);
    }
}

/// `length` octets from the password as UTF-8.
pub(super) fn pbkdf2(
    hash: Hash,
    (salt, iterations): (&[u8], u64),
    secret: &Secret<'_>,
    length: usize,
    work: &mut Work,
) -> Result<Zeroizing<Vec<u8>>, Pkcs12Fault> {
    work.spend(iterations, hash.blocks(length))?;
    let iterations = u32::try_from(iterations).ok().and_then(NonZeroU32::new);
    let (Some(iterations), Some(algorithm)) = (iterations, hash.pbkdf2()) else {
        return Err(Pkcs12Fault::Malformed);
    };
    let mut derived = Zeroizing::new(vec![0; length]);
    pbkdf2::derive(algorithm, iterations, salt, secret.utf8, &mut derived);
    Ok(derived)
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    fn derive(hash: Hash, purpose: Purpose, salt: &str, password: &str, length: usize) -> String {
        let salt = HEXLOWER.decode(salt.as_bytes()).unwrap();
        let secret = Secret::new(password);
        let derived = pkcs12(hash, purpose, (&salt, 1), &secret, length, &mut Work::new());
        HEXLOWER.encode(&derived.unwrap())
    }

    #[test]
    fn no_iterations_and_too_many_are_refused() {
        let secret = Secret::new("a");
        let derive = |iterations| {
            let work = &mut Work::new();
            pkcs12(
                Hash::Sha1,
                Purpose::Key,
                (&[1], iterations),
                &secret,
                20,
                work,
            )
        };
        assert_eq!(derive(0).unwrap_err(), Pkcs12Fault::Malformed);
        let limit = super::super::WORK_MAX;
        let costly = Pkcs12Fault::TooCostly { limit };
        assert_eq!(derive(limit + 1).unwrap_err(), costly);
        assert_eq!(derive(u64::MAX).unwrap_err(), costly);
        assert!(derive(2).is_ok());
    }

    // The same comes out of `openssl kdf -keylen 24 -kdfopt digest:SHA1 -kdfopt hexpass:0073006D006500670000 -kdfopt
    // hexsalt:0A58CF64530D823F -kdfopt iter:1 -kdfopt id:1 PKCS12KDF`.
    #[test]
    fn the_known_answers_are_derived() {
        assert_eq!(
            derive(Hash::Sha1, Purpose::Key, "0a58cf64530d823f", "smeg", 24),
            "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"
        );
        assert_eq!(
            derive(Hash::Sha1, Purpose::Iv, "0a58cf64530d823f", "smeg", 8),
            "79993dfe048d3b76"
        );
    }
}
