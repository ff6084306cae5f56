//! Programs that import a file.

use std::process::Command;

use wharf_interop_tests::peer;

use crate::{Desk, SECRET, WITH_SECRET};

const FORMS: [(&str, &[&str]); 2] = [("modern.p12", &[]), ("legacy.p12", &["--legacy"])];

/// A file in each form, made by name out of the inventory.
#[track_caller]
fn desk() -> Desk {
    let desk = Desk::issued();
    for (file, form) in FORMS {
        let made = desk.p12(&[&["api.test", "--out", file], form].concat());
        assert_eq!(made.success().text(), format!("{file}\n"));
        assert_eq!(desk.mode(file), 0o600);
    }
    desk
}

#[test]
fn openssl_finds_key_certificate_and_intermediate() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let desk = desk();
    let key = String::from_utf8(desk.read("api.test.key")).unwrap();
    let chain = String::from_utf8(desk.read("api.test.pem")).unwrap();
    for (file, form) in FORMS {
        let legacy: &[&str] = if form.is_empty() { &[] } else { &["-legacy"] };
        let pass = format!("pass:{SECRET}");
        let args = ["pkcs12", "-info", "-nodes", "-in", file, "-passin", &pass];
        let shown = desk.foreign(&mut openssl.command(&[&args, legacy].concat()));
        let text = shown.text();
        for pem in chain.split_inclusive("-----END CERTIFICATE-----\n") {
            assert!(text.contains(pem), "{shown}");
        }
        assert!(text.contains(&key), "{shown}");
        assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 2, "{shown}");
        assert_eq!(text.matches("friendlyName: api.test").count(), 2, "{shown}");
    }
}

#[test]
fn java_has_an_entry_with_the_whole_chain() {
    let Some(keytool) = peer::keytool() else {
        return;
    };
    // Java takes passwords of ASCII alone.
    let desk = Desk::issued();
    for (file, form) in FORMS {
        let args = ["cert", "p12", "api.test", "--out", file];
        let mut made = desk.command(&[&args[..], form, &WITH_SECRET].concat());
        let _ = desk.foreign(made.env("SECRET", "changeit"));
        let mut list = Command::new(&keytool);
        list.args(["-J-Duser.language=en", "-list", "-v", "-alias", "api.test"])
            .args(["-storepass", "changeit", "-keystore", file]);
        let shown = desk.foreign(&mut list);
        let text = shown.text();
        assert!(text.contains("PrivateKeyEntry"), "{shown}");
        assert!(text.contains("Certificate chain length: 2"), "{shown}");
    }
}

#[test]
fn nss_imports_key_and_certificates() {
    let Some(pk12util) = peer::pk12util() else {
        return;
    };
    let desk = desk();
    for (file, _) in FORMS {
        let database = desk.path(&format!("{file}-nss"));
        std::fs::create_dir(&database).unwrap();
        let database = format!("sql:{database}");
        let certutil = pk12util.with_file_name("certutil");
        let run = |program, args: &[&str]| {
            let mut command = Command::new(program);
            command.args(args).args(["-d", &database]);
            desk.foreign(&mut command)
        };
        run(&certutil, &["-N", "--empty-password"]);
        run(&pk12util, &["-i", file, "-W", SECRET]);
        // `u`: it has the key of it.
        let listed = run(&certutil, &["-L"]).text();
        let is_own =
            |line: &str| line.starts_with("api.test ") && line.trim_end().ends_with("u,u,u");
        assert!(listed.lines().any(is_own), "{listed}");
    }
}

#[test]
fn gnutls_and_node_open_it() {
    let desk = desk();
    if let Some(gnutls) = peer::gnutls() {
        for (file, _) in FORMS {
            let args = [
                "--p12-info",
                "--inder",
                "--password",
                SECRET,
                "--infile",
                file,
            ];
            let shown = desk.foreign(&mut gnutls.certtool(&args));
            let text = shown.text();
            assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 2, "{shown}");
            assert!(text.contains("PRIVATE KEY"), "{shown}");
        }
    }
    if let Some(node) = peer::node_program() {
        // Node's OpenSSL has no legacy algorithms, so it is shown the modern form alone.
        const PROGRAM: &str = "
const [file, passphrase] = process.argv.slice(1);
require('tls').createSecureContext({ pfx: require('fs').readFileSync(file), passphrase });
console.log('opened');
";
        let mut command = Command::new(node);
        command.args(["-e", PROGRAM, "modern.p12", SECRET]);
        assert_eq!(desk.foreign(&mut command).text(), "opened\n");
    }
}

const PYTHON: &str = "
import sys
from cryptography.hazmat.primitives.serialization import *
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
password = sys.argv[1].encode()
for name in sys.argv[2:]:
    read = load_pkcs12(open(name, 'rb').read(), password)
    pem = lambda certificate: certificate.public_bytes(Encoding.PEM)
    chain = pem(read.cert.certificate) + b''.join(pem(more.certificate) for more in read.additional_certs)
    assert chain == open('api.test.pem', 'rb').read()
    key = read.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert key.split() == open('api.test.key', 'rb').read().split()
    print(read.cert.friendly_name.decode())
";

#[test]
fn pythons_cryptography_finds_the_same_octets() {
    let Some(python) = peer::python_cryptography() else {
        return;
    };
    let desk = desk();
    let mut command = python(PYTHON);
    command.args([SECRET, "modern.p12", "legacy.p12"]);
    assert_eq!(desk.foreign(&mut command).text(), "api.test\napi.test\n");
}
