use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use time::OffsetDateTime;
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType, Profile};
use wharf_tls::{ClientTls, ClientTlsOptions, Roots, Trust};

const DAY: Duration = Duration::from_secs(86_400);

/// Who a server is, in files, and a client that trusts it.
pub(crate) struct Identity {
    authority: Authority,
    chain: PathBuf,
    key: PathBuf,
    root: PathBuf,
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
            authority,
            chain: file("chain.pem", &leaf.to_pem()),
            key: file("key.pem", &own.to_pem()),
            root: file("root.pem", &root),
            tls: ClientTls::new(&options).unwrap(),
            _folder: folder,
        }
    }

    /// The certificate chain and its key.
    pub(crate) fn files(&self) -> [&Path; 2] {
        [&self.chain, &self.key]
    }

    /// The root's certificate.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The root as whom a server of ours trusts.
    pub(crate) fn trust(&self) -> Trust {
        Trust::from_pem(&std::fs::read(&self.root).unwrap()).unwrap()
    }

    /// The same identity for a server of ours.
    pub(crate) fn server(&self) -> wharf_tls::Identity {
        let [chain, key] = self.files().map(|file| std::fs::read(file).unwrap());
        wharf_tls::Identity::from_pem(&chain, &key).unwrap()
    }

    /// A client of this name that the same root vouches for.
    pub(crate) fn client(&self, name: &str) -> wharf_tls::Identity {
        let wanted = EndEntity {
            names: vec![name.parse().unwrap()],
            profile: Profile::client(),
            ..EndEntity::default()
        };
        let (key, now) = (key(), OffsetDateTime::now_utc());
        let leaf = self.authority.issue(&wanted, &key, now).unwrap();
        let (chain, key) = (leaf.certificate.to_pem(), key.to_pem());
        wharf_tls::Identity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap()
    }
}

fn key() -> Key {
    Key::generate(KeyType::P256).unwrap()
}
