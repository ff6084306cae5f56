use std::net::SocketAddr;

use super::{ProxyEmitError, ProxyError, ProxyLimits, ProxyTlvs, v1, v2};

/// What a proxy says of a connection before it relays its first byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyHeader {
    /// The form on the wire.
    pub version: ProxyVersion,
    /// Whether the connection is relayed at all.
    pub command: ProxyCommand,
    /// The ends of the client's connection to the proxy. `None` if the proxy does not say: `UNKNOWN` in version 1,
    /// `AF_UNSPEC` and [`ProxyCommand::Local`] in version 2. The addresses to use are then those of the socket.
    pub addresses: Option<ProxyAddresses>,
    /// What version 2 says beyond addresses. Empty in version 1.
    pub tlvs: ProxyTlvs,
}

/// The form of a header on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyVersion {
    /// A line of text.
    V1,
    /// Binary, with TLVs.
    V2,
}

/// Whose connection it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProxyCommand {
    /// The proxy's own, for a health check as a rule: the peer of the socket is the client. Version 2 only.
    Local,
    /// A client's.
    #[default]
    Proxy,
}

/// The ends of the client's connection to the proxy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProxyAddresses {
    /// TCP over IPv4 or IPv6; both are of the same family.
    ///
    /// Flow label and scope of an IPv6 address have no place in a header: they are 0 when parsed and are not emitted.
    Inet {
        /// The client.
        source: SocketAddr,
        /// What the client dialed.
        destination: SocketAddr,
    },
    /// A Unix stream socket. Version 2 only.
    ///
    /// A path is up to 108 bytes without NUL; a name in Linux's abstract namespace begins with NUL; a socket without
    /// a name, as most clients have, is empty. The wire pads with NUL, so NULs at the end of an abstract name are lost.
    Unix {
        /// The client.
        source: Vec<u8>,
        /// What the client dialed.
        destination: Vec<u8>,
    },
}

/// How far a header has come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one per connection, taken apart at once: a box would cost more"
)]
pub enum ProxyProgress {
    /// The header is complete.
    Complete {
        /// The header.
        header: ProxyHeader,
        /// How many bytes it is long. The relayed protocol begins behind them.
        bytes: usize,
    },
    /// The header goes on.
    Incomplete {
        /// How many more bytes there are in any legal header that begins like this one, never 0. Reading up to this
        /// many never reads past the header; if fewer come, parsing again is right and gives a new bound.
        at_least: usize,
    },
}

impl ProxyHeader {
    /// A header for a relayed connection, without TLVs.
    pub fn new(version: ProxyVersion, addresses: Option<ProxyAddresses>) -> Self {
        Self {
            version,
            command: ProxyCommand::Proxy,
            addresses,
            tlvs: ProxyTlvs::default(),
        }
    }

    /// A header of version 2 for a connection of the proxy's own.
    pub fn local() -> Self {
        Self {
            command: ProxyCommand::Local,
            ..Self::new(ProxyVersion::V2, None)
        }
    }

    /// Whether the proxy says that the connection is its own: what follows is a health check rather than a client.
    ///
    /// Of a client on a Unix socket HAProxy 2.6 says the same, so it is not safe to answer such connections as checks
    /// behind a proxy that listens on one.
    ///
    /// A relayed connection whose ends the proxy does not know has no addresses either, but is not local.
    pub fn is_local(&self) -> bool {
        self.command == ProxyCommand::Local
    }

    /// Parses a header of either version at the start of `bytes`, which are all bytes received since the start of the
    /// stream. Bytes behind the header are not looked at.
    ///
    /// ```
    /// use wharf_net::{ProxyHeader, ProxyLimits, ProxyProgress};
    ///
    /// let limits = ProxyLimits::default();
    /// let progress = ProxyHeader::parse(b"PROXY TCP4 192.0.2.7 198.5", &limits)?;
    /// // Of the destination `.1.1` at least, then two ports with their spaces, then CRLF.
    /// assert_eq!(progress, ProxyProgress::Incomplete { at_least: 10 });
    ///
    /// let bytes = b"PROXY TCP4 192.0.2.7 198.51.100.4 54321 443\r\nhello";
    /// let ProxyProgress::Complete { header, bytes } = ProxyHeader::parse(bytes, &limits)? else { panic!("complete") };
    /// assert_eq!(bytes, 45);
    /// assert!(!header.is_local());
    /// # Ok::<(), wharf_net::ProxyError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The rule that the bytes break. Whatever follows, they are no header, and the connection is to be closed.
    pub fn parse(bytes: &[u8], limits: &ProxyLimits) -> Result<ProxyProgress, ProxyError> {
        let missing = match bytes.first() {
            None => v1::BYTES_MIN.min(v2::FIXED_BYTES),
            Some(b'\r') => match missing_of(v2::SIGNATURE, bytes)? {
                0 => return v2::parse(bytes, limits),
                missing => missing + (v2::FIXED_BYTES - v2::SIGNATURE.len()),
            },
            Some(_) => match missing_of(v1::SIGNATURE, bytes)? {
                0 => return v1::parse(bytes),
                missing => missing + (v1::BYTES_MIN - v1::SIGNATURE.len()),
            },
        };
        Ok(ProxyProgress::Incomplete { at_least: missing })
    }

    /// The header as bytes, in the form of [`ProxyHeader::version`]. A sender writes them in one piece.
    ///
    /// # Errors
    ///
    /// The part of the header that this version has no form for. Nothing is left out in silence, and what was emitted
    /// parses to an equal header, given [`ProxyLimits`] that let it in.
    pub fn emit(&self) -> Result<Vec<u8>, ProxyEmitError> {
        match self.version {
            ProxyVersion::V1 => v1::emit(self),
            ProxyVersion::V2 => v2::emit(self),
        }
    }
}

impl ProxyAddresses {
    /// The same addresses, with IPv4-mapped IPv6 ones (`::ffff:192.0.2.7`) as IPv4.
    ///
    /// A proxy that listens on a dual-stack socket may send either form. Parsing keeps what was sent; whoever compares an
    /// address with a prefix wants this one.
    #[must_use]
    pub fn to_canonical(&self) -> Self {
        let canonical = |end: &SocketAddr| SocketAddr::new(end.ip().to_canonical(), end.port());
        match self {
            Self::Inet {
                source,
                destination,
            } => Self::Inet {
                source: canonical(source),
                destination: canonical(destination),
            },
            Self::Unix { .. } => self.clone(),
        }
    }
}

/// How many bytes of `signature` are still to come, if `bytes` begin with it as far as they go.
fn missing_of(signature: &[u8], bytes: &[u8]) -> Result<usize, ProxyError> {
    let same = signature
        .iter()
        .zip(bytes)
        .take_while(|(a, b)| a == b)
        .count();
    if same < signature.len().min(bytes.len()) {
        let seen = bytes.get(..=same).unwrap_or(bytes);
        return Err(ProxyError::not_proxy(seen));
    }
    Ok(signature.len() - same)
}
