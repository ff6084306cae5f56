use std::fmt;

/// Why a certification request is refused.
///
/// The text reads on from "certification request".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestFault {
    /// It is not one CertificationRequest in DER.
    Malformed,
    /// It is longer than [`REQUEST_BYTES_MAX`](super::REQUEST_BYTES_MAX).
    TooLong {
        /// The limit.
        limit_bytes: usize,
    },
    /// It asks for extensions in two attributes, or for one extension twice, so that two readers could see two requests.
    ExtensionTwice,
    /// Its subjectAltName cannot be read.
    MalformedNames,
}

impl fmt::Display for RequestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("is malformed"),
            Self::TooLong { limit_bytes } => write!(f, "is longer than {limit_bytes} bytes"),
            Self::ExtensionTwice => f.write_str("asks for an extension twice"),
            Self::MalformedNames => f.write_str("has a subjectAltName that cannot be read"),
        }
    }
}
