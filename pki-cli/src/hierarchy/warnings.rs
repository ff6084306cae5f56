//! What is wrong, the worst first.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde::Serialize;
use wharf_pki::store::Role;

use super::{Hierarchy, KeyPlace, Node, State};
use crate::ui;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Severity {
    /// Something does not work.
    Error,
    /// Something will not work, or is not safe.
    Warning,
}

/// Something that is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Warning {
    pub(crate) severity: Severity,
    pub(crate) message: String,
}

/// Of all CAs that still issue, the errors first.
pub(crate) fn warnings(hierarchy: &Hierarchy) -> Vec<Warning> {
    let mut found: Vec<_> = hierarchy.authorities.iter().flat_map(of).collect();
    found.extend(expiring(hierarchy));
    found.sort_by_key(|warning| warning.severity);
    found
}

/// To the person at the terminal.
pub(crate) fn tell(warnings: &[Warning]) {
    for Warning { severity, message } in warnings {
        ui::note(&match severity {
            Severity::Error => format!("error: {message}"),
            Severity::Warning => format!("warning: {message}"),
        });
    }
}

fn of(node: &Node) -> Vec<Warning> {
    let mut found = Vec::new();
    let mut tell = |severity, message| found.push(Warning { severity, message });
    if let Some(expiry) = &node.expiry {
        let severity = match expiry.is_over {
            true => Severity::Error,
            false => Severity::Warning,
        };
        tell(severity, format!("{}; {}", expiry.words(), expiry.advice()));
    }
    if node.is_active() && node.state == State::Revoked {
        let message = format!(
            "the CA {} is revoked and issues nothing more; wharf ca rotate makes a new one",
            node.name()
        );
        tell(Severity::Error, message);
    }
    if let Some(fault) = &node.key_fault {
        tell(
            Severity::Error,
            format!("the key of {} cannot be used: {fault}", node.name()),
        );
    }
    if is_lost(node) {
        let message = format!(
            "the key of {} is missing; restore it from a backup, or make another CA with wharf ca rotate",
            node.name()
        );
        tell(Severity::Error, message);
    }
    if let KeyPlace::Plain(path) | KeyPlace::Encrypted(path) = &node.key
        && fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
    {
        let path = ui::shell_word(&path.display().to_string());
        tell(
            Severity::Warning,
            format!("others can read {path}; mend it with: chmod 600 {path}"),
        );
    }
    found
}

/// A root's key may be kept elsewhere, and that of another party always is.
fn is_lost(node: &Node) -> bool {
    node.is_active() && node.role != Role::Root && node.key == KeyPlace::Elsewhere && node.had_key
}

fn expiring(hierarchy: &Hierarchy) -> Option<Warning> {
    let nodes = hierarchy.authorities.iter();
    let counts = nodes.map(|node| node.counts(hierarchy.now).of(State::Expiring));
    let message = match counts.sum::<usize>() {
        0 => return None,
        1 => "1 certificate is in the last third of its life".to_owned(),
        count => format!("{count} certificates are in the last third of their lives"),
    };
    let severity = Severity::Warning;
    let message = format!("{message}; wharf cert renew --all --if-needed renews what is due");
    Some(Warning { severity, message })
}
