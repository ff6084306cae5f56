//! Why nothing was fetched: the exit status, which is curl's where curl has one, and what to do about it.

use std::fmt;
use std::io;

use wharf_http::h1::ProtocolError;
use wharf_http::{Phase, RedirectError};

/// What kind of trouble it is, as the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Class {
    Other = 1,
    Usage = 2,
    Url = 3,
    Resolve = 6,
    Connect = 7,
    Protocol = 8,
    Truncated = 18,
    Status = 22,
    Write = 23,
    Read = 26,
    Timeout = 28,
    Tls = 35,
    Redirect = 47,
    NoResponse = 52,
    Connection = 56,
    Identity = 58,
    Certificate = 60,
    ContentCoding = 61,
    Trust = 77,
    Proxy = 97,
    Interrupted = 130,
    Terminated = 143,
}

/// An error, its exit status, and a hint if there is one.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) class: Class,
    /// `None` if there is nothing to tell.
    pub(crate) error: Option<anyhow::Error>,
    pub(crate) hint: Option<String>,
}

impl Failure {
    pub(super) fn new(class: Class, error: impl Into<anyhow::Error>) -> Self {
        Self {
            class,
            error: Some(error.into()),
            hint: None,
        }
    }

    /// One that needs no words.
    pub(crate) fn quiet(class: Class) -> Self {
        Self {
            class,
            error: None,
            hint: None,
        }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    pub(crate) fn code(&self) -> u8 {
        self.class as u8
    }
}

/// What is wrong with something that was given, and nothing else.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Class::Other, error)
    }
}

impl From<wharf_http::Error> for Failure {
    fn from(error: wharf_http::Error) -> Self {
        let tls = tls(&error);
        let class = classify(&error, tls.as_ref());
        let hint = hint(&error, tls.as_ref());
        Self {
            class,
            error: Some(error.into()),
            hint,
        }
    }
}

/// What was to be sent could not be read.
#[derive(Debug)]
pub(super) struct ReadFailed(pub(super) io::Error);

impl fmt::Display for ReadFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read it: {}", self.0)
    }
}

impl std::error::Error for ReadFailed {}

/// The error of TLS in it.
enum Tls<'a> {
    Handshake(&'a wharf_tls::Error),
    /// Behind the handshake, as a server of TLS 1.3 refuses a client.
    Later(wharf_tls::Error),
}

impl Tls<'_> {
    fn error(&self) -> &wharf_tls::Error {
        match self {
            Self::Handshake(error) => error,
            Self::Later(error) => error,
        }
    }
}

/// An error with its causes.
pub(super) fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<_> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

fn causes(error: &wharf_http::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |cause| {
        cause.source()
    })
}

fn tls(error: &wharf_http::Error) -> Option<Tls<'_>> {
    causes(error).find_map(|cause| {
        if let Some(boxed) = cause.downcast_ref::<Box<wharf_tls::Error>>() {
            return Some(Tls::Handshake(boxed));
        }
        if let Some(error) = cause.downcast_ref::<wharf_tls::Error>() {
            return Some(Tls::Handshake(error));
        }
        let io = cause.downcast_ref::<io::Error>()?;
        wharf_tls::Error::from_read(io).map(Tls::Later)
    })
}

fn classify(error: &wharf_http::Error, tls: Option<&Tls<'_>>) -> Class {
    if error.is_timeout() {
        return Class::Timeout;
    }
    if let Some(tls) = tls {
        return match tls.error() {
            error if is_certificate(error) => Class::Certificate,
            _ => Class::Tls,
        };
    }
    if error.redirect().is_some() {
        return Class::Redirect;
    }
    if error.content_coding().is_some() {
        return Class::ContentCoding;
    }
    match error.protocol() {
        Some(ProtocolError::NoResponse) => return Class::NoResponse,
        Some(ProtocolError::Truncated) => return Class::Truncated,
        Some(_) => return Class::Protocol,
        None => {}
    }
    match error.phase() {
        Some(Phase::Resolve) => return Class::Resolve,
        Some(Phase::Connect) => return Class::Connect,
        Some(Phase::Proxy) => return Class::Proxy,
        Some(Phase::Handshake) => return Class::Tls,
        _ => {}
    }
    let has = |is: fn(&(dyn std::error::Error + 'static)) -> bool| causes(error).any(is);
    // A file that was cut or grew meanwhile.
    let is_other_length = |cause: &(dyn std::error::Error + 'static)| {
        let broken = cause.downcast_ref::<ProtocolError>();
        matches!(
            broken,
            Some(ProtocolError::ContentTooShort | ProtocolError::ContentTooLong)
        )
    };
    if has(|cause| cause.is::<ReadFailed>()) || has(is_other_length) {
        Class::Read
    } else if has(|cause| cause.is::<io::Error>()) {
        Class::Connection
    } else {
        Class::Usage
    }
}

fn is_certificate(error: &wharf_tls::Error) -> bool {
    error.is_untrusted()
        || error.is_name_mismatch()
        || error.is_expired()
        || error.is_not_yet_valid()
        || error.is_revoked()
}

fn hint(error: &wharf_http::Error, tls: Option<&Tls<'_>>) -> Option<String> {
    if let Some(tls) = tls {
        return tls_hint(tls.error(), error.proxy().is_some());
    }
    if error.is_denied() {
        return Some("--deny-private keeps from every address that is not public".into());
    }
    if error.content_coding().is_some() {
        return Some("--raw writes the content as it is sent".into());
    }
    if error.is_truncated() {
        return Some("the connection ended before the content did; try again".into());
    }
    let hint = match (error.redirect(), error.phase()) {
        (Some(RedirectError::TooMany { .. }), _) => "--max-redirs N follows more",
        (_, Some(Phase::Resolve)) => {
            "is it spelled like that? --resolve HOST:PORT:ADDR says where it is"
        }
        (_, Some(Phase::Response | Phase::Body)) if error.is_timeout() => {
            "--max-time SECONDS waits as long as you say"
        }
        _ => return None,
    };
    Some(hint.into())
}

fn tls_hint(error: &wharf_tls::Error, is_with_proxy: bool) -> Option<String> {
    let (who, dashes, http) = if is_with_proxy {
        ("proxy", "--proxy-", "-x http://")
    } else {
        ("server", "--", "http://")
    };
    if error.is_untrusted() {
        return Some(format!(
            "if you trust the {who}'s CA, give that CA's certificate: {dashes}cacert FILE"
        ));
    }
    if error.needs_client_certificate() {
        return Some(format!(
            "the {who} wants to know who we are: {dashes}cert FILE {dashes}key FILE"
        ));
    }
    if error.is_plaintext() {
        return Some(format!("the {who} speaks plain HTTP there: {http}"));
    }
    error.hint().map(ToOwned::to_owned)
}
