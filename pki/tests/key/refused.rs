//! Keys that are sound, and not used here: each is called by its name.

use wharf_pki::error::{KeyFault, PublicKeyFault};
use wharf_pki::{Error, Key, PublicKey};

#[track_caller]
fn fault(text: &str) -> KeyFault {
    match Key::from_pem(text).unwrap_err() {
        Error::Key { fault } => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_type_that_is_not_used_is_named() {
    for (text, found) in [
        (include_str!("../data/keys/dsa.key"), "DSA"),
        (include_str!("../data/keys/dsa-traditional.key"), "DSA"),
        (include_str!("../data/keys/secp256k1.key"), "EC secp256k1"),
        (
            include_str!("../data/keys/secp256k1-sec1.key"),
            "EC secp256k1",
        ),
        (include_str!("../data/keys/p224.key"), "EC P-224"),
        (
            include_str!("../data/keys/explicit.key"),
            "EC with parameters of its own",
        ),
        (
            include_str!("../data/keys/explicit-sec1.key"),
            "EC with parameters of its own",
        ),
        (include_str!("../data/keys/x25519.key"), "X25519"),
        (include_str!("../data/keys/x448.key"), "X448"),
        (include_str!("../data/keys/ed448.key"), "Ed448"),
        (include_str!("../data/keys/rsa-pss.key"), "RSA-PSS 2048"),
    ] {
        let fault = fault(text);
        assert_eq!(
            fault,
            KeyFault::Unsupported {
                found: found.into()
            }
        );
        assert!(fault.hint().unwrap().contains("p256"));
        let shown = Error::Key { fault }.to_string();
        assert_eq!(
            shown,
            format!("private key has a type that is not used here: {found}")
        );
    }
}

#[test]
fn rsa_that_is_too_short_or_too_long_is_refused_with_its_length() {
    for (text, bits) in [
        (include_str!("../data/keys/rsa1024.key"), 1024),
        (include_str!("../data/keys/rsa2047.key"), 2047),
        (include_str!("../data/keys/rsa4104.key"), 4104),
    ] {
        let fault = fault(text);
        assert_eq!(fault, KeyFault::RsaLength { bits });
        let shown = Error::Key { fault }.to_string();
        let expected = format!("private key is RSA of {bits} bits; 2048 to 4096 are used");
        assert_eq!(shown, expected);
    }
}

#[test]
fn openssh_s_own_form_is_named() {
    let fault = fault(include_str!("../data/keys/openssh.key"));
    assert_eq!(fault, KeyFault::OpenSsh);
    assert!(fault.hint().unwrap().contains("ssh-keygen"));
}

#[test]
fn a_public_key_of_any_type_is_read_and_named() {
    for (text, shown) in [
        (include_str!("../data/keys/secp256k1.pub"), "EC secp256k1"),
        (
            include_str!("../data/keys/explicit.pub"),
            "EC with parameters of its own",
        ),
        (include_str!("../data/keys/ed448.pub"), "Ed448"),
        (include_str!("../data/keys/dsa.pub"), "DSA"),
        (include_str!("../data/keys/rsa1024.pub"), "RSA 1024"),
        (include_str!("../data/keys/rsa-pss.pub"), "RSA-PSS 2048"),
        (include_str!("../data/keys/ml-dsa-87.pub"), "ML-DSA-87"),
    ] {
        let key = PublicKey::from_pem(text).unwrap();
        assert_eq!(key.algorithm().to_string(), shown);
        assert_eq!(key.to_pem(), text);
    }
}

#[test]
fn what_is_no_public_key_is_refused() {
    let der = PublicKey::from_pem(include_str!("../data/keys/rsa1024.pub")).unwrap();
    let malformed = Error::PublicKey {
        fault: PublicKeyFault::Malformed,
    };
    for cut in 0..der.der().len() {
        assert_eq!(
            PublicKey::from_der(&der.der()[..cut]).unwrap_err(),
            malformed
        );
    }
    let trailing = [der.der(), &[0]].concat();
    assert_eq!(PublicKey::from_der(&trailing).unwrap_err(), malformed);
}
