//! What is missing or does not fit is named when an identity is loaded.

use std::time::Duration;

use time::OffsetDateTime;
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType, SubjectAltName};
use wharf_tls::Identity;

fn issue(key: &Key) -> String {
    let now = OffsetDateTime::now_utc();
    let root_key = Key::generate(KeyType::P256).unwrap();
    let subject = CaSubject::new("test root");
    let lifetime = Duration::from_secs(86_400);
    let root = Authority::root(root_key, &subject, lifetime, 1, now).unwrap();
    let names = vec!["localhost".parse::<SubjectAltName>().unwrap()];
    root.issue(
        &EndEntity {
            names,
            ..EndEntity::default()
        },
        key,
        now,
    )
    .unwrap()
    .certificate
    .to_pem()
}

#[test]
fn each_kind_of_key_is_loaded_with_its_certificate() {
    for key_type in [KeyType::P256, KeyType::P384, KeyType::Ed25519] {
        let key = Key::generate(key_type).unwrap();
        let identity = Identity::from_pem(issue(&key).as_bytes(), key.to_pem().as_bytes()).unwrap();
        assert_eq!(identity.chain().len(), 1);
    }
}

#[test]
fn sec1_and_pkcs1_are_read_as_openssl_writes_them() {
    let leaf = include_bytes!("../data/leaf.crt");
    let sec1 = include_bytes!("../data/leaf-sec1.key");
    assert!(sec1.starts_with(b"-----BEGIN EC PRIVATE KEY-----"));
    Identity::from_pem(leaf, sec1).unwrap();
    let rsa = include_bytes!("../data/rsa-pkcs1.key");
    assert!(rsa.starts_with(b"-----BEGIN RSA PRIVATE KEY-----"));
    Identity::from_pem(include_bytes!("../data/rsa.crt"), rsa).unwrap();
}

#[test]
fn one_file_may_hold_both() {
    let key = Key::generate(KeyType::P256).unwrap();
    let both = issue(&key) + &key.to_pem();
    Identity::from_pem(both.as_bytes(), both.as_bytes()).unwrap();
}

#[test]
fn what_is_missing_or_does_not_match_is_named() {
    let key = Key::generate(KeyType::P256).unwrap();
    let other = Key::generate(KeyType::P256).unwrap();
    let certificate = issue(&key);
    let refusal = |certificate: &str, key: &str| {
        Identity::from_pem(certificate.as_bytes(), key.as_bytes())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refusal("", &key.to_pem()),
        "the identity has no certificate"
    );
    assert_eq!(refusal(&certificate, ""), "the identity has no private key");
    let mismatch = "the private key does not belong to the certificate";
    assert_eq!(refusal(&certificate, &other.to_pem()), mismatch);
    let garbage = "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----";
    assert_eq!(refusal(garbage, ""), "cannot read the certificates as PEM");
}

#[test]
fn the_key_is_not_printed() {
    let key = Key::generate(KeyType::P256).unwrap();
    let identity = Identity::from_pem(issue(&key).as_bytes(), key.to_pem().as_bytes()).unwrap();
    assert_eq!(
        format!("{identity:?}"),
        "Identity { names: [DNS:localhost], certificates: 1, key: \"[redacted]\" }"
    );
}
