use super::{ANCHORS_MAX, CRL_BYTES_MAX, CRLS_MAX};

/// Why trust anchors or CRLs are refused when they are loaded. `number` counts from 1, in the order given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrustFault {
    #[error("there is no trust anchor")]
    NoAnchor,
    #[error("there are more than {ANCHORS_MAX} trust anchors")]
    TooManyAnchors,
    #[error("trust anchor {number} is not a certificate")]
    NotACertificate { number: usize },
    #[error("trust anchor {number}, {subject}, is not a CA: {reason}")]
    NotACa {
        number: usize,
        subject: String,
        reason: &'static str,
    },
    #[error("trust anchor {number}, {subject}, is not usable")]
    Anchor {
        number: usize,
        subject: String,
        source: rustls::Error,
    },
    #[error("there is no CRL in what was given as one")]
    NoCrl,
    #[error("there are more than {CRLS_MAX} CRLs")]
    TooManyCrls,
    #[error("a CRL is larger than {CRL_BYTES_MAX} bytes")]
    CrlTooLarge,
    #[error("CRL {number} is not readable")]
    CrlUnreadable {
        number: usize,
        source: webpki::Error,
    },
    #[error("the CRL of {issuer} is not signed by the trust anchor of that name")]
    CrlSignature { issuer: String },
}

impl TrustFault {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotACa { .. } => Some(
                "a trust anchor is the certificate of the CA that issues, not one that it issued",
            ),
            Self::CrlSignature { .. } => {
                Some("it is forged, or from before the CA changed its key; fetch the CRL again")
            }
            Self::CrlUnreadable {
                source: webpki::Error::UnsupportedDeltaCrl,
                ..
            } => Some("this is a delta CRL; the complete one is needed"),
            _ => None,
        }
    }
}
