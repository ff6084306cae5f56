use std::io;

use rustls::{Error, PeerIncompatible};

use super::text::quoted;
use super::{Explanation, Facts, Side};

/// Two TLS stacks that do not fit, or break the protocol.
pub(super) fn explain(side: Side, error: &Error, facts: &Facts) -> Explanation {
    let peer = side.peer();
    match error {
        Error::NoCertificatesPresented => match side {
            Side::Server => Explanation::new(
                "the client sent no certificate, and one is required",
                "the client has to be given an identity; or make client authentication optional",
            ),
            Side::Client | Side::Unknown => {
                Explanation::without_hint(format!("{peer} sent no certificate"))
            }
        },
        Error::NoApplicationProtocol => Explanation::new(
            format!("{peer} offers only ALPN protocols that are not spoken here"),
            "add one of its protocols to those offered here, if it is spoken at all",
        ),
        Error::PeerIncompatible(reason) => incompatible(side, reason),
        Error::InvalidEncryptedClientHello(_) => Explanation::new(
            "the ECH configuration cannot be used",
            "take it anew from the `ech` parameter of the server's HTTPS record",
        ),
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. }
            if facts.first_bytes.is_empty() =>
        {
            Explanation::without_hint(format!(
                "{peer} sent a message that is not of TLS, or damaged"
            ))
        }
        Error::PeerMisbehaved(_)
        | Error::InvalidMessage(_)
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::PeerSentOversizedRecord => Explanation::new(
            format!("{peer} broke the rules of TLS"),
            "its TLS is faulty, or something on the way changes what is sent",
        ),
        Error::DecryptError => Explanation::new(
            format!("a record from {peer} cannot be decrypted"),
            "it was damaged or forged on the way",
        ),
        _ => Explanation::without_hint("the handshake failed"),
    }
}

fn incompatible(side: Side, reason: &PeerIncompatible) -> Explanation {
    let peer = side.peer();
    match reason {
        PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
        | PeerIncompatible::SupportedVersionsExtensionRequired
        | PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled => Explanation::new(
            format!("{peer} speaks none of the TLS versions that we do"),
            "1.3 and 1.2 exist here, if both are enabled; the other side has to be updated or configured",
        ),
        PeerIncompatible::NoCipherSuitesInCommon
        | PeerIncompatible::NoKxGroupsInCommon
        | PeerIncompatible::NoSignatureSchemesInCommon
        | PeerIncompatible::NoEcPointFormatsInCommon
        | PeerIncompatible::NamedGroupsExtensionRequired
        | PeerIncompatible::SignatureAlgorithmsExtensionRequired => Explanation::new(
            format!(
                "{peer} has no cipher suite, named group or signature scheme in common with us"
            ),
            "very old peers only know what is broken by now, as RSA key exchange and CBC; a kind of certificate that both \
             can verify is needed too",
        ),
        PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => Explanation::new(
            format!("{peer} asks for a client certificate of a kind that does not exist here"),
            "have it accept ECDSA, Ed25519 or RSA-PSS signatures",
        ),
        PeerIncompatible::ServerRejectedEncryptedClientHello(retry) => Explanation::new(
            "the server rejected the encrypted ClientHello",
            match retry {
                Some(_) => {
                    "its key has changed: take the ECH configuration anew from its HTTPS record"
                }
                None => {
                    "it does not speak ECH (any more): connect without, if its name may be seen"
                }
            },
        ),
        _ => Explanation::without_hint(format!("{peer} lacks something that is required here")),
    }
}

/// What a peer that does not speak TLS said first.
#[derive(Debug)]
pub(crate) struct Greeting(String);

impl Greeting {
    /// `None` if it may be TLS: the first byte is that of a record ([RFC 8446 §5.1]).
    ///
    /// [RFC 8446 §5.1]: https://www.rfc-editor.org/rfc/rfc8446#section-5.1
    pub(crate) fn of(facts: &Facts) -> Option<Self> {
        let first = facts.first_bytes.first()?;
        if (20..=23).contains(first) {
            return None;
        }
        let text = String::from_utf8_lossy(&facts.first_bytes);
        Some(Self(text.lines().next().unwrap_or_default().to_owned()))
    }

    /// Quoted, escaped and cut.
    pub(crate) fn quoted(&self) -> String {
        quoted(&self.0)
    }

    /// Who speaks like that.
    pub(crate) fn hint(&self) -> &'static str {
        const STARTTLS: &str = "a mail or file server begins in plain text: send STARTTLS first, or use its port for TLS";
        match self.0.as_str() {
            http if http.starts_with("HTTP/") => {
                "this is plain HTTP: use the port for HTTPS, or http:// instead of https://"
            }
            ssh if ssh.starts_with("SSH-") => "this is SSH: use another port",
            mail if ["220", "* OK", "+OK"].iter().any(|it| mail.starts_with(it)) => STARTTLS,
            _ => "another protocol is spoken on this port",
        }
    }
}

/// What may have ended a connection in the middle of the handshake.
pub(crate) fn hint_for_loss(error: &io::Error) -> Option<&'static str> {
    match error.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => Some(
            "the peer closed without an alert: it may not speak TLS, may not serve this name, or something in between \
             refuses the connection",
        ),
        _ => None,
    }
}
