use std::sync::Arc;
use std::time::Duration;

use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};

use crate::{ClientAuth, KeyLogSink, Resumption};

/// How a server speaks TLS.
#[derive(Clone, Debug)]
pub struct ServerTlsOptions {
    /// The protocols offered by ALPN ([RFC 7301]), the preferred one first. A client that offers only others is refused
    /// with the alert `no_application_protocol`; one that offers none is served. The default is none, and an HTTP server
    /// fills in its own.
    ///
    /// [RFC 7301]: https://www.rfc-editor.org/rfc/rfc7301
    pub alpn: Vec<Vec<u8>>,
    /// Which versions are spoken. The default is TLS 1.3 and 1.2.
    pub versions: TlsVersions,
    /// Whether clients are asked for a certificate, and which ones are accepted. The default is not to ask.
    pub client_auth: ClientAuth,
    /// How a client comes back without a full handshake. The default is tickets under keys of this process.
    ///
    /// The value is a handle: whoever makes two servers from clones of one of these lets them resume each other's
    /// sessions, as far as both trust the same client certificates.
    pub resumption: Resumption,
    /// How many bytes of early data a client may send with its first flight, before anything proves that they are not the
    /// recording of an earlier connection ([RFC 8446 §8]). An HTTP server answers such a request with 425 unless its method
    /// is safe ([RFC 8470]).
    ///
    /// Others: nginx off, Go and Node have none. Needs `resumption` by [`Resumption::Sessions`], where each session can be
    /// used once. The default is 0: no early data.
    ///
    /// [RFC 8446 §8]: https://www.rfc-editor.org/rfc/rfc8446#section-8
    /// [RFC 8470]: https://www.rfc-editor.org/rfc/rfc8470
    pub early_data_bytes_max: u32,
    /// How long a handshake may take, from the first byte on. Others: Node 120 s, nginx 60 s, Go none. The default is
    /// 10 s.
    pub handshake_timeout: Duration,
    /// How many handshakes may be under way at once. One more makes the oldest give up its place. Others: none in Node, Go
    /// and nginx, which count connections. The default is 4,096.
    pub handshakes_max: usize,
    /// Whether to compute the JA4 fingerprint of each client's hello. The default is not to.
    pub ja4: bool,
    /// Where to log the secrets of every connection, so that a recording of it can be read. The default is nowhere, and
    /// no environment variable changes that.
    pub key_log: Option<Arc<KeyLogSink>>,
}

impl Default for ServerTlsOptions {
    fn default() -> Self {
        Self {
            alpn: Vec::new(),
            versions: TlsVersions::default(),
            client_auth: ClientAuth::Off,
            resumption: Resumption::default(),
            early_data_bytes_max: 0,
            handshake_timeout: Duration::from_secs(10),
            handshakes_max: 4096,
            ja4: false,
            key_log: None,
        }
    }
}

/// A range of TLS versions. Older ones than 1.2 do not exist here ([RFC 8996]).
///
/// [RFC 8996]: https://www.rfc-editor.org/rfc/rfc8996
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsVersions {
    /// TLS 1.3, and 1.2 for peers that know no better.
    #[default]
    Tls13And12,
    /// TLS 1.3 only.
    Tls13,
    /// TLS 1.2 only, for a peer that fails at anything newer.
    Tls12,
}

impl TlsVersions {
    pub(crate) fn supported(self) -> &'static [&'static SupportedProtocolVersion] {
        const BOTH: &[&SupportedProtocolVersion] = &[&TLS13, &TLS12];
        match self {
            Self::Tls13And12 => BOTH,
            Self::Tls13 => &BOTH[..1],
            Self::Tls12 => &BOTH[1..],
        }
    }
}
