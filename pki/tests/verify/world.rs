//! A root, an intermediate and a leaf without a fault, each to be changed before it is signed.

use rustls_pki_types::ServerName;
use time::OffsetDateTime;
use wharf_pki::verify::{CheckKind, Given, Outcome, Purpose, Report, VerifyOptions, verify};
use wharf_pki::{Certificate, Crl, Key};

use crate::draft::{Draft, key, now};

pub(crate) struct World {
    pub(crate) root_key: Key,
    pub(crate) ca_key: Key,
    pub(crate) root: Draft,
    pub(crate) ca: Draft,
    pub(crate) leaf: Draft,
    /// Beside the intermediate.
    pub(crate) others: Vec<Certificate>,
    /// Instead of the root.
    pub(crate) anchors: Option<Vec<Certificate>>,
    pub(crate) crls: Vec<Crl>,
    pub(crate) purpose: Purpose,
    pub(crate) now: OffsetDateTime,
    pub(crate) options: VerifyOptions,
}

impl World {
    pub(crate) fn new() -> Self {
        let (root_key, ca_key) = (key(), key());
        Self {
            root: Draft::ca("root", &root_key, "root", &root_key),
            ca: Draft::ca("CA", &ca_key, "root", &root_key),
            leaf: Draft::leaf(&key(), "CA", &ca_key),
            root_key,
            ca_key,
            others: Vec::new(),
            anchors: None,
            crls: Vec::new(),
            purpose: server("a.test"),
            now: now(),
            options: VerifyOptions::default(),
        }
    }

    pub(crate) fn certificates(&self) -> [Certificate; 3] {
        [
            self.leaf.sign(&self.ca_key),
            self.ca.sign(&self.root_key),
            self.root.sign(&self.root_key),
        ]
    }

    pub(crate) fn verify(&self) -> Report {
        let [leaf, ca, root] = self.certificates();
        self.verify_chain(&leaf, &ca, root)
    }

    pub(crate) fn verify_chain(
        &self,
        leaf: &Certificate,
        ca: &Certificate,
        root: Certificate,
    ) -> Report {
        let mut intermediates = vec![ca.clone()];
        intermediates.extend(self.others.iter().cloned());
        let anchors = self.anchors.clone().unwrap_or_else(|| vec![root]);
        let given = Given {
            end_entity: leaf,
            intermediates: &intermediates,
            anchors: &anchors,
            crls: &self.crls,
        };
        verify(&given, &self.purpose, self.now, &self.options)
    }
}

pub(crate) fn server(name: &str) -> Purpose {
    Purpose::Server {
        name: Some(ServerName::try_from(name.to_owned()).unwrap()),
    }
}

/// The path that is changed; one fault of one check, with this message, field and section, and a certificate.
#[track_caller]
pub(crate) fn fails(
    change: impl FnOnce(&mut World),
    kind: CheckKind,
    at: Option<usize>,
    message: &str,
    field: &str,
) -> Report {
    let mut world = World::new();
    assert!(world.verify().is_verified(), "{}", world.verify());
    change(&mut world);
    let report = world.verify();
    only(&report, kind, at, message, field);
    report
}

#[track_caller]
pub(crate) fn only(
    report: &Report,
    kind: CheckKind,
    at: Option<usize>,
    message: &str,
    field: &str,
) {
    assert!(!report.is_verified(), "verified: {report}");
    for check in &report.checks {
        assert_eq!(
            !check.failures().is_empty(),
            check.check == kind,
            "{report}"
        );
    }
    let [failure] = report.check(kind).unwrap().failures() else {
        panic!("not one failure: {report}");
    };
    assert_eq!(failure.message, message);
    assert_eq!(failure.certificate, at, "{report}");
    assert_eq!(failure.field, field);
    assert!(failure.section.starts_with("RFC "), "{report}");
    for text in [&failure.found, &failure.wanted, &failure.hint] {
        assert!(!text.is_empty() && !text.ends_with('.'), "{report}");
    }
}

#[track_caller]
pub(crate) fn passes(change: impl FnOnce(&mut World)) -> Report {
    let mut world = World::new();
    change(&mut world);
    let report = world.verify();
    assert!(report.is_verified(), "{report}");
    for check in &report.checks {
        assert!(!matches!(check.outcome, Outcome::Failed { .. }));
    }
    report
}
