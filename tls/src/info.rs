use rustls::{CipherSuite, CommonState, HandshakeKind, NamedGroup, ProtocolVersion};

/// What a handshake agreed on. The layers above put it into a request's extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsInfo {
    /// TLS 1.2 or 1.3.
    pub version: ProtocolVersion,
    /// The cipher suite.
    pub cipher_suite: CipherSuite,
    /// The named group of the key exchange. `None` in a TLS 1.2 session that was resumed: it exchanged no keys.
    pub named_group: Option<NamedGroup>,
    /// The protocol chosen by ALPN ([RFC 7301]). `None` if the client offered none.
    ///
    /// [RFC 7301]: https://www.rfc-editor.org/rfc/rfc7301
    pub alpn: Option<Vec<u8>>,
    /// The server name that the client asked for ([RFC 6066 §3]). `None` if it sent none, as for an IP address.
    ///
    /// [RFC 6066 §3]: https://www.rfc-editor.org/rfc/rfc6066#section-3
    pub server_name: Option<String>,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
}

impl TlsInfo {
    /// `None` while the handshake is under way.
    pub(crate) fn of(conn: &CommonState, server_name: Option<&str>) -> Option<Self> {
        Some(Self {
            version: conn.protocol_version()?,
            cipher_suite: conn.negotiated_cipher_suite()?.suite(),
            named_group: conn
                .negotiated_key_exchange_group()
                .map(|group| group.name()),
            alpn: conn.alpn_protocol().map(<[u8]>::to_vec),
            server_name: server_name.map(str::to_owned),
            resumed: conn.handshake_kind() == Some(HandshakeKind::Resumed),
        })
    }

    /// The version as OpenSSL and curl write it: `TLSv1.3`.
    pub fn version_name(&self) -> &'static str {
        match self.version {
            ProtocolVersion::TLSv1_3 => "TLSv1.3",
            ProtocolVersion::TLSv1_2 => "TLSv1.2",
            _ => "unknown",
        }
    }

    /// The cipher suite as IANA registers it: `TLS_AES_256_GCM_SHA384`.
    pub fn cipher_suite_name(&self) -> &'static str {
        match self.cipher_suite {
            // rustls tells these apart from the older suites by a prefix that IANA does not know.
            CipherSuite::TLS13_AES_128_GCM_SHA256 => "TLS_AES_128_GCM_SHA256",
            CipherSuite::TLS13_AES_256_GCM_SHA384 => "TLS_AES_256_GCM_SHA384",
            CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => "TLS_CHACHA20_POLY1305_SHA256",
            suite => suite.as_str().unwrap_or("unknown"),
        }
    }

    /// The named group as IANA registers it: `X25519MLKEM768`, `x25519`, `secp256r1`.
    pub fn named_group_name(&self) -> Option<&'static str> {
        self.named_group.map(|group| match group {
            NamedGroup::X25519 => "x25519",
            NamedGroup::X448 => "x448",
            group => group.as_str().unwrap_or("unknown"),
        })
    }
}
