use wharf_pki::key::{Hash, KeyAlgorithm, SignatureAlgorithm};
use wharf_pki::{Error, Key, KeyType, PublicKey};

use super::key;

#[test]
fn every_key_type_survives_pem() {
    for key_type in KeyType::ALL {
        let key = key(key_type);
        let again = Key::from_pem(&key.to_pem()).unwrap();
        assert_eq!(again.key_type(), key_type);
        assert_eq!(again.public_key(), key.public_key());
        assert_eq!(again.to_pkcs8_der(), key.to_pkcs8_der());
    }
}

#[test]
fn pkcs8_is_version_1_because_openssl_3_0_cannot_read_version_2() {
    for key_type in KeyType::ALL {
        let der = key(key_type).to_pkcs8_der();
        // Behind the head of the outer SEQUENCE, whose length has one octet or up to three.
        let head = match der[1] {
            ..0x80 => 2,
            long => 2 + usize::from(long & 0x7f),
        };
        assert_eq!(der[head..head + 3], [0x02, 0x01, 0x00], "{key_type}");
        // The public key of version 2 would stand at the end, as [1].
        let info = pkcs8::PrivateKeyInfoRef::try_from(der.as_slice()).unwrap();
        assert!(info.public_key.is_none(), "{key_type}");
    }
}

#[test]
fn two_keys_differ() {
    for key_type in [KeyType::P256, KeyType::Ed25519, KeyType::MlDsa44] {
        let (one, other) = (key(key_type), Key::generate(key_type).unwrap());
        assert_ne!(one.public_key(), other.public_key());
    }
}

#[test]
fn a_key_prints_as_redacted() {
    for (key_type, shown) in [
        (KeyType::Ed25519, "Key(ed25519, [redacted])"),
        (KeyType::Rsa2048, "Key(rsa2048, [redacted])"),
    ] {
        assert_eq!(format!("{:?}", key(key_type)), shown);
    }
}

#[test]
fn a_key_type_is_read_in_any_case_and_an_unknown_one_is_refused() {
    for key_type in KeyType::ALL {
        assert_eq!(key_type.to_string().parse(), Ok(key_type));
        assert_eq!(key_type.to_string().to_uppercase().parse(), Ok(key_type));
    }
    for (given, key_type) in [
        ("P-384", KeyType::P384),
        ("prime256v1", KeyType::P256),
        ("secp521r1", KeyType::P521),
        ("rsa", KeyType::Rsa3072),
        ("rsa:2048", KeyType::Rsa2048),
        ("MLDSA65", KeyType::MlDsa65),
    ] {
        assert_eq!(given.parse(), Ok(key_type), "{given}");
    }
    for given in ["", "rsa\n", "rsa1024", "secp256k1", "ml-dsa"] {
        let error = given.parse::<KeyType>().unwrap_err();
        let given = given.replace('\n', "\\n");
        assert_eq!(error, Error::UnknownKeyType { given });
        for key_type in KeyType::ALL {
            assert!(error.to_string().contains(&key_type.to_string()));
        }
    }
}

#[test]
fn a_public_key_says_what_it_is() {
    let expected = [
        "EC P-256",
        "EC P-384",
        "EC P-521",
        "Ed25519",
        "RSA 2048",
        "RSA 3072",
        "RSA 4096",
        "ML-DSA-44",
        "ML-DSA-65",
        "ML-DSA-87",
    ];
    for (key_type, expected) in KeyType::ALL.into_iter().zip(expected) {
        let key = key(key_type);
        assert_eq!(key.public_key().algorithm().to_string(), expected);
        let again = PublicKey::from_pem(&key.public_key().to_pem()).unwrap();
        assert_eq!(&again, key.public_key());
        assert_eq!(again.der(), key.spki_der());
    }
}

#[test]
fn an_rsa_key_of_an_odd_length_counts_as_the_next_longer_type() {
    let key = Key::from_pem(include_str!("../data/keys/rsa2560.key")).unwrap();
    assert_eq!(key.key_type(), KeyType::Rsa3072);
    let exact = KeyAlgorithm::Rsa { bits: 2560 };
    assert_eq!(key.public_key().algorithm(), &exact);
    assert_eq!(
        key.signature_algorithm(),
        SignatureAlgorithm::RsaPkcs1(Hash::Sha256)
    );
}

#[test]
fn the_pin_is_the_one_that_openssl_computes() {
    // openssl pkey -in p256.key -pubout -outform DER | openssl dgst -sha256 -binary | base64
    let key = Key::from_pem(include_str!("../data/keys/p256.key")).unwrap();
    let pin = "lD4kii7SzAyyqBcDcCZGSUS6/THJTOCoA3nd1nbRCmw=";
    assert_eq!(key.public_key().pin(), pin);
    assert_eq!(
        data_encoding::BASE64.encode(&key.public_key().sha256()),
        pin
    );
    assert_eq!(
        format!("{:?}", key.public_key()),
        format!("PublicKey(EC P-256, sha256//{pin})")
    );
}
