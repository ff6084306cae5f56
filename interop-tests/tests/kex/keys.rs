use std::process::Command;

use wharf_interop_tests::{Process, peer};

use super::Lab;

/// Makes `NAME.key` and `NAME.pub`.
#[track_caller]
fn keygen(lab: &Lab, name: &str, group: &str) {
    let (key, public) = (format!("{name}.key"), format!("{name}.pub"));
    lab.done(&[
        "kex", "keygen", "--group", group, "--out", &key, "--pub", &public,
    ]);
    assert_eq!((lab.mode(&key), lab.mode(&public)), (0o600, 0o644));
}

#[test]
fn derive_is_what_openssl_derives_both_ways() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let lab = Lab::new();
    let groups = [
        ("x25519", &["-algorithm", "X25519"][..]),
        (
            "p256",
            &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        ),
        (
            "p384",
            &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        ),
    ];
    for (group, options) in groups {
        let [ours, theirs] = [format!("{group}-ours"), format!("{group}-theirs")];
        keygen(&lab, &ours, group);
        let paths = [&ours, &theirs].map(|name| {
            [
                lab.path(&format!("{name}.key")),
                lab.path(&format!("{name}.pub")),
            ]
        });
        let [[our_key, our_pub], [their_key, their_pub]] = &paths;
        let made = [&["genpkey"], options, &["-out", their_key]].concat();
        let _ = openssl.run(&made).success();
        let _ = openssl
            .run(&["pkey", "-in", their_key, "-pubout", "-out", their_pub])
            .success();
        // Ours is read as it is, and its public key is the one that we wrote.
        let public = openssl.run(&["pkey", "-in", our_key, "-pubout"]).success();
        assert_eq!(public.stdout, std::fs::read(our_pub).unwrap(), "{group}");
        let secret = openssl.run(&[
            "pkeyutl", "-derive", "-inkey", our_key, "-peerkey", their_pub,
        ]);
        let secret = secret.success().stdout;
        for (key, peer) in [(our_key, their_pub), (their_key, our_pub)] {
            let derived = lab.done(&["kex", "derive", "--key", key, "--peer", peer]);
            assert_eq!(derived.stdout, secret, "{group}");
        }
    }
}

#[test]
fn a_derived_key_is_what_openssl_makes_with_hkdf() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let lab = Lab::new();
    keygen(&lab, "a", "x25519");
    keygen(&lab, "b", "x25519");
    let derive = |more: &[&str]| {
        let args = [
            &[
                "kex", "derive", "--key", "a.key", "--peer", "b.pub", "--hex",
            ],
            more,
        ]
        .concat();
        lab.done(&args).text().trim().to_owned()
    };
    let secret = derive(&[]);
    let key = derive(&["--info", "my protocol", "--salt", "00ff", "--bytes", "42"]);
    let key_option = format!("hexkey:{secret}");
    let made = openssl.run(&[
        "kdf",
        "-keylen",
        "42",
        "-kdfopt",
        "digest:SHA256",
        "-kdfopt",
        &key_option,
        "-kdfopt",
        "hexsalt:00ff",
        "-kdfopt",
        "info:my protocol",
        "HKDF",
    ]);
    let made = made.success().text().trim().replace(':', "").to_lowercase();
    assert_eq!(key, made);
    let too_much = [
        "kex", "derive", "--key", "a.key", "--peer", "b.pub", "--info", "a", "--bytes", "9999",
    ];
    lab.fails(&too_much, 1, "gives 1 to 8160 bytes, not 9999");
}

/// What OpenSSL 3.5 encapsulates and decapsulates, through Node.
const NODE: &str = "
const crypto = require('crypto'), fs = require('fs');
const [key, ours, theirs, secret] = process.argv.slice(1);
const pair = crypto.createPrivateKey(fs.readFileSync(key));
const made = crypto.encapsulate(crypto.createPublicKey(pair));
fs.writeFileSync(theirs, made.ciphertext);
fs.writeFileSync(secret, made.sharedKey);
process.stdout.write(crypto.decapsulate(pair, fs.readFileSync(ours)));
";

/// A key that OpenSSL 3.5 makes.
const NODE_KEY: &str = "
const crypto = require('crypto');
const { privateKey } = crypto.generateKeyPairSync('ml-kem-768');
process.stdout.write(privateKey.export({ type: 'pkcs8', format: 'pem' }));
";

const NODE_PUBLIC: &str = "
const crypto = require('crypto'), fs = require('fs');
const key = crypto.createPublicKey(crypto.createPrivateKey(fs.readFileSync(process.argv[1])));
process.stdout.write(key.export({ type: 'spki', format: 'pem' }));
";

#[test]
fn ml_kem_is_that_of_openssl_3_5_both_ways() {
    let Some(node) = peer::node_program() else {
        return;
    };
    let lab = Lab::new();
    keygen(&lab, "ours", "ml-kem-768");
    let made = Process::run(Command::new(&node).args(["-e", NODE_KEY])).success();
    lab.write("theirs.key", made.stdout);
    for name in ["ours", "theirs"] {
        let key = lab.path(&format!("{name}.key"));
        let public = Process::run(Command::new(&node).args(["-e", NODE_PUBLIC, &key])).success();
        if name == "ours" {
            assert_eq!(public.stdout, lab.read("ours.pub"));
        }
        lab.write("peer.pub", public.stdout);
        lab.done(&[
            "kex",
            "encap",
            "--peer",
            "peer.pub",
            "--ciphertext",
            "ct",
            "--out",
            "secret",
            "--force",
        ]);
        let files = [
            key.clone(),
            lab.path("ct"),
            lab.path("their-ct"),
            lab.path("their-secret"),
        ];
        let opened = Process::run(Command::new(&node).args(["-e", NODE]).args(files)).success();
        assert_eq!(opened.stdout, lab.read("secret"), "{name}");
        let opened = lab.done(&["kex", "decap", "--key", &key, "--ciphertext", "their-ct"]);
        assert_eq!(opened.stdout, lab.read("their-secret"), "{name}");
    }
}

/// The hybrid is no key of any other program: its halves are.
const NODE_HYBRID: &str = "
const crypto = require('crypto'), fs = require('fs');
const [key, ciphertext] = process.argv.slice(1).map((file) => fs.readFileSync(file));
const keys = key.toString().split(/(?=-----BEGIN)/).map((text) => crypto.createPrivateKey(text));
const spki = Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), ciphertext.subarray(1088)]);
const publicKey = crypto.createPublicKey({ key: spki, format: 'der', type: 'spki' });
process.stdout.write(crypto.decapsulate(keys[0], ciphertext.subarray(0, 1088)));
process.stdout.write(crypto.diffieHellman({ privateKey: keys[1], publicKey }));
";

#[test]
fn the_hybrid_is_ml_kem_and_x25519_of_openssl_in_the_order_of_tls() {
    let Some(node) = peer::node_program() else {
        return;
    };
    let lab = Lab::new();
    keygen(&lab, "h", "x25519mlkem768");
    lab.done(&[
        "kex",
        "encap",
        "--peer",
        "h.pub",
        "--ciphertext",
        "ct",
        "--out",
        "secret",
    ]);
    assert_eq!((lab.read("ct").len(), lab.read("secret").len()), (1120, 64));
    assert_eq!(lab.mode("secret"), 0o600);
    let files = [lab.path("h.key"), lab.path("ct")];
    let opened = Process::run(Command::new(&node).args(["-e", NODE_HYBRID]).args(files)).success();
    assert_eq!(opened.stdout, lab.read("secret"));
    let opened = lab.done(&["kex", "decap", "--key", "h.key", "--ciphertext", "ct"]);
    assert_eq!(opened.stdout, lab.read("secret"));
}

#[test]
fn rsa_is_the_oaep_of_openssl_both_ways() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    const OAEP: [&str; 4] = [
        "-pkeyopt",
        "rsa_padding_mode:oaep",
        "-pkeyopt",
        "rsa_oaep_md:sha256",
    ];
    let lab = Lab::new();
    keygen(&lab, "r", "rsa-oaep");
    lab.done(&[
        "kex",
        "encap",
        "--peer",
        "r.pub",
        "--ciphertext",
        "ct",
        "--out",
        "secret",
    ]);
    let [key, public, ct] = ["r.key", "r.pub", "ct"].map(|name| lab.path(name));
    let opened = openssl.run(
        &[
            &["pkeyutl", "-decrypt", "-inkey", &key, "-in", &ct],
            &OAEP[..],
        ]
        .concat(),
    );
    assert_eq!(opened.success().stdout, lab.read("secret"));
    let secret = lab.path("secret");
    let their = lab.path("their-ct");
    let sealed = [
        "pkeyutl", "-encrypt", "-pubin", "-inkey", &public, "-in", &secret, "-out", &their,
    ];
    let _ = openssl.run(&[&sealed[..], &OAEP[..]].concat()).success();
    let opened = lab.done(&["kex", "decap", "--key", "r.key", "--ciphertext", "their-ct"]);
    assert_eq!(opened.stdout, lab.read("secret"));
    lab.write("ct", vec![1; 384]);
    let broken = ["kex", "decap", "--key", "r.key", "--ciphertext", "ct"];
    lab.fails(&broken, 2, "refused (not-decrypted)");
}

/// Python's cryptography derives the same, and has ML-KEM of its own.
const PYTHON: &str = r#"
import sys
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
key = load_pem_private_key(open(sys.argv[1], 'rb').read(), None)
peer = load_pem_public_key(open(sys.argv[2], 'rb').read())
if isinstance(key, x25519.X25519PrivateKey):
    secret = key.exchange(peer)
else:
    secret = key.exchange(ec.ECDH(), peer)
sys.stdout.buffer.write(secret)
"#;

#[test]
fn cryptography_derives_the_same() {
    let Some(python) = peer::python_cryptography() else {
        return;
    };
    let lab = Lab::new();
    for group in ["x25519", "p256", "p384"] {
        let [a, b] = [format!("{group}-a"), format!("{group}-b")];
        keygen(&lab, &a, group);
        keygen(&lab, &b, group);
        let files = [lab.path(&format!("{a}.key")), lab.path(&format!("{b}.pub"))];
        let derived = Process::run(python(PYTHON).args(&files)).success();
        let [key, peer] = &files;
        let ours = lab.done(&["kex", "derive", "--key", key, "--peer", peer]);
        assert_eq!(ours.stdout, derived.stdout, "{group}");
    }
}

#[test]
fn a_point_of_small_order_is_refused_where_openssl_refuses_it() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let lab = Lab::new();
    keygen(&lab, "a", "x25519");
    // SubjectPublicKeyInfo of 32 zeros.
    let zero = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----\n";
    let [key, public] = [lab.path("a.key"), lab.write("zero.pub", zero)];
    let refused = openssl.run(&["pkeyutl", "-derive", "-inkey", &key, "-peerkey", &public]);
    assert!(!refused.status.success(), "{refused}");
    lab.fails(
        &["kex", "derive", "--key", "a.key", "--peer", "zero.pub"],
        2,
        "refused (small-order)",
    );
}

#[test]
fn files_are_not_overwritten_and_keys_of_other_kinds_not_used() {
    let lab = Lab::new();
    keygen(&lab, "a", "x25519");
    keygen(&lab, "k", "ml-kem-768");
    lab.fails(&["kex", "keygen", "--out", "a.key"], 1, "a.key exists");
    lab.fails(
        &[
            "kex", "derive", "--key", "a.key", "--peer", "a.pub", "--out", "a.pub",
        ],
        1,
        "a.pub exists",
    );
    lab.fails(
        &["kex", "derive", "--key", "k.key", "--peer", "k.pub"],
        1,
        "a key of ML-KEM-768 does not derive",
    );
    lab.fails(
        &["kex", "derive", "--key", "a.key", "--peer", "k.pub"],
        1,
        "the private key is of X25519, the public key of ML-KEM-768",
    );
    lab.fails(
        &["kex", "encap", "--peer", "k.pub", "--ciphertext", "-"],
        1,
        "cannot both go to stdout",
    );
    lab.write("ct", [0; 1087]);
    lab.fails(
        &["kex", "decap", "--key", "k.key", "--ciphertext", "ct"],
        2,
        "refused (length)",
    );
    lab.done(&["key", "new", "--type", "ed25519", "--out", "e.key"]);
    lab.fails(
        &["kex", "derive", "--key", "e.key", "--peer", "a.pub"],
        1,
        "no secret is agreed on: ed25519",
    );
}
