//! Keys in files, and what is refused as one.

use wharf_pki::kex::{ExchangeKey, ExchangePublicKey, Group, KexFault};
use wharf_pki::key::{KeyFault, PublicKeyFault};
use wharf_pki::{Error, Key, KeyType, Password, PublicKey};

use super::{hex, world};

fn keys() -> Vec<ExchangeKey> {
    let made = Group::ALL
        .into_iter()
        .filter(|group| *group != Group::RsaOaep);
    let mut keys: Vec<_> = made
        .map(|group| ExchangeKey::generate(group).unwrap())
        .collect();
    keys.push(world().rsa());
    keys
}

#[test]
fn keys_are_read_as_they_were_written() {
    for key in keys() {
        let text = key.to_pem().unwrap();
        let again = ExchangeKey::from_pem(&text, None).unwrap();
        assert_eq!(again.group(), key.group());
        assert_eq!(again.to_pem().unwrap(), text);
        let public = key.public().to_pem();
        assert_eq!(&ExchangePublicKey::from_pem(&public).unwrap(), key.public());
        // As certificates have it: the same octets for who reads any public key.
        let read = PublicKey::from_pem(&public).unwrap();
        assert_eq!(read.der(), key.public().spki()[0]);
        assert_eq!(
            format!("{key:?}"),
            format!("ExchangeKey({}, [redacted])", key.group())
        );
    }
}

#[test]
fn each_group_agrees_and_has_the_lengths_of_its_table() {
    for key in keys() {
        let group = key.group();
        let sent = key.public().encapsulate().unwrap();
        let secret = key.decapsulate(&sent.ciphertext).unwrap();
        assert_eq!(secret.reveal(), sent.secret.reveal(), "{group}");
        let lengths = (sent.ciphertext.len(), secret.reveal().len());
        let expected = match group {
            Group::X25519 => (32, 32),
            Group::P256 => (65, 32),
            Group::P384 => (97, 48),
            Group::MlKem768 => (1088, 32),
            Group::X25519MlKem768 => (1120, 64),
            _ => (256, 32),
        };
        assert_eq!(lengths, expected, "{group}");
        if group != Group::RsaOaep {
            assert_eq!(sent.ciphertext.len(), group.server_share_bytes());
            assert_eq!(
                Some(key.public().octets().len()),
                group.client_share_bytes()
            );
        }
    }
}

/// The order of TLS: ML-KEM first, in the key, in the ciphertext and in the secret.
#[test]
fn the_hybrid_is_its_two_halves() {
    let key = ExchangeKey::generate(Group::X25519MlKem768).unwrap();
    let parts = key.pkcs8().unwrap();
    let [ml_kem, x25519] =
        [0, 1].map(|at| ExchangeKey::from_pkcs8(&[parts[at].as_slice()]).unwrap());
    assert_eq!(
        (ml_kem.group(), x25519.group()),
        (Group::MlKem768, Group::X25519)
    );
    let public = [ml_kem.public().octets(), x25519.public().octets()].concat();
    assert_eq!(key.public().octets(), public);
    let sent = key.public().encapsulate().unwrap();
    let (first, second) = sent.ciphertext.split_at(1088);
    let halves = [
        ml_kem.decapsulate(first).unwrap().reveal(),
        x25519.decapsulate(second).unwrap().reveal(),
    ]
    .concat();
    assert_eq!(sent.secret.reveal(), halves);
    // The other way round it is a key of X25519, and what stands behind is not looked at.
    let text = [x25519.to_pem().unwrap(), ml_kem.to_pem().unwrap()]
        .map(|text| text.to_string())
        .concat();
    assert_eq!(
        ExchangeKey::from_pem(&text, None).unwrap().group(),
        Group::X25519
    );
}

#[test]
fn an_encrypted_key_wants_its_password() {
    let key = Key::generate(KeyType::P256).unwrap();
    let text = key.to_encrypted_pem(&Password::new("a")).unwrap();
    let refused = ExchangeKey::from_pem(&text, None).unwrap_err();
    assert_eq!(refused, KeyFault::Encrypted.into());
    let read = ExchangeKey::from_pem(&text, Some(&Password::new("a"))).unwrap();
    assert_eq!(read.public().spki()[0], key.public_key().der());
}

#[test]
fn keys_that_only_sign_are_refused() {
    let key = Key::generate(KeyType::Ed25519).unwrap();
    let fault = PublicKeyFault::NoAgreement {
        found: "Ed25519".into(),
    };
    let refused = ExchangePublicKey::try_from(key.public_key()).unwrap_err();
    assert_eq!(refused, fault.clone().into());
    let refused = ExchangeKey::from_pem(&key.to_pem(), None).unwrap_err();
    assert!(matches!(refused, Error::PublicKey { .. }), "{refused}");
}

/// Every point of X25519 whose secret is zero: RFC 7748 §6.1, and the list of its authors.
#[test]
fn points_of_small_order_are_refused() {
    let key = ExchangeKey::generate(Group::X25519).unwrap();
    for point in [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ] {
        let peer = ExchangePublicKey::from_octets(Group::X25519, &hex(point)).unwrap();
        let fault = KexFault::SmallOrder {
            group: Group::X25519,
        };
        assert_eq!(key.derive(&peer).unwrap_err(), fault, "{point}");
        assert_eq!(peer.encapsulate().unwrap_err(), fault, "{point}");
    }
    // The base point is none of them.
    let mut base = [0; 32];
    base[0] = 9;
    assert!(key.decapsulate(&base).is_ok());
}

#[test]
fn points_that_are_on_no_curve_are_refused() {
    for group in [Group::P256, Group::P384] {
        let key = ExchangeKey::generate(group).unwrap();
        let mut octets = key.public().octets().to_vec();
        *octets.last_mut().unwrap() ^= 1;
        let fault = KexFault::NotOnCurve { group };
        let off = ExchangePublicKey::from_octets(group, &octets).unwrap();
        assert_eq!(key.derive(&off).unwrap_err(), fault);
        assert_eq!(off.encapsulate().unwrap_err(), fault);
        // The point at infinity, and another form.
        octets.fill(0);
        assert_eq!(
            ExchangePublicKey::from_octets(group, &octets),
            Err(fault.clone())
        );
        octets[0] = 4;
        assert_eq!(key.decapsulate(&octets).unwrap_err(), fault);
    }
}

#[test]
fn an_encapsulation_key_beyond_the_modulus_is_refused() {
    for group in [Group::MlKem768, Group::X25519MlKem768] {
        let key = ExchangeKey::generate(group).unwrap();
        let mut octets = key.public().octets().to_vec();
        // The first coefficient, of 12 bits, is 4095; the modulus is 3329.
        octets[..2].fill(0xff);
        let key = ExchangePublicKey::from_octets(group, &octets).unwrap();
        let fault = KexFault::Modulus {
            group: Group::MlKem768,
        };
        assert_eq!(key.encapsulate().unwrap_err(), fault);
    }
}

#[test]
fn a_decapsulation_key_is_checked_against_its_hash() {
    let key = ExchangeKey::generate(Group::MlKem768).unwrap();
    let der = key.pkcs8().unwrap().remove(0);
    let fault = KexFault::KeyHash {
        group: Group::MlKem768,
    };
    // In the public key, and in the hash: behind a header of 28 octets.
    for at in [28 + 1152, 28 + 2335, 28 + 2336, 28 + 2367] {
        let mut changed = der.to_vec();
        changed[at] ^= 1;
        let refused = ExchangeKey::from_der(&changed, None).unwrap_err();
        assert_eq!(refused, Error::Kex(fault.clone()), "{at}");
    }
}

#[test]
fn another_key_of_ml_kem_gives_another_secret_and_no_error() {
    let [key, other] = [(); 2].map(|()| ExchangeKey::generate(Group::MlKem768).unwrap());
    let sent = key.public().encapsulate().unwrap();
    let secret = other.decapsulate(&sent.ciphertext).unwrap();
    assert_ne!(secret.reveal(), sent.secret.reveal());
}

/// The three forms of RFC 9935 §6: the seed, the expanded key, and both.
#[test]
fn a_key_of_ml_kem_is_read_in_each_of_its_forms() {
    let algorithm = &hex("300b0609608648016503040402");
    let wrap = |tag: u8, content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82], &length[..], content].concat()
    };
    let pkcs8 = |private: &[u8]| {
        let content = [&[2, 1, 0], &algorithm[..], &wrap(4, private)].concat();
        wrap(0x30, &content)
    };
    let of_seed = |seed: &[u8]| {
        let mut der = hex("3054020100300b06096086480165030404020442");
        der.extend([0x80, 64]);
        der.extend(seed);
        der
    };
    let read = |der: &[u8]| ExchangeKey::from_der(der, None);
    let key = read(&of_seed(&[7; 64])).unwrap();
    assert_eq!(key.group(), Group::MlKem768);
    let sent = key.public().encapsulate().unwrap();
    let secret = key.decapsulate(&sent.ciphertext).unwrap();
    assert_eq!(secret.reveal(), sent.secret.reveal());

    let der = key.pkcs8().unwrap().remove(0);
    let expanded = &der[24..];
    assert_eq!(pkcs8(expanded), der.to_vec());
    let both = |seed: &[u8]| pkcs8(&wrap(0x30, &[&[4, 64], seed, expanded].concat()));
    assert_eq!(read(&both(&[7; 64])).unwrap().public(), key.public());
    // Two that are not the same key, and a seed that is too short.
    for malformed in [both(&[8; 64]), of_seed(&[7; 63])] {
        assert_eq!(read(&malformed).unwrap_err(), KeyFault::Malformed.into());
    }
}

#[test]
fn lengths_and_groups_that_do_not_fit_are_told() {
    for key in keys() {
        let group = key.group();
        let wrong = vec![4; 33];
        match key.decapsulate(&wrong).unwrap_err() {
            KexFault::Length { found_bytes, .. } => assert_eq!(found_bytes, 33),
            KexFault::NotDecrypted => assert_eq!(group, Group::RsaOaep),
            fault => panic!("{group}: {fault}"),
        }
        if group != Group::RsaOaep {
            let refused = ExchangePublicKey::from_octets(group, &wrong).unwrap_err();
            assert_eq!(refused.name(), "length");
        }
    }
    let [x25519, p256] =
        [Group::X25519, Group::P256].map(|group| ExchangeKey::generate(group).unwrap());
    let fault = KexFault::GroupMismatch {
        private: Group::X25519,
        public: Group::P256,
    };
    assert_eq!(x25519.derive(p256.public()).unwrap_err(), fault);
    let ml_kem = ExchangeKey::generate(Group::MlKem768).unwrap();
    let refused = ml_kem.derive(ml_kem.public()).unwrap_err();
    assert_eq!(refused.to_string(), "a key of ML-KEM-768 does not derive");
}

#[test]
fn groups_are_read_by_their_names_and_numbers() {
    for group in Group::ALL {
        assert_eq!(group.name().to_uppercase().parse(), Ok(group));
        assert_eq!(Group::from_code(group.code()), Ok(group));
    }
    assert_eq!("p521".parse::<Group>().unwrap_err().name(), "unknown-group");
    assert_eq!(
        Group::from_code(0x0019).unwrap_err().to_string(),
        "group 0x0019 is not known"
    );
}
