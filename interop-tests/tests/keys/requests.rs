//! Certification requests, and certificates for the keys in them.

use std::process::Command;

use time::OffsetDateTime;
use wharf_interop_tests::{Process, peer};
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, CaSubject, CertificateRequest, EndEntity, Key, KeyType};

use super::{CLASSIC, Folder, key, section};

fn ours(key: &Key) -> CertificateRequest {
    let names = ["a.test", "10.0.0.1", "::1"].map(|name| name.parse().unwrap());
    CertificateRequest::new(key, &names, None).unwrap()
}

#[track_caller]
fn read(text: &str, name: &str) -> CertificateRequest {
    let request =
        CertificateRequest::from_pem(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(request.names(), [name.parse().unwrap()]);
    request
}

#[test]
fn openssl_verifies_our_requests() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let folder = Folder::new();
    for key_type in CLASSIC {
        let file = folder.write("request", ours(&key(key_type)).to_pem());
        let said = openssl
            .run(&["req", "-verify", "-noout", "-text", "-in", &file])
            .success();
        let names = "DNS:a.test, IP Address:10.0.0.1, IP Address:0:0:0:0:0:0:0:1";
        assert!(said.text().contains(names), "{said}");
        assert!(format!("{said}").contains("verify OK"), "{said}");
    }
}

#[test]
fn openssl_s_requests_are_read_for_every_key_and_hash() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let folder = Folder::new();
    for key_type in CLASSIC {
        let key = key(key_type);
        let file = folder.write("key", key.to_pem().as_bytes());
        for hash in ["-sha256", "-sha384", "-sha512"] {
            let names = "subjectAltName=DNS:a.test";
            let args = [
                "req",
                "-new",
                "-key",
                &file,
                "-subj",
                "/CN=a.test",
                "-addext",
                names,
                hash,
            ];
            // Its own configuration asks for nothing more.
            let mut command = openssl.command(&args);
            let config = folder.write("config", "[req]\ndistinguished_name=dn\n[dn]\n");
            let said = Process::run(command.args(["-config", &config])).success();
            assert_eq!(
                read(&section(&said), "a.test").public_key(),
                key.public_key()
            );
        }
    }
}

const PYTHON_READS: &str = "
import sys
from cryptography import x509
from cryptography.hazmat.primitives.serialization import *
request = x509.load_pem_x509_csr(open(sys.argv[1], 'rb').read())
assert request.is_signature_valid
names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
print(names.get_values_for_type(x509.DNSName), [str(ip) for ip in names.get_values_for_type(x509.IPAddress)])
";

#[test]
fn cryptography_verifies_our_requests() {
    let Some(python) = peer::python_cryptography() else {
        return;
    };
    let folder = Folder::new();
    for key_type in KeyType::ALL {
        let file = folder.write("request", ours(&key(key_type)).to_pem());
        let said = Process::run(python(PYTHON_READS).arg(&file)).success();
        assert_eq!(
            said.text().trim(),
            "['a.test'] ['10.0.0.1', '::1']",
            "{key_type}"
        );
    }
}

/// As certbot makes them, always with SHA-256, and with the hashes that it does not use.
const PYTHON_WRITES: &str = "
import sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import *
key = load_pem_private_key(open(sys.argv[1], 'rb').read(), None)
names = x509.SubjectAlternativeName([x509.DNSName('a.test')])
builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
builder = builder.add_extension(names, critical=False).add_extension(x509.TLSFeature([x509.TLSFeatureType.status_request]), False)
for hash in [getattr(hashes, name)() for name in sys.argv[2:]] or [None]:
    sys.stdout.write(builder.sign(key, hash).public_bytes(Encoding.PEM).decode())
";

#[test]
fn requests_as_certbot_makes_them_are_read() {
    let Some(python) = peer::python_cryptography() else {
        return;
    };
    let folder = Folder::new();
    for key_type in KeyType::ALL {
        let key = key(key_type);
        let file = folder.write("key", key.to_pem().as_bytes());
        let hashes: &[&str] = match CLASSIC.contains(&key_type) && key_type != KeyType::Ed25519 {
            true => &["SHA256", "SHA384", "SHA512"],
            false => &[],
        };
        let said = Process::run(python(PYTHON_WRITES).arg(&file).args(hashes)).success();
        let said = said.text();
        let texts: Vec<_> = said
            .split_inclusive("-----END CERTIFICATE REQUEST-----")
            .collect();
        assert_eq!(texts.len() - 1, hashes.len().max(1));
        for text in &texts[..texts.len() - 1] {
            let request = read(text, "a.test");
            assert_eq!(request.public_key(), key.public_key());
            assert_eq!(request.extensions()[1].oid, "1.3.6.1.5.5.7.1.24");
        }
    }
}

#[test]
fn certtool_reads_our_requests_and_we_read_its() {
    let Some(gnutls) = peer::gnutls() else {
        return;
    };
    let folder = Folder::new();
    let template = folder.write("template", "cn = a.test\ndns_name = a.test\n");
    for key_type in CLASSIC {
        let key = key(key_type);
        let request = folder.write("request", ours(&key).to_pem());
        let said = Process::run(&mut gnutls.certtool(&["--crq-info", "--infile", &request]));
        let said = said.success();
        assert!(said.text().contains("Self signature: verified"), "{said}");
        assert!(said.text().contains(&key.public_key().pin()), "{said}");

        let file = folder.write("key", key.to_pem().as_bytes());
        let args = [
            "--generate-request",
            "--load-privkey",
            &file,
            "--template",
            &template,
        ];
        let said = Process::run(&mut gnutls.certtool(&args)).success();
        assert_eq!(
            read(&section(&said), "a.test").public_key(),
            key.public_key()
        );
    }
}

#[test]
fn keytool_reads_our_requests_and_we_read_its() {
    let Some(keytool) = peer::keytool() else {
        return;
    };
    let folder = Folder::new();
    let run = |args: &[&str]| Process::run(Command::new(&keytool).args(args)).success();
    for (key_type, options) in [
        (
            KeyType::P256,
            &["-keyalg", "EC", "-groupname", "secp256r1"][..],
        ),
        (
            KeyType::P384,
            &[
                "-keyalg",
                "EC",
                "-groupname",
                "secp384r1",
                "-sigalg",
                "SHA256withECDSA",
            ],
        ),
        (KeyType::P521, &["-keyalg", "EC", "-groupname", "secp521r1"]),
        (KeyType::Ed25519, &["-keyalg", "Ed25519"]),
        (KeyType::Rsa2048, &["-keyalg", "RSA", "-keysize", "2048"]),
        (
            KeyType::Rsa3072,
            &[
                "-keyalg",
                "RSA",
                "-keysize",
                "3072",
                "-sigalg",
                "RSASSA-PSS",
            ],
        ),
    ] {
        let request = folder.write("request", ours(&key(key_type)).to_pem());
        let said = run(&["-J-Duser.language=en", "-printcertreq", "-file", &request]);
        assert!(said.text().contains("DNSName: a.test"), "{said}");

        let store = folder.path(&format!("{key_type}.p12"));
        let common = ["-keystore", &store, "-storepass", "changeit", "-alias", "a"];
        let made = ["-genkeypair", "-dname", "CN=a.test"];
        let _ = run(&[&made[..], &common, options].concat());
        let asked = ["-certreq", "-ext", "SAN=dns:a.test"];
        let signature: &[&str] = match options {
            [.., "-sigalg", name] => &["-sigalg", name],
            _ => &[],
        };
        let said = run(&[&asked[..], &common, signature].concat());
        let text = section(&said);
        assert!(text.starts_with("-----BEGIN NEW CERTIFICATE REQUEST-----"));
        let expected = key(key_type).public_key().algorithm().to_string();
        let request = read(&text, "a.test");
        assert_eq!(request.public_key().algorithm().to_string(), expected);
    }
}

/// What rcgen's own way from a request to a certificate gets wrong: it takes the curve from the hash.
#[test]
fn openssl_finds_the_right_key_in_a_certificate_for_p384_and_sha256() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let folder = Folder::new();
    let now = OffsetDateTime::now_utc();
    let root = Authority::root(key(KeyType::P256), &CaSubject::new("root"), 9 * DAY, 1, now);
    let root = root.unwrap();
    let trusted = folder.write("root", root.certificate().to_pem());
    for (key_type, hash) in [
        (KeyType::P384, "-sha256"),
        (KeyType::P521, "-sha256"),
        (KeyType::P256, "-sha384"),
        (KeyType::Rsa2048, "-sha512"),
        (KeyType::Ed25519, "-sha256"),
    ] {
        let key = Key::generate(key_type).unwrap();
        let file = folder.write("key", key.to_pem().as_bytes());
        let config = folder.write("config", "[req]\ndistinguished_name=dn\n[dn]\n");
        let args = [
            "req",
            "-new",
            "-config",
            &config,
            "-key",
            &file,
            "-subj",
            "/CN=a.test",
            hash,
        ];
        let said = openssl.run(&args).success();
        let request = CertificateRequest::from_pem(&section(&said)).unwrap();
        let wanted = EndEntity {
            names: vec![request.common_names()[0].parse().unwrap()],
            lifetime: DAY,
            ..EndEntity::default()
        };
        let issued = root.issue_for(&wanted, request.public_key(), now).unwrap();
        let leaf = folder.write("leaf", issued.certificate.to_pem());
        let shown = openssl
            .run(&["x509", "-in", &leaf, "-noout", "-pubkey"])
            .success();
        assert_eq!(shown.text(), key.public_key().to_pem());
        let verify = [
            "verify",
            "-x509_strict",
            "-purpose",
            "sslserver",
            "-CAfile",
            &trusted,
            &leaf,
        ];
        let verified = openssl.run(&verify);
        assert!(verified.status.success(), "{verified}");
    }
}
