//! The report on a terminal: the verdict, the path, and what is wrong with what to do about it.

use std::fmt;

use super::report::{Check, Failure, Outcome, PathCertificate, Report};
use crate::lint::Severity;
use crate::text::utc;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.verified {
            "verified"
        } else {
            "NOT VERIFIED"
        };
        writeln!(f, "{verdict} for {}, at {}", self.purpose, utc(self.time))?;
        writeln!(f, "\npath")?;
        for (at, certificate) in self.path.iter().enumerate() {
            writeln!(f, "  {at}  {certificate}")?;
        }
        writeln!(f, "\nchecks")?;
        for check in &self.checks {
            check.fmt(f)?;
        }
        self.fmt_findings(f)
    }
}

impl Report {
    /// Errors stand among the failures already, if they count.
    fn fmt_findings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failed: Vec<_> = self.failures().map(|failure| &failure.field).collect();
        let mut is_first = true;
        for found in &self.findings {
            let finding = &found.finding;
            let is_told = failed.iter().any(|field| *field == finding.rule);
            if finding.severity == Severity::Error && is_told {
                continue;
            }
            if is_first {
                writeln!(f, "\nalso found")?;
                is_first = false;
            }
            writeln!(
                f,
                "  {}: {}: {} ({}; {})",
                finding.severity, found.whose, finding.found, finding.rule, finding.section
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for PathCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, valid until {}", self.subject, utc(self.not_after))?;
        if self.is_anchor {
            f.write_str(" (trust anchor)")?;
        }
        Ok(())
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.check.to_string();
        match &self.outcome {
            Outcome::Passed => writeln!(f, "  ok      {kind}"),
            Outcome::NotApplicable { reason } => writeln!(f, "  -       {kind}: {reason}"),
            Outcome::Failed { failures } => {
                for failure in failures {
                    write!(f, "  FAILED  {kind}: {failure}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.message)?;
        for (label, value) in [
            ("field", &self.field),
            ("found", &self.found),
            ("wanted", &self.wanted),
            ("rule", &self.section),
            ("hint", &self.hint),
        ] {
            if !value.is_empty() {
                writeln!(f, "          {label:<7} {value}")?;
            }
        }
        Ok(())
    }
}
