//! Keys: made, written, read again, refused.

use wharf_pki::error::PemFault;
use wharf_pki::{Error, Key, KeyType};

#[test]
fn every_key_type_survives_pem() {
    for key_type in KeyType::ALL {
        let key = Key::generate(key_type).unwrap();
        let again = Key::from_pem(&key.to_pem()).unwrap();
        assert_eq!(again.key_type(), key_type);
        assert_eq!(again.spki_der(), key.spki_der());
        assert_eq!(again.to_pkcs8_der(), key.to_pkcs8_der());
    }
}

#[test]
fn pkcs8_is_version_1_because_openssl_3_0_cannot_read_version_2() {
    for key_type in KeyType::ALL {
        let der = Key::generate(key_type).unwrap().to_pkcs8_der();
        // Behind the head of the outer SEQUENCE, whose length has one octet or two.
        let version = if der[1] < 0x80 {
            &der[2..5]
        } else {
            &der[3..6]
        };
        assert_eq!(version, [0x02, 0x01, 0x00], "{key_type}");
    }
}

#[test]
fn two_keys_differ() {
    let (one, other) = (
        Key::generate(KeyType::P256).unwrap(),
        Key::generate(KeyType::P256).unwrap(),
    );
    assert_ne!(one.spki_der(), other.spki_der());
}

#[test]
fn a_key_prints_as_redacted() {
    let key = Key::generate(KeyType::Ed25519).unwrap();
    assert_eq!(format!("{key:?}"), "Key(ed25519, [redacted])");
}

#[test]
fn a_key_type_is_read_in_any_case_and_an_unknown_one_is_refused() {
    assert_eq!("P384".parse(), Ok(KeyType::P384));
    for key_type in KeyType::ALL {
        assert_eq!(key_type.to_string().parse(), Ok(key_type));
    }
    assert_eq!(
        "rsa\n".parse::<KeyType>(),
        Err(Error::UnknownKeyType {
            given: "rsa\\n".into()
        })
    );
}

// Made by `openssl ecparam -genkey -name prime256v1`, as many people have them.
const SEC1: &str = include_str!("data/p256-sec1.key");
// `openssl genpkey -algorithm rsa`, `-algorithm ec -pkeyopt ec_paramgen_curve:secp521r1`.
const RSA: &str = include_str!("data/rsa.key");
const P521: &str = include_str!("data/p521.key");
// `openssl genpkey -algorithm ed25519 -aes256 -pass pass:x`, and the older `openssl ec -aes256`.
const ENCRYPTED: &str = include_str!("data/ed25519-encrypted.key");
const ENCRYPTED_SEC1: &str = include_str!("data/p256-sec1-encrypted.key");

#[test]
fn a_sec1_key_behind_its_parameters_is_read_and_written_as_pkcs8() {
    let key = Key::from_pem(SEC1).unwrap();
    assert_eq!(key.key_type(), KeyType::P256);
    assert!(key.to_pem().starts_with("-----BEGIN PRIVATE KEY-----\n"));
}

#[test]
fn a_key_of_another_type_is_refused() {
    for text in [RSA, P521] {
        assert_eq!(Key::from_pem(text).unwrap_err(), Error::UnsupportedKey);
    }
}

#[test]
fn an_encrypted_key_is_refused_with_a_hint() {
    for text in [ENCRYPTED, ENCRYPTED_SEC1] {
        let error = Key::from_pem(text).unwrap_err();
        assert_eq!(error, Error::EncryptedKey);
        assert!(error.hint().unwrap().contains("openssl pkey"));
    }
}

#[test]
fn what_is_no_key_is_refused() {
    #[track_caller]
    fn check(text: &str, fault: PemFault) {
        assert_eq!(
            Key::from_pem(text).unwrap_err(),
            Error::Pem {
                wanted: "private key",
                fault
            }
        );
    }
    let key = Key::generate(KeyType::P256).unwrap().to_pem();
    check("", PemFault::NotFound);
    check(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        PemFault::NotFound,
    );
    check(
        &key.replace("-----END PRIVATE KEY-----", ""),
        PemFault::Boundary,
    );
    check(&key.replacen("M", "!", 1), PemFault::Base64);
}

#[test]
fn a_key_that_is_cut_or_changed_is_an_error_and_never_a_panic() {
    for key_type in KeyType::ALL {
        let key = Key::generate(key_type).unwrap();
        let der = key.to_pkcs8_der();
        for cut in 0..der.len() {
            assert_eq!(
                Key::from_pem(&pem(&der[..cut])).unwrap_err(),
                Error::UnsupportedKey,
                "{key_type} at {cut}"
            );
        }
        for at in 0..der.len() {
            let mut changed = der.to_vec();
            changed[at] ^= 0x80;
            // A changed private octet may give another key of the same type; it must not give this one.
            if let Ok(other) = Key::from_pem(&pem(&changed)) {
                assert_ne!(*other.to_pkcs8_der(), *der);
            }
        }
    }
}

fn pem(der: &[u8]) -> String {
    format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        data_encoding::BASE64.encode(der)
    )
}
