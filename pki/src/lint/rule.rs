//! What a rule is, and what it finds.

use std::fmt;

use serde::{Serialize, Serializer};
use x509_parser::certificate::X509Certificate;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::revocation_list::CertificateRevocationList;

use crate::text;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Severity {
    /// Allowed, and unusual enough to be told.
    Notice,
    /// Against a SHOULD, or refused by some programs.
    Warning,
    /// Against a MUST, or refused by all programs of today.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Which rules are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RuleSet {
    /// RFC 5280, and the RFCs on keys and signatures that it stands on. The default.
    #[default]
    Rfc5280,
    /// What browsers ask of the certificate of a server.
    Browsers,
}

impl fmt::Display for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rfc5280 => "rfc5280",
            Self::Browsers => "browsers",
        })
    }
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Object {
    /// A certificate.
    Certificate,
    /// A CRL.
    Crl,
    /// A certification request.
    Request,
}

/// One rule.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// Its name, which stays the same.
    pub id: &'static str,
    /// How bad it is to break it.
    pub severity: Severity,
    /// Which set it belongs to.
    pub set: RuleSet,
    /// Where it is from: an RFC and its section.
    pub section: &'static str,
    /// What it says.
    pub sentence: &'static str,
    /// What to do where it is broken.
    pub advice: &'static str,
    pub(super) check: Check,
}

/// What was found, if the rule is broken.
pub(super) type Verdict = Option<String>;

#[derive(Debug)]
pub(super) enum Check {
    Certificate(fn(&X509Certificate<'_>) -> Verdict),
    Crl(fn(&CertificateRevocationList<'_>) -> Verdict),
    Request(fn(&X509CertificationRequest<'_>) -> Verdict),
}

impl Rule {
    pub(super) const fn error(id: &'static str, section: &'static str, check: Check) -> Self {
        Self::new(id, Severity::Error, section, check)
    }

    pub(super) const fn warning(id: &'static str, section: &'static str, check: Check) -> Self {
        Self::new(id, Severity::Warning, section, check)
    }

    pub(super) const fn notice(id: &'static str, section: &'static str, check: Check) -> Self {
        Self::new(id, Severity::Notice, section, check)
    }

    const fn new(
        id: &'static str,
        severity: Severity,
        section: &'static str,
        check: Check,
    ) -> Self {
        Self {
            id,
            severity,
            set: RuleSet::Rfc5280,
            section,
            sentence: "",
            advice: "",
            check,
        }
    }

    /// What it says, and what to do where it is broken.
    pub(super) const fn says(self, sentence: &'static str, advice: &'static str) -> Self {
        Self {
            sentence,
            advice,
            ..self
        }
    }

    pub(super) const fn for_browsers(self) -> Self {
        Self {
            set: RuleSet::Browsers,
            ..self
        }
    }

    /// What it is about.
    pub fn object(&self) -> Object {
        match self.check {
            Check::Certificate(_) => Object::Certificate,
            Check::Crl(_) => Object::Crl,
            Check::Request(_) => Object::Request,
        }
    }
}

/// A rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where the rule is from.
    pub section: &'static str,
    /// What was found. Text from outside is escaped and cut.
    pub found: String,
    /// What the rule says.
    #[serde(rename = "wanted")]
    pub sentence: &'static str,
    /// What to do about it.
    pub advice: &'static str,
}

impl Finding {
    pub(super) fn of(rule: &Rule, found: String) -> Self {
        Self {
            rule: rule.id,
            severity: rule.severity,
            section: rule.section,
            found: text::cut(&found),
            sentence: rule.sentence,
            advice: rule.advice,
        }
    }
}

/// Three lines: what was found, what the rule says, what to do.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}: {}", self.severity, self.rule, self.found)?;
        writeln!(f, "  wanted: {} ({})", self.sentence, self.section)?;
        write!(f, "  hint: {}", self.advice)
    }
}

/// As its name.
impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Certificate => "certificate",
            Self::Crl => "crl",
            Self::Request => "request",
        })
    }
}
