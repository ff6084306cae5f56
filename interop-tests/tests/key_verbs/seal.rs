use wharf_interop_tests::{Process, peer};

use super::Lab;

/// Opens one sealed file, and seals another, with the HPKE of cryptography; both of one chunk.
const PYTHON: &str = r#"
import sys
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import load_pem_private_key
kem, key, ours, theirs = sys.argv[1:]
kdf, numbers = {
    'P256': (KDF.HKDF_SHA256, '001000010002'),
    'P384': (KDF.HKDF_SHA384, '001100020002'),
    'P521': (KDF.HKDF_SHA512, '001200030002'),
    'X25519': (KDF.HKDF_SHA256, '002000010002'),
}[kem]
suite = Suite(getattr(KEM, kem), kdf, AEAD.AES_256_GCM)
key = load_pem_private_key(open(key, 'rb').read(), None)
header = b'wharfsealed\x01' + bytes.fromhex(numbers)
file = open(ours, 'rb').read()
assert file[:18] == header, file[:18]
content = suite.decrypt(file[18:], key, info=header)
open(theirs, 'wb').write(header + suite.encrypt(content, key.public_key(), info=header))
sys.stdout.buffer.write(content)
"#;

#[test]
fn cryptography_opens_what_we_seal_and_we_what_it_seals() {
    let (Some(python), Some(openssl)) = (peer::python_cryptography(), peer::openssl()) else {
        return;
    };
    let lab = Lab::new();
    let content: Vec<u8> = (0..=255).cycle().take(65_536).collect();
    lab.write("file", &content);
    for (kem, name) in [
        ("P256", "p256"),
        ("P384", "p384"),
        ("P521", "p521"),
        ("X25519", "x"),
    ] {
        if kem == "X25519" {
            let (key, public) = (lab.path("x.key"), lab.path("x.pub"));
            let _ = openssl
                .run(&["genpkey", "-algorithm", "x25519", "-out", &key])
                .success();
            let _ = openssl
                .run(&["pkey", "-in", &key, "-pubout", "-out", &public])
                .success();
        } else {
            lab.key(name, name);
        }
        let [key, public] = ["key", "pub"].map(|end| format!("{name}.{end}"));
        lab.done(&["seal", "file", "--to", &public, "--out", "ours", "--force"]);
        let paths = [&key, "ours", "theirs"].map(|name| lab.path(name));
        let opened = Process::run(python(PYTHON).arg(kem).args(paths)).success();
        assert_eq!(opened.stdout, content, "{kem}");
        let opened = lab.done(&["open", "theirs", "--key", &key]);
        assert_eq!(opened.stdout, content, "{kem}");
    }
}

#[test]
fn a_file_is_sealed_to_a_certificate_and_opened_whole_or_not_at_all() {
    let lab = Lab::new();
    lab.done(&["cert", "issue", "a.test"]);
    let content = vec![7; 300_000];
    lab.write("file", &content);
    let sealed = lab.done(&["seal", "file", "--to", "a.test.pem"]);
    assert_eq!(sealed.text(), "file.sealed\n");
    lab.fails(
        &["seal", "file", "--to", "a.test.pem"],
        1,
        "file.sealed exists",
    );
    lab.done(&[
        "open",
        "file.sealed",
        "--key",
        "a.test.key",
        "--out",
        "opened",
    ]);
    assert_eq!(lab.read("opened"), content);
    assert_eq!(lab.mode("opened"), 0o600);

    let whole = lab.read("file.sealed");
    // At the end of a chunk.
    lab.write("cut", &whole[..18 + 65 + 3 * 65_552]);
    lab.fails(
        &["open", "cut", "--key", "a.test.key", "--out", "part"],
        2,
        "cut off or changed",
    );
    assert!(!lab.0.beside("part").exists());
    let part = lab.run(&["open", "cut", "--key", "a.test.key"]);
    assert_eq!((part.code(), part.stdout.len()), (Some(2), 2 * 65_536));
    lab.key("b", "p256");
    lab.fails(
        &["open", "file.sealed", "--key", "b.key"],
        2,
        "to another key",
    );
    lab.fails(
        &["open", "file", "--key", "a.test.key"],
        2,
        "not a file that wharf seal wrote",
    );
    lab.key("c", "ed25519");
    lab.fails(
        &["seal", "file", "--to", "c.pub", "--out", "c"],
        1,
        "Ed25519",
    );
}

#[test]
fn nothing_is_sealed_to_who_was_revoked_or_is_over() {
    let lab = Lab::new();
    lab.write("file", b"a secret");
    lab.done(&["cert", "issue", "a.test"]);
    let seal = ["seal", "file", "--force", "--to"];
    let warned = lab.done(&[&seal[..], &["a.test.pem"]].concat());
    assert!(warned.stderr.contains("keyAgreement"), "{warned}");
    lab.done(&["cert", "revoke", "a.test"]);
    lab.fails(
        &[&seal[..], &["a.test.pem"]].concat(),
        2,
        "it was revoked on",
    );

    // The key beside a certificate that is over does not stand for it.
    lab.key("b", "p256");
    let both = [&lab.read("a.test.pem")[..], &lab.read("b.pub")].concat();
    lab.write("both", both);
    lab.fails(&[&seal[..], &["both"]].concat(), 2, "it was revoked on");
    lab.done(&[&seal[..], &["b.pub"]].concat());
}
