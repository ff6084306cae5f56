//! The order of the certificates ([RFC 8446 §4.4.2]): end entity first, then each one's issuer.
//!
//! TLS 1.2 requires the order, and clients differ in what they forgive. Files come in any: the root first, from tools that
//! list top-down; an intermediate twice, from two files put together.
//!
//! [RFC 8446 §4.4.2]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use rustls_pki_types::CertificateDer;

use super::IdentityFault;
use crate::certificate::Certificate;

/// The most certificates that an identity may have.
///
/// OpenSSL and Go's verifiers give up at 100; a public chain has 2 to 4. Each handshake sends them all.
pub const CHAIN_CERTIFICATES_MAX: usize = 16;

pub(super) fn parse(chain: &[CertificateDer<'static>]) -> Result<Vec<Certificate>, IdentityFault> {
    if chain.is_empty() {
        return Err(IdentityFault::NoCertificate);
    }
    if chain.len() > CHAIN_CERTIFICATES_MAX {
        return Err(IdentityFault::TooManyCertificates);
    }
    let parsed = chain.iter().zip(1..).map(|(der, number)| {
        Certificate::parse(der).map_err(|source| IdentityFault::Certificate { number, source })
    });
    parsed.collect()
}

/// The certificates as one chain that starts with the one of the key `spki`.
///
/// Exact duplicates are dropped, and so is a root at the end: who trusts it has it, and who does not gains nothing. A root
/// that is the only certificate stays.
pub(super) fn arrange(
    certificates: Vec<Certificate>,
    spki: &[u8],
) -> Result<Vec<Certificate>, IdentityFault> {
    let mut left: Vec<Certificate> = Vec::with_capacity(certificates.len());
    for certificate in certificates {
        if !left.contains(&certificate) {
            left.push(certificate);
        }
    }
    let position = end_entity(&left, spki).ok_or(IdentityFault::KeyMismatch)?;
    let mut chain = vec![left.remove(position)];
    while let Some(last) = chain.last().filter(|last| !last.is_self_issued()) {
        let Some(position) = left.iter().position(|next| last.names_as_issuer(next)) else {
            break;
        };
        chain.push(left.remove(position));
    }
    if let Some(odd) = left.first() {
        return Err(IdentityFault::NotInChain {
            subject: odd.subject().to_owned(),
            issuer: odd.issuer().to_owned(),
        });
    }
    if chain.len() > 1 && chain.last().is_some_and(Certificate::is_self_issued) {
        chain.pop();
    }
    Ok(chain)
}

/// A CA may have signed itself a certificate with the key of its root, so one that is no CA goes first.
fn end_entity(certificates: &[Certificate], spki: &[u8]) -> Option<usize> {
    let of_key = |certificate: &Certificate| certificate.spki() == spki;
    certificates
        .iter()
        .position(|certificate| of_key(certificate) && !certificate.is_ca())
        .or_else(|| certificates.iter().position(of_key))
}
