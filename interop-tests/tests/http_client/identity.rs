use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use time::OffsetDateTime;
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType};
use wharf_tls::{ClientTls, ClientTlsOptions, Roots, Trust};

const DAY: Duration = Duration::from_secs(86_400);

/// Who a server is, in files, and a client that trusts it.
pub(crate) struct Identity {
    chain: PathBuf,
    key: PathBuf,
    pub(crate) tls: ClientTls,
    _folder: TempDir,
}

impl Identity {
    pub(crate) fn new() -> Self {
        let now = OffsetDateTime::now_utc();
        let subject = CaSubject::new("test root");
        let authority = Authority::root(key(), &subject, DAY, 0, now).unwrap();
        let folder = TempDir::new().unwrap();
        let file = |name: &str, content: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path
        };
        let wanted = EndEntity {
            names: vec!["127.0.0.1".parse().unwrap(), "localhost".parse().unwrap()],
            ..EndEntity::default()
        };
        let own = key();
        let leaf = authority.issue(&wanted, &own, now).unwrap().certificate;
        let root = authority.certificate().to_pem();
        let options = ClientTlsOptions {
            roots: Roots::Own(Trust::from_pem(root.as_bytes()).unwrap()),
            ..ClientTlsOptions::default()
        };
        Self {
            chain: file("chain.pem", &leaf.to_pem()),
            key: file("key.pem", &own.to_pem()),
            tls: ClientTls::new(&options).unwrap(),
            _folder: folder,
        }
    }

    /// The certificate chain and its key.
    pub(crate) fn files(&self) -> [&Path; 2] {
        [&self.chain, &self.key]
    }
}

fn key() -> Key {
    Key::generate(KeyType::P256).unwrap()
}
