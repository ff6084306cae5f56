//! The files that all servers of `tls` read: one P-256 certificate, issued by a root that the client trusts.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType};

/// The name in the certificate.
pub const SERVER_NAME: &str = "localhost";
/// The other one, of those who ask for no name.
const SERVER_ADDRESS: &str = "127.0.0.1";

const ROOT: &str = "root.pem";
const CHAIN: &str = "chain.pem";
const KEY: &str = "key.pem";
const BULK: &str = "bulk";

/// A folder with the files.
#[derive(Debug)]
pub struct Files {
    folder: PathBuf,
    root: CertificateDer<'static>,
}

impl Files {
    /// Makes certificate and key anew, and a file of `bulk_bytes` zeros for the server that serves files.
    pub fn make(folder: PathBuf, bulk_bytes: u64) -> anyhow::Result<Self> {
        let now = SystemTime::now().into();
        let subject = CaSubject::new("root of a bench");
        let root = Authority::root(Key::generate(KeyType::P256)?, &subject, DAY, 0, now)?;
        let key = Key::generate(KeyType::P256)?;
        let names = vec![SERVER_NAME.parse()?, SERVER_ADDRESS.parse()?];
        let end_entity = EndEntity {
            names,
            lifetime: DAY,
            ..EndEntity::default()
        };
        let issued = root.issue(&end_entity, &key, now)?;

        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        fs::write(folder.join(ROOT), root.certificate().to_pem())?;
        fs::write(folder.join(CHAIN), issued.certificate.to_pem())?;
        // The key of a certificate that nobody trusts, valid for a day.
        fs::write(folder.join(KEY), key.to_pem().as_bytes())?;
        File::create(folder.join(BULK))?.set_len(bulk_bytes)?;
        let root = CertificateDer::from(root.certificate().der().to_vec());
        Ok(Self { folder, root })
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the client trusts, PEM.
    pub fn root(&self) -> PathBuf {
        self.folder.join(ROOT)
    }

    /// The same for a client in this process.
    pub fn roots(&self) -> anyhow::Result<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.root.clone())?;
        Ok(roots)
    }
}

/// What a server reads: its chain and its key, PEM.
pub fn read_pair(folder: &Path) -> std::io::Result<(Vec<u8>, Vec<u8>)> {
    Ok((fs::read(folder.join(CHAIN))?, fs::read(folder.join(KEY))?))
}
