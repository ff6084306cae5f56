//! The public key ([RFC 5280 §4.1.2.7]).
//!
//! RFC 5280 leaves strength to others: [RFC 9325 §4.5] asks for 2048 bits of RSA and 224 bits of a curve.
//!
//! [RFC 5280 §4.1.2.7]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7
//! [RFC 9325 §4.5]: https://www.rfc-editor.org/rfc/rfc9325#section-4.5

use x509_parser::public_key::{PublicKey, RSAPublicKey};
use x509_parser::x509::SubjectPublicKeyInfo;

use super::rule::{Check::Certificate, Rule, Verdict};
use crate::inspect::info::{named_curve, public_key};

pub(super) const STRENGTH: &str = "RFC 9325 §4.5";
const AGAIN: &str = "make a new key, P-256 for example, and issue it again";

/// The shortest modulus, in bits.
const RSA_BITS_MIN: usize = 2048;

/// Curves of 224 bits and more that programs of today have.
const CURVES: &[&str] = &[
    "1.2.840.10045.3.1.7",
    "1.3.132.0.33",
    "1.3.132.0.34",
    "1.3.132.0.35",
    // Brainpool, P256r1 to P512r1: RFC 8734.
    "1.3.36.3.3.2.8.1.1.7",
    "1.3.36.3.3.2.8.1.1.11",
    "1.3.36.3.3.2.8.1.1.13",
];

const EC: &str = "1.2.840.10045.2.1";

pub(super) const RULES: &[Rule] = &[
    Rule::error(
        "rsa-key-short",
        STRENGTH,
        Certificate(|it| rsa_short(it.public_key())),
    )
    .says("an RSA key has at least 2048 bits", AGAIN),
    Rule::error(
        "rsa-exponent",
        "RFC 8017 §3.1",
        Certificate(|it| rsa_exponent(it.public_key())),
    )
    .says("the exponent of an RSA key is odd, and 3 or more", AGAIN),
    Rule::error(
        "dsa-key",
        "RFC 8446 §4.2.3",
        Certificate(|it| dsa(it.public_key())),
    )
    .says("a key is not for DSA, which TLS 1.3 has no more", AGAIN),
    Rule::error(
        "ec-curve-weak",
        STRENGTH,
        Certificate(|it| curve(it.public_key())),
    )
    .says(
        "an elliptic curve has at least 224 bits, and is one of NIST's or Brainpool's",
        AGAIN,
    ),
    Rule::error(
        "ec-parameters-explicit",
        "RFC 5480 §2.1.1",
        Certificate(|it| explicit(it.public_key())),
    )
    .says("an elliptic curve is named, not described", AGAIN),
];

/// What is weak about a key by any of the rules for strength.
pub(super) fn weak(key: &SubjectPublicKeyInfo<'_>) -> Verdict {
    rsa_short(key)
        .or_else(|| rsa_exponent(key))
        .or_else(|| dsa(key))
        .or_else(|| curve(key))
        .or_else(|| explicit(key))
}

fn rsa_short(key: &SubjectPublicKeyInfo<'_>) -> Verdict {
    let Ok(PublicKey::RSA(rsa)) = key.parsed() else {
        return None;
    };
    let bits = modulus_bits(&rsa);
    (bits < RSA_BITS_MIN).then(|| format!("an RSA key of {bits} bits"))
}

/// Exactly; x509-parser counts whole octets.
fn modulus_bits(rsa: &RSAPublicKey<'_>) -> usize {
    let zeros = rsa.modulus.iter().take_while(|octet| **octet == 0).count();
    match rsa.modulus.get(zeros) {
        Some(first) => {
            let unset = usize::try_from(first.leading_zeros()).unwrap_or_default();
            (rsa.modulus.len() - zeros) * 8 - unset
        }
        None => 0,
    }
}

fn rsa_exponent(key: &SubjectPublicKeyInfo<'_>) -> Verdict {
    let Ok(PublicKey::RSA(rsa)) = key.parsed() else {
        return None;
    };
    let is_even = rsa.exponent.last().is_none_or(|last| last & 1 == 0);
    let is_one = rsa.try_exponent().is_ok_and(|exponent| exponent < 3);
    (is_even || is_one).then(|| "an RSA key whose exponent is even or 1".into())
}

fn dsa(key: &SubjectPublicKeyInfo<'_>) -> Verdict {
    (key.algorithm.algorithm.to_id_string() == "1.2.840.10040.4.1").then(|| "a DSA key".into())
}

fn curve(key: &SubjectPublicKeyInfo<'_>) -> Verdict {
    if key.algorithm.algorithm.to_id_string() != EC {
        return None;
    }
    let curve = named_curve(key)?;
    (!CURVES.contains(&curve.as_str())).then(|| format!("a key {}", public_key(key)))
}

fn explicit(key: &SubjectPublicKeyInfo<'_>) -> Verdict {
    if key.algorithm.algorithm.to_id_string() != EC {
        return None;
    }
    let named = named_curve(key).is_some();
    (!named).then(|| "a key on a curve that is not named".into())
}
