//! The names of values.

use super::{Group, Role};

/// The salt of HKDF-Extract.
pub const SALT: &str = "salt";
/// What both sides agreed on.
pub const SHARED_SECRET: &str = "shared secret";
/// The pseudorandom key of HKDF.
pub const PSEUDORANDOM_KEY: &str = "pseudorandom key";
/// SHA-256 of both hellos.
pub const HELLO_HASH: &str = "hash of the hellos";
/// SHA-256 of all before the data.
pub const AUTH_HASH: &str = "hash of all before the data";

/// The random number of a side.
pub fn nonce(role: Role) -> String {
    format!("{role} nonce")
}

/// A private key that a side made for this exchange, PKCS#8. Of two in one group, `half` says which.
pub fn private_key(role: Role, group: Group, half: Option<Group>) -> String {
    match half {
        Some(half) => format!("{role} private key, {group}, {half}"),
        None => format!("{role} private key, {group}"),
    }
}

/// The share of a side.
pub fn share(role: Role, group: Group) -> String {
    format!("{role} share, {group}")
}

/// The secret that the client sends encrypted to the server's RSA key.
pub fn sent_secret() -> String {
    format!("client secret, {}", Group::RsaOaep)
}

/// What is inside of the auth of a side.
pub fn auth(role: Role) -> String {
    format!("{role} auth")
}

/// A certificate of a side, from 0 for its own.
pub fn certificate(role: Role, at: usize) -> String {
    format!("{role} certificate {at}")
}

/// What a side signs.
pub fn signed(role: Role) -> String {
    format!("what the {role} signs")
}

/// The signature of a side.
pub fn signature(role: Role) -> String {
    format!("{role} signature")
}

/// What the MAC of a side is over.
pub fn mac_hash(role: Role) -> String {
    format!("hash under the {role} mac")
}

/// The MAC of a side.
pub fn mac(role: Role) -> String {
    format!("{role} mac")
}

/// What a side says in the end.
pub fn data(role: Role) -> String {
    format!("{role} data")
}
