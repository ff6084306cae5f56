use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use rustls::{
    CipherSuite, CommonState, HandshakeKind, NamedGroup, ProtocolVersion, SignatureScheme,
};

use crate::PeerIdentity;
use crate::hello::Ja4;
use crate::iana;
use crate::peer::LatePeer;
use crate::stream::EarlyData;

/// What a handshake agreed on, and with whom. The layers above put it into a request's extensions.
///
/// A handle: a copy is one count.
#[derive(Clone, Debug)]
pub struct TlsInfo(Arc<TlsFacts>);

/// The facts of a [`TlsInfo`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TlsFacts {
    /// TLS 1.2 or 1.3.
    pub version: ProtocolVersion,
    /// The cipher suite.
    pub cipher_suite: CipherSuite,
    /// The named group of the key exchange. `None` in a TLS 1.2 session that was resumed: it exchanged no keys.
    pub named_group: Option<NamedGroup>,
    /// What the server signed the handshake with, to prove that it has the key of its certificate: in CertificateVerify
    /// ([RFC 8446 §4.4.3]), or in TLS 1.2 in ServerKeyExchange ([RFC 5246 §7.4.3]). `None` in a session that was resumed,
    /// where nothing is signed, and on the server's side.
    ///
    /// [RFC 8446 §4.4.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.3
    /// [RFC 5246 §7.4.3]: https://www.rfc-editor.org/rfc/rfc5246#section-7.4.3
    pub signature_scheme: Option<SignatureScheme>,
    /// The protocol chosen by ALPN ([RFC 7301]). `None` if the client offered none.
    ///
    /// [RFC 7301]: https://www.rfc-editor.org/rfc/rfc7301
    pub alpn: Option<Vec<u8>>,
    /// The server name that the client asked for ([RFC 6066 §3]), in lower case. `None` if it sent none, as for an IP
    /// address.
    ///
    /// [RFC 6066 §3]: https://www.rfc-editor.org/rfc/rfc6066#section-3
    pub server_name: Option<String>,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// Whether the server asked for another ClientHello ([RFC 8446 §4.1.4], HelloRetryRequest), most likely for want of a key
    /// share of a group that it likes: a round trip more.
    ///
    /// [RFC 8446 §4.1.4]: https://www.rfc-editor.org/rfc/rfc8446#section-4.1.4
    pub hello_retried: bool,
    /// Early data that the server accepted. What is read of it may be a recording that somebody plays again.
    pub early_data: Option<EarlyData>,
    /// Under which generation of its trust the server accepted the client, counting from 1. 0 on the client's side.
    pub trust_generation: u64,
    /// The JA4 fingerprint of the client's hello, if the server was told to compute it.
    pub ja4: Option<Ja4>,
    pub(crate) peer: LatePeer,
}

impl TlsFacts {
    /// `None` while the version is not agreed on.
    pub(crate) fn of(conn: &CommonState) -> Option<Self> {
        Some(Self {
            version: conn.protocol_version()?,
            cipher_suite: conn.negotiated_cipher_suite()?.suite(),
            named_group: conn
                .negotiated_key_exchange_group()
                .map(|group| group.name()),
            signature_scheme: None,
            alpn: conn.alpn_protocol().map(<[u8]>::to_vec),
            server_name: None,
            resumed: conn.handshake_kind() == Some(HandshakeKind::Resumed),
            hello_retried: conn.handshake_kind() == Some(HandshakeKind::FullWithHelloRetryRequest),
            early_data: None,
            trust_generation: 0,
            ja4: None,
            peer: LatePeer::default(),
        })
    }

    /// The peer, if it showed a certificate that was verified. In a resumed session, the one of the session.
    pub fn peer(&self) -> Option<&PeerIdentity> {
        self.peer.get()
    }

    /// The version as OpenSSL and curl write it: `TLSv1.3`.
    pub fn version_name(&self) -> &'static str {
        iana::known_version(self.version).unwrap_or("unknown")
    }

    /// The cipher suite as IANA registers it: `TLS_AES_256_GCM_SHA384`.
    pub fn cipher_suite_name(&self) -> &'static str {
        iana::known_cipher_suite(self.cipher_suite).unwrap_or("unknown")
    }

    /// The named group as IANA registers it: `X25519MLKEM768`, `x25519`, `secp256r1`.
    pub fn named_group_name(&self) -> Option<&'static str> {
        self.named_group
            .map(|group| iana::known_named_group(group).unwrap_or("unknown"))
    }
}

impl From<TlsFacts> for TlsInfo {
    fn from(facts: TlsFacts) -> Self {
        Self(Arc::new(facts))
    }
}

impl Deref for TlsInfo {
    type Target = TlsFacts;

    fn deref(&self) -> &TlsFacts {
        &self.0
    }
}

impl fmt::Display for TlsInfo {
    /// `TLSv1.3 TLS_AES_256_GCM_SHA384 X25519MLKEM768`, for a log line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.version_name(), self.cipher_suite_name())?;
        if let Some(group) = self.named_group_name() {
            write!(f, " {group}")?;
        }
        if self.resumed {
            f.write_str(" resumed")?;
        }
        Ok(())
    }
}
