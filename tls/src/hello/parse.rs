//! The message, without the records around it.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::net::IpAddr;

use rustls::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

use super::{ClientHello, extension};

/// Why a ClientHello cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HelloError {
    /// A record of another kind than a handshake.
    #[error("a record of type {0} where a ClientHello should be")]
    NotHandshake(u8),
    /// A handshake message of another kind than a ClientHello.
    #[error("a handshake message of type {0} where a ClientHello should be")]
    NotClientHello(u8),
    /// A record is empty, or larger than records may be.
    #[error("a record of {0} bytes")]
    RecordLength(usize),
    /// The message is larger than a handshake message may be here.
    #[error("a ClientHello of {length} bytes, where {max} are allowed")]
    TooLong {
        /// What it says.
        length: usize,
        /// What is allowed.
        max: usize,
    },
    /// A length in it leads beyond what is there.
    #[error("the ClientHello ends in its {0}")]
    Short(&'static str),
    /// Something is left behind the end of it.
    #[error("{0} bytes behind the ClientHello's end")]
    Trailing(usize),
    /// An extension comes twice ([RFC 8446 §4.2]).
    ///
    /// [RFC 8446 §4.2]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2
    #[error("the extension {0} comes twice in the ClientHello")]
    Twice(u16),
}

/// Reads the body of a ClientHello, behind the four bytes of the handshake header.
///
/// ```text
/// struct {
///     ProtocolVersion legacy_version;
///     Random random;
///     opaque legacy_session_id<0..32>;
///     CipherSuite cipher_suites<2..2^16-2>;
///     opaque legacy_compression_methods<1..2^8-1>;
///     Extension extensions<8..2^16-1>;
/// } ClientHello;
/// ```
///
/// The extensions may be absent, as in TLS before 1.3. An extension that cannot be read stays empty here: rustls refuses the
/// hello for it.
pub(super) fn parse(body: &[u8]) -> Result<ClientHello, HelloError> {
    let mut rest = Bytes(body);
    let legacy_version = rest.u16().ok_or(HelloError::Short("version"))?.into();
    rest.take(32).ok_or(HelloError::Short("random"))?;
    rest.vector8().ok_or(HelloError::Short("session id"))?;
    let cipher_suites = rest.vector16().ok_or(HelloError::Short("cipher suites"))?;
    rest.vector8()
        .ok_or(HelloError::Short("compression methods"))?;
    let mut hello = ClientHello {
        cipher_suites: cipher_suites.u16s().map(CipherSuite::from).collect(),
        ..ClientHello::empty(legacy_version)
    };
    if !rest.is_empty() {
        let extensions = rest.vector16().ok_or(HelloError::Short("extensions"))?;
        if !rest.is_empty() {
            return Err(HelloError::Trailing(rest.0.len()));
        }
        parse_extensions(extensions, &mut hello)?;
    }
    Ok(hello)
}

fn parse_extensions(mut rest: Bytes<'_>, hello: &mut ClientHello) -> Result<(), HelloError> {
    while !rest.is_empty() {
        let number = rest.u16().ok_or(HelloError::Short("extensions"))?;
        let content = rest.vector16().ok_or(HelloError::Short("extensions"))?;
        hello.extensions.push(number);
        // `None` is one that cannot be read.
        let _ = parse_extension(number, content, hello);
    }
    let mut sorted = hello.extensions.clone();
    sorted.sort_unstable();
    match sorted.array_windows().find(|[a, b]| a == b) {
        Some(&[number, _]) => Err(HelloError::Twice(number)),
        None => Ok(()),
    }
}

fn parse_extension(number: u16, mut content: Bytes<'_>, hello: &mut ClientHello) -> Option<()> {
    match number {
        extension::SERVER_NAME => hello.server_name = server_name(content.vector16()?),
        extension::SUPPORTED_GROUPS => {
            hello.named_groups = content.vector16()?.u16s().map(NamedGroup::from).collect();
        }
        extension::SIGNATURE_ALGORITHMS => {
            let schemes = content.vector16()?.u16s();
            hello.signature_schemes = schemes.map(SignatureScheme::from).collect();
        }
        extension::ALPN => {
            let mut list = content.vector16()?;
            let mut names = Vec::new();
            while !list.is_empty() {
                names.push(list.vector8()?.0.to_vec());
            }
            hello.alpn = names;
        }
        extension::SUPPORTED_VERSIONS => {
            let versions = content.vector8()?.u16s();
            hello.supported_versions = versions.map(ProtocolVersion::from).collect();
        }
        extension::KEY_SHARE => {
            let mut list = content.vector16()?;
            let mut shares = Vec::new();
            while !list.is_empty() {
                shares.push(list.u16()?.into());
                list.vector16()?;
            }
            hello.key_shares = shares;
        }
        _ => {}
    }
    Some(())
}

/// The first name of type `host_name`, if it is a name ([RFC 6066 §3]).
///
/// [RFC 6066 §3]: https://www.rfc-editor.org/rfc/rfc6066#section-3
fn server_name(mut list: Bytes<'_>) -> Option<String> {
    while !list.is_empty() {
        let kind = list.u8()?;
        let name = list.vector16()?;
        if kind == 0 {
            let name = std::str::from_utf8(name.0).ok()?.to_ascii_lowercase();
            // Some send the dot of the root, which does not belong there. rustls drops it.
            let name = name.strip_suffix('.').unwrap_or(&name).to_owned();
            let is_name = !name.is_empty() && name.parse::<IpAddr>().is_err();
            return is_name.then_some(name);
        }
    }
    None
}

/// Bytes, taken from the front.
#[derive(Clone, Copy)]
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, n: usize) -> Option<Self> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(Self(taken))
    }

    fn u8(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn u16(&mut self) -> Option<u16> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u16::from_be_bytes(*first))
    }

    fn vector8(&mut self) -> Option<Self> {
        let length = self.u8()?;
        self.take(length.into())
    }

    fn vector16(&mut self) -> Option<Self> {
        let length = self.u16()?;
        self.take(length.into())
    }

    /// All of it in pairs; an odd byte at the end is left out.
    fn u16s(self) -> impl Iterator<Item = u16> + 'a {
        let (pairs, _) = self.0.as_chunks();
        pairs.iter().copied().map(u16::from_be_bytes)
    }
}
