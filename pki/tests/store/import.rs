//! CAs that `openssl ca` and others made are taken over with what they issued and revoked.

use std::fs;
use std::path::Path;
use std::process::Command;

use wharf_pki::key::KeyFault;
use wharf_pki::store::import::{Imported, Layout, detect};
use wharf_pki::store::{
    CertificateState, Filter, ImportFault, Mode, Store, StoreError, no_password, write_new,
};
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, CaSubject, Error, Home, Key, KeyType, RevocationReason};

use crate::peers::found;
use crate::support::{crl, entries, home_with_ca, issue, mode, now, stamp};

fn import(home: &Home, folder: &Path) -> Result<Imported, Error> {
    home.import(&stamp(), folder, 1825 * DAY, &mut no_password)
}

/// A working folder of `openssl ca`, whose files have the names of one layout.
struct Openssl {
    folder: tempfile::TempDir,
}

impl Openssl {
    fn new(certificate: &str, key: &str, by_serial: &str) -> Self {
        let this = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        for name in ["private", by_serial] {
            fs::create_dir_all(this.folder.path().join(name)).unwrap();
        }
        for (name, text) in [
            ("index.txt", ""),
            ("serial", "1000\n"),
            ("crlnumber", "1F\n"),
        ] {
            fs::write(this.folder.path().join(name), text).unwrap();
        }
        let config = format!(
            "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\ncrlnumber=crlnumber\n\
             certificate={certificate}\nprivate_key={key}\nnew_certs_dir={by_serial}\n\
             default_md=sha256\ndefault_days=90\ndefault_crl_days=7\npolicy=p\n[p]\ncommonName=supplied\n\
             [req]\ndistinguished_name=n\n[n]\n[root]\nbasicConstraints=critical,CA:true\n\
             keyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
        );
        fs::write(this.folder.path().join("ca.cnf"), config).unwrap();
        this.run(&format!(
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out {key}"
        ));
        this.run(&format!(
            "req -x509 -new -key {key} -subj /CN=Old -days 3650 -config ca.cnf -extensions root -out {certificate}"
        ));
        this
    }

    fn run(&self, arguments: &str) {
        let output = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments}: {output:?}");
    }

    fn issue(&self, name: &str) {
        self.run(&format!(
            "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -subj /CN={name} \
             -config ca.cnf -out {name}.csr"
        ));
        self.run(&format!(
            "ca -config ca.cnf -batch -notext -in {name}.csr -out {name}.crt"
        ));
    }
}

#[test]
fn a_ca_of_openssl_is_taken_over_with_its_index() {
    if !found("openssl") {
        return;
    }
    let openssl = Openssl::new("cacert.pem", "private/cakey.pem", "newcerts");
    for name in ["a.test", "b.test", "c.test"] {
        openssl.issue(name);
    }
    openssl.run("ca -config ca.cnf -revoke b.test.crt -crl_reason keyCompromise");
    openssl.run("ca -config ca.cnf -revoke c.test.crt -crl_compromise 20260102030405Z");
    openssl.run("ca -config ca.cnf -gencrl -out crl.pem");
    fs::remove_file(openssl.folder.path().join("newcerts/1002.pem")).unwrap();
    let home = Home::at(openssl.folder.path().join("home"));
    let imported = import(&home, openssl.folder.path()).unwrap();
    assert_eq!(imported.layout, Layout::Openssl);
    assert!(imported.made_intermediate);
    assert_eq!((imported.certificates, imported.revocations), (2, 2));
    assert_eq!(imported.without_certificate, ["1002"]);
    assert_eq!(mode(&home.ca_path().join("root.key")), 0o600);

    let mut store = Store::open(&home, &stamp()).unwrap();
    store.verify_audit(None).unwrap();
    store.check_integrity().unwrap();
    let a = store.find("1000", now()).unwrap();
    assert_eq!(
        (&*a.subject, a.state),
        ("CN=a.test", CertificateState::Valid)
    );
    let b = store.find("1001", now()).unwrap();
    assert_eq!(b.state, CertificateState::Revoked);
    let root = store.authority_of(imported.ca.root()).unwrap().unwrap();
    let revocations = store.revocations(root).unwrap();
    let mut revocations: Vec<_> = revocations
        .iter()
        .map(|found| (&*found.serial, found.reason, found.invalidity_date))
        .collect();
    revocations.sort_by_key(|found| found.0);
    let lost = time::macros::datetime!(2026-01-02 03:04:05 UTC);
    assert_eq!(
        revocations,
        [
            ("1001", RevocationReason::KeyCompromise, None),
            ("1002", RevocationReason::KeyCompromise, Some(lost))
        ]
    );
    // The CRL of openssl had the number 1F.
    let issued = store.issue_crl(&stamp(), root, |next| {
        Ok(crl(
            &imported.ca.root_authority(&mut no_password).unwrap(),
            next.number,
            &next.revocations,
        ))
    });
    assert_eq!(issued.unwrap().number, 0x20);
    // And what the new intermediate issues is trusted through the old root.
    let (certificate, _) = issue(&imported.ca, &["d.test"], 90);
    let work = openssl.folder.path();
    fs::write(work.join("d.pem"), certificate.to_pem()).unwrap();
    let intermediate = imported.ca.intermediate().certificate();
    fs::write(work.join("i.pem"), intermediate.to_pem()).unwrap();
    openssl.run("verify -x509_strict -CAfile cacert.pem -untrusted i.pem d.pem");
}

#[test]
fn a_ca_of_easy_rsa_is_taken_over_with_what_it_moved_away() {
    if !found("openssl") {
        return;
    }
    let easy = Openssl::new("ca.crt", "private/ca.key", "certs_by_serial");
    easy.issue("a.test");
    easy.issue("b.test");
    easy.run("ca -config ca.cnf -revoke b.test.crt -crl_reason superseded");
    let folder = easy.folder.path();
    fs::create_dir_all(folder.join("revoked/certs_by_serial")).unwrap();
    fs::rename(
        folder.join("certs_by_serial/1001.pem"),
        folder.join("revoked/certs_by_serial/1001.crt"),
    )
    .unwrap();
    // The folder above, as easy-rsa has it.
    let above = tempfile::tempdir().unwrap();
    fs::rename(folder, above.path().join("pki")).unwrap();
    let home = Home::at(above.path().join("home"));
    let imported = import(&home, above.path()).unwrap();
    assert_eq!(imported.layout, Layout::EasyRsa);
    assert_eq!((imported.certificates, imported.revocations), (2, 1));
    assert!(imported.without_certificate.is_empty());
}

#[test]
fn a_ca_of_step_keeps_its_intermediate() {
    let (_folder, _home, ca) = home_with_ca();
    let step = tempfile::tempdir().unwrap();
    let copy = |from: &str, to: &str| {
        let to = step.path().join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(ca.folder().join(from), to).unwrap();
    };
    copy("root.crt", "certs/root_ca.crt");
    copy("root.key", "secrets/root_ca_key");
    copy("intermediate.crt", "certs/intermediate_ca.crt");
    copy("intermediate.key", "secrets/intermediate_ca_key");
    let home = Home::at(step.path().join("home"));
    let imported = import(&home, step.path()).unwrap();
    assert_eq!(imported.layout, Layout::Step);
    assert!(!imported.made_intermediate);
    assert_eq!(
        imported.ca.intermediate().certificate(),
        ca.intermediate().certificate()
    );
    let path = home.ca_path();
    let again = import(&home, step.path()).map(drop);
    assert_eq!(again, Err(Error::CaExists { path }));

    // An encrypted key needs its password.
    let text = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    fs::write(step.path().join("secrets/root_ca_key"), text).unwrap();
    let home = Home::at(step.path().join("second"));
    assert_eq!(
        import(&home, step.path()).map(drop),
        Err(Error::Key {
            fault: KeyFault::Encrypted
        })
    );
    assert!(!home.ca_path().exists());
}

fn mkcert(root: &Authority, key: &Key) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let certificate = root.certificate().to_pem();
    write_new(&file("rootCA.pem"), certificate.as_bytes(), Mode::Public).unwrap();
    write_new(
        &file("rootCA-key.pem"),
        key.to_pem().as_bytes(),
        Mode::Private,
    )
    .unwrap();
    folder
}

#[test]
fn a_root_of_mkcert_issues_by_itself() {
    let key = Key::generate(KeyType::P256).unwrap();
    let subject = CaSubject::new("mkcert somebody");
    let root = Authority::root(key, &subject, 3650 * DAY, 0, now()).unwrap();
    let folder = mkcert(&root, root.key());
    let home = Home::at(folder.path().join("home"));
    let imported = import(&home, folder.path()).unwrap();
    assert_eq!(imported.layout, Layout::Mkcert);
    assert!(!imported.made_intermediate);
    assert_eq!(
        entries(&home.ca_path()),
        ["root.crt", "root.key", "wharf.db"]
    );
    let ca = home.load_ca().unwrap().unwrap();
    assert_eq!(ca.intermediate().certificate(), ca.root());
    let (certificate, _) = issue(&ca, &["a.test"], 90);
    // The root is never part of a chain.
    assert_eq!(ca.chain(&certificate), [certificate]);
    assert_eq!(ca.exposed_keys(), Ok(vec![]));
    let store = Store::open_read_only(&home).unwrap();
    assert_eq!(store.list(&Filter::default(), now()).unwrap().len(), 1);
}

#[test]
fn a_key_of_another_certificate_and_a_root_that_is_none_are_refused() {
    let (_folder, home, ca) = home_with_ca();
    let other = Key::generate(KeyType::P256).unwrap();
    let folder = mkcert(&ca.root_authority(&mut no_password).unwrap(), &other);
    let new = Home::at(folder.path().join("home"));
    assert_eq!(
        import(&new, folder.path()).map(drop),
        Err(Error::KeyMismatch)
    );
    let folder = mkcert(ca.intermediate(), ca.intermediate().key());
    let refused = StoreError::Import {
        path: folder.path().join("rootCA.pem"),
        fault: ImportFault::NotARoot,
    };
    assert_eq!(import(&new, folder.path()).map(drop), Err(refused.into()));
    assert!(!new.ca_path().exists());
    let path = home.path().to_path_buf();
    let fault = ImportFault::UnknownLayout;
    assert_eq!(detect(&path), None);
    assert_eq!(
        import(&new, &path).map(drop),
        Err(StoreError::Import { path, fault }.into())
    );
}
