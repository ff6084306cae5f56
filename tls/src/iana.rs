//! The names that IANA registers for what a handshake offers and agrees on ([TLS parameters]). A value without one here
//! is written as its number: `0x1a1a`.
//!
//! [TLS parameters]: https://www.iana.org/assignments/tls-parameters

use std::borrow::Cow;

use rustls::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

/// A version, as OpenSSL and curl write it: `TLSv1.3`.
pub fn version(version: ProtocolVersion) -> Cow<'static, str> {
    or_number(known_version(version), version.into())
}

/// A cipher suite: `TLS_AES_256_GCM_SHA384`.
pub fn cipher_suite(suite: CipherSuite) -> Cow<'static, str> {
    or_number(known_cipher_suite(suite), suite.into())
}

/// A named group: `X25519MLKEM768`, `x25519`, `secp256r1`.
pub fn named_group(group: NamedGroup) -> Cow<'static, str> {
    or_number(known_named_group(group), group.into())
}

/// A signature scheme, as TLS 1.3 calls it: `ecdsa_secp256r1_sha256`. In TLS 1.2 the same number means the hash and the kind
/// of key, of any curve.
pub fn signature_scheme(scheme: SignatureScheme) -> Cow<'static, str> {
    or_number(known_signature_scheme(scheme), scheme.into())
}

fn or_number(name: Option<&'static str>, number: u16) -> Cow<'static, str> {
    match name {
        Some(name) => name.into(),
        None => format!("{number:#06x}").into(),
    }
}

pub(crate) fn known_version(version: ProtocolVersion) -> Option<&'static str> {
    match version {
        ProtocolVersion::TLSv1_3 => Some("TLSv1.3"),
        ProtocolVersion::TLSv1_2 => Some("TLSv1.2"),
        ProtocolVersion::TLSv1_1 => Some("TLSv1.1"),
        ProtocolVersion::TLSv1_0 => Some("TLSv1"),
        _ => None,
    }
}

pub(crate) fn known_cipher_suite(suite: CipherSuite) -> Option<&'static str> {
    match suite {
        // rustls tells these apart from the older suites by a prefix that IANA does not know.
        CipherSuite::TLS13_AES_128_GCM_SHA256 => Some("TLS_AES_128_GCM_SHA256"),
        CipherSuite::TLS13_AES_256_GCM_SHA384 => Some("TLS_AES_256_GCM_SHA384"),
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => Some("TLS_CHACHA20_POLY1305_SHA256"),
        suite => suite.as_str(),
    }
}

pub(crate) fn known_named_group(group: NamedGroup) -> Option<&'static str> {
    match group {
        NamedGroup::X25519 => Some("x25519"),
        NamedGroup::X448 => Some("x448"),
        group => group.as_str(),
    }
}

/// The names of rustls are its own.
fn known_signature_scheme(scheme: SignatureScheme) -> Option<&'static str> {
    Some(match u16::from(scheme) {
        0x0201 => "rsa_pkcs1_sha1",
        0x0203 => "ecdsa_sha1",
        0x0401 => "rsa_pkcs1_sha256",
        0x0403 => "ecdsa_secp256r1_sha256",
        0x0501 => "rsa_pkcs1_sha384",
        0x0503 => "ecdsa_secp384r1_sha384",
        0x0601 => "rsa_pkcs1_sha512",
        0x0603 => "ecdsa_secp521r1_sha512",
        0x0804 => "rsa_pss_rsae_sha256",
        0x0805 => "rsa_pss_rsae_sha384",
        0x0806 => "rsa_pss_rsae_sha512",
        0x0807 => "ed25519",
        0x0808 => "ed448",
        0x0809 => "rsa_pss_pss_sha256",
        0x080a => "rsa_pss_pss_sha384",
        0x080b => "rsa_pss_pss_sha512",
        0x0904 => "mldsa44",
        0x0905 => "mldsa65",
        0x0906 => "mldsa87",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_can_offer_has_a_name() {
        let provider = crate::provider();
        for suite in &provider.cipher_suites {
            let name = cipher_suite(suite.suite());
            assert!(name.starts_with("TLS_"), "{name}");
        }
        for group in &provider.kx_groups {
            let name = named_group(group.name());
            assert!(!name.starts_with("0x"), "{name}");
        }
        for scheme in provider
            .signature_verification_algorithms
            .supported_schemes()
        {
            let name = signature_scheme(scheme);
            assert!(!name.starts_with("0x"), "{name}");
        }
    }

    #[test]
    fn what_has_no_name_is_a_number() {
        assert_eq!(version(0x1a1a.into()), "0x1a1a");
        assert_eq!(signature_scheme(0x0001.into()), "0x0001");
        assert_eq!(version(ProtocolVersion::TLSv1_3), "TLSv1.3");
    }
}
