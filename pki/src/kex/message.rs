//! The messages of KX/1 on the wire. All numbers are big-endian.
//!
//! ```text
//! message      = type u8 ‖ length u24 ‖ body
//! client-hello = 1: "KX/1" ‖ nonce [32] ‖ count u8 ‖ count × ( group u16 ‖ length u16 ‖ share )
//! server-hello = 2: nonce [32] ‖ group u16 ‖ length u16 ‖ share
//! server-auth  = 3: AES-256-GCM of auth
//! client-auth  = 4: AES-256-GCM of auth
//! data         = 5: AES-256-GCM of any octets
//!
//! auth         = count u8 ‖ count × ( length u24 ‖ certificate ) ‖ scheme u16 ‖ length u16 ‖ signature ‖ mac [32]
//! ```
//!
//! The four octets in front of a message are the additional data of its AES-256-GCM, so that a type cannot be changed. Whoever
//! stays anonymous shows no certificate, and has scheme 0 and an empty signature.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use super::{Group, KexFault};

/// What stands in front of a message, in bytes: its type and its length.
pub const HEADER_BYTES: usize = 4;
/// A nonce, in bytes.
pub const NONCE_BYTES: usize = 32;
/// A MAC, in bytes.
pub const MAC_BYTES: usize = 32;
/// The most shares in a client-hello: there are six groups.
pub const SHARES_MAX: usize = 6;
/// The most certificates of one side. A chain has two to four; rustls-webpki follows six intermediates.
pub const CERTIFICATES_MAX: usize = 8;
const VERSION: &[u8] = b"KX/1";

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageKind {
    /// What the client can do, and its part of the secret.
    ClientHello,
    /// What the server chose, and its part.
    ServerHello,
    /// Who the server is.
    ServerAuth,
    /// Who the client is.
    ClientAuth,
    /// What the exchange was for.
    Data,
}

impl MessageKind {
    /// The first octet.
    pub fn code(self) -> u8 {
        match self {
            Self::ClientHello => 1,
            Self::ServerHello => 2,
            Self::ServerAuth => 3,
            Self::ClientAuth => 4,
            Self::Data => 5,
        }
    }

    fn from_code(kind: u8) -> Result<Self, KexFault> {
        Ok(match kind {
            1 => Self::ClientHello,
            2 => Self::ServerHello,
            3 => Self::ServerAuth,
            4 => Self::ClientAuth,
            5 => Self::Data,
            kind => return Err(KexFault::UnknownMessage { kind }),
        })
    }

    /// The longest body, in bytes: six shares, the longest of them 1216; one share; eight certificates, each of ML-DSA-87 about
    /// 8 kB; a text to show.
    pub fn body_bytes_max(self) -> usize {
        match self {
            Self::ClientHello => 8 * 1024,
            Self::ServerHello => 2 * 1024,
            Self::ServerAuth | Self::ClientAuth => 96 * 1024,
            Self::Data => 16 * 1024,
        }
    }

    /// `client-hello`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClientHello => "client-hello",
            Self::ServerHello => "server-hello",
            Self::ServerAuth => "server-auth",
            Self::ClientAuth => "client-auth",
            Self::Data => "data",
        }
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A message as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    kind: MessageKind,
    octets: Vec<u8>,
}

impl Frame {
    /// Puts a header in front.
    ///
    /// # Errors
    ///
    /// [`KexFault::MessageTooLong`].
    pub fn new(kind: MessageKind, body: &[u8]) -> Result<Self, KexFault> {
        let mut octets = header(kind, body.len())?.to_vec();
        octets.extend_from_slice(body);
        Ok(Self { kind, octets })
    }

    /// Takes the first message off what has arrived; `None` if it is not whole yet.
    ///
    /// # Errors
    ///
    /// [`KexFault::UnknownMessage`] and [`KexFault::MessageTooLong`], both told by the header alone.
    pub fn take(arrived: &mut Vec<u8>) -> Result<Option<Self>, KexFault> {
        let Some(&kind) = arrived.first() else {
            return Ok(None);
        };
        let kind = MessageKind::from_code(kind)?;
        let Some(&[_, high, middle, low]) = arrived.first_chunk::<HEADER_BYTES>() else {
            return Ok(None);
        };
        let length = number(&[high, middle, low]);
        check_length(kind, length)?;
        let whole = HEADER_BYTES + length;
        if arrived.len() < whole {
            return Ok(None);
        }
        let rest = arrived.split_off(whole);
        let octets = std::mem::replace(arrived, rest);
        Ok(Some(Self { kind, octets }))
    }

    /// What it is.
    pub fn kind(&self) -> MessageKind {
        self.kind
    }

    /// All of it.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// All but the header.
    pub fn body(&self) -> &[u8] {
        self.octets.get(HEADER_BYTES..).unwrap_or_default()
    }

    /// All of it, to be sent.
    pub fn into_octets(self) -> Vec<u8> {
        self.octets
    }
}

/// The type and the length.
pub(super) fn header(kind: MessageKind, length: usize) -> Result<[u8; HEADER_BYTES], KexFault> {
    check_length(kind, length)?;
    let [.., high, middle, low] = length.to_be_bytes();
    Ok([kind.code(), high, middle, low])
}

fn check_length(message: MessageKind, found_bytes: usize) -> Result<(), KexFault> {
    let limit_bytes = message.body_bytes_max();
    if found_bytes > limit_bytes {
        return Err(KexFault::MessageTooLong {
            message,
            found_bytes,
            limit_bytes,
        });
    }
    Ok(())
}

/// One side's part of the secret, for one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The group.
    pub group: Group,
    /// A public key or a ciphertext.
    pub octets: Vec<u8>,
}

/// The first message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientHello {
    /// Random numbers: no two exchanges are alike.
    pub nonce: [u8; NONCE_BYTES],
    /// A share for each group that the client would take.
    pub shares: Vec<Share>,
}

impl ClientHello {
    /// Writes it.
    ///
    /// # Errors
    ///
    /// [`KexFault::MessageTooLong`], [`KexFault::ShareCount`].
    pub fn emit(&self) -> Result<Frame, KexFault> {
        let found = self.shares.len();
        let mut body = [VERSION, &self.nonce].concat();
        body.push(count(found, SHARES_MAX, |limit| KexFault::ShareCount {
            found,
            limit,
        })?);
        for share in &self.shares {
            emit_share(share, MessageKind::ClientHello, &mut body)?;
        }
        Frame::new(MessageKind::ClientHello, &body)
    }

    /// Reads its body.
    ///
    /// # Errors
    ///
    /// [`KexFault::Version`], [`KexFault::Truncated`], [`KexFault::Trailing`], [`KexFault::ShareCount`],
    /// [`KexFault::ShareTwice`], [`KexFault::UnknownGroup`], [`KexFault::Length`].
    pub fn parse(body: &[u8]) -> Result<Self, KexFault> {
        let mut reader = Reader::new(MessageKind::ClientHello, body);
        if reader.take(VERSION.len(), "version")? != VERSION {
            return Err(KexFault::Version);
        }
        let nonce = reader.array("nonce")?;
        let found = reader.number(1, "shares")?;
        if !(1..=SHARES_MAX).contains(&found) {
            let limit = SHARES_MAX;
            return Err(KexFault::ShareCount { found, limit });
        }
        let mut shares: Vec<Share> = Vec::new();
        for _ in 0..found {
            let share = read_share(&mut reader)?;
            let group = share.group;
            check_share(&share, group.client_share_bytes())?;
            if shares.iter().any(|other| other.group == group) {
                return Err(KexFault::ShareTwice { group });
            }
            shares.push(share);
        }
        reader.finish()?;
        Ok(Self { nonce, shares })
    }
}

/// The second message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerHello {
    /// Random numbers: what was recorded yesterday does not answer them.
    pub nonce: [u8; NONCE_BYTES],
    /// The group that the server chose, and its part of the secret.
    pub share: Share,
}

impl ServerHello {
    /// Writes it.
    ///
    /// # Errors
    ///
    /// [`KexFault::MessageTooLong`].
    pub fn emit(&self) -> Result<Frame, KexFault> {
        let mut body = self.nonce.to_vec();
        emit_share(&self.share, MessageKind::ServerHello, &mut body)?;
        Frame::new(MessageKind::ServerHello, &body)
    }

    /// Reads its body.
    ///
    /// # Errors
    ///
    /// [`KexFault::Truncated`], [`KexFault::Trailing`], [`KexFault::UnknownGroup`], [`KexFault::Length`].
    pub fn parse(body: &[u8]) -> Result<Self, KexFault> {
        let mut reader = Reader::new(MessageKind::ServerHello, body);
        let nonce = reader.array("nonce")?;
        let share = read_share(&mut reader)?;
        check_share(&share, Some(share.group.server_share_bytes()))?;
        reader.finish()?;
        Ok(Self { nonce, share })
    }
}

/// Who somebody is: what is inside of a server-auth and a client-auth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    /// The chain in DER, the end entity first; empty for whoever stays anonymous.
    pub certificates: Vec<Vec<u8>>,
    /// How it is signed, as TLS numbers it ([RFC 8446 §4.2.3]); 0 without a certificate.
    ///
    /// [RFC 8446 §4.2.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.3
    pub scheme: u16,
    /// The signature over the transcript up to the certificates.
    pub signature: Vec<u8>,
    /// The MAC over the transcript up to the signature.
    pub mac: [u8; MAC_BYTES],
}

impl Auth {
    /// Writes the part that the signature covers, with all before it.
    ///
    /// # Errors
    ///
    /// [`KexFault::MessageTooLong`] for more certificates than are read, or longer ones.
    pub fn emit_certificates(kind: MessageKind, chain: &[Vec<u8>]) -> Result<Vec<u8>, KexFault> {
        let too_long = |limit| KexFault::MessageTooLong {
            message: kind,
            found_bytes: chain.iter().map(Vec::len).sum(),
            limit_bytes: limit,
        };
        let mut part = vec![count(chain.len(), CERTIFICATES_MAX, |_| {
            too_long(kind.body_bytes_max())
        })?];
        for certificate in chain {
            check_length(kind, certificate.len())?;
            let [.., high, middle, low] = certificate.len().to_be_bytes();
            part.extend([high, middle, low]);
            part.extend_from_slice(certificate);
        }
        Ok(part)
    }

    /// Writes the part that the MAC covers beyond that.
    ///
    /// # Errors
    ///
    /// [`KexFault::MessageTooLong`].
    pub fn emit_signature(
        kind: MessageKind,
        scheme: u16,
        signature: &[u8],
    ) -> Result<Vec<u8>, KexFault> {
        let mut part = scheme.to_be_bytes().to_vec();
        emit_long(signature, kind, &mut part)?;
        Ok(part)
    }

    /// Reads it.
    ///
    /// # Errors
    ///
    /// [`KexFault::Truncated`], [`KexFault::Trailing`], [`KexFault::TooManyCertificates`].
    pub fn parse(kind: MessageKind, octets: &[u8]) -> Result<Self, KexFault> {
        let mut reader = Reader::new(kind, octets);
        let found = reader.number(1, "certificates")?;
        if found > CERTIFICATES_MAX {
            return Err(KexFault::TooManyCertificates {
                role: super::Role::of(kind),
                found,
                limit: CERTIFICATES_MAX,
            });
        }
        let mut certificates = Vec::new();
        for _ in 0..found {
            let length = reader.number(3, "certificates")?;
            certificates.push(reader.take(length, "certificates")?.to_vec());
        }
        let scheme = reader.code("signature scheme")?;
        let length = reader.number(2, "signature")?;
        let signature = reader.take(length, "signature")?.to_vec();
        let mac = reader.array("MAC")?;
        reader.finish()?;
        Ok(Self {
            certificates,
            scheme,
            signature,
            mac,
        })
    }
}

fn emit_share(share: &Share, kind: MessageKind, body: &mut Vec<u8>) -> Result<(), KexFault> {
    body.extend(share.group.code().to_be_bytes());
    emit_long(&share.octets, kind, body)
}

/// Octets with their length in two octets before them.
fn emit_long(octets: &[u8], message: MessageKind, body: &mut Vec<u8>) -> Result<(), KexFault> {
    let length = u16::try_from(octets.len()).map_err(|_| KexFault::MessageTooLong {
        message,
        found_bytes: octets.len(),
        limit_bytes: message.body_bytes_max(),
    })?;
    body.extend(length.to_be_bytes());
    body.extend_from_slice(octets);
    Ok(())
}

fn count(
    found: usize,
    limit: usize,
    refused: impl FnOnce(usize) -> KexFault,
) -> Result<u8, KexFault> {
    match u8::try_from(found) {
        Ok(count) if found <= limit => Ok(count),
        _ => Err(refused(limit)),
    }
}

fn read_share(reader: &mut Reader<'_>) -> Result<Share, KexFault> {
    let group = Group::from_code(reader.code("group")?)?;
    let length = reader.number(2, "share")?;
    let octets = reader.take(length, "share")?.to_vec();
    Ok(Share { group, octets })
}

/// The length of a share. That of RSA is as long as a modulus: [`Group::client_share_bytes`] does not know it.
fn check_share(share: &Share, wanted: Option<usize>) -> Result<(), KexFault> {
    match wanted {
        Some(wanted_bytes) if share.octets.len() != wanted_bytes => Err(KexFault::Length {
            group: share.group,
            what: "share",
            wanted_bytes,
            found_bytes: share.octets.len(),
        }),
        _ => Ok(()),
    }
}

struct Reader<'a> {
    message: MessageKind,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn new(message: MessageKind, rest: &'a [u8]) -> Self {
        Self { message, rest }
    }

    fn take(&mut self, length: usize, field: &'static str) -> Result<&'a [u8], KexFault> {
        let message = self.message;
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(KexFault::Truncated { message, field })?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], KexFault> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, field)?);
        Ok(array)
    }

    /// Up to three octets.
    fn number(&mut self, length: usize, field: &'static str) -> Result<usize, KexFault> {
        Ok(number(self.take(length, field)?))
    }

    fn code(&mut self, field: &'static str) -> Result<u16, KexFault> {
        self.array(field).map(u16::from_be_bytes)
    }

    fn finish(self) -> Result<(), KexFault> {
        let (message, count_bytes) = (self.message, self.rest.len());
        match count_bytes {
            0 => Ok(()),
            _ => Err(KexFault::Trailing {
                message,
                count_bytes,
            }),
        }
    }
}

fn number(octets: &[u8]) -> usize {
    let add = |sum: usize, octet: &u8| (sum << 8) | usize::from(*octet);
    octets.iter().fold(0, add)
}
