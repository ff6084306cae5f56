//! What is asked of every peer, and what may come of it.

use std::path::{Path, PathBuf};

use wharf_pki::KeyType;

/// One row of the grid, for one type of key.
pub(crate) struct Case {
    pub(crate) key_type: KeyType,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) root: PathBuf,
    /// The CAs between root and leaf, in one file, which may be empty.
    pub(crate) between: PathBuf,
    /// The leaf; the key; the request; the CRL; the PKCS#12 file.
    pub(crate) file: PathBuf,
    pub(crate) crls: Option<PathBuf>,
    /// The private key of the leaf.
    pub(crate) key: PathBuf,
}

pub(crate) enum Kind {
    Path {
        /// `server`, `client`, `email`, `code`, `ocsp` or `any`.
        purpose: &'static str,
        /// A DNS name, or `-`.
        name: String,
        expected: Expected,
    },
    Key,
    Csr(Expected),
    /// Signed by the CA in `between`.
    Crl(Expected),
    /// Opened by [`P12_PASSWORD`]. It holds the key in `key` and the certificate in `root`.
    P12(Expected),
}

pub(crate) const P12_PASSWORD: &str = "changeit";

/// What a peer should say of a path.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Expected {
    Accepted,
    /// With one of these words, in any case.
    Refused(&'static [&'static str]),
}

/// What a peer said.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Accepted,
    /// And why.
    Refused(String),
    /// The peer has no notion of what was asked.
    Unable,
}

impl Case {
    pub(crate) fn expected(&self) -> Expected {
        match &self.kind {
            Kind::Path { expected, .. } => *expected,
            Kind::Csr(expected) | Kind::Crl(expected) | Kind::P12(expected) => *expected,
            Kind::Key => Expected::Accepted,
        }
    }

    pub(crate) fn purpose(&self) -> &'static str {
        match &self.kind {
            Kind::Path { purpose, .. } => purpose,
            Kind::Key => "key",
            Kind::Csr(_) => "csr",
            Kind::Crl(_) => "crl",
            Kind::P12(_) => "p12",
        }
    }

    /// The DNS name that is to be verified.
    pub(crate) fn dns(&self) -> Option<&str> {
        match &self.kind {
            Kind::Path { name, .. } if name != "-" => Some(name),
            _ => None,
        }
    }

    /// For programs: `purpose root between file name crls key`, with tabs; what there is not is `-`.
    pub(crate) fn line(&self) -> String {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let crls = self.crls.as_deref().map_or_else(|| "-".to_owned(), text);
        let [root, between, file, key] =
            [&self.root, &self.between, &self.file, &self.key].map(|path| text(path));
        let name = self.dns().unwrap_or("-");
        [self.purpose(), &root, &between, &file, name, &crls, &key].join("\t") + "\n"
    }
}

impl Answer {
    /// `ok`, `no WHY` or `unable`.
    pub(crate) fn parse(line: &str) -> Self {
        let (verdict, why) = line.split_once(' ').unwrap_or((line, ""));
        match verdict {
            "ok" => Self::Accepted,
            "no" => Self::Refused(why.to_owned()),
            "unable" => Self::Unable,
            _ => panic!("not an answer: {line}"),
        }
    }

    pub(crate) fn is(&self, expected: Expected) -> bool {
        match (self, expected) {
            (Self::Accepted, Expected::Accepted) => true,
            (Self::Refused(why), Expected::Refused(words)) => {
                let why = why.to_lowercase();
                words.iter().any(|word| why.contains(word))
            }
            _ => false,
        }
    }
}
