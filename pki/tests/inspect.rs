//! Any certificate as a struct, as JSON and as text.

use std::time::Duration;

use time::OffsetDateTime;
use time::macros::datetime;
use wharf_pki::error::PemFault;
use wharf_pki::inspect::{Object, inspect_der, inspect_pem, objects};
use wharf_pki::pem::CERTIFICATES_MAX;
use wharf_pki::{Authority, CaSubject, Certificate, EndEntity, Error, Key, KeyType};

// Made by openssl; see tests/data/README.md. The expected values are what `openssl x509` prints.
const ODD: &str = include_str!("data/odd.crt");
const PLAIN: &str = include_str!("data/plain.crt");

#[test]
fn everything_of_a_foreign_certificate_is_read() {
    let info = inspect_pem(ODD).unwrap().remove(0);
    assert_eq!(info.subject, "CN=x\\, O\\=Example, emailAddress=me@a.test");
    assert_eq!(info.issuer, info.subject);
    assert!(info.self_issued);
    assert_eq!(info.serial, "FF01");
    assert_eq!(info.not_before, datetime!(2026-11-23 04:41:43 UTC));
    assert_eq!(info.not_after, datetime!(2126-10-30 04:41:43 UTC));
    assert_eq!(
        info.names,
        [
            "DNS:a.test",
            "IP:10.0.0.1",
            "IP:2001:db8::1",
            "email:me@a.test",
            "URI:spiffe://a.test/x",
            "RID:1.2.3",
            "other:1.2.3.5",
            "dirName:CN=d"
        ]
    );
    assert_eq!((info.is_ca, info.path_len), (false, None));
    assert_eq!(info.key_usage, ["digitalSignature", "keyEncipherment"]);
    assert_eq!(info.extended_key_usage, ["serverAuth", "1.2.3.4"]);
    assert_eq!(info.public_key, "RSA 2048");
    assert_eq!(info.signature_algorithm, "sha256WithRSAEncryption");
    assert_eq!(
        info.subject_key_id.as_deref(),
        Some("52:9E:C2:1D:48:D5:B0:F9:C7:9C:43:C4:E6:E0:D6:56:70:52:E3:BD")
    );
    assert_eq!(info.authority_key_id, None);
    assert!(info.sha256.starts_with("F4:04:94:C6:A5:F9:CF:C6:"));
    assert_eq!(info.sha256.len(), 32 * 3 - 1);
    assert_eq!(
        info.spki_sha256,
        "ta5t7CRD0YjdvnbnjuS+elY1OXooVMP5bbTtmbPmCjs="
    );
    assert_eq!(info.unknown_critical_extensions, ["1.2.3.6"]);
    assert_eq!(info.malformed_extensions, Vec::<String>::new());
}

#[test]
fn a_certificate_without_extensions_is_read() {
    let info = inspect_pem(PLAIN).unwrap().remove(0);
    assert_eq!(
        (info.subject.as_str(), info.serial.as_str()),
        ("CN=plain", "01")
    );
    assert_eq!(
        (info.public_key.as_str(), info.signature_algorithm.as_str()),
        ("EC P-521", "ecdsa-with-SHA256")
    );
    assert_eq!((info.names.len(), info.subject_key_id), (0, None));
}

#[test]
fn our_own_key_types_are_named() {
    let named = |key_type| {
        let root = root(key_type, "root");
        let info = inspect_der(root.certificate().der()).unwrap();
        (info.public_key, info.signature_algorithm)
    };
    assert_eq!(
        named(KeyType::P256),
        ("EC P-256".into(), "ecdsa-with-SHA256".into())
    );
    assert_eq!(
        named(KeyType::P384),
        ("EC P-384".into(), "ecdsa-with-SHA384".into())
    );
    assert_eq!(
        named(KeyType::Ed25519),
        ("Ed25519".into(), "Ed25519".into())
    );
}

fn root(key_type: KeyType, name: &str) -> Authority {
    let key = Key::generate(key_type).unwrap();
    Authority::root(
        key,
        &CaSubject::new(name),
        Duration::from_secs(3600),
        1,
        now(),
    )
    .unwrap()
}

fn now() -> OffsetDateTime {
    datetime!(2027-01-02 03:04:05.678 UTC)
}

#[test]
fn every_certificate_of_a_text_is_read_and_other_sections_are_passed_over() {
    let key = Key::generate(KeyType::P256).unwrap().to_pem();
    let text = format!("a comment\n{ODD}{}\r\n{PLAIN}", *key);
    let infos = inspect_pem(&text).unwrap();
    assert_eq!(
        infos
            .iter()
            .map(|info| info.serial.as_str())
            .collect::<Vec<_>>(),
        ["FF01", "01"]
    );
}

#[test]
fn a_text_without_a_certificate_or_with_too_many_is_refused() {
    #[track_caller]
    fn check(text: &str, fault: PemFault) {
        assert_eq!(
            inspect_pem(text),
            Err(Error::Pem {
                wanted: "certificate",
                fault
            })
        );
    }
    check("", PemFault::NotFound);
    check(
        &Key::generate(KeyType::P256).unwrap().to_pem(),
        PemFault::NotFound,
    );
    check(
        &PLAIN.replace("-----END CERTIFICATE-----", ""),
        PemFault::Boundary,
    );
    check(
        &PLAIN.repeat(CERTIFICATES_MAX + 1),
        PemFault::TooMany {
            limit: CERTIFICATES_MAX,
        },
    );
    assert_eq!(
        inspect_pem(&PLAIN.replacen("MII", "AII", 1)),
        Err(Error::MalformedCertificate)
    );
}

#[test]
fn a_subject_cannot_move_the_cursor() {
    let root = root(KeyType::P256, "a\u{202e}b");
    assert_eq!(
        inspect_der(root.certificate().der()).unwrap().subject,
        "CN=a\\u{202e}b"
    );

    // Control characters do not get past our own checks; a foreign CA might sign them.
    let mut der = Certificate::from_pem(ODD).unwrap().der().to_vec();
    for at in find(&der, b"x, O=Example") {
        der[at] = 0x1b;
    }
    let info = inspect_der(&der).unwrap();
    assert!(
        info.subject.starts_with("CN=\\u{1b}\\, O"),
        "{}",
        info.subject
    );
    assert!(!info.to_string().contains('\x1b'));
}

fn find(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    (0..bytes.len())
        .filter(|&at| bytes[at..].starts_with(wanted))
        .collect()
}

#[test]
fn the_text_form_has_a_fact_to_a_line() {
    let root = root(KeyType::P256, "Example root");
    let ca = root.intermediate(
        Key::generate(KeyType::P256).unwrap(),
        &CaSubject::new("Example CA"),
        HOUR,
        now(),
    );
    let request = EndEntity {
        names: vec!["localhost".parse().unwrap(), "::1".parse().unwrap()],
        ..EndEntity::default()
    };
    let leaf = ca
        .unwrap()
        .issue(&request, &Key::generate(KeyType::P256).unwrap(), now())
        .unwrap();
    let text = inspect_der(leaf.certificate.der()).unwrap().to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[..10],
        [
            "subject         CN=localhost",
            "issuer          CN=Example CA",
            "names           DNS:localhost",
            "                IP:::1",
            "valid from      2027-01-02 02:59:05 UTC",
            "valid until     2027-01-02 04:04:05 UTC",
            "CA              no",
            "key usage       digitalSignature",
            "ext. key usage  serverAuth",
            "public key      EC P-256",
        ]
    );
}

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn json_has_dates_in_rfc_3339_and_lists_even_if_empty() {
    let json = serde_json::to_value(&inspect_pem(PLAIN).unwrap()[0]).unwrap();
    assert!(
        json["not_before"]
            .as_str()
            .unwrap()
            .starts_with("2026-11-23T04:4")
    );
    assert!(json["not_before"].as_str().unwrap().ends_with('Z'));
    assert_eq!(json["names"], serde_json::json!([]));
    assert_eq!(json["path_len"], serde_json::Value::Null);
    assert_eq!(json["is_ca"], serde_json::Value::Bool(false));
}

#[test]
fn a_certificate_that_is_cut_or_changed_is_an_error_or_a_report_and_never_a_panic() {
    for text in [ODD, PLAIN, include_str!("data/ca-multi-valued.crt")] {
        let der = Certificate::from_pem(text).unwrap().der().to_vec();
        for cut in 0..der.len() {
            assert_eq!(
                inspect_der(&der[..cut]),
                Err(Error::MalformedCertificate),
                "cut at {cut}"
            );
        }
        for at in 0..der.len() {
            for change in [0x01, 0x20, 0x80, 0xff] {
                let mut changed = der.clone();
                changed[at] ^= change;
                if let Ok(info) = inspect_der(&changed) {
                    assert!(
                        info.to_string()
                            .chars()
                            .all(|c| c == '\n' || !c.is_control())
                    );
                    // What can be read can be judged as an issuer, too.
                    let key = Key::from_pem(include_str!("data/p256-sec1.key")).unwrap();
                    let _ = Authority::new(Certificate::from_der(&changed).unwrap(), key);
                }
            }
        }
    }
}

fn kinds(file: &[u8]) -> Vec<&'static str> {
    let found = objects(file).unwrap();
    found
        .iter()
        .map(|object| match object {
            Object::Certificate(_) => "certificate",
            Object::PublicKey(_) => "public key",
            Object::PrivateKey(_) => "private key",
            Object::EncryptedKey => "encrypted key",
            Object::Unreadable { .. } => "unreadable",
            Object::Other { .. } => "other",
            _ => "another",
        })
        .collect()
}

#[test]
fn every_object_of_a_file_is_told_in_its_order() {
    let key = Key::generate(KeyType::P256).unwrap();
    let encrypted = key
        .to_encrypted_pem(&wharf_pki::Password::new("x"))
        .unwrap();
    let all = format!(
        "words\n{}{ODD}{encrypted}{}-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n-----BEGIN X-----\n-----END X-----\n",
        key.to_pem().as_str(),
        key.public_key().to_pem(),
    );
    let expected = [
        "private key",
        "certificate",
        "encrypted key",
        "public key",
        "unreadable",
        "other",
    ];
    assert_eq!(kinds(all.as_bytes()), expected);
    assert_eq!(
        kinds(Certificate::from_pem(ODD).unwrap().der()),
        ["certificate"]
    );
    assert_eq!(kinds(&key.to_pkcs8_der()), ["private key"]);
    assert_eq!(kinds(key.public_key().der()), ["public key"]);
    let debug = format!("{:?}", objects(all.as_bytes()).unwrap());
    let secret = key.to_pem();
    assert!(!debug.contains(secret.lines().nth(1).unwrap()));
}

#[test]
fn a_file_that_is_cut_is_an_error_or_less_and_never_a_panic() {
    let der = Certificate::from_pem(ODD).unwrap().der().to_vec();
    for cut in 0..der.len() {
        let refused = objects(&der[..cut]).unwrap_err();
        assert!(
            matches!(
                refused,
                Error::Pem {
                    fault: PemFault::NotFound,
                    ..
                }
            ),
            "{cut}: {refused}"
        );
    }
    let begins = ODD.find("-----BEGIN").unwrap() + 11;
    let ends = ODD.trim_end().len();
    for cut in begins..ends {
        let refused = objects(&ODD.as_bytes()[..cut]).unwrap_err();
        assert!(
            matches!(
                refused,
                Error::Pem {
                    fault: PemFault::Boundary,
                    ..
                }
            ),
            "{cut}: {refused}"
        );
    }
    let many = "-----BEGIN X-----\n-----END X-----\n".repeat(CERTIFICATES_MAX + 1);
    let limit = CERTIFICATES_MAX;
    let wanted = PemFault::TooMany { limit };
    assert!(matches!(objects(many.as_bytes()), Err(Error::Pem { fault, .. }) if fault == wanted));
}
