use std::io;
use std::time::Duration;

use crate::resume::ResumeFault;
use crate::stream::Failure;
use crate::trust::TrustFault;

/// What went wrong in TLS. Opaque, so that it can grow; the predicates say what a caller may act on.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Kind);

#[derive(Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error("the identity has no certificate")]
    NoCertificate,
    #[error("the identity has no private key")]
    NoPrivateKey,
    #[error("cannot read the {what} as PEM")]
    Pem {
        what: &'static str,
        source: rustls_pki_types::pem::Error,
    },
    #[error("the private key does not belong to the certificate")]
    KeyMismatch,
    #[error("cannot use the certificate and key")]
    Identity(#[source] rustls::Error),
    #[error(transparent)]
    Trust(#[from] TrustFault),
    #[error("cannot make a verifier of the trust anchors and CRLs")]
    Verifier(#[source] rustls::server::VerifierBuilderError),
    #[error(transparent)]
    Resume(#[from] ResumeFault),
    #[error("the TLS configuration is not usable")]
    Config(#[source] rustls::Error),
    #[error("handshake not finished within {0:?}")]
    Timeout(Duration),
    #[error("the peer speaks plain text, not TLS")]
    Plaintext,
    #[error("handshake failed")]
    Handshake(#[source] rustls::Error),
    #[error("connection lost during the handshake")]
    Io(#[source] io::Error),
    #[error("this connection has no exporter: it does not speak TLS 1.3")]
    ExporterUnavailable,
    #[error("cannot export so much keying material, or none, or with so long a label")]
    ExporterArguments,
}

impl Error {
    /// What to do about it, in a sentence for people. `None` where nothing is known that would help.
    pub fn hint(&self) -> Option<&str> {
        match &self.0 {
            Kind::Trust(fault) => fault.hint(),
            Kind::Resume(fault) => fault.hint(),
            _ => None,
        }
    }

    /// The handshake did not end in time. The phase is always the handshake.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0, Kind::Timeout(_))
    }

    /// The first byte was a letter: most likely somebody sent `http://` to an HTTPS port.
    pub fn is_plaintext(&self) -> bool {
        matches!(self.0, Kind::Plaintext)
    }

    /// The peer vanished or the socket failed; TLS itself had nothing to object to.
    pub fn is_io(&self) -> bool {
        matches!(self.0, Kind::Io(_))
    }

    /// The alert that the peer sent to refuse us, such as `UnknownCA` when it does not trust our certificate.
    pub fn alert_received(&self) -> Option<rustls::AlertDescription> {
        match self.0 {
            Kind::Handshake(rustls::Error::AlertReceived(alert)) => Some(alert),
            _ => None,
        }
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self(kind)
    }
}

impl From<TrustFault> for Error {
    fn from(fault: TrustFault) -> Self {
        Self(fault.into())
    }
}

impl From<ResumeFault> for Error {
    fn from(fault: ResumeFault) -> Self {
        Self(fault.into())
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Tls(error) => Self(Kind::Handshake(error)),
            Failure::Io(error) => Self(Kind::Io(error)),
        }
    }
}

/// A handshake that failed.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct HandshakeError<IO> {
    /// Why.
    #[source]
    pub error: Error,
    /// The stream, if the peer spoke plain text and can be answered in kind: nothing has been written to it. What the
    /// peer sent so far has been read off.
    pub plaintext: Option<IO>,
}

impl<IO> From<Error> for HandshakeError<IO> {
    fn from(error: Error) -> Self {
        Self {
            error,
            plaintext: None,
        }
    }
}
