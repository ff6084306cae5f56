//! The client's TLS connection to the proxy (§2.2.6 of the specification, whose name for TLS is SSL).
//!
//! ```text
//! value   = client (1 byte, bits) verify (4 bytes) *tlv
//! client  : 0x01 over TLS, 0x02 certificate in this connection, 0x04 certificate in this session
//! tlv     : 0x21 VERSION  0x22 CN  0x23 CIPHER  0x24 SIG_ALG  0x25 KEY_ALG    all text
//! ```

use super::tlv::{Scan, Tlv, once, push, text};
use super::{ProxyEmitError, ProxyError, ProxyTlv};

const VERSION: u8 = 0x21;
const CN: u8 = 0x22;
const CIPHER: u8 = 0x23;
const SIG_ALG: u8 = 0x24;
const KEY_ALG: u8 = 0x25;

/// The client's TLS connection to the proxy, as the proxy tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxySsl {
    /// Bits: [`ProxySsl::CLIENT_TLS`], [`ProxySsl::CLIENT_CERT_CONN`], [`ProxySsl::CLIENT_CERT_SESS`]. Others are kept.
    pub client: u8,
    /// The result of verifying the client's certificate; 0 is success, other values are the proxy's.
    ///
    /// On its own, 0 proves nothing: OpenSSL's result is 0 as well when no certificate was presented, and a proxy may
    /// pass it on. [`ProxySsl::is_client_verified`] looks at both.
    pub verify: u32,
    /// The TLS version, such as `TLSv1.3`.
    pub version: Option<String>,
    /// The common name in the subject of the client's certificate.
    pub cn: Option<String>,
    /// The cipher suite, such as `ECDHE-RSA-AES128-GCM-SHA256`.
    pub cipher: Option<String>,
    /// The algorithm that the proxy's certificate is signed with, such as `RSA-SHA256`.
    pub sig_alg: Option<String>,
    /// The kind of key in the proxy's certificate, such as `RSA2048`.
    pub key_alg: Option<String>,
    /// Every other TLV inside this one, in the order of the wire. Some proxies send the client's certificate (DER) as
    /// type 0x28.
    pub others: Vec<ProxyTlv>,
}

impl ProxySsl {
    /// The client came over TLS.
    pub const CLIENT_TLS: u8 = 0x01;
    /// The client presented a certificate in this connection.
    pub const CLIENT_CERT_CONN: u8 = 0x02;
    /// The client presented a certificate in this TLS session, this connection or one that it resumes.
    pub const CLIENT_CERT_SESS: u8 = 0x04;

    /// Whether the client presented a certificate and the proxy verified it.
    pub fn is_client_verified(&self) -> bool {
        let presented = self.client & (Self::CLIENT_CERT_CONN | Self::CLIENT_CERT_SESS) != 0;
        presented && self.verify == 0
    }
}

pub(super) fn parse(tlv: &Tlv<'_>) -> Result<ProxySsl, ProxyError> {
    let Some(([client, verify @ ..], inside)) = tlv.value.split_first_chunk::<5>() else {
        return Err(ProxyError::TlvLength {
            kind: tlv.kind,
            bytes: tlv.value.len(),
        });
    };
    let mut ssl = ProxySsl {
        client: *client,
        verify: u32::from_be_bytes(*verify),
        ..ProxySsl::default()
    };
    for tlv in Scan::new(inside, tlv.at + 5) {
        let Tlv { kind, value, .. } = tlv?;
        let field = match kind {
            VERSION => &mut ssl.version,
            CN => &mut ssl.cn,
            CIPHER => &mut ssl.cipher,
            SIG_ALG => &mut ssl.sig_alg,
            KEY_ALG => &mut ssl.key_alg,
            _ => {
                let value = value.to_vec();
                ssl.others.push(ProxyTlv { kind, value });
                continue;
            }
        };
        once(field, kind, text(kind, value)?)?;
    }
    Ok(ssl)
}

pub(super) fn emit(ssl: &ProxySsl) -> Result<Vec<u8>, ProxyEmitError> {
    let mut value = vec![ssl.client];
    value.extend_from_slice(&ssl.verify.to_be_bytes());
    let fields = [
        (VERSION, &ssl.version),
        (CN, &ssl.cn),
        (CIPHER, &ssl.cipher),
        (SIG_ALG, &ssl.sig_alg),
        (KEY_ALG, &ssl.key_alg),
    ];
    for (kind, field) in fields {
        if let Some(text) = field {
            push(&mut value, kind, text.as_bytes())?;
        }
    }
    for ProxyTlv { kind, value: other } in &ssl.others {
        if (VERSION..=KEY_ALG).contains(kind) {
            return Err(ProxyEmitError::TlvHasField { kind: *kind });
        }
        push(&mut value, *kind, other)?;
    }
    Ok(value)
}
