//! Keys with which two sides agree on a secret.

use wharf_pki::key::{Agreement, AgreementKey, KeyEncoding, KeyFault, KeyType, PublicKeyFault};
use wharf_pki::{Error, Password, PublicKey};

use super::key;

/// Of each type: the group, and the lengths of the private and the public key.
const GROUPS: [(KeyType, Agreement, usize, usize); 3] = [
    (KeyType::P256, Agreement::P256, 32, 65),
    (KeyType::P384, Agreement::P384, 48, 97),
    (KeyType::P521, Agreement::P521, 66, 133),
];

#[test]
fn curves_agree_in_each_form_of_their_keys() {
    let password = Password::new("correct horse");
    for (key_type, agreement, secret, public) in GROUPS {
        let key = key(key_type);
        let (found, octets) = key.public_key().agreement().unwrap();
        assert_eq!((found, octets.len()), (agreement, public));
        let forms = [
            key.to_pem().to_string(),
            key.to_pem_as(KeyEncoding::Sec1).unwrap().to_string(),
            key.to_encrypted_pem(&password).unwrap(),
        ];
        let read = forms.map(|text| AgreementKey::from_pem(&text, Some(&password)).unwrap());
        let [first, ..] = &read;
        for read in &read {
            assert_eq!((read.agreement(), read.secret().len()), (agreement, secret));
            assert_eq!(read.secret(), first.secret());
        }
    }
}

#[test]
fn x25519_is_read_and_its_ends_are_checked() {
    let text = include_str!("../data/keys/x25519.key");
    let key = AgreementKey::from_pem(text, None).unwrap();
    assert_eq!(
        (key.agreement(), key.secret().len()),
        (Agreement::X25519, 32)
    );
    assert_eq!(format!("{key:?}"), "AgreementKey(X25519, [redacted])");
    // 30 2e, version, algorithm, OCTET STRING of OCTET STRING.
    let mut der = vec![
        0x30, 0x2d, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x21, 4, 0x1f,
    ];
    der.extend([7; 31]);
    der.extend([0; 2]);
    let malformed = AgreementKey::from_der(&der, None).unwrap_err();
    assert_eq!(malformed, KeyFault::Malformed.into());
}

#[test]
fn keys_that_only_sign_are_refused_by_their_type() {
    for (key_type, found) in [
        (KeyType::Ed25519, "Ed25519"),
        (KeyType::Rsa2048, "RSA 2048"),
    ] {
        let key = key(key_type);
        let fault = PublicKeyFault::NoAgreement {
            found: found.into(),
        };
        assert_eq!(key.public_key().agreement(), Err(Error::from(fault)));
        let private = AgreementKey::try_from(key).unwrap_err();
        assert!(private.hint().unwrap().contains("X25519"), "{private}");
    }
}

#[test]
fn a_compressed_point_is_refused() {
    let der = key(KeyType::P256).public_key().der().to_vec();
    let point = der.len() - 65;
    let mut compressed = der[..point + 33].to_vec();
    compressed[point] = 2 + (der[der.len() - 1] & 1);
    // The lengths of the SEQUENCE and of the BIT STRING.
    compressed[1] -= 32;
    compressed[point - 2] -= 32;
    let key = PublicKey::from_der(&compressed).unwrap();
    let fault = PublicKeyFault::NoAgreement {
        found: "EC P-256".into(),
    };
    assert_eq!(key.agreement(), Err(fault.into()));
}

#[test]
fn an_encrypted_key_wants_its_password() {
    let text = key(KeyType::P256)
        .to_encrypted_pem(&Password::new("a"))
        .unwrap();
    let without = AgreementKey::from_pem(&text, None).unwrap_err();
    assert_eq!(without, KeyFault::Encrypted.into());
    let wrong = AgreementKey::from_pem(&text, Some(&Password::new("b"))).unwrap_err();
    assert_eq!(wrong, KeyFault::WrongPassword.into());
}
