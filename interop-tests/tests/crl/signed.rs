//! A CRL that wharf-pki signed, read and verified by OpenSSL, GnuTLS, Python and Go; and one that OpenSSL signed.

use std::process::Command;

use wharf_interop_tests::{Finished, Process, peer};
use wharf_pki::crl::{CrlParams, CrlScope, IssuingDistributionPoint, RevokedCertificate};
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, CaSubject, Crl, Key, KeyType, RevocationReason};

use crate::{Folder, now};

/// Of each key type: the root, its CRL, and the CRL of another root of the same name.
struct Signed {
    key_type: KeyType,
    folder: Folder,
    root: String,
    crl: String,
    other: String,
}

fn each() -> Vec<Signed> {
    [KeyType::P256, KeyType::P384, KeyType::Ed25519]
        .into_iter()
        .map(|key_type| {
            let (root, other) = (authority(key_type), authority(key_type));
            let folder = Folder::new();
            Signed {
                key_type,
                root: folder.file("root.crt", root.certificate().to_pem()),
                crl: folder.file("root.crl", root.sign_crl(&params()).unwrap().to_pem()),
                other: folder.file("other.crl", other.sign_crl(&params()).unwrap().to_pem()),
                folder,
            }
        })
        .collect()
}

fn authority(key_type: KeyType) -> Authority {
    let key = Key::generate(key_type).unwrap();
    Authority::root(key, &CaSubject::new("Example root"), 99 * DAY, 1, now()).unwrap()
}

fn params() -> CrlParams {
    let entry = |serial: &str, reason| RevokedCertificate {
        serial: serial.parse().unwrap(),
        revoked_at: now(),
        reason,
        invalidity_date: Some(now() - DAY),
    };
    CrlParams {
        number: 4711,
        this_update: now(),
        next_update: now() + 7 * DAY,
        entries: vec![
            entry("ABCD", Some(RevocationReason::KeyCompromise)),
            entry("7B", None),
            entry("0142", Some(RevocationReason::PrivilegeWithdrawn)),
        ],
        distribution_point: Some(IssuingDistributionPoint {
            uris: vec!["http://ca.test/root.crl".into()],
            scope: CrlScope::All,
        }),
    }
}

#[track_caller]
fn says(finished: &Finished, expected: &[&str]) {
    let said = format!("{}{}", finished.text(), finished.stderr);
    for text in expected {
        assert!(said.contains(text), "no {text:?}: {finished}");
    }
}

#[test]
fn openssl_reads_and_verifies_it() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    for signed in each() {
        let check = |crl: &str| {
            openssl.run(&[
                "crl",
                "-in",
                crl,
                "-noout",
                "-text",
                "-CAfile",
                &signed.root,
            ])
        };
        let read = check(&signed.crl).success();
        says(
            &read,
            &[
                "verify OK",
                "Version 2",
                "4711",
                "URI:http://ca.test/root.crl",
                "Serial Number: ABCD",
                "Serial Number: 7B",
                "Serial Number: 0142",
                "Key Compromise",
                "Privilege Withdrawn",
                "Invalidity Date",
            ],
        );
        says(&check(&signed.other), &["verify failure"]);
    }
}

#[test]
fn gnutls_reads_and_verifies_it() {
    let Some(gnutls) = peer::gnutls() else {
        return;
    };
    for signed in each() {
        let verify = |crl: &str| {
            let args = [
                "--verify-crl",
                "--load-ca-certificate",
                &signed.root,
                "--infile",
                crl,
            ];
            Process::run(&mut gnutls.certtool(&args))
        };
        let info = Process::run(&mut gnutls.certtool(&["--crl-info", "--infile", &signed.crl]));
        let info = info.success();
        says(
            &info,
            &["Revoked certificates (3)", "Serial Number (hex): 00abcd"],
        );
        let verified = verify(&signed.crl);
        says(&verified, &["Verification output: Verified"]);
        let refused = verify(&signed.other);
        says(&refused, &["Not verified"]);
    }
}

const PYTHON: &str = "
import sys
from cryptography import x509
root = x509.load_pem_x509_certificate(open(sys.argv[1], 'rb').read())
crl = x509.load_pem_x509_crl(open(sys.argv[2], 'rb').read())
print(crl.is_signature_valid(root.public_key()))
print(crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number)
key_id = crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
print(key_id == root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest)
for entry in crl:
    reasons = [e.value.reason.value for e in entry.extensions if isinstance(e.value, x509.CRLReason)]
    print(format(entry.serial_number, 'X'), *reasons)
";

#[test]
fn python_cryptography_reads_and_verifies_it() {
    let Some(python) = peer::python_cryptography() else {
        return;
    };
    for signed in each() {
        let read = |crl: &str| {
            Process::run(python(PYTHON).args([&signed.root[..], crl]))
                .success()
                .text()
        };
        assert_eq!(
            read(&signed.crl).lines().collect::<Vec<_>>(),
            [
                "True",
                "4711",
                "True",
                "7B",
                "142 privilegeWithdrawn",
                "ABCD keyCompromise"
            ],
            "{}",
            signed.key_type
        );
        assert!(read(&signed.other).starts_with("False\n"));
    }
}

#[test]
fn go_reads_and_verifies_it() {
    let Some(go) = peer::go_crl() else {
        return;
    };
    for signed in each() {
        let read = |crl: &str| Process::run(Command::new(&go).args([&signed.root, crl]));
        assert_eq!(
            read(&signed.crl)
                .success()
                .text()
                .lines()
                .collect::<Vec<_>>(),
            ["4711", "7b 0", "142 9", "abcd 1"],
            "{}",
            signed.key_type
        );
        let refused = read(&signed.other);
        assert!(!refused.status.success(), "{refused}");
        says(&refused, &["x509: "]);
        drop(signed.folder);
    }
}

const CA_CONFIG: &str = "[ca]\ndefault_ca = d\n[d]\ndatabase = index.txt\ncrlnumber = number\ndefault_md = sha256\n\
                         default_crl_days = 7\ncrl_extensions = e\n[e]\nauthorityKeyIdentifier = keyid\n";

#[test]
fn a_crl_of_openssl_is_read_and_verified() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let root = authority(KeyType::P384);
    let folder = Folder::new();
    let _ = folder.file("ca.cnf", CA_CONFIG);
    let _ = folder.file("root.crt", root.certificate().to_pem());
    let _ = folder.file("root.key", root.key().to_pem().as_bytes());
    let _ = folder.file("number", "1267\n");
    let revoked = "R\t991231000000Z\t260101000000Z,keyCompromise\tABCD\tunknown\t/CN=a\n\
                   R\t991231000000Z\t260102000000Z\t7B\tunknown\t/CN=b\n";
    let _ = folder.file("index.txt", revoked);
    let args = [
        "ca", "-gencrl", "-config", "ca.cnf", "-cert", "root.crt", "-keyfile", "root.key",
    ];
    let signed = Process::run(openssl.command(&args).current_dir(folder.path())).success();
    let crl = Crl::from_pem(&signed.text()).unwrap();
    assert_eq!(crl.check_signed_by(root.certificate()), Ok(()));
    assert!(
        crl.check_signed_by(authority(KeyType::P384).certificate())
            .is_err()
    );
    assert_eq!(crl.info().number.as_ref().unwrap().to_string(), "4711");
    assert_eq!(crl.entries().len(), 2);
    let entry = crl.entry(&"ABCD".parse().unwrap()).unwrap();
    assert_eq!(entry.reason, Some(RevocationReason::KeyCompromise));
    assert_eq!(entry.revoked_at.unix_timestamp(), 1_767_225_600);
}
