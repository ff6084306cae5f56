//! From the shared secret and the transcript to keys.
//!
//! ```text
//! salt = SHA-256("KX/1 " ‖ name of the group)
//! PRK  = HKDF-Extract(salt, shared secret)
//! key  = HKDF-Expand(PRK, "kx1 " ‖ label ‖ SHA-256(transcript), length)
//!
//! label                 length   transcript
//! server handshake key      32   client-hello ‖ server-hello
//! server handshake iv       12   the same
//! server mac key            32   the same
//! client handshake key      32   the same
//! client handshake iv       12   the same
//! client mac key            32   the same
//! server data key           32   client-hello ‖ server-hello ‖ auth of the server ‖ auth of the client
//! server data iv            12   the same
//! client data key           32   the same
//! client data iv            12   the same
//! ```
//!
//! The hash of the transcript in each means: who saw other messages has other keys, so nothing can be changed, left out or
//! taken from elsewhere. A key for each direction means that no message can be sent back to where it is from.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use aws_lc_rs::digest;

use super::hkdf::{self, HASH_BYTES};
use super::{Group, KexFault, Role, Secret, TrafficKey};

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Label {
    /// Encrypts the auth of a side.
    HandshakeKey(Role),
    /// The nonce for [`HandshakeKey`](Self::HandshakeKey).
    HandshakeIv(Role),
    /// Makes the MAC of a side.
    MacKey(Role),
    /// Encrypts the data of a side.
    DataKey(Role),
    /// The nonce for [`DataKey`](Self::DataKey).
    DataIv(Role),
}

impl Label {
    /// Those that follow from the hellos.
    pub const HANDSHAKE: [Self; 6] = [
        Self::HandshakeKey(Role::Server),
        Self::HandshakeIv(Role::Server),
        Self::MacKey(Role::Server),
        Self::HandshakeKey(Role::Client),
        Self::HandshakeIv(Role::Client),
        Self::MacKey(Role::Client),
    ];

    /// Those that follow from all messages before the data.
    pub const DATA: [Self; 4] = [
        Self::DataKey(Role::Server),
        Self::DataIv(Role::Server),
        Self::DataKey(Role::Client),
        Self::DataIv(Role::Client),
    ];

    /// As it stands in the table, with `kx1` left out.
    pub fn name(self) -> &'static str {
        use Role::{Client, Server};
        match self {
            Self::HandshakeKey(Server) => "server handshake key",
            Self::HandshakeKey(Client) => "client handshake key",
            Self::HandshakeIv(Server) => "server handshake iv",
            Self::HandshakeIv(Client) => "client handshake iv",
            Self::MacKey(Server) => "server mac key",
            Self::MacKey(Client) => "client mac key",
            Self::DataKey(Server) => "server data key",
            Self::DataKey(Client) => "client data key",
            Self::DataIv(Server) => "server data iv",
            Self::DataIv(Client) => "client data iv",
        }
    }

    /// How long the key is, in bytes.
    pub fn key_bytes(self) -> usize {
        match self {
            Self::HandshakeIv(_) | Self::DataIv(_) => 12,
            Self::HandshakeKey(_) | Self::MacKey(_) | Self::DataKey(_) => 32,
        }
    }

    /// What HKDF-Expand is given as info.
    pub fn info(self, hash: &[u8; HASH_BYTES]) -> Vec<u8> {
        [b"kx1 ", self.name().as_bytes(), hash].concat()
    }
}

/// The pseudorandom key, from which all others come.
#[derive(Debug)]
pub struct Schedule {
    salt: [u8; HASH_BYTES],
    key: Secret,
}

impl Schedule {
    /// HKDF-Extract.
    pub fn new(group: Group, shared: &Secret) -> Self {
        let salt = sha256(&[b"KX/1 ", group.name().as_bytes()]);
        let key = hkdf::extract(&salt, shared.reveal());
        Self { salt, key }
    }

    /// The salt; no secret.
    pub fn salt(&self) -> &[u8; HASH_BYTES] {
        &self.salt
    }

    /// The pseudorandom key. **A secret.**
    pub fn key(&self) -> &Secret {
        &self.key
    }

    /// HKDF-Expand for one use.
    ///
    /// # Errors
    ///
    /// [`KexFault::Crypto`].
    pub fn expand(&self, label: Label, hash: &[u8; HASH_BYTES]) -> Result<Secret, KexFault> {
        hkdf::expand(&self.key, &label.info(hash), label.key_bytes())
    }
}

impl Schedule {
    /// What encrypts the auth of a side, from the hash of the hellos.
    ///
    /// # Errors
    ///
    /// [`KexFault::Crypto`].
    pub fn handshake_key(
        &self,
        role: Role,
        hellos: &[u8; HASH_BYTES],
    ) -> Result<TrafficKey, KexFault> {
        Ok(TrafficKey {
            key: self.expand(Label::HandshakeKey(role), hellos)?,
            iv: self.expand(Label::HandshakeIv(role), hellos)?,
        })
    }

    /// What makes the MAC of a side, from the hash of the hellos.
    ///
    /// # Errors
    ///
    /// [`KexFault::Crypto`].
    pub fn mac_key(&self, role: Role, hellos: &[u8; HASH_BYTES]) -> Result<Secret, KexFault> {
        self.expand(Label::MacKey(role), hellos)
    }

    /// What encrypts the data of a side, from the hash of all before it.
    ///
    /// # Errors
    ///
    /// [`KexFault::Crypto`].
    pub fn data_key(&self, role: Role, before: &[u8; HASH_BYTES]) -> Result<TrafficKey, KexFault> {
        Ok(TrafficKey {
            key: self.expand(Label::DataKey(role), before)?,
            iv: self.expand(Label::DataIv(role), before)?,
        })
    }
}

/// The messages so far.
#[derive(Clone)]
pub struct Transcript(digest::Context);

impl Transcript {
    /// Without a message.
    pub fn new() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }

    /// Adds a message, or a part of one.
    pub fn add(&mut self, octets: &[u8]) {
        self.0.update(octets);
    }

    /// SHA-256 of all of them.
    pub fn hash(&self) -> [u8; HASH_BYTES] {
        into_array(&self.0.clone().finish())
    }
}

impl Default for Transcript {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Transcript {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Transcript")
    }
}

fn sha256(parts: &[&[u8]]) -> [u8; HASH_BYTES] {
    let mut transcript = Transcript::new();
    for part in parts {
        transcript.add(part);
    }
    transcript.hash()
}

fn into_array(digest: &digest::Digest) -> [u8; HASH_BYTES] {
    let mut array = [0; HASH_BYTES];
    array.copy_from_slice(digest.as_ref());
    array
}
