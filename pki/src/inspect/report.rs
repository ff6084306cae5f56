//! A certificate on a terminal: one fact to a line, the facts that decide first.

use std::fmt;

use super::info::CertificateInfo;
use crate::text::utc;

impl fmt::Display for CertificateInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(
            f,
            "subject",
            if self.subject.is_empty() {
                "(empty)"
            } else {
                &self.subject
            },
        )?;
        line(
            f,
            "issuer",
            if self.self_issued {
                "(the same)"
            } else {
                &self.issuer
            },
        )?;
        list(f, "names", &self.names)?;
        line(f, "valid from", &utc(self.not_before))?;
        line(f, "valid until", &utc(self.not_after))?;
        line(f, "CA", &self.ca())?;
        list(f, "key usage", &self.key_usage)?;
        list(f, "ext. key usage", &self.extended_key_usage)?;
        line(f, "public key", &self.public_key)?;
        line(f, "signature", &self.signature_algorithm)?;
        line(f, "serial", &self.serial)?;
        line(f, "SHA-256", &self.sha256)?;
        line(f, "key pin", &format!("sha256//{}", self.spki_sha256))?;
        line(
            f,
            "subject key",
            self.subject_key_id.as_deref().unwrap_or("(not said)"),
        )?;
        line(
            f,
            "issuer key",
            self.authority_key_id.as_deref().unwrap_or("(not said)"),
        )?;
        list(f, "unknown, crit.", &self.unknown_critical_extensions)?;
        list(f, "unreadable", &self.malformed_extensions)
    }
}

impl CertificateInfo {
    fn ca(&self) -> String {
        match (self.is_ca, self.path_len) {
            (false, _) => "no".into(),
            (true, None) => "yes, with any number of CAs below it".into(),
            (true, Some(0)) => "yes, with no CA below it".into(),
            (true, Some(1)) => "yes, with one CA below it".into(),
            (true, Some(most)) => format!("yes, with up to {most} CAs below it"),
        }
    }
}

pub(super) fn line(f: &mut fmt::Formatter<'_>, label: &str, value: &str) -> fmt::Result {
    writeln!(f, "{label:<15} {value}")
}

/// A line to a value; nothing at all if there are none.
fn list(f: &mut fmt::Formatter<'_>, label: &str, values: &[String]) -> fmt::Result {
    let labels = std::iter::once(label).chain(std::iter::repeat(""));
    labels
        .zip(values)
        .try_for_each(|(label, value)| line(f, label, value))
}
