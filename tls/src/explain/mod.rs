//! Why TLS failed, in words that name what was seen, and a hint what to do about it.
//!
//! | file | what it holds |
//! |---|---|
//! | `facts.rs` | [`Facts`]: what was seen of a handshake |
//! | `certificate.rs` | the peer's certificate was refused by us |
//! | `name.rs` | and for its name |
//! | `alert.rs` | we were refused by the peer |
//! | `protocol.rs` | we have nothing in common, or it is no TLS at all |
//! | `presented.rs` | the certificates that were presented, parsed |
//! | `text.rs` | foreign text and times, made fit to be shown |

mod alert;
mod certificate;
mod facts;
mod name;
mod presented;
mod protocol;
mod text;

use std::fmt;

pub(crate) use facts::{
    FIRST_BYTES_MAX, Facts, gather, gather_into, note, note_for_report, note_no_possession,
    note_refused, signature_scheme,
};
pub(crate) use protocol::{Greeting, hint_for_loss};

/// An error of rustls, explained.
#[derive(Debug)]
pub(crate) struct Failure {
    error: Box<rustls::Error>,
    needs_client_certificate: bool,
    explanation: Explanation,
}

impl Failure {
    /// Explains `error`, which ended a handshake or a connection in which we are on `side`.
    pub(crate) fn new(side: Side, error: rustls::Error, facts: &Facts) -> Self {
        let explanation = match &error {
            rustls::Error::InvalidCertificate(refusal) => {
                certificate::explain(side, refusal, facts)
            }
            rustls::Error::InvalidCertRevocationList(_) => Explanation {
                text: format!("a CRL for {} cannot be used", side.certificate()),
                hint: Some("the CA that signed the CRL needs the key usage cRLSign".into()),
            },
            rustls::Error::AlertReceived(alert) => alert::explain(side, *alert, facts),
            other => protocol::explain(side, other, facts),
        };
        let needs_client_certificate = match &error {
            rustls::Error::NoCertificatesPresented => side == Side::Server,
            rustls::Error::AlertReceived(alert) => alert::is_for_want_of_one(*alert, facts),
            _ => false,
        };
        Self {
            error: Box::new(error),
            needs_client_certificate,
            explanation,
        }
    }

    pub(crate) fn error(&self) -> &rustls::Error {
        &self.error
    }

    pub(crate) fn needs_client_certificate(&self) -> bool {
        self.needs_client_certificate
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        self.explanation.hint.as_deref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.explanation.text)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.error)
    }
}

/// Which side of the connection we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
    /// An error that came out of a stream does not tell.
    Unknown,
}

impl Side {
    /// The other side.
    fn peer(self) -> &'static str {
        match self {
            Self::Client => "the server",
            Self::Server => "the client",
            Self::Unknown => "the peer",
        }
    }

    /// What the other side presents.
    fn certificate(self) -> &'static str {
        match self {
            Self::Client => "the server's certificate",
            Self::Server => "the client's certificate",
            Self::Unknown => "the peer's certificate",
        }
    }

    /// What we present.
    fn our_certificate(self) -> &'static str {
        match self {
            Self::Client => "our client certificate",
            Self::Server | Self::Unknown => "our certificate",
        }
    }
}

/// What happened, and what to do about it.
#[derive(Debug)]
struct Explanation {
    /// This level only: lower case, without a full stop.
    text: String,
    hint: Option<String>,
}

impl Explanation {
    fn new(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            hint: Some(hint.into()),
        }
    }

    fn without_hint(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            hint: None,
        }
    }
}
