//! A CA whose files peers can read.

use std::path::PathBuf;

use tempfile::TempDir;
use time::OffsetDateTime;
use wharf_interop_tests::Finished;
use wharf_interop_tests::peer::OpenSsl;
use wharf_pki::{Authority, AuthorityOptions, Certificate, Key, KeyType, NameConstraints, Subject};

pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

pub(crate) fn key() -> Key {
    Key::generate(KeyType::P256).unwrap()
}

pub(crate) fn constraints(permitted: &[&str], excluded: &[&str]) -> NameConstraints {
    let subtrees = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    NameConstraints {
        permitted: subtrees(permitted),
        excluded: subtrees(excluded),
    }
}

pub(crate) fn root(name: &str, name_constraints: NameConstraints) -> Authority {
    let options = AuthorityOptions {
        subject: Subject::new(name),
        name_constraints,
        ..AuthorityOptions::default()
    };
    Authority::root_with(key(), &options, now()).unwrap()
}

pub(crate) fn intermediate(root: &Authority) -> Authority {
    let options = AuthorityOptions {
        subject: Subject::new("intermediate"),
        ..AuthorityOptions::default()
    };
    root.intermediate_with(key(), &options, now()).unwrap()
}

/// The same CA without a notion of those above it.
pub(crate) fn blind(ca: &Authority) -> Authority {
    let key = Key::from_pem(&ca.key().to_pem()).unwrap();
    Authority::new(ca.certificate().clone(), key).unwrap()
}

/// A folder for the files of a test.
pub(crate) struct Files(TempDir);

impl Files {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> String {
        let path: PathBuf = self.0.path().join(name);
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn certificate(&self, name: &str, certificate: &Certificate) -> String {
        self.write(name, &certificate.to_pem())
    }

    /// What `openssl verify` says of a leaf below an intermediate below a root.
    pub(crate) fn verify(
        &self,
        openssl: &OpenSsl,
        [leaf, intermediate, root]: [&str; 3],
        more: &[&str],
    ) -> Finished {
        let args = [
            "verify",
            "-x509_strict",
            "-CAfile",
            root,
            "-untrusted",
            intermediate,
        ];
        openssl.run(&[&args[..], more, &[leaf]].concat())
    }
}
