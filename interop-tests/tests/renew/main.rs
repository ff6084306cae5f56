//! `wharf cert renew`: what it renews, what its exit status says, and that servers go on serving.

mod alone;
mod killed;
mod once;
mod places;
mod serving;
mod watch;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use wharf_interop_tests::{Finished, Home, Process};
use wharf_pki::store::{
    CertificateRecord, FileKind, Filter, NewCertificate, Overwrite, Pair, Stamp,
};
use wharf_pki::validity::DAY;
use wharf_pki::{Certificate, EndEntity, Key, KeyType, Store};

fn now() -> OffsetDateTime {
    SystemTime::now().into()
}

/// A CA with an inventory, and the pair of one certificate for `localhost` and `127.0.0.1`.
struct Lab {
    home: Home,
    pair: Pair,
}

impl Lab {
    /// The certificate was issued at a time, for a lifetime.
    fn new(lifetime: Duration, at: OffsetDateTime) -> Self {
        let lab = Self::without();
        lab.issue(lifetime, at);
        lab
    }

    /// Only the CA, made long ago.
    fn without() -> Self {
        let home = Home::new();
        let ours = wharf_pki::Home::at(home.path());
        let ca = ours.load_or_create_ca(&Default::default(), now() - 200 * DAY);
        ca.unwrap();
        let folder = home.folder("out");
        let pair = Pair {
            chain: folder.join("localhost.pem"),
            key: folder.join("localhost.key"),
        };
        Self { home, pair }
    }

    fn issue(&self, lifetime: Duration, at: OffsetDateTime) {
        let ours = wharf_pki::Home::at(self.home.path());
        let ca = ours.load_ca().unwrap().unwrap();
        let key = Key::generate(KeyType::P256).unwrap();
        let request = EndEntity {
            names: vec!["localhost".parse().unwrap(), "127.0.0.1".parse().unwrap()],
            lifetime,
            ..EndEntity::default()
        };
        let issued = ca.intermediate().issue(&request, &key, at).unwrap();
        let stamp = Stamp::new("test", at);
        let mut store = Store::open(&ours, &stamp).unwrap();
        let issuer = store.authority_of(ca.intermediate().certificate()).unwrap();
        let files = vec![
            (FileKind::Chain, self.pair.chain.clone()),
            (FileKind::Key, self.pair.key.clone()),
        ];
        let new = NewCertificate {
            issuer: issuer.unwrap(),
            certificate: &issued.certificate,
            profile: "server",
            files: files.clone(),
            replaces: None,
            request: None,
        };
        let id = store.record_certificate(&stamp, &new).unwrap();
        let chain = ca.chain_pem(&issued.certificate);
        self.pair
            .write(&chain, &key.to_pem(), Overwrite::Always)
            .unwrap();
        store.mark_written(&stamp, id, &files).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        self.home.wharf(&[&["cert", "renew"], args].concat())
    }

    /// Runs it, and expects an exit status.
    #[track_caller]
    fn renew(&self, args: &[&str], code: i32) -> Finished {
        let ended = Process::run(&mut self.command(args));
        assert_eq!(ended.code(), Some(code), "{args:?}: {ended}");
        ended
    }

    fn certificate(&self) -> Certificate {
        Certificate::from_pem(&text(&self.pair.chain)).unwrap()
    }

    /// Expects the two files to belong together.
    #[track_caller]
    fn check_pair(&self) {
        let key = Key::from_pem(&text(&self.pair.key)).unwrap();
        assert_eq!(*key.public_key(), self.certificate().public_key().unwrap());
    }

    fn records(&self) -> Vec<CertificateRecord> {
        let ours = wharf_pki::Home::at(self.home.path());
        let store = Store::open(&ours, &Stamp::new("test", now())).unwrap();
        let filter = Filter {
            name: Some("localhost"),
            ..Filter::default()
        };
        store.list(&filter, now()).unwrap()
    }
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn word(path: &Path) -> &str {
    path.to_str().unwrap()
}
