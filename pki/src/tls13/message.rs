//! What a message says.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use super::cursor::{Cursor, Value, Width};
use super::extension::{Extensions, encrypted_extensions, extensions};
use super::{
    CertificateRequest, Certificates, ClientHello, Field, HelloRetryRequest, Malformed,
    ServerHello, authentication, hello,
};

/// What was said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Body {
    /// The client offers.
    ClientHello(Box<ClientHello>),
    /// The server chooses.
    ServerHello(ServerHello),
    /// The server asks for another ClientHello.
    HelloRetryRequest(HelloRetryRequest),
    /// What the server adds.
    EncryptedExtensions(Extensions),
    /// The server asks who the client is.
    CertificateRequest(CertificateRequest),
    /// Who somebody is.
    Certificate(Certificates),
    /// The same, compressed. It is not decompressed here.
    CompressedCertificate {
        /// How it is compressed.
        algorithm: u16,
        /// How long it is without that, in bytes.
        uncompressed_bytes: usize,
        /// How long it is, in bytes.
        compressed_bytes: usize,
    },
    /// The proof that it has the key of the certificate.
    CertificateVerify {
        /// The signature scheme.
        scheme: u16,
        /// The signature over the transcript.
        signature: Vec<u8>,
    },
    /// The proof that it has seen the same messages, and has the same keys.
    Finished {
        /// The MAC over the transcript.
        verify_data: Vec<u8>,
    },
    /// What the client can resume the session with.
    NewSessionTicket {
        /// How long, in seconds.
        lifetime_s: u32,
        /// Its length, in bytes.
        ticket_bytes: usize,
    },
    /// The sender has new keys from here on.
    KeyUpdate {
        /// Whether the other side has to do the same.
        is_requested: bool,
    },
    /// The client has no more early data.
    EndOfEarlyData,
    /// A record that means nothing in TLS 1.3, and looks like TLS 1.2 to boxes on the way ([RFC 8446 §D.4]).
    ///
    /// [RFC 8446 §D.4]: https://www.rfc-editor.org/rfc/rfc8446#appendix-D.4
    ChangeCipherSpec,
    /// An alert: the end, in peace or not.
    Alert {
        /// Its level, which means nothing any more.
        level: u8,
        /// What it says.
        description: u8,
    },
    /// What the connection is for.
    ApplicationData,
    /// A message or a record of a type that is not known here.
    Unknown(u8),
    /// It cannot be read.
    Unreadable(Malformed),
}

/// Reads a handshake message, header and all. What can be read of one that cannot be is in its fields.
pub(super) fn handshake(message: &[u8]) -> (Body, Vec<Field>) {
    let mut at = Cursor::new(message);
    let read = read(&mut at).and_then(|body| whole(&at, "handshake message", body));
    (read.unwrap_or_else(Body::Unreadable), at.into_fields())
}

/// Reads an alert.
pub(super) fn alert(content: &[u8]) -> (Body, Vec<Field>) {
    let mut at = Cursor::new(content);
    let mut read = || {
        let level = at.u8("level", Value::AlertLevel)?;
        let description = at.u8("description", Value::Alert)?;
        whole(&at, "alert", Body::Alert { level, description })
    };
    (read().unwrap_or_else(Body::Unreadable), at.into_fields())
}

fn whole(at: &Cursor<'_>, within: &'static str, body: Body) -> Result<Body, Malformed> {
    match at.rest() {
        0 => Ok(body),
        bytes => Err(Malformed::Trailing { within, bytes }),
    }
}

fn read(at: &mut Cursor<'_>) -> Result<Body, Malformed> {
    let kind = at.u8("msg_type", Value::HandshakeType)?;
    at.u24("length")?;
    match kind {
        1 => hello::client_hello(at),
        2 => hello::server_hello(at),
        4 => new_session_ticket(at),
        5 => Ok(Body::EndOfEarlyData),
        8 => encrypted_extensions(at),
        11 => authentication::certificate(at),
        13 => authentication::certificate_request(at),
        15 => authentication::certificate_verify(at),
        20 => authentication::finished(at),
        24 => key_update(at),
        25 => authentication::compressed_certificate(at),
        _ => {
            at.all("body")?;
            Ok(Body::Unknown(kind))
        }
    }
}

/// [RFC 8446 §4.6.1].
///
/// [RFC 8446 §4.6.1]: https://www.rfc-editor.org/rfc/rfc8446#section-4.6.1
fn new_session_ticket(at: &mut Cursor<'_>) -> Result<Body, Malformed> {
    let lifetime_s = at.u32("ticket_lifetime")?;
    at.u32("ticket_age_add")?;
    at.opaque(Width::One, "ticket_nonce")?;
    let ticket_bytes = at.opaque(Width::Two, "ticket")?.len();
    extensions(at, |_, at| at.all("extension_data").map(|_| ()))?;
    Ok(Body::NewSessionTicket {
        lifetime_s,
        ticket_bytes,
    })
}

/// [RFC 8446 §4.6.3].
///
/// [RFC 8446 §4.6.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.6.3
fn key_update(at: &mut Cursor<'_>) -> Result<Body, Malformed> {
    let requested = at.u8("request_update", |it| Value::Number(it.into()))?;
    Ok(Body::KeyUpdate {
        is_requested: requested == 1,
    })
}
