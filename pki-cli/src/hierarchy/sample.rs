//! A home in which there is one of everything.

use tempfile::TempDir;
use time::OffsetDateTime;
use wharf_pki::store::{CertificateId, NewCertificate, Stamp, Store};
use wharf_pki::validity::DAY;
use wharf_pki::{
    Ca, CaOptions, Certificate, EndEntity, Home, Key, KeyType, Profile, RevocationReason, Subject,
};

use super::{Hierarchy, read};
use crate::clock;

/// Each state once.
pub(super) fn hierarchy() -> Hierarchy {
    let mut home = Sample::new("Sample CA");
    let now = clock::now();
    let name = |name: &str| EndEntity {
        names: vec![name.parse().unwrap()],
        ..EndEntity::default()
    };
    home.issue(&name("valid.test"), now, None);
    home.issue(&name("expiring.test"), now - 80 * DAY, None);
    home.issue(&name("expired.test"), now - 100 * DAY, None);
    home.issue(&name("later.test"), now + 10 * DAY, None);
    let old = home.issue(&name("again.test"), now - DAY, None);
    home.issue(&name("again.test"), now, Some(old.0));
    let (_, lost) = home.issue(&name("lost.test"), now - DAY, None);
    home.revoke(&lost);
    home.read()
}

/// Names of people who want the page to do something.
pub(super) fn hostile() -> Hierarchy {
    let mut home = Sample::new("</title><img src=x onerror=\"alert(1)\">");
    let subjects = [
        "<script>alert(1)</script>",
        "</details><b>",
        "\" onerror=\"",
    ];
    for subject in subjects {
        let request = EndEntity {
            subject: Some(Subject::new(subject)),
            names: vec!["a.test".parse().unwrap()],
            ..EndEntity::new(Profile::client())
        };
        home.issue(&request, clock::now(), None);
    }
    home.read()
}

struct Sample {
    _folder: TempDir,
    home: Home,
    ca: Ca,
    store: Store,
}

impl Sample {
    fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path().join("home"));
        let then = clock::now() - 200 * DAY;
        let options = CaOptions {
            name: name.into(),
            ..CaOptions::default()
        };
        let ca = home.create_ca(&options, then).unwrap();
        let store = Store::open(&home, &Stamp::new("tester", then)).unwrap();
        Self {
            _folder: folder,
            home,
            ca,
            store,
        }
    }

    fn issue(
        &mut self,
        request: &EndEntity,
        at: OffsetDateTime,
        replaces: Option<CertificateId>,
    ) -> (CertificateId, Certificate) {
        let key = Key::generate(KeyType::P256).unwrap();
        let issuer = self.ca.intermediate();
        let certificate = issuer.issue(request, &key, at).unwrap().certificate;
        let id = self.store.authority_of(issuer.certificate()).unwrap();
        let new = NewCertificate {
            issuer: id.unwrap(),
            certificate: &certificate,
            profile: &request.profile.name,
            files: Vec::new(),
            replaces,
            request: None,
        };
        let stamp = Stamp::new("tester", at);
        let id = self.store.record_certificate(&stamp, &new).unwrap();
        (id, certificate)
    }

    fn revoke(&mut self, certificate: &Certificate) {
        let info = wharf_pki::inspect::inspect_der(certificate.der()).unwrap();
        let issuer = self.ca.intermediate().certificate();
        let issuer = self.store.authority_of(issuer).unwrap().unwrap();
        let reason = RevocationReason::KeyCompromise;
        let stamp = Stamp::new("tester", clock::now());
        self.store
            .revoke(&stamp, issuer, &info.serial, reason, None)
            .unwrap();
    }

    fn read(&self) -> Hierarchy {
        read(&self.home).unwrap()
    }
}
