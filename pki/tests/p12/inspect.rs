//! What a file holds and how it is protected, without a secret.

use wharf_pki::error::Pkcs12Fault;
use wharf_pki::inspect::{Pkcs12Info, inspect_pkcs12};

use crate::file;

fn inspect(name: &str, password: Option<&str>) -> Pkcs12Info {
    inspect_pkcs12(&file(name), password).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn algorithms_and_iterations_are_seen_without_a_password() {
    for (name, mac, certificates) in [
        (
            "openssl.p12",
            ("HMAC-SHA-256", 2048),
            ("AES-256-CBC, PBKDF2 with HMAC-SHA-256", 2048),
        ),
        (
            "openssl-legacy.p12",
            ("HMAC-SHA-1", 2048),
            ("pbeWithSHAAnd40BitRC2-CBC", 2048),
        ),
        (
            "openssl-odd.p12",
            ("HMAC-SHA-512", 2048),
            ("pbeWithSHAAnd128BitRC2-CBC", 2048),
        ),
        (
            "pbmac1.p12",
            ("PBMAC1 of HMAC-SHA-384, PBKDF2 with HMAC-SHA-256", 2048),
            ("AES-256-CBC, PBKDF2 with HMAC-SHA-256", 2048),
        ),
        (
            "java-trust.p12",
            ("HMAC-SHA-256", 10_000),
            ("AES-256-CBC, PBKDF2 with HMAC-SHA-256", 10_000),
        ),
        (
            "gnutls.p12",
            ("HMAC-SHA-256", 600_000),
            ("AES-128-CBC, PBKDF2 with HMAC-SHA-256", 600_000),
        ),
    ] {
        let info = inspect(name, None);
        let seen = info.mac.as_ref().unwrap();
        assert_eq!((seen.algorithm.as_str(), seen.iterations), mac, "{name}");
        let seen = info.parts[0].encryption.as_ref().unwrap();
        assert_eq!(
            (seen.algorithm.as_str(), seen.iterations),
            certificates,
            "{name}"
        );
        assert_eq!(info.parts[0].bags, None, "{name}");
    }
    assert_eq!(inspect("openssl-nomac.p12", None).mac, None);
}

#[test]
fn a_password_shows_all() {
    let info = inspect("openssl-legacy.p12", Some("pw"));
    let [certificates, key] = &info.parts[..] else {
        panic!("{info:?}")
    };
    let [leaf, root] = &certificates.bags.as_ref().unwrap()[..] else {
        panic!("{info:?}")
    };
    assert_eq!(
        (leaf.kind.as_str(), leaf.friendly_name.as_deref()),
        ("certificate", Some("leaf"))
    );
    assert_eq!(leaf.certificate.as_ref().unwrap().subject, "CN=leaf.test");
    assert_eq!(root.certificate.as_ref().unwrap().subject, "CN=root.test");
    let [key] = &key.bags.as_ref().unwrap()[..] else {
        panic!("{info:?}")
    };
    assert_eq!(key.kind, "encrypted key");
    assert_eq!(key.local_key_id, leaf.local_key_id);
    assert_eq!(key.local_key_id.as_ref().unwrap().len(), 40);
    assert_eq!(
        key.encryption.as_ref().unwrap().algorithm,
        "pbeWithSHAAnd3-KeyTripleDES-CBC"
    );
}

#[test]
fn json_has_the_same_and_no_secret() {
    let shown = serde_json::to_value(inspect("openssl-plain.p12", None)).unwrap();
    assert!(shown["mac"].is_null());
    assert_eq!(shown["parts"][1]["bags"][0]["kind"], "key");
    let secret = String::from_utf8(file("leaf.key")).unwrap();
    let secret = secret.lines().nth(1).unwrap();
    assert!(!shown.to_string().contains(&secret[..16]));
}

#[test]
fn a_wrong_password_shows_nothing() {
    let refused = inspect_pkcs12(&file("openssl.p12"), Some("PW")).unwrap_err();
    assert_eq!(refused, Pkcs12Fault::WrongPassword.into());
}
