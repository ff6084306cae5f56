//! PKCS#12 files: ours read by others, and theirs by us.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use wharf_interop_tests::{Finished, Process, peer};
use wharf_pki::p12::{Pkcs12, Pkcs12Encryption};
use wharf_pki::{Authority, CaSubject, Certificate, EndEntity, Key, KeyType, validity::DAY};

const BOTH: [Pkcs12Encryption; 2] = [Pkcs12Encryption::Modern, Pkcs12Encryption::Legacy];
const PASSWORD: &str = "changeit";

/// A key with its chain, as a value and as files: `leaf.key`, `leaf.crt`, `ca.crt`, `modern.p12`, `legacy.p12`, and
/// `trust.p12` with the CA alone.
struct Lab {
    folder: TempDir,
    p12: Pkcs12,
}

impl Lab {
    fn new(password: &str) -> Self {
        let now = std::time::SystemTime::now().into();
        let key = || Key::generate(KeyType::P256).unwrap();
        let ca = Authority::root(key(), &CaSubject::new("Root"), 365 * DAY, 1, now).unwrap();
        let key = key();
        let request = EndEntity {
            names: vec!["a.test".parse().unwrap()],
            ..EndEntity::default()
        };
        let leaf = ca.issue(&request, &key, now).unwrap().certificate;
        let lab = Self {
            folder: tempfile::tempdir().unwrap(),
            p12: Pkcs12 {
                key: Some(key),
                chain: vec![leaf, ca.certificate().clone()],
                friendly_name: Some("a.test".into()),
            },
        };
        lab.write("leaf.key", lab.key().to_pem().as_bytes());
        lab.write("leaf.crt", lab.p12.chain[0].to_pem().as_bytes());
        lab.write("ca.crt", lab.p12.chain[1].to_pem().as_bytes());
        for (name, encryption) in ["modern.p12", "legacy.p12"].into_iter().zip(BOTH) {
            lab.write(name, &lab.p12.to_der(password, encryption).unwrap());
        }
        let trust = Pkcs12 {
            key: None,
            chain: vec![lab.p12.chain[1].clone()],
            friendly_name: Some("the root".into()),
        };
        lab.write("trust.p12", &trust.to_der(password, BOTH[0]).unwrap());
        lab
    }

    fn key(&self) -> &Key {
        self.p12.key.as_ref().unwrap()
    }

    fn write(&self, name: &str, octets: &[u8]) {
        fs::write(self.folder.path().join(name), octets).unwrap();
    }

    /// Runs a program in the folder.
    #[track_caller]
    fn run(&self, mut command: Command) -> Finished {
        Process::run(command.current_dir(self.folder.path()))
    }

    /// What a file holds has to be the key and its chain.
    #[track_caller]
    fn check(&self, name: &str, password: &str, chain: &[Certificate]) {
        let file = fs::read(self.folder.path().join(name)).unwrap();
        let read =
            Pkcs12::from_der(&file, password).unwrap_or_else(|error| panic!("{name}: {error}"));
        let key = read.key.expect("a key");
        assert_eq!(key.to_pkcs8_der(), self.key().to_pkcs8_der(), "{name}");
        assert_eq!(read.chain, chain, "{name}");
        assert_eq!(read.friendly_name.as_deref(), Some("a.test"), "{name}");
    }
}

/// The base64 of the first section of a kind.
fn section<'a>(text: &'a str, label: &str) -> &'a str {
    let (_, rest) = text
        .split_once(&format!("-----BEGIN {label}-----"))
        .expect("a section");
    rest.split_once("-----END").expect("its end").0.trim()
}

#[test]
fn openssl_reads_both_forms_and_tells_how_they_are_protected() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    for password in [PASSWORD, "pässwörd"] {
        let lab = Lab::new(password);
        let pass = format!("pass:{password}");
        for (file, more, expected) in [
            (
                "modern.p12",
                &[][..],
                [
                    "MAC: sha256, Iteration 100000",
                    "AES-256-CBC, Iteration 100000, PRF hmacWithSHA256",
                ],
            ),
            (
                "legacy.p12",
                &["-legacy"],
                [
                    "MAC: sha1, Iteration 100000",
                    "pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 100000",
                ],
            ),
        ] {
            let args = [
                &["pkcs12", "-info", "-nodes", "-in", file, "-passin", &pass],
                more,
            ]
            .concat();
            let shown = lab.run(openssl.command(&args)).success();
            for expected in expected {
                assert!(shown.stderr.contains(expected), "{expected}: {shown}");
            }
            let text = shown.text();
            assert_eq!(
                section(&text, "PRIVATE KEY"),
                section(&lab.key().to_pem(), "PRIVATE KEY")
            );
            assert_eq!(
                section(&text, "CERTIFICATE"),
                section(&lab.p12.chain[0].to_pem(), "CERTIFICATE")
            );
            assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 2, "{shown}");
            assert_eq!(text.matches("friendlyName: a.test").count(), 2, "{shown}");
            assert_eq!(text.matches("localKeyID: ").count(), 2, "{shown}");
        }
        let args = ["pkcs12", "-in", "modern.p12", "-passin", "pass:wrong"];
        let refused = lab.run(openssl.command(&args));
        assert!(refused.stderr.contains("invalid password"), "{refused}");
    }
}

#[test]
fn what_openssl_writes_in_any_form_is_read() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let lab = Lab::new(PASSWORD);
    let variants: &[&[&str]] = &[
        &[],
        &["-legacy"],
        &["-nomac"],
        &["-nomaciter", "-noiter"],
        &["-macalg", "sha1"],
        &["-macalg", "sha384", "-iter", "1"],
        &["-certpbe", "NONE"],
        &["-keypbe", "NONE"],
        &["-certpbe", "AES-128-CBC", "-keypbe", "AES-192-CBC"],
        &["-certpbe", "des-ede3-cbc", "-keypbe", "des-ede3-cbc"],
        &[
            "-certpbe",
            "PBE-SHA1-3DES",
            "-keypbe",
            "PBE-SHA1-2DES",
            "-legacy",
        ],
        &[
            "-certpbe",
            "PBE-SHA1-RC2-128",
            "-keypbe",
            "PBE-SHA1-RC2-40",
            "-legacy",
        ],
    ];
    for variant in variants {
        for password in [PASSWORD, "", "pässwörd"] {
            let pass = format!("pass:{password}");
            let args = [
                &[
                    "pkcs12",
                    "-export",
                    "-inkey",
                    "leaf.key",
                    "-in",
                    "leaf.crt",
                    "-certfile",
                    "ca.crt",
                ][..],
                &["-name", "a.test", "-passout", &pass, "-out", "theirs.p12"],
                variant,
            ];
            let _ = lab.run(openssl.command(&args.concat())).success();
            lab.check("theirs.p12", password, &lab.p12.chain);
        }
    }
}

#[test]
fn java_reads_both_forms_and_trusts_a_truststore() {
    let Some(keytool) = peer::keytool() else {
        return;
    };
    let lab = Lab::new(PASSWORD);
    let list = |file: &str, alias: &str| {
        let mut command = Command::new(&keytool);
        command.args([
            "-list",
            "-v",
            "-storepass",
            PASSWORD,
            "-keystore",
            file,
            "-alias",
            alias,
        ]);
        lab.run(command).success().text()
    };
    for file in ["modern.p12", "legacy.p12"] {
        let shown = list(file, "a.test");
        assert!(shown.contains("PrivateKeyEntry"), "{shown}");
        assert!(shown.contains("Certificate chain length: 2"), "{shown}");
        // Java opens the key itself, too.
        let mut command = Command::new(&keytool);
        command
            .args([
                "-importkeystore",
                "-srckeystore",
                file,
                "-srcstorepass",
                PASSWORD,
            ])
            .args([
                "-destkeystore",
                &format!("java-{file}"),
                "-deststorepass",
                "password",
            ])
            .args(["-deststoretype", "PKCS12"]);
        let _ = lab.run(command).success();
        lab.check(&format!("java-{file}"), "password", &lab.p12.chain);
    }
    let shown = list("trust.p12", "the root");
    assert!(shown.contains("trustedCertEntry"), "{shown}");
}

#[test]
fn nss_reads_both_forms_and_what_it_writes_is_read() {
    let Some(nss) = peer::pk12util() else { return };
    let lab = Lab::new(PASSWORD);
    for file in ["modern.p12", "legacy.p12"] {
        let database = format!("sql:db-{file}");
        fs::create_dir(lab.folder.path().join(&database[4..])).unwrap();
        let run = |program: &Path, args: &[&str]| {
            let mut command = Command::new(program);
            command.args(args).args(["-d", &database]);
            lab.run(command).success()
        };
        run(&nss.with_file_name("certutil"), &["-N", "--empty-password"]);
        run(&nss, &["-i", file, "-W", PASSWORD]);
        let out = format!("nss-{file}");
        run(&nss, &["-o", &out, "-n", "a.test", "-W", "pässwörd"]);
        lab.check(&out, "pässwörd", &lab.p12.chain);
    }
}

#[test]
fn gnutls_reads_both_forms_and_what_it_writes_is_read() {
    let Some(gnutls) = peer::gnutls() else { return };
    let lab = Lab::new(PASSWORD);
    for file in ["modern.p12", "legacy.p12"] {
        let args = [
            "--p12-info",
            "--inder",
            "--password",
            PASSWORD,
            "--infile",
            file,
        ];
        let shown = lab.run(gnutls.certtool(&args)).success();
        let text = shown.text();
        assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 2, "{shown}");
        assert!(text.contains("PRIVATE KEY"), "{shown}");
        assert!(text.contains("Friendly name: a.test"), "{shown}");
    }
    let args = [
        &[
            "--to-p12",
            "--load-privkey",
            "leaf.key",
            "--load-certificate",
            "leaf.crt",
        ][..],
        &[
            "--load-ca-certificate",
            "ca.crt",
            "--p12-name",
            "a.test",
            "--password",
            PASSWORD,
        ],
        &["--outder", "--outfile", "theirs.p12"],
    ];
    let _ = lab.run(gnutls.certtool(&args.concat())).success();
    lab.check("theirs.p12", PASSWORD, &lab.p12.chain);
}

/// What `cryptography` is asked: to read ours, compare, and write its own with non-ASCII letters in the password.
const PYTHON: &str = "
import sys
from cryptography import x509
from cryptography.hazmat.primitives.serialization import *
from cryptography.hazmat.primitives.serialization.pkcs12 import *
der = lambda c: c.public_bytes(Encoding.DER)
load = lambda name: x509.load_pem_x509_certificate(open(name, 'rb').read())
for name in ('modern.p12', 'legacy.p12'):
    read = load_pkcs12(open(name, 'rb').read(), b'changeit')
    assert der(read.cert.certificate) == der(load('leaf.crt'))
    assert [der(c.certificate) for c in read.additional_certs] == [der(load('ca.crt'))]
    assert read.cert.friendly_name == b'a.test'
    pem = read.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert pem.split() == open('leaf.key', 'rb').read().split()
    password = BestAvailableEncryption('p\\u00e4ss'.encode())
    theirs = serialize_key_and_certificates(b'a.test', read.key, load('leaf.crt'), [load('ca.crt')], password)
    open('python-' + name, 'wb').write(theirs)
";

#[test]
fn pythons_cryptography_reads_both_forms_and_what_it_writes_is_read() {
    let Some(python) = peer::python_cryptography() else {
        return;
    };
    let lab = Lab::new(PASSWORD);
    let _ = lab.run(python(PYTHON)).success();
    for file in ["python-modern.p12", "python-legacy.p12"] {
        lab.check(file, "päss", &lab.p12.chain);
    }
}
