//! For programs.

use std::path::PathBuf;

use serde::Serialize;
use wharf_pki::CertificateInfo;

use super::warnings::Warning;
use super::{Hierarchy, KeyPlace, Node, State};

/// What `wharf ca list --json` and `wharf ca show --json` print.
#[derive(Debug, Serialize)]
pub(crate) struct Report<'a> {
    format: u32,
    warnings: &'a [Warning],
    authorities: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    id: String,
    issuer: Option<String>,
    subject: &'a str,
    role: &'static str,
    state: &'static str,
    key: &'static str,
    encrypted: bool,
    key_file: Option<PathBuf>,
    certificate_file: &'a Option<PathBuf>,
    name_constraints: &'a Option<String>,
    issued: usize,
    certificates: Certificates,
    certificate: &'a CertificateInfo,
}

/// How many certificates are what, CAs left out.
#[derive(Debug, Serialize)]
struct Certificates {
    valid: usize,
    expiring: usize,
    not_yet_valid: usize,
    expired: usize,
    revoked: usize,
    replaced: usize,
}

/// Everything, in the order in which it was made.
pub(crate) fn report<'a>(hierarchy: &'a Hierarchy, warnings: &'a [Warning]) -> Report<'a> {
    let authorities = hierarchy.authorities.iter();
    Report {
        format: 1,
        warnings,
        authorities: authorities.map(|node| row(hierarchy, node)).collect(),
    }
}

fn row<'a>(hierarchy: &'a Hierarchy, node: &'a Node) -> Row<'a> {
    let counts = node.counts(hierarchy.now);
    let (key, key_file) = match &node.key {
        KeyPlace::Plain(path) => ("plain", Some(path.clone())),
        KeyPlace::Encrypted(path) => ("encrypted", Some(path.clone())),
        KeyPlace::Elsewhere => ("elsewhere", None),
    };
    Row {
        id: node.id.to_string(),
        issuer: node.issuer.map(|issuer| issuer.to_string()),
        subject: &node.certificate.subject,
        role: node.role(),
        state: match (node.is_active(), node.state) {
            (_, State::Revoked) => "revoked",
            (true, _) => "active",
            (false, _) => "retired",
        },
        key,
        encrypted: key == "encrypted",
        key_file,
        certificate_file: &node.certificate_file,
        name_constraints: &node.constraints,
        issued: counts.total() + hierarchy.below(node).count(),
        certificates: Certificates {
            valid: counts.of(State::Valid),
            expiring: counts.of(State::Expiring),
            not_yet_valid: counts.of(State::NotYetValid),
            expired: counts.of(State::Expired),
            revoked: counts.of(State::Revoked),
            replaced: counts.of(State::Replaced),
        },
        certificate: &node.certificate,
    }
}
