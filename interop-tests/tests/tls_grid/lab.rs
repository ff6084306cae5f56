use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::runtime::Handle;
use wharf_interop_tests::tls::Pair;
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType, Profile};

/// The certificates of all cells, in files, and the runtime for our side.
#[derive(Debug)]
pub(crate) struct Lab {
    pub(crate) runtime: Handle,
    /// The root of everything but what is named otherwise.
    pub(crate) root: PathBuf,
    /// Another root, which issued nothing.
    pub(crate) other_root: PathBuf,
    /// For `localhost`.
    pub(crate) server: Pair,
    /// For `localhost`, until a day ago.
    pub(crate) expired: Pair,
    /// For `other.test`.
    pub(crate) other_name: Pair,
    /// For `client.test`.
    pub(crate) client: Pair,
    /// For `client.test`, by the other root.
    pub(crate) foreign_client: Pair,
    /// A chain of ML-DSA-65 below a root of its own.
    pub(crate) ml_dsa: Pair,
    pub(crate) ml_dsa_root: PathBuf,
    ca: Authority,
    folder: TempDir,
    briefs: AtomicUsize,
}

const DAY: Duration = Duration::from_secs(86_400);

impl Lab {
    pub(crate) fn new(runtime: Handle) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path();
        let now = OffsetDateTime::now_utc();
        let before = now - 30 * DAY;
        let root = root("grid root", before);
        let ca = root
            .intermediate(
                key(),
                &CaSubject::new("grid intermediate"),
                300 * DAY,
                before,
            )
            .unwrap();
        let other = self::root("grid's other root", before);
        let issue = |file, name, at, lifetime| issue(path, file, &ca, name, at, lifetime);
        let (ml_dsa, ml_dsa_root) = ml_dsa(path);
        Self {
            runtime,
            root: write(path, "root.crt", &root.certificate().to_pem()),
            other_root: write(path, "other.crt", &other.certificate().to_pem()),
            server: issue("server", "localhost", now, 30 * DAY),
            expired: issue("expired", "localhost", now - 10 * DAY, 9 * DAY),
            other_name: issue("name", "other.test", now, 30 * DAY),
            client: issue("client", "client.test", now, 30 * DAY),
            foreign_client: self::issue(path, "foreign", &other, "client.test", now, 30 * DAY),
            ml_dsa,
            ml_dsa_root,
            ca,
            folder,
            briefs: AtomicUsize::new(0),
        }
    }

    /// For `localhost`, and expired at the time that is returned for every peer: some go by whole seconds. A server of ours does not begin with one that has expired.
    pub(crate) fn brief(&self) -> (Pair, SystemTime) {
        const LIFETIME: Duration = Duration::from_secs(4);
        let file = format!("brief{}", self.briefs.fetch_add(1, Ordering::Relaxed));
        const WHOLE_SECONDS: Duration = Duration::from_secs(2);
        let end = SystemTime::now() + LIFETIME + WHOLE_SECONDS;
        let now = OffsetDateTime::now_utc();
        let pair = issue(
            self.folder.path(),
            &file,
            &self.ca,
            "localhost",
            now,
            LIFETIME,
        );
        (pair, end)
    }
}

fn key() -> Key {
    Key::generate(KeyType::P256).unwrap()
}

fn root(name: &str, at: OffsetDateTime) -> Authority {
    Authority::root(key(), &CaSubject::new(name), 365 * DAY, 1, at).unwrap()
}

fn issue(
    folder: &Path,
    file: &str,
    ca: &Authority,
    name: &str,
    at: OffsetDateTime,
    lifetime: Duration,
) -> Pair {
    let request = EndEntity {
        names: vec![name.parse().unwrap()],
        lifetime,
        profile: Profile::peer(),
        ..EndEntity::default()
    };
    let key = key();
    let issued = ca.issue(&request, &key, at).unwrap();
    let chain = issued.certificate.to_pem() + &ca.certificate().to_pem();
    Pair {
        chain: write(folder, &format!("{file}.crt"), &chain),
        key: write(folder, &format!("{file}.key"), &key.to_pem()),
    }
}

/// By rcgen alone: wharf-pki has no keys of this kind.
fn ml_dsa(folder: &Path) -> (Pair, PathBuf) {
    use rcgen::{
        BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
        PKCS_ML_DSA_65, date_time_ymd,
    };
    let key = || KeyPair::generate_for(&PKCS_ML_DSA_65).unwrap();
    let params = |name: &str, names: &[String]| {
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.use_authority_key_identifier_extension = true;
        (params.not_before, params.not_after) =
            (date_time_ymd(2024, 1, 1), date_time_ymd(2124, 1, 1));
        params
    };
    let root_key = key();
    let mut root = params("grid ML-DSA root", &[]);
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let root_file = write(
        folder,
        "ml-dsa-root.crt",
        &root.self_signed(&root_key).unwrap().pem(),
    );
    let leaf_key = key();
    let leaf = params("localhost", &["localhost".to_owned()])
        .signed_by(&leaf_key, &Issuer::new(root, root_key))
        .unwrap();
    let pair = Pair {
        chain: write(folder, "ml-dsa.crt", &leaf.pem()),
        key: write(folder, "ml-dsa.key", &leaf_key.serialize_pem()),
    };
    (pair, root_file)
}

fn write(folder: &Path, name: &str, pem: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, pem).unwrap();
    path
}
