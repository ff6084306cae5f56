//! What peers are known not to do. A limit that is none any more fails as well.

use wharf_pki::KeyType;

pub(crate) struct Limit {
    pub(crate) peer: &'static str,
    /// Of these types of key; none stands for all.
    pub(crate) keys: &'static [KeyType],
    /// In these rows; none stands for all.
    pub(crate) rows: &'static [&'static str],
    pub(crate) why: &'static str,
}

const ML_DSA: &[KeyType] = &[KeyType::MlDsa44, KeyType::MlDsa65, KeyType::MlDsa87];

/// The rows that are verified for a TLS peer.
const TLS_PATHS: [&str; 15] = [
    "server",
    "client",
    "peer",
    "spiffe",
    "wrong name",
    "wrong EKU",
    "tampered",
    "not expired",
    "expired",
    "constraint kept",
    "constraint broken",
    "path with room",
    "path too long",
    "not revoked",
    "revoked",
];

pub(crate) const LIMITS: &[Limit] = &[
    Limit {
        peer: "python ssl",
        keys: ML_DSA,
        rows: &[],
        why: "its OpenSSL is that of the system",
    },
    Limit {
        peer: "openssl",
        keys: ML_DSA,
        rows: &[],
        why: "OpenSSL has ML-DSA since 3.5",
    },
    Limit {
        peer: "java",
        keys: ML_DSA,
        rows: &[],
        why: "Java has ML-DSA since 24",
    },
    Limit {
        peer: "gnutls",
        keys: ML_DSA,
        rows: &[],
        why: "GnuTLS 3.7 has no ML-DSA",
    },
    Limit {
        peer: "nss",
        keys: ML_DSA,
        rows: &[],
        why: "NSS takes no root with ML-DSA",
    },
    Limit {
        peer: "nss",
        keys: &[KeyType::Ed25519],
        rows: &[],
        why: "NSS takes no certificate with Ed25519",
    },
    Limit {
        peer: "nss",
        keys: &[],
        rows: &["code-signing"],
        why: "NSS wants the intermediate to say that it is a CA for code",
    },
    Limit {
        peer: "cryptography",
        keys: ML_DSA,
        rows: &["p12", "p12 legacy"],
        why: "its reader of PKCS#12 has no ML-DSA",
    },
    Limit {
        peer: "cryptography",
        keys: &[KeyType::Ed25519],
        rows: &TLS_PATHS,
        why: "its verifier forbids Ed25519, as the browsers do",
    },
];

/// How many foreign peers have to agree on a row.
pub(crate) fn witnesses_min(key_type: KeyType, row: &str) -> usize {
    // Of those here only Node, with OpenSSL 3.5, reads a key with ML-DSA out of PKCS#12.
    match row.starts_with("p12") && ML_DSA.contains(&key_type) {
        true => 1,
        false => 2,
    }
}

impl Limit {
    pub(crate) fn of(peer: &str, key_type: KeyType, row: &str) -> Option<&'static Self> {
        LIMITS.iter().find(|limit| {
            limit.peer == peer
                && (limit.keys.is_empty() || limit.keys.contains(&key_type))
                && (limit.rows.is_empty() || limit.rows.contains(&row))
        })
    }
}
