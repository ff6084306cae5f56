//! OpenSSL 3.0 and later.

use std::fs;

use rcgen::SigningKey;
use wharf_interop_tests::peer;
use wharf_pki::PublicKey;
use wharf_pki::key::{Hash, SignatureAlgorithm};

use super::{CLASSIC, Folder, SECRET, forms, key, read};

const PASS: &str = "pass:correct horse";

#[test]
fn openssl_reads_every_form_that_we_write() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    assert_eq!(PASS.strip_prefix("pass:"), Some(SECRET));
    let folder = Folder::new();
    for key_type in CLASSIC {
        let key = key(key_type);
        for (form, text) in forms(key_type) {
            let file = folder.write("key", text);
            let args = ["pkey", "-in", &file, "-passin", PASS, "-pubout"];
            let shown = openssl.run(&args).success().text();
            assert_eq!(shown, key.public_key().to_pem(), "{form}");
        }
        let public = folder.write("pub", key.public_key().to_pem());
        let der = openssl.run(&[
            "pkey", "-pubin", "-in", &public, "-pubout", "-outform", "DER",
        ]);
        assert_eq!(der.success().stdout, key.public_key().der());
    }
}

#[test]
fn what_openssl_writes_is_read_in_every_form() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let folder = Folder::new();
    let (plain, out) = (folder.path("plain"), folder.path("out"));
    let run = |args: &[&str]| openssl.run(args).success();
    for made in [
        &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"][..],
        &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
        &["ec", "-pkeyopt", "ec_paramgen_curve:P-521"],
        &["ed25519"],
        &["rsa", "-pkeyopt", "rsa_keygen_bits:2048"],
        &["rsa", "-pkeyopt", "rsa_keygen_bits:3072"],
    ] {
        let _ = run(&[&["genpkey", "-out", &plain, "-algorithm"], made].concat());
        let public = run(&["pkey", "-in", &plain, "-pubout"]).text();
        let check = |form: &[&str]| {
            let key = read(&folder.read("out"));
            assert_eq!(key.public_key().to_pem(), public, "{made:?} {form:?}");
        };
        // Ed25519 is younger than the traditional forms.
        let traditional = (made != ["ed25519"]).then_some(&["-traditional"][..]);
        for form in traditional.into_iter().chain([&[][..]]) {
            let _ = run(&[&["pkey", "-in", &plain, "-out", &out], form].concat());
            check(form);
        }
        for form in [
            &["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"][..],
            &["-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512"],
            &["-v2", "aes-256-cbc", "-iter", "100000"],
            &["-v2", "aes-256-cbc", "-scrypt"],
        ] {
            let common = [
                "pkcs8", "-topk8", "-in", &plain, "-out", &out, "-passout", PASS,
            ];
            let _ = run(&[&common[..], form].concat());
            check(form);
        }
    }
}

#[test]
fn openssl_verifies_what_we_sign() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let folder = Folder::new();
    let message = folder.write("message", "a message");
    for key_type in CLASSIC {
        let key = key(key_type);
        let public = folder.write("pub", key.public_key().to_pem());
        let signature = folder.write("signature", key.sign(b"a message").unwrap());
        let hash = match key.signature_algorithm() {
            SignatureAlgorithm::Ecdsa(hash) | SignatureAlgorithm::RsaPkcs1(hash) => Some(hash),
            _ => None,
        };
        let common = [
            "pkeyutl", "-verify", "-pubin", "-inkey", &public, "-sigfile", &signature,
        ];
        let rawin = ["-rawin", "-in", &message];
        let digest = hash.map(|hash| hash.to_string().replace('-', ""));
        let digest: Vec<_> = digest.iter().flat_map(|name| ["-digest", name]).collect();
        let said = openssl
            .run(&[&common[..], &rawin, &digest].concat())
            .success();
        assert!(said.text().contains("Verified Successfully"), "{said}");
    }
}

#[test]
fn what_openssl_signs_is_verified_for_every_curve_hash_and_padding() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let folder = Folder::new();
    let message = folder.write("message", "a message");
    let out = folder.path("signature");
    for key_type in CLASSIC {
        let key = key(key_type);
        let file = folder.write("key", key.to_pem().as_bytes());
        for (name, hash) in [
            ("sha256", Hash::Sha256),
            ("sha384", Hash::Sha384),
            ("sha512", Hash::Sha512),
        ] {
            for (algorithm, options) in ways(&key.signature_algorithm(), hash) {
                let common = ["dgst", "-sign", &file, "-out", &out];
                let mut args = [&common[..], &options].concat();
                let digest = format!("-{name}");
                if algorithm == SignatureAlgorithm::Ed25519 {
                    args = vec![
                        "pkeyutl", "-sign", "-inkey", &file, "-out", &out, "-rawin", "-in",
                    ];
                } else {
                    args.push(&digest);
                }
                args.push(&message);
                let _ = openssl.run(&args).success();
                let signature = fs::read(&out).unwrap();
                let verify =
                    |message: &[u8]| key.public_key().verify(algorithm, message, &signature);
                assert_eq!(
                    verify(b"a message"),
                    Ok(()),
                    "{key_type} {algorithm} {options:?}"
                );
                assert!(verify(b"a massage").is_err());
            }
        }
    }
}

type Options = Vec<&'static str>;

/// How a key of a type signs with a hash, and what openssl has to be told.
fn ways(usual: &SignatureAlgorithm, hash: Hash) -> Vec<(SignatureAlgorithm, Options)> {
    let pss = |salt_bytes, salt| {
        let padding = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", salt];
        (
            SignatureAlgorithm::RsaPss { hash, salt_bytes },
            padding.to_vec(),
        )
    };
    match usual {
        SignatureAlgorithm::Ecdsa(_) => vec![(SignatureAlgorithm::Ecdsa(hash), vec![])],
        SignatureAlgorithm::RsaPkcs1(_) => vec![
            (SignatureAlgorithm::RsaPkcs1(hash), vec![]),
            pss(0, "rsa_pss_saltlen:0"),
            pss(20, "rsa_pss_saltlen:20"),
            pss(64, "rsa_pss_saltlen:64"),
        ],
        usual => vec![(*usual, vec![])],
    }
}

#[test]
fn the_pin_is_the_digest_that_openssl_computes() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let folder = Folder::new();
    for key_type in CLASSIC {
        let public: PublicKey = key(key_type).public_key().clone();
        let file = folder.write("der", public.der());
        let digest = openssl
            .run(&["dgst", "-sha256", "-binary", &file])
            .success();
        assert_eq!(digest.stdout, public.sha256());
    }
}
