//! The secrets of a connection, as a key log has them ([RFC 9850]).
//!
//! [RFC 9850]: https://www.rfc-editor.org/rfc/rfc9850
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use data_encoding::HEXLOWER_PERMISSIVE;
use zeroize::Zeroizing;

use super::{Derived, Secret, Sender};

/// The longest key log that is read, in bytes: some thousand connections.
const KEY_LOG_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The most lines of one that are kept.
const LINES_MAX: usize = 4096;
/// The longest secret: the output of SHA-512.
const SECRET_BYTES_MAX: usize = 64;

/// Why a key log cannot be read. Nothing of it is repeated, for it is secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyLogError {
    /// It is too long.
    #[error("the key log has {0} bytes, where {KEY_LOG_BYTES_MAX} are read")]
    TooLong(usize),
    /// It is for more connections than are kept.
    #[error("the key log has more than {LINES_MAX} lines")]
    TooManyLines,
    /// A line is none of a key log.
    #[error("line {0} of the key log is not `<label> <client_random> <secret>`")]
    Line(usize),
}

/// What is known of connections beforehand.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    logged: Vec<Logged>,
    shared: Option<Secret>,
}

#[derive(Clone, Debug)]
struct Logged {
    what: Derived,
    client_random: [u8; 32],
    secret: Secret,
}

impl Secrets {
    /// Reads a key log. Empty lines, comments and labels of other versions are passed over.
    ///
    /// # Errors
    ///
    /// [`KeyLogError`], for a line that is none.
    pub fn from_key_log(text: &[u8]) -> Result<Self, KeyLogError> {
        if text.len() > KEY_LOG_BYTES_MAX {
            return Err(KeyLogError::TooLong(text.len()));
        }
        let mut secrets = Self::default();
        for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let logged = read(line).ok_or(KeyLogError::Line(number))?;
            let Some(logged) = logged else { continue };
            if secrets.logged.len() >= LINES_MAX {
                return Err(KeyLogError::TooManyLines);
            }
            secrets.logged.push(logged);
        }
        Ok(secrets)
    }

    /// The secret that the key exchange gave, before anything is derived from it: then the schedule is computed from it on.
    #[must_use]
    pub fn with_shared_secret(mut self, shared: Secret) -> Self {
        self.shared = Some(shared);
        self
    }

    pub(super) fn shared(&self) -> Option<&Secret> {
        self.shared.as_ref()
    }

    pub(super) fn logged(&self, what: Derived, client_random: &[u8; 32]) -> Option<&Secret> {
        let of_this =
            |logged: &&Logged| logged.what == what && logged.client_random == *client_random;
        self.logged
            .iter()
            .find(of_this)
            .map(|logged| &logged.secret)
    }
}

/// `None` if it is no line of a key log, `Some(None)` if it is one of something else.
fn read(line: &[u8]) -> Option<Option<Logged>> {
    let mut words = line.split(|byte| *byte == b' ');
    let (label, random, secret) = (words.next()?, words.next()?, words.next()?);
    let is_label = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    if words.next().is_some() || label.is_empty() || !label.iter().all(is_label) {
        return None;
    }
    let hex = &HEXLOWER_PERMISSIVE;
    let random = hex.decode(random).ok()?;
    let secret = Zeroizing::new(hex.decode(secret).ok()?);
    let Some(what) = Derived::of_label(label) else {
        return Some(None);
    };
    if secret.is_empty() || secret.len() > SECRET_BYTES_MAX {
        return None;
    }
    Some(Some(Logged {
        what,
        client_random: random.try_into().ok()?,
        secret: Secret::new(&secret),
    }))
}

impl Derived {
    /// Its label in a key log ([RFC 9850 §2.1]); `None` for what is not logged.
    ///
    /// [RFC 9850 §2.1]: https://www.rfc-editor.org/rfc/rfc9850#section-2.1
    pub fn label(self) -> Option<&'static str> {
        match self {
            Self::HandshakeTraffic(Sender::Client) => Some("CLIENT_HANDSHAKE_TRAFFIC_SECRET"),
            Self::HandshakeTraffic(Sender::Server) => Some("SERVER_HANDSHAKE_TRAFFIC_SECRET"),
            Self::ApplicationTraffic(Sender::Client) => Some("CLIENT_TRAFFIC_SECRET_0"),
            Self::ApplicationTraffic(Sender::Server) => Some("SERVER_TRAFFIC_SECRET_0"),
            Self::ExporterMaster => Some("EXPORTER_SECRET"),
            _ => None,
        }
    }

    fn of_label(label: &[u8]) -> Option<Self> {
        let logged = [
            Self::HandshakeTraffic(Sender::Client),
            Self::HandshakeTraffic(Sender::Server),
            Self::ApplicationTraffic(Sender::Client),
            Self::ApplicationTraffic(Sender::Server),
            Self::ExporterMaster,
        ];
        logged
            .into_iter()
            .find(|it| it.label().is_some_and(|own| own.as_bytes() == label))
    }
}
