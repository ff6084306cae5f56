use std::fmt;
use std::time::SystemTime;

use super::Crl;
use super::anchors::Anchor;
use crate::{Expiring, Expiry};

/// What is odd about a [`Trust`](super::Trust), but no reason to refuse it. `Display` is a sentence for a log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustFinding {
    /// A trust anchor has expired, and goes on being believed.
    #[non_exhaustive]
    AnchorExpired {
        /// Its subject.
        subject: String,
        /// Its `notAfter`.
        not_after: SystemTime,
    },
    /// A trust anchor is not valid yet, and is believed already.
    #[non_exhaustive]
    AnchorNotYetValid {
        /// Its subject.
        subject: String,
        /// Its `notBefore`.
        not_before: SystemTime,
    },
    /// A CRL has expired.
    #[non_exhaustive]
    CrlExpired {
        /// Its issuer.
        issuer: String,
        /// Its `nextUpdate`.
        next_update: SystemTime,
    },
    /// A CRL's issuer is no trust anchor: it is that of an intermediate CA, or here by mistake. Its signature can only
    /// be checked when that intermediate turns up in a handshake.
    #[non_exhaustive]
    CrlOfNoAnchor {
        /// Its issuer.
        issuer: String,
    },
    /// A CRL is not used because a newer one of the same issuer was loaded beside it.
    #[non_exhaustive]
    CrlSuperseded {
        /// Its issuer.
        issuer: String,
        /// Its CRL number in decimal, if it has one.
        number: Option<String>,
    },
}

impl fmt::Display for TrustFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnchorExpired { subject, .. } => {
                write!(
                    f,
                    "the trust anchor {subject} has expired and is still believed"
                )
            }
            Self::AnchorNotYetValid { subject, .. } => {
                write!(
                    f,
                    "the trust anchor {subject} is believed before it is valid"
                )
            }
            Self::CrlExpired { issuer, .. } => write!(f, "the CRL of {issuer} has expired"),
            Self::CrlOfNoAnchor { issuer } => {
                write!(f, "the issuer of the CRL of {issuer} is no trust anchor")
            }
            Self::CrlSuperseded { issuer, number } => {
                let number = number.as_deref().unwrap_or("none");
                write!(
                    f,
                    "the CRL of {issuer}, number {number}, is not used: there is a newer one"
                )
            }
        }
    }
}

pub(super) fn expiries(anchors: &[Anchor], crls: &[Crl]) -> Vec<Expiry> {
    let anchors = anchors.iter().map(|anchor| Expiry {
        until: anchor.not_after,
        since: anchor.not_before,
        what: Expiring::TrustAnchor,
        name: anchor.subject.clone(),
    });
    let crls = crls.iter().map(|crl| Expiry {
        until: crl.next_update(),
        since: crl.this_update(),
        what: Expiring::Crl,
        name: crl.issuer().to_owned(),
    });
    anchors.chain(crls).collect()
}

pub(super) fn find(
    anchors: &[Anchor],
    crls: &[Crl],
    superseded: &[Crl],
    now: SystemTime,
) -> Vec<TrustFinding> {
    let mut found = Vec::new();
    for anchor in anchors {
        let subject = || anchor.subject.clone();
        if now > anchor.not_after {
            found.push(TrustFinding::AnchorExpired {
                subject: subject(),
                not_after: anchor.not_after,
            });
        }
        if now < anchor.not_before {
            found.push(TrustFinding::AnchorNotYetValid {
                subject: subject(),
                not_before: anchor.not_before,
            });
        }
    }
    for crl in crls {
        let issuer = || crl.issuer().to_owned();
        if now >= crl.next_update() {
            found.push(TrustFinding::CrlExpired {
                issuer: issuer(),
                next_update: crl.next_update(),
            });
        }
        if !anchors
            .iter()
            .any(|anchor| anchor.subject_der == crl.scope.issuer)
        {
            found.push(TrustFinding::CrlOfNoAnchor { issuer: issuer() });
        }
    }
    found.extend(superseded.iter().map(|crl| TrustFinding::CrlSuperseded {
        issuer: crl.issuer().to_owned(),
        number: crl.number().map(str::to_owned),
    }));
    found
}
