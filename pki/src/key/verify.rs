//! Checking a signature.
//!
//! Which algorithm of aws-lc-rs is asked follows from two things that others wrote: what the key is, and what the signature
//! says that it is. Only pairs that belong together are asked at all.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1,
    ECDSA_P521_SHA512_ASN1, ED25519, EcdsaVerificationAlgorithm, ML_DSA_44, ML_DSA_65, ML_DSA_87,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
    RsaPssSaltLength, VerificationAlgorithm,
};
use pkcs8::AlgorithmIdentifierRef;
use pkcs8::der::asn1::{AnyRef, BitStringRef};
use pkcs8::der::{self, Decode, Reader};

use super::{Hash, KeyAlgorithm, PublicKey, SignatureAlgorithm};
use crate::error::Error;

impl PublicKey {
    /// Checks that the private key that belongs to this one signed `message`.
    ///
    /// RSA keys of 2048 to 8192 bits are asked, so that what others issued can be checked.
    ///
    /// # Errors
    ///
    /// [`Error::BadSignature`] if it did not, [`Error::SignatureMismatch`] if a key of this type does not sign so at all, or
    /// is an RSA key of another length.
    pub fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        self.check(algorithm, |with| {
            with.verify_sig(self.key_octets(), message, signature)
        })
    }

    /// Asks the algorithm of aws-lc-rs for this key and this signature, if there is one.
    pub(super) fn check(
        &self,
        algorithm: SignatureAlgorithm,
        ask: impl Fn(&dyn VerificationAlgorithm) -> Result<(), Unspecified>,
    ) -> Result<(), Error> {
        let check = |with: &dyn VerificationAlgorithm| ask(with).map_err(|_| Error::BadSignature);
        use {KeyAlgorithm as Key, SignatureAlgorithm as By};
        match (self.algorithm(), algorithm) {
            (Key::Rsa { bits: 2048..=8192 }, By::RsaPkcs1(hash)) => check(rsa_pkcs1(hash)),
            (
                Key::Rsa { bits: 2048..=8192 } | Key::RsaPss { bits: 2048..=8192 },
                By::RsaPss { hash, salt_bytes },
            ) => check(&rsa_pss(hash, salt_bytes)),
            (Key::P256, By::Ecdsa(hash)) => check(p256(hash)),
            (Key::P384, By::Ecdsa(hash)) => check(p384(hash)),
            (Key::P521, By::Ecdsa(hash)) => check(p521(hash)),
            (Key::Ed25519, By::Ed25519) => check(&ED25519),
            (Key::MlDsa44, By::MlDsa44) => check(&ML_DSA_44),
            (Key::MlDsa65, By::MlDsa65) => check(&ML_DSA_65),
            (Key::MlDsa87, By::MlDsa87) => check(&ML_DSA_87),
            (key, algorithm) => Err(Error::SignatureMismatch {
                algorithm,
                key: key.clone(),
            }),
        }
    }

    /// Checks the signature within a certificate, a certification request or a CRL, in DER. They have the same form:
    ///
    /// ```text
    /// SIGNED ::= SEQUENCE { toBeSigned ANY, algorithm AlgorithmIdentifier, signature BIT STRING }
    /// ```
    ///
    /// What is signed is not looked at: names, dates and whether this is the right key are the caller's matter.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify) has them, and [`Error::UnsupportedSignatureAlgorithm`]. What has not this form is an
    /// [`Error::BadSignature`].
    pub fn verify_signed(&self, der: &[u8]) -> Result<(), Error> {
        let signed = Signed::from_der(der)?;
        self.verify(signed.algorithm, signed.to_be_signed, signed.signature)
    }
}

/// What a certificate, a certification request and a CRL have in common.
pub(crate) struct Signed<'a> {
    pub(crate) to_be_signed: &'a [u8],
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) signature: &'a [u8],
}

impl<'a> Signed<'a> {
    pub(crate) fn from_der(der: &'a [u8]) -> Result<Self, Error> {
        let (to_be_signed, algorithm, signature) =
            signed_parts(der).map_err(|_| Error::BadSignature)?;
        Ok(Self {
            to_be_signed,
            algorithm: SignatureAlgorithm::identify(&algorithm)?,
            // Every signature is a number of whole octets.
            signature: signature.as_bytes().ok_or(Error::BadSignature)?,
        })
    }
}

type Parts<'a> = (&'a [u8], AlgorithmIdentifierRef<'a>, BitStringRef<'a>);

fn signed_parts(der: &[u8]) -> der::Result<Parts<'_>> {
    AnyRef::from_der(der)?.sequence(|parts| {
        Ok((
            parts.tlv_bytes()?,
            AlgorithmIdentifierRef::decode(parts)?,
            BitStringRef::decode(parts)?,
        ))
    })
}

fn rsa_pkcs1(hash: Hash) -> &'static RsaParameters {
    match hash {
        Hash::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
        Hash::Sha384 => &RSA_PKCS1_2048_8192_SHA384,
        Hash::Sha512 => &RSA_PKCS1_2048_8192_SHA512,
    }
}

fn rsa_pss(hash: Hash, salt_bytes: u16) -> RsaParameters {
    match hash {
        Hash::Sha256 => RSA_PSS_2048_8192_SHA256,
        Hash::Sha384 => RSA_PSS_2048_8192_SHA384,
        Hash::Sha512 => RSA_PSS_2048_8192_SHA512,
    }
    .with_pss_salt_length(RsaPssSaltLength::Custom(salt_bytes))
}

fn p256(hash: Hash) -> &'static EcdsaVerificationAlgorithm {
    match hash {
        Hash::Sha256 => &ECDSA_P256_SHA256_ASN1,
        Hash::Sha384 => &ECDSA_P256_SHA384_ASN1,
        Hash::Sha512 => &ECDSA_P256_SHA512_ASN1,
    }
}

fn p384(hash: Hash) -> &'static EcdsaVerificationAlgorithm {
    match hash {
        Hash::Sha256 => &ECDSA_P384_SHA256_ASN1,
        Hash::Sha384 => &ECDSA_P384_SHA384_ASN1,
        Hash::Sha512 => &ECDSA_P384_SHA512_ASN1,
    }
}

fn p521(hash: Hash) -> &'static EcdsaVerificationAlgorithm {
    match hash {
        Hash::Sha256 => &ECDSA_P521_SHA256_ASN1,
        Hash::Sha384 => &ECDSA_P521_SHA384_ASN1,
        Hash::Sha512 => &ECDSA_P521_SHA512_ASN1,
    }
}
