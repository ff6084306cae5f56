//! For each type of key: a root, an intermediate, what they sign in every profile, and the negative twins.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use time::OffsetDateTime;
use wharf_pki::crl::{CrlParams, RevokedCertificate, SerialNumber};
use wharf_pki::p12::{Pkcs12, Pkcs12Encryption};
use wharf_pki::validity::DAY;
use wharf_pki::{
    Authority, AuthorityOptions, Certificate, CertificateRequest, Crl, EndEntity, Key, KeyType,
    NameConstraints, Profile, RevocationReason, Subject,
};

use crate::case::{Case, Expected, Kind, P12_PASSWORD};
use crate::faults::{CHANGED, CONSTRAINT, EXPIRED, LENGTH, NAME, PURPOSE, REVOKED, SIGNATURE};
use crate::forge::{ca_params, forge, leaf_params};

pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// All cases, and the folder with their files.
pub(crate) struct Lab {
    folder: TempDir,
    pub(crate) cases: Vec<Case>,
}

impl Lab {
    pub(crate) fn new() -> Self {
        let mut lab = Self {
            folder: TempDir::new().unwrap(),
            cases: Vec::new(),
        };
        for key_type in KeyType::ALL {
            Hierarchy::new(key_type).fill(&mut lab);
        }
        lab
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self, key_type: KeyType, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(format!("{key_type}-{name}"));
        fs::write(&path, content).unwrap();
        path
    }
}

/// Root, intermediate and leaf, each with a key of its own of one type.
struct Hierarchy {
    key_type: KeyType,
    root: Authority,
    ca: Authority,
    key: Key,
}

impl Hierarchy {
    fn new(key_type: KeyType) -> Self {
        let [root, ca, key] = [(); 3].map(|()| Key::generate(key_type).unwrap());
        let root = Authority::root_with(root, &named("Grid root"), now()).unwrap();
        let ca = root
            .intermediate_with(ca, &named("Grid CA"), now())
            .unwrap();
        Self {
            key_type,
            root,
            ca,
            key,
        }
    }

    fn fill(&self, lab: &mut Lab) {
        for (profile, purpose, names) in PROFILES {
            let Some(leaf) = self.leaf(profile, names) else {
                continue;
            };
            let name = names.first().filter(|_| purpose == "server").copied();
            self.path(
                lab,
                profile,
                &leaf,
                purpose,
                name.unwrap_or("-"),
                Expected::Accepted,
            );
        }
        let key = lab.file(self.key_type, "key.pem", self.key.to_pem().as_bytes());
        self.add(lab, "key", Kind::Key, [key.clone(), key.clone(), key]);
        self.signed(lab);
        self.pkcs12(lab);
        self.authorities(lab);
        self.twins(lab);
    }

    /// A request and a CRL, and both with a signature that is not theirs.
    fn signed(&self, lab: &mut Lab) {
        let request =
            CertificateRequest::new(&self.key, &["a.test".parse().unwrap()], None).unwrap();
        let request = request.to_pem();
        let list = crl(&self.ca, self.leaf("server", &["a.test"]).as_ref()).to_pem();
        let issuer = lab.file(self.key_type, "crl-ca.pem", self.ca.certificate().to_pem());
        let root = lab.file(
            self.key_type,
            "crl-root.pem",
            self.root.certificate().to_pem(),
        );
        let (good, bad) = (Expected::Accepted, Expected::Refused(SIGNATURE));
        for (name, kind, text) in [
            ("csr", Kind::Csr(good), request.clone()),
            ("csr tampered", Kind::Csr(bad), tampered(&request)),
            ("crl", Kind::Crl(good), list.clone()),
            ("crl tampered", Kind::Crl(bad), tampered(&list)),
        ] {
            let file = format!("{}-signed.pem", lab.cases.len());
            let file = lab.file(self.key_type, &file, text);
            self.add(lab, name, kind, [root.clone(), issuer.clone(), file]);
        }
    }

    /// Key and chain behind a password, in both forms, and one that was changed afterwards.
    fn pkcs12(&self, lab: &mut Lab) {
        let leaf = self.leaf("server", &["a.test"]).unwrap();
        let leaf_file = lab.file(self.key_type, "p12-leaf.pem", leaf.to_pem());
        let p12 = Pkcs12 {
            key: Some(Key::from_pem(&self.key.to_pem()).unwrap()),
            chain: vec![leaf, self.ca.certificate().clone()],
            friendly_name: Some("a.test".into()),
        };
        let file = |encryption| p12.to_der(P12_PASSWORD, encryption).unwrap();
        let modern = file(Pkcs12Encryption::Modern);
        let mut changed = modern.clone();
        // Of the encrypted certificates.
        changed[modern.len() / 3] ^= 1;
        let (good, bad) = (Expected::Accepted, Expected::Refused(CHANGED));
        for (name, expected, octets) in [
            ("p12", good, modern),
            ("p12 legacy", good, file(Pkcs12Encryption::Legacy)),
            ("p12 tampered", bad, changed),
        ] {
            let file = lab.file(self.key_type, &format!("{}.p12", lab.cases.len()), octets);
            let files = [leaf_file.clone(), leaf_file.clone(), file];
            self.add(lab, name, Kind::P12(expected), files);
        }
    }

    /// The profiles of CAs on their own: a path that ends with them.
    fn authorities(&self, lab: &mut Lab) {
        let root = self.root.certificate().clone();
        let ca = self.ca.certificate().clone();
        self.path_through(
            lab,
            "root",
            (&root, &[], &root),
            "any",
            "-",
            Expected::Accepted,
        );
        self.path_through(
            lab,
            "intermediate",
            (&ca, &[], &root),
            "any",
            "-",
            Expected::Accepted,
        );
    }

    fn twins(&self, lab: &mut Lab) {
        let server = self.leaf("server", &["a.test"]).unwrap();
        let client = self.leaf("client", &["a.test"]).unwrap();
        self.path(
            lab,
            "wrong name",
            &server,
            "server",
            "b.test",
            Expected::Refused(NAME),
        );
        self.path(
            lab,
            "wrong EKU",
            &client,
            "server",
            "a.test",
            Expected::Refused(PURPOSE),
        );
        let mut bytes = server.der().to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        let tampered = Certificate::from_der(&bytes).unwrap();
        self.path(
            lab,
            "tampered",
            &tampered,
            "server",
            "a.test",
            Expected::Refused(SIGNATURE),
        );
        self.expired(lab);
        self.constrained(lab);
        self.too_long(lab);
        self.revoked(lab, &server);
    }

    fn expired(&self, lab: &mut Lab) {
        let then = now() - 40 * DAY;
        let [root, ca] =
            [&self.root, &self.ca].map(|ca| Key::from_pem(&ca.key().to_pem()).unwrap());
        let root = Authority::root_with(root, &named("Old root"), then).unwrap();
        let ca = root.intermediate_with(ca, &named("Old CA"), then).unwrap();
        let request = |lifetime| EndEntity {
            names: vec!["a.test".parse().unwrap()],
            lifetime,
            ..EndEntity::new(Profile::server())
        };
        for (case, lifetime, expected) in [
            ("not expired", 80 * DAY, Expected::Accepted),
            ("expired", 10 * DAY, Expected::Refused(EXPIRED)),
        ] {
            let leaf = ca
                .issue(&request(lifetime), &self.key, then)
                .unwrap()
                .certificate;
            let path = (&leaf, &[ca.certificate()][..], root.certificate());
            self.path_through(lab, case, path, "server", "a.test", expected);
        }
    }

    /// A CA that may issue for `corp.test` only. It is made to issue for another name behind the library's back.
    fn constrained(&self, lab: &mut Lab) {
        let options = AuthorityOptions {
            name_constraints: NameConstraints::only(["corp.test".parse().unwrap()]),
            ..named("Limited CA")
        };
        let key = Key::from_pem(&self.ca.key().to_pem()).unwrap();
        let ca = self.root.intermediate_with(key, &options, now()).unwrap();
        for (case, name, expected) in [
            ("constraint kept", "www.corp.test", Expected::Accepted),
            ("constraint broken", "a.test", Expected::Refused(CONSTRAINT)),
        ] {
            let leaf = forge(leaf_params(name, self.key_type), &self.key, &ca);
            let path = (&leaf, &[ca.certificate()][..], self.root.certificate());
            self.path_through(lab, case, path, "server", name, expected);
        }
    }

    /// A CA below one whose pathLenConstraint is 0, and one below one that has room.
    fn too_long(&self, lab: &mut Lab) {
        let key = || Key::from_pem(&self.root.key().to_pem()).unwrap();
        let middle = || Key::from_pem(&self.ca.key().to_pem()).unwrap();
        let sub_key = Key::from_pem(&self.key.to_pem()).unwrap();
        let leaf_key = Key::generate(KeyType::P256).unwrap();
        let leaf_file = lab.file(self.key_type, "short.pem", leaf_key.to_pem().as_bytes());
        for (case, room, expected) in [
            ("path with room", 1, Expected::Accepted),
            ("path too long", 0, Expected::Refused(LENGTH)),
        ] {
            let with = |path_len, name| AuthorityOptions {
                path_len: Some(path_len),
                ..named(name)
            };
            let root = Authority::root_with(key(), &with(2, "Tall root"), now()).unwrap();
            let ca = root
                .intermediate_with(middle(), &with(room, "Tall CA"), now())
                .unwrap();
            let sub = forge(ca_params("Sub CA"), &sub_key, &ca);
            let sub = Authority::new(sub, Key::from_pem(&sub_key.to_pem()).unwrap()).unwrap();
            let leaf = forge(leaf_params("a.test", KeyType::P256), &leaf_key, &sub);
            let path = (
                &leaf,
                &[sub.certificate(), ca.certificate()][..],
                root.certificate(),
            );
            self.path_through(lab, case, path, "server", "a.test", expected);
            lab.cases.last_mut().unwrap().key = leaf_file.clone();
        }
    }

    fn revoked(&self, lab: &mut Lab, leaf: &Certificate) {
        let other = self.leaf("server", &["b.test"]).unwrap();
        for (case, revoked, expected) in [
            ("not revoked", &other, Expected::Accepted),
            ("revoked", leaf, Expected::Refused(REVOKED)),
        ] {
            let crls = [crl(&self.ca, Some(revoked)), crl(&self.root, None)];
            let text: String = crls.iter().map(Crl::to_pem).collect();
            let crls = Some(lab.file(self.key_type, &format!("{}.crl", lab.cases.len()), text));
            self.path(lab, case, leaf, "server", "a.test", expected);
            lab.cases.last_mut().unwrap().crls = crls;
        }
    }

    fn leaf(&self, profile: &str, names: &[&str]) -> Option<Certificate> {
        let profile = Profile::built_in()
            .into_iter()
            .find(|built| built.name == profile);
        let mut request = EndEntity::new(profile.unwrap());
        request.names = names.iter().map(|name| name.parse().unwrap()).collect();
        if names.is_empty() {
            request.subject = Some(Subject::new("someone"));
        }
        match self.ca.issue(&request, &self.key, now()) {
            Ok(issued) => Some(issued.certificate),
            // Browsers take a hash of a certificate for WebTransport on P-256 only.
            Err(wharf_pki::Error::KeyKind { .. }) if request.profile.name == "webtransport" => {
                assert_ne!(self.key_type, KeyType::P256);
                None
            }
            Err(error) => panic!("{} {}: {error}", self.key_type, request.profile.name),
        }
    }

    fn path(
        &self,
        lab: &mut Lab,
        case: &'static str,
        leaf: &Certificate,
        purpose: &'static str,
        name: &str,
        expected: Expected,
    ) {
        let path = (leaf, &[self.ca.certificate()][..], self.root.certificate());
        self.path_through(lab, case, path, purpose, name, expected);
    }

    fn path_through(
        &self,
        lab: &mut Lab,
        case: &'static str,
        (leaf, between, root): (&Certificate, &[&Certificate], &Certificate),
        purpose: &'static str,
        name: &str,
        expected: Expected,
    ) {
        let between: String = between.iter().map(|ca| ca.to_pem()).collect();
        // Not by its name, which a program may repeat in its refusal.
        let at = lab.cases.len();
        let file =
            |what: &str, text: &str| lab.file(self.key_type, &format!("{at}-{what}.pem"), text);
        let files = [
            file("root", &root.to_pem()),
            file("ca", &between),
            file("leaf", &leaf.to_pem()),
        ];
        self.add(
            lab,
            case,
            Kind::Path {
                purpose,
                name: name.to_owned(),
                expected,
            },
            files,
        );
    }

    fn add(
        &self,
        lab: &mut Lab,
        name: &'static str,
        kind: Kind,
        [root, between, file]: [PathBuf; 3],
    ) {
        lab.cases.push(Case {
            key_type: self.key_type,
            name,
            kind,
            root,
            between,
            file,
            crls: None,
            key: lab.path().join(format!("{}-key.pem", self.key_type)),
        });
    }
}

/// The profiles of end entities, with what each is for and names that it takes.
const PROFILES: [(&str, &str, &[&str]); 8] = [
    (
        "server",
        "server",
        &["a.test", "*.b.test", "10.0.0.1", "::1"],
    ),
    ("client", "client", &["me@a.test"]),
    ("peer", "server", &["a.test", "spiffe://a.test/x"]),
    ("spiffe", "client", &["spiffe://a.test/x"]),
    ("code-signing", "code", &[]),
    ("email", "email", &["me@a.test"]),
    ("ocsp", "ocsp", &[]),
    ("webtransport", "server", &["a.test"]),
];

/// With a bit of the last octets changed, which are the signature's.
fn tampered(pem: &str) -> String {
    let (text, end) = pem.split_once("\n-----END").unwrap();
    // The first letter of the last four: whatever it is, another one stands for other bits.
    let (before, last) = text.split_at(text.len() - 4);
    let letter = if last.starts_with('A') { 'B' } else { 'A' };
    format!("{before}{letter}{}\n-----END{end}", &last[1..])
}

fn named(name: &str) -> AuthorityOptions {
    AuthorityOptions {
        subject: Subject::new(name),
        ..AuthorityOptions::default()
    }
}

fn crl(issuer: &Authority, revoked: Option<&Certificate>) -> Crl {
    let entry = |certificate: &Certificate| RevokedCertificate {
        serial: SerialNumber::of(certificate).unwrap(),
        revoked_at: now(),
        reason: Some(RevocationReason::KeyCompromise),
        invalidity_date: None,
    };
    let params = CrlParams {
        number: 1,
        this_update: now(),
        next_update: now() + DAY,
        entries: revoked.map(entry).into_iter().collect(),
        distribution_point: None,
    };
    issuer.sign_crl(&params).unwrap()
}
