#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;
use std::str::FromStr;

/// The longest SPIFFE ID, in bytes, and the longest trust domain ([SPIFFE-ID §2.3, §2.1]).
///
/// [SPIFFE-ID §2.3, §2.1]: https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md
const ID_BYTES_MAX: usize = 2048;
const TRUST_DOMAIN_BYTES_MAX: usize = 255;

const SCHEME: &str = "spiffe://";

/// The name of a workload: `spiffe://trust-domain/path` ([SPIFFE-ID §2]).
///
/// Read strictly, so that equal workloads have equal texts: nothing is percent-encoded, upper-case is refused in the trust
/// domain, and so are empty segments, `.`, `..` and a slash at the end.
///
/// [SPIFFE-ID §2]: https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md#2-spiffe-identity
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpiffeId {
    trust_domain: String,
    path: String,
}

impl SpiffeId {
    /// Who issues and vouches for the name: `example.org`.
    pub fn trust_domain(&self) -> &str {
        &self.trust_domain
    }

    /// The workload within its trust domain, with a leading slash: `/ns/web`. Empty for the trust domain itself.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path's segments, without slashes.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').skip(1)
    }
}

impl FromStr for SpiffeId {
    type Err = SpiffeIdError;

    fn from_str(text: &str) -> Result<Self, SpiffeIdError> {
        let (trust_domain, path) = split(text)?;
        for segment in path.split('/').skip(1) {
            check_segment(segment)?;
        }
        Ok(Self {
            trust_domain: trust_domain.to_owned(),
            path: path.to_owned(),
        })
    }
}

impl fmt::Display for SpiffeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}{}", self.trust_domain, self.path)
    }
}

impl fmt::Debug for SpiffeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Which rule of the SPIFFE ID specification a text breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpiffeIdError {
    /// It does not start with `spiffe://`.
    #[error("a SPIFFE ID starts with `spiffe://`")]
    Scheme,
    /// More than 2048 bytes.
    #[error("a SPIFFE ID has at most {ID_BYTES_MAX} bytes")]
    TooLong,
    /// Empty, more than 255 bytes, or a character that may not stand there: a port, a user, upper-case.
    #[error("a trust domain has 1 to {TRUST_DOMAIN_BYTES_MAX} of the characters a-z 0-9 . - _")]
    TrustDomain,
    /// `//`, or a slash at the end.
    #[error("a path segment is empty")]
    EmptySegment,
    /// `.` or `..`.
    #[error("a path segment is relative")]
    RelativeSegment,
    /// A character that may not stand there, such as `%`, `?` or `#`.
    #[error("a path segment has other characters than A-Z a-z 0-9 . - _")]
    Segment,
}

/// The trust domain and the path, with its leading slash. The segments are still to be checked.
pub(super) fn split(text: &str) -> Result<(&str, &str), SpiffeIdError> {
    if text.len() > ID_BYTES_MAX {
        return Err(SpiffeIdError::TooLong);
    }
    let rest = text.strip_prefix(SCHEME).ok_or(SpiffeIdError::Scheme)?;
    let (trust_domain, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let allowed = |c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
    if !(1..=TRUST_DOMAIN_BYTES_MAX).contains(&trust_domain.len())
        || !trust_domain.bytes().all(allowed)
    {
        return Err(SpiffeIdError::TrustDomain);
    }
    Ok((trust_domain, path))
}

pub(super) fn check_segment(segment: &str) -> Result<(), SpiffeIdError> {
    match segment {
        "" => Err(SpiffeIdError::EmptySegment),
        "." | ".." => Err(SpiffeIdError::RelativeSegment),
        _ if !segment
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-' | b'_')) =>
        {
            Err(SpiffeIdError::Segment)
        }
        _ => Ok(()),
    }
}
