use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustls::{AlertDescription, CertificateError};

use crate::client::PinMismatch;
use crate::explain::{self, Facts, Failure, Greeting, Side};
use crate::hello::HelloError;
use crate::identity::{Finding, IdentityFault};
use crate::resume::ResumeFault;
use crate::server::SelectError;
use crate::stream;
use crate::trust::TrustFault;

/// What went wrong in TLS. Opaque, so that it can grow; the predicates say what a caller may act on.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Kind);

#[derive(Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error(transparent)]
    Identity(#[from] IdentityFault),
    #[error("cannot read the {what} as PEM")]
    Pem {
        what: &'static str,
        source: rustls_pki_types::pem::Error,
    },
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
    #[error("handshake not finished within {0:?}: the server said nothing")]
    Silence(Duration),
    #[error("the peer speaks plain text, not TLS")]
    Plaintext,
    #[error("the server does not speak TLS, but begins with {}", .0.quoted())]
    NotTls(Greeting),
    #[error("not a server name: {0:?}")]
    ServerName(String),
    #[error("there is no trust anchor")]
    NoTrustAnchors,
    #[error("the operating system has no trust anchors in any of the known places")]
    NoNativeRoots,
    #[error("{0}")]
    Options(&'static str),
    #[error(transparent)]
    Handshake(Failure),
    #[error("connection lost during the handshake")]
    Io(#[source] io::Error),
    #[error(transparent)]
    Hello(HelloError),
    #[error("no server was selected for this client")]
    NotSelected(#[source] SelectError),
    #[error("given up to make room: more than {0} handshakes were under way")]
    Evicted(usize),
    #[error("the client's certificate was verified, but cannot be read")]
    PeerCertificate(#[source] crate::CertificateError),
    #[error("the session was begun by a client whose certificate has expired since")]
    PeerExpired(SystemTime),
    #[error("`{0}` is neither a DNS name nor one with `*.` in front")]
    NamePattern(String),
    #[error("early data needs resumption by sessions, where each can be used once")]
    EarlyDataWithoutSessions,
    #[error("{0}")]
    Unfit(Finding),
    #[error("there is no identity")]
    NoIdentity,
    #[error("cannot read {}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("cannot use {}", path.display())]
    FileContent { path: PathBuf, source: Box<Error> },
    #[error("the thread that loads files is gone")]
    LoaderGone,
    #[error("this connection has no exporter: it does not speak TLS 1.3")]
    ExporterUnavailable,
    #[error("cannot export so much keying material, or none, or with so long a label")]
    ExporterArguments,
}

impl Error {
    /// What to do about it, in a sentence for people. `None` where nothing is known that would help.
    pub fn hint(&self) -> Option<&str> {
        match &self.0 {
            Kind::Identity(fault) => fault.hint(),
            Kind::Unfit(finding) => Some(finding.hint()),
            Kind::PeerExpired(_) => {
                Some("the client needs a new certificate, and a new session with it")
            }
            Kind::FileContent { source, .. } => source.hint(),
            Kind::Trust(fault) => fault.hint(),
            Kind::Resume(fault) => fault.hint(),
            Kind::Handshake(failure) => failure.hint(),
            Kind::Io(error) => explain::hint_for_loss(error),
            Kind::NotTls(greeting) => Some(greeting.hint()),
            Kind::Silence(_) => Some(
                "it may not speak TLS and wait for something else, or be too busy to answer, or something in between \
                 swallows what is sent",
            ),
            Kind::ServerName(_) => Some(
                "a DNS name in ASCII or an IP address is asked for, without port or brackets; other letters are written \
                 as IDNA A-labels (xn--…)",
            ),
            Kind::NoNativeRoots => {
                Some("install the package ca-certificates, or use the roots of Mozilla or your own")
            }
            _ => None,
        }
    }

    /// The handshake did not end in time. The phase is always the handshake.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0, Kind::Timeout(_) | Kind::Silence(_))
    }

    /// The server gave the handshake up to make room for others
    /// ([`handshakes_max`](crate::ServerTlsOptions::handshakes_max)).
    pub fn is_evicted(&self) -> bool {
        matches!(self.0, Kind::Evicted(_))
    }

    /// The private key is encrypted, and no password or a wrong one was given: asking for one may help.
    pub fn is_password(&self) -> bool {
        matches!(
            self.0,
            Kind::Identity(IdentityFault::PasswordMissing | IdentityFault::WrongPassword)
        )
    }

    /// The peer does not speak TLS. To a server the first byte was a letter: most likely somebody sent `http://` to an
    /// HTTPS port.
    pub fn is_plaintext(&self) -> bool {
        matches!(self.0, Kind::Plaintext | Kind::NotTls(_))
    }

    /// The peer vanished or the socket failed; TLS itself had nothing to object to.
    pub fn is_io(&self) -> bool {
        matches!(self.0, Kind::Io(_))
    }

    /// We refused the peer's certificate because no certification path leads from it to a trust anchor.
    pub fn is_untrusted(&self) -> bool {
        matches!(
            self.refusal(),
            Some(CertificateError::UnknownIssuer | CertificateError::BadSignature)
        )
    }

    /// We refused the server's certificate because it is for other names.
    pub fn is_name_mismatch(&self) -> bool {
        matches!(
            self.refusal(),
            Some(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
            )
        )
    }

    /// We refused the peer's certificate because it, or a CA above it, has expired.
    pub fn is_expired(&self) -> bool {
        matches!(self.0, Kind::PeerExpired(_))
            || matches!(
                self.refusal(),
                Some(CertificateError::Expired | CertificateError::ExpiredContext { .. })
            )
    }

    /// We refused the peer's certificate because it, or a CA above it, is not valid yet.
    pub fn is_not_yet_valid(&self) -> bool {
        matches!(
            self.refusal(),
            Some(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. })
        )
    }

    /// We refused the peer's certificate because it, or a CA above it, is revoked.
    pub fn is_revoked(&self) -> bool {
        matches!(self.refusal(), Some(CertificateError::Revoked))
    }

    /// We refused the server because its key is none of those that are pinned.
    pub fn is_pin_mismatch(&self) -> bool {
        matches!(self.refusal(), Some(CertificateError::Other(other)) if other.0.is::<PinMismatch>())
    }

    /// The server asked for a client certificate, got none, and refused us for it; or, on a server, the client sent none
    /// and one is required. Some servers of TLS 1.2 do not say it; then what they say after having asked is taken for it.
    pub fn needs_client_certificate(&self) -> bool {
        match &self.0 {
            Kind::Handshake(failure) => failure.needs_client_certificate(),
            _ => false,
        }
    }

    /// The alert that the peer sent to refuse us, such as `UnknownCA` when it does not trust our certificate.
    pub fn alert_received(&self) -> Option<AlertDescription> {
        match self.tls()? {
            rustls::Error::AlertReceived(alert) => Some(*alert),
            _ => None,
        }
    }

    /// Explains an error of reading from or writing to a [`TlsStream`](crate::TlsStream), if it is one of TLS.
    ///
    /// A client of TLS 1.3 is connected before the server has looked at its certificate: that the server refuses it
    /// shows here.
    pub fn from_read(error: &io::Error) -> Option<Self> {
        let tls = error.get_ref()?.downcast_ref::<rustls::Error>()?;
        let failure = Failure::new(Side::Unknown, tls.clone(), &Facts::default());
        Some(Self(Kind::Handshake(failure)))
    }

    /// Of a handshake.
    pub(crate) fn of_handshake(side: Side, failure: stream::Failure, facts: &Facts) -> Self {
        match failure {
            stream::Failure::Tls(tls) => Self(Kind::Handshake(Failure::new(side, tls, facts))),
            stream::Failure::Io(io) => Self(Kind::Io(io)),
        }
    }

    fn tls(&self) -> Option<&rustls::Error> {
        match &self.0 {
            Kind::Handshake(failure) => Some(failure.error()),
            _ => None,
        }
    }

    /// Why we refused the peer's certificate.
    fn refusal(&self) -> Option<&CertificateError> {
        match self.tls()? {
            rustls::Error::InvalidCertificate(refusal) => Some(refusal),
            _ => None,
        }
    }
}

impl Kind {
    pub(crate) fn file(path: &Path, source: io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self(kind)
    }
}

impl From<IdentityFault> for Error {
    fn from(fault: IdentityFault) -> Self {
        Self(fault.into())
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
