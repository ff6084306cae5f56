//! What came out.

use std::fmt;

use serde::Serialize;
use time::OffsetDateTime;

use super::options::Purpose;
use super::path::{Link, Path};
use crate::crl::SerialNumber;
use crate::inspect::info::{rfc3339, serial};
use crate::lint::Finding;
use crate::text;

/// What came out of [`verify`](super::verify()), certificate by certificate and check by check.
///
/// In JSON `verified` comes first; for people there is `Display`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Whether there is a path, and every check passed or did not apply.
    pub verified: bool,
    /// What it was verified for, in words.
    pub purpose: String,
    /// At which time. RFC 3339 in JSON.
    #[serde(serialize_with = "rfc3339")]
    pub time: OffsetDateTime,
    /// The path from the end entity to the trust anchor; or as far as one leads, the last certificate being the one whose
    /// issuer is not known.
    pub path: Vec<PathCertificate>,
    /// Each check, in the order in which a path is made.
    pub checks: Vec<Check>,
    /// What the rules of [`lint`](crate::lint) found, of any severity.
    pub findings: Vec<LintFinding>,
}

/// A certificate of the path. All text is escaped and cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PathCertificate {
    /// Whom it names.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// Its serial number in hexadecimal.
    pub serial: String,
    /// From when it is valid. RFC 3339 in JSON.
    #[serde(serialize_with = "rfc3339")]
    pub not_before: OffsetDateTime,
    /// Until when it is valid. RFC 3339 in JSON.
    #[serde(serialize_with = "rfc3339")]
    pub not_after: OffsetDateTime,
    /// Whether it is the trust anchor.
    pub is_anchor: bool,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Check {
    /// What was checked.
    pub check: CheckKind,
    /// How it went.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CheckKind {
    /// Issuers lead from the end entity to a trust anchor.
    Path,
    /// Each certificate is signed by its issuer.
    Signatures,
    /// Each certificate is valid at the time, the trust anchor too.
    Validity,
    /// No critical extension is unknown.
    CriticalExtensions,
    /// The end entity is no CA, all others are, and may sign certificates.
    Authorities,
    /// No CA has more CAs below it than it allows.
    PathLength,
    /// The extendedKeyUsage allows the purpose.
    Purpose,
    /// The end entity has the name that was wanted.
    Name,
    /// No name breaks the nameConstraints of a CA above it.
    NameConstraints,
    /// No certificate is revoked.
    Revocation,
    /// No rule of [`lint`](crate::lint) is broken.
    Rules,
}

impl fmt::Display for CheckKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Path => "path to a trust anchor",
            Self::Signatures => "signatures",
            Self::Validity => "validity",
            Self::CriticalExtensions => "critical extensions",
            Self::Authorities => "CAs and end entity",
            Self::PathLength => "path length",
            Self::Purpose => "purpose",
            Self::Name => "name",
            Self::NameConstraints => "name constraints",
            Self::Revocation => "revocation",
            Self::Rules => "rules",
        })
    }
}

/// How a check went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// Nothing is wrong.
    Passed,
    /// Something is wrong: at least one failure.
    Failed {
        /// What is wrong, from the end entity upwards.
        failures: Vec<Failure>,
    },
    /// There was nothing to check.
    NotApplicable {
        /// Why.
        reason: String,
    },
}

/// One reason against the path, in words. Text from outside is escaped and cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Failure {
    /// Which certificate of the path, counted from 0 for the end entity; `None` if it is about none of them alone.
    pub certificate: Option<usize>,
    /// What happened, in a sentence without a full stop.
    pub message: String,
    /// Which field of the certificate or of the CRL it is about.
    pub field: String,
    /// What was found there.
    pub found: String,
    /// What was wanted.
    pub wanted: String,
    /// Where the rule is from: an RFC and its section.
    pub section: String,
    /// What to do about it.
    pub hint: String,
}

/// A broken rule, and what breaks it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LintFinding {
    /// Which certificate of the path breaks it; `None` for a CRL.
    pub certificate: Option<usize>,
    /// The subject of that certificate, or the issuer of the CRL.
    pub whose: String,
    /// The rule, and what was found.
    #[serde(flatten)]
    pub finding: Finding,
}

impl Report {
    pub(super) fn new(
        path: &Path<'_>,
        purpose: &Purpose,
        time: OffsetDateTime,
        checks: Vec<Check>,
        findings: Vec<LintFinding>,
    ) -> Self {
        Self {
            verified: path.is_found() && checks.iter().all(|check| check.failures().is_empty()),
            purpose: text::printable(&purpose.to_string()),
            time,
            path: path.links().iter().map(PathCertificate::of).collect(),
            checks,
            findings,
        }
    }

    /// Whether there is a path, and every check passed or did not apply.
    pub fn is_verified(&self) -> bool {
        self.verified
    }

    /// One check.
    pub fn check(&self, kind: CheckKind) -> Option<&Check> {
        self.checks.iter().find(|check| check.check == kind)
    }

    /// Every failure, in the order of the checks.
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.checks.iter().flat_map(Check::failures)
    }
}

impl PathCertificate {
    fn of(link: &Link<'_>) -> Self {
        let validity = link.certificate.validity();
        Self {
            subject: link.subject(),
            issuer: link.issuer(),
            serial: text::printable(&serial(link.parsed.raw_serial())),
            not_before: validity.not_before,
            not_after: validity.not_after,
            is_anchor: link.is_anchor,
        }
    }
}

impl Check {
    /// Passed without failures, failed with them.
    pub(super) fn of(check: CheckKind, failures: Vec<Failure>) -> Self {
        let outcome = if failures.is_empty() {
            Outcome::Passed
        } else {
            Outcome::Failed { failures }
        };
        Self { check, outcome }
    }

    pub(super) fn not_applicable(check: CheckKind, reason: &str) -> Self {
        Self {
            check,
            outcome: Outcome::NotApplicable {
                reason: reason.into(),
            },
        }
    }

    /// What is wrong; nothing unless it failed.
    pub fn failures(&self) -> &[Failure] {
        match &self.outcome {
            Outcome::Failed { failures } => failures,
            _ => &[],
        }
    }
}

impl Failure {
    /// Its parts but the certificate, which [`at`](Self::at) adds.
    pub(super) fn new(section: &str, field: &str, message: impl AsRef<str>) -> Self {
        Self {
            certificate: None,
            message: text::cut(message.as_ref()),
            field: field.into(),
            found: String::new(),
            wanted: String::new(),
            section: section.into(),
            hint: String::new(),
        }
    }

    pub(super) fn at(mut self, certificate: usize) -> Self {
        self.certificate = Some(certificate);
        self
    }

    pub(super) fn found(mut self, found: impl AsRef<str>) -> Self {
        self.found = text::cut(found.as_ref());
        self
    }

    pub(super) fn wanted(mut self, wanted: impl AsRef<str>) -> Self {
        self.wanted = text::cut(wanted.as_ref());
        self
    }

    pub(super) fn hint(mut self, hint: impl AsRef<str>) -> Self {
        self.hint = text::cut(hint.as_ref());
        self
    }
}

/// The serial number in the form of [`SerialNumber`].
pub(super) fn serial_of(link: &Link<'_>) -> Option<SerialNumber> {
    SerialNumber::of(link.certificate).ok()
}
