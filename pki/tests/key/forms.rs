//! The forms in which others write keys, and the ones that we write.

use aws_lc_rs::encoding::AsRawBytes;
use aws_lc_rs::signature::{ML_DSA_44_SIGNING, PqdsaKeyPair};
use rcgen::SigningKey;
use wharf_pki::error::{KeyFault, PemFault};
use wharf_pki::key::KeyEncoding;
use wharf_pki::{Error, Key, KeyType};

use super::{der, element, key, pem};

#[test]
fn what_openssl_and_node_write_is_read() {
    for (text, key_type) in [
        // `openssl ecparam -genkey` puts the parameters before the key.
        (include_str!("../data/p256-sec1.key"), KeyType::P256),
        (include_str!("../data/keys/p256.key"), KeyType::P256),
        (include_str!("../data/keys/p384-sec1.key"), KeyType::P384),
        (include_str!("../data/p521.key"), KeyType::P521),
        (include_str!("../data/keys/p521-sec1.key"), KeyType::P521),
        (include_str!("../data/rsa.key"), KeyType::Rsa2048),
        (include_str!("../data/keys/rsa-pkcs1.key"), KeyType::Rsa2048),
        (include_str!("../data/keys/ml-dsa-44.key"), KeyType::MlDsa44),
        (include_str!("../data/keys/ml-dsa-65.key"), KeyType::MlDsa65),
        (include_str!("../data/keys/ml-dsa-87.key"), KeyType::MlDsa87),
    ] {
        let key = Key::from_pem(text).unwrap();
        assert_eq!(key.key_type(), key_type);
        assert!(key.to_pem().starts_with("-----BEGIN PRIVATE KEY-----\n"));
        assert_eq!(
            Key::from_pem(&key.to_pem()).unwrap().public_key(),
            key.public_key()
        );
    }
}

#[test]
fn two_forms_of_one_key_are_the_same_key() {
    for (one, other) in [
        (
            include_str!("../data/p256-sec1.key"),
            include_str!("../data/keys/p256.key"),
        ),
        (
            include_str!("../data/p521.key"),
            include_str!("../data/keys/p521-sec1.key"),
        ),
        (
            include_str!("../data/rsa.key"),
            include_str!("../data/keys/rsa-pkcs1.key"),
        ),
    ] {
        let (one, other) = (Key::from_pem(one).unwrap(), Key::from_pem(other).unwrap());
        assert_eq!(one.to_pkcs8_der(), other.to_pkcs8_der());
    }
}

#[test]
fn each_form_is_written_for_the_keys_that_have_it_and_read_again() {
    for key_type in KeyType::ALL {
        let key = key(key_type);
        for encoding in [KeyEncoding::Pkcs8, KeyEncoding::Sec1, KeyEncoding::Pkcs1] {
            let has = match encoding {
                KeyEncoding::Sec1 => {
                    matches!(key_type, KeyType::P256 | KeyType::P384 | KeyType::P521)
                }
                KeyEncoding::Pkcs1 => {
                    matches!(
                        key_type,
                        KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096
                    )
                }
                _ => true,
            };
            if has {
                let (text, der) = (key.to_pem_as(encoding), key.to_der_as(encoding));
                let from_pem = Key::from_pem(&text.unwrap()).unwrap();
                let from_der = Key::from_der(&der.unwrap()).unwrap();
                assert_eq!(from_pem.to_pkcs8_der(), key.to_pkcs8_der());
                assert_eq!(from_der.to_pkcs8_der(), key.to_pkcs8_der());
            } else {
                let fault = KeyFault::NoSuchEncoding { key_type, encoding };
                assert_eq!(key.to_pem_as(encoding), Err(Error::Key { fault }));
            }
        }
    }
    let error = key(KeyType::Ed25519)
        .to_pem_as(KeyEncoding::Sec1)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "private key of type ed25519 has no SEC 1 form"
    );
}

#[test]
fn the_other_forms_are_octet_for_octet_what_openssl_writes() {
    let key = Key::from_pem(include_str!("../data/rsa.key")).unwrap();
    let theirs = include_str!("../data/keys/rsa-pkcs1.key");
    assert_eq!(key.to_pem_as(KeyEncoding::Pkcs1).unwrap().as_str(), theirs);
    let key = Key::from_pem(include_str!("../data/p521.key")).unwrap();
    let theirs = include_str!("../data/keys/p521-sec1.key");
    assert_eq!(key.to_pem_as(KeyEncoding::Sec1).unwrap().as_str(), theirs);
    let theirs = include_str!("../data/keys/ml-dsa-65.key");
    assert_eq!(Key::from_pem(theirs).unwrap().to_pem().as_str(), theirs);
}

#[test]
fn a_sec1_key_without_its_curve_is_told_by_its_length() {
    for key_type in [KeyType::P256, KeyType::P384, KeyType::P521] {
        let key = key(key_type);
        // The form within PKCS#8 leaves out what stands beside it.
        let pkcs8 = key.to_pkcs8_der();
        let info = pkcs8::PrivateKeyInfoRef::try_from(pkcs8.as_slice()).unwrap();
        let bare = Key::from_der(info.private_key.as_bytes()).unwrap();
        assert_eq!(bare.to_pkcs8_der(), key.to_pkcs8_der());
    }
}

#[test]
fn ed25519_of_version_2_is_read_and_written_as_version_1() {
    let theirs = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let v2 = theirs.serialize_der();
    assert_eq!(v2[2..5], [0x02, 0x01, 0x01]);
    let key = Key::from_der(&v2).unwrap();
    assert_eq!(key.to_pkcs8_der()[2..5], [0x02, 0x01, 0x00]);
    assert_eq!(key.sign(b"x").unwrap(), theirs.sign(b"x").unwrap());
}

/// The three forms of [RFC 9881 §6].
///
/// [RFC 9881 §6]: https://www.rfc-editor.org/rfc/rfc9881#section-6
#[test]
fn ml_dsa_is_read_as_seed_as_expanded_key_and_as_both() {
    let seed = [7; 32];
    let pair = PqdsaKeyPair::from_seed(&ML_DSA_44_SIGNING, &seed).unwrap();
    let expanded = pair.private_key().as_raw_bytes().unwrap();
    let expanded = element(0x04, expanded.as_ref());
    let oid = [0x06, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17];
    let pkcs8 = |key: &[u8]| {
        let parts = [&[2, 1, 0][..], &element(0x30, &oid), &element(0x04, key)];
        element(0x30, &parts.concat())
    };
    let as_seed = pkcs8(&element(0x80, &seed));
    let as_expanded = pkcs8(&expanded);
    let as_both = pkcs8(&element(0x30, &[element(0x04, &seed), expanded].concat()));

    let key = Key::from_der(&as_seed).unwrap();
    assert_eq!(*key.to_pkcs8_der(), as_seed);
    // There is no way back to the seed.
    let without_seed = Key::from_der(&as_expanded).unwrap();
    assert_eq!(*without_seed.to_pkcs8_der(), as_expanded);
    assert_eq!(without_seed.public_key(), key.public_key());
    assert_eq!(*Key::from_der(&as_both).unwrap().to_pkcs8_der(), as_seed);

    let mut torn = as_both;
    // Within the seed: the two no longer belong together.
    torn[40] ^= 1;
    assert_eq!(
        Key::from_der(&torn).unwrap_err(),
        Error::Key {
            fault: KeyFault::Malformed
        }
    );
}

#[test]
fn the_first_key_of_a_text_is_read_whatever_stands_around_it() {
    let (one, other) = (key(KeyType::P256), key(KeyType::Ed25519));
    let certificate = include_str!("../data/ca.crt");
    let text = format!(
        "Bag Attributes\n    friendlyName: x\n{certificate}\r\n{}{}",
        one.to_pem().replace('\n', "\r\n"),
        *other.to_pem()
    );
    assert_eq!(Key::from_pem(&text).unwrap().public_key(), one.public_key());
}

#[test]
fn a_wrong_label_does_not_matter() {
    let sec1 = key(KeyType::P256).to_der_as(KeyEncoding::Sec1).unwrap();
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"] {
        Key::from_pem(&pem(label, &sec1)).unwrap();
    }
}

#[test]
fn what_is_no_key_is_refused() {
    #[track_caller]
    fn check(text: &str, fault: PemFault) {
        let wanted = "private key";
        assert_eq!(
            Key::from_pem(text).unwrap_err(),
            Error::Pem { wanted, fault }
        );
    }
    let key = key(KeyType::P256);
    let text = key.to_pem();
    check("", PemFault::NotFound);
    check(include_str!("../data/ca.crt"), PemFault::NotFound);
    check(&key.public_key().to_pem(), PemFault::NotFound);
    check(
        &text.replace("-----END PRIVATE KEY-----", ""),
        PemFault::Boundary,
    );
    check(&text.replacen("KEY-----", "KEY----", 1), PemFault::Boundary);
    check(&text.replacen("M", "!", 1), PemFault::Base64);
    assert_eq!(*der(&text), **key.to_pkcs8_der());
}
