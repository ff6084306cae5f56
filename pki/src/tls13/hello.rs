//! ClientHello, ServerHello and HelloRetryRequest ([RFC 8446 §4.1]), with the extensions that decide the key exchange.
//!
//! [RFC 8446 §4.1]: https://www.rfc-editor.org/rfc/rfc8446#section-4.1
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use super::cursor::{Cursor, Value, Width};
use super::extension::{extensions, named_groups, protocol_names, server_names, signature_schemes};
use super::{Body, Malformed};

/// The random of a ServerHello that is a HelloRetryRequest: the SHA-256 of its name.
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// One half of a key exchange ([RFC 8446 §4.2.8]).
///
/// [RFC 8446 §4.2.8]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.8
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyShare {
    /// The named group.
    pub group: u16,
    /// The public value.
    pub share: Vec<u8>,
}

/// What the client offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientHello {
    /// What the client adds, so that no two handshakes are alike.
    pub random: [u8; 32],
    /// A session of TLS 1.2; in 1.3 only there so that the hello looks like one that resumes a session.
    pub session_id: Vec<u8>,
    /// The cipher suites.
    pub cipher_suites: Vec<u16>,
    /// The versions that it really speaks.
    pub versions: Vec<u16>,
    /// The named groups.
    pub groups: Vec<u16>,
    /// The groups that it sends a share for, with the shares.
    pub key_shares: Vec<KeyShare>,
    /// The signature schemes.
    pub schemes: Vec<u16>,
    /// The name of the server, as it came.
    pub server_name: Option<String>,
    /// Protocols for ALPN.
    pub alpn: Vec<Vec<u8>>,
    /// What a HelloRetryRequest gave it to bring back, in bytes.
    pub cookie_bytes: Option<usize>,
    /// Whether it offers a session to be resumed.
    pub offers_session: bool,
    /// The types of all extensions.
    pub extensions: Vec<u16>,
}

/// What the server chose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerHello {
    /// What the server adds.
    pub random: [u8; 32],
    /// The version: that of the extension, or of the message where there is none.
    pub version: u16,
    /// The cipher suite.
    pub cipher_suite: u16,
    /// Its half of the key exchange.
    pub key_share: Option<KeyShare>,
    /// Which of the sessions it resumes.
    pub pre_shared_key: Option<u16>,
    /// The types of all extensions.
    pub extensions: Vec<u16>,
}

/// The server wants a share of another group, or its cookie back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HelloRetryRequest {
    /// The version.
    pub version: u16,
    /// The cipher suite, which is the one of the ServerHello that follows.
    pub cipher_suite: u16,
    /// The group that it wants a share of.
    pub group: Option<u16>,
    /// What the client has to bring back, in bytes.
    pub cookie_bytes: Option<usize>,
    /// The types of all extensions.
    pub extensions: Vec<u16>,
}

pub(super) fn client_hello(at: &mut Cursor<'_>) -> Result<Body, Malformed> {
    at.u16("legacy_version", Value::Version)?;
    let mut hello = ClientHello {
        random: random(at)?,
        session_id: at.opaque(Width::One, "legacy_session_id")?.to_vec(),
        cipher_suites: at.u16s(
            Width::Two,
            "cipher_suites",
            "cipher_suite",
            Value::CipherSuite,
        )?,
        ..ClientHello::default()
    };
    at.opaque(Width::One, "legacy_compression_methods")?;
    // Absent in clients of before TLS 1.2.
    if at.is_empty() {
        return Ok(Body::ClientHello(hello.into()));
    }
    hello.extensions = extensions(at, |kind, at| offered(kind, at, &mut hello))?;
    Ok(Body::ClientHello(hello.into()))
}

fn offered(kind: u16, at: &mut Cursor<'_>, hello: &mut ClientHello) -> Result<(), Malformed> {
    match kind {
        0 => hello.server_name = server_names(at)?,
        10 => hello.groups = named_groups(at)?,
        13 => hello.schemes = signature_schemes(at)?,
        16 => hello.alpn = protocol_names(at)?,
        41 => {
            hello.offers_session = true;
            at.all("offered_psks")?;
        }
        43 => hello.versions = at.u16s(Width::One, "versions", "version", Value::Version)?,
        44 => hello.cookie_bytes = Some(at.opaque(Width::Two, "cookie")?.len()),
        45 => {
            at.opaque(Width::One, "ke_modes")?;
        }
        51 => {
            hello.key_shares = at.vector(Width::Two, "client_shares", |list| {
                let mut shares = Vec::new();
                while !list.is_empty() {
                    shares.push(key_share(list)?);
                }
                Ok(shares)
            })?;
        }
        _ => {
            at.all("extension_data")?;
        }
    }
    Ok(())
}

fn random(at: &mut Cursor<'_>) -> Result<[u8; 32], Malformed> {
    let bytes = at.bytes("random", 32, Value::Opaque)?;
    bytes.try_into().map_err(|_| Malformed::Short("random"))
}

fn key_share(at: &mut Cursor<'_>) -> Result<KeyShare, Malformed> {
    Ok(KeyShare {
        group: at.u16("group", Value::NamedGroup)?,
        share: at.opaque(Width::Two, "key_exchange")?.to_vec(),
    })
}

/// Both are the same message but for the random, and for what a key share is in them.
pub(super) fn server_hello(at: &mut Cursor<'_>) -> Result<Body, Malformed> {
    let legacy_version = at.u16("legacy_version", Value::Version)?;
    let random = random(at)?;
    let is_retry = random == RETRY;
    at.opaque(Width::One, "legacy_session_id_echo")?;
    let mut hello = ServerHello {
        random,
        version: legacy_version,
        cipher_suite: at.u16("cipher_suite", Value::CipherSuite)?,
        ..ServerHello::default()
    };
    let mut retry = HelloRetryRequest::default();
    at.u8("legacy_compression_method", |it| Value::Number(it.into()))?;
    // Absent in servers of TLS 1.2 that agree on none.
    if !at.is_empty() {
        hello.extensions = extensions(at, |kind, at| match kind {
            41 => {
                let chosen = at.u16("selected_identity", |it| Value::Number(it.into()))?;
                hello.pre_shared_key = Some(chosen);
                Ok(())
            }
            43 => {
                hello.version = at.u16("selected_version", Value::Version)?;
                Ok(())
            }
            44 => {
                retry.cookie_bytes = Some(at.opaque(Width::Two, "cookie")?.len());
                Ok(())
            }
            51 if is_retry => {
                retry.group = Some(at.u16("selected_group", Value::NamedGroup)?);
                Ok(())
            }
            51 => {
                hello.key_share = Some(key_share(at)?);
                Ok(())
            }
            _ => at.all("extension_data").map(|_| ()),
        })?;
    }
    Ok(if is_retry {
        Body::HelloRetryRequest(HelloRetryRequest {
            version: hello.version,
            cipher_suite: hello.cipher_suite,
            extensions: hello.extensions,
            ..retry
        })
    } else {
        Body::ServerHello(hello)
    })
}
