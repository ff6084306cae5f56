//! Messages signed piece by piece.

use wharf_pki::key::{KeyType, MESSAGE_BYTES_MAX, Message};
use wharf_pki::{Error, PublicKey};

use super::key;

fn message(key: &PublicKey, pieces: &[&[u8]]) -> Message {
    let mut message = Message::new(key.signature_algorithm().unwrap());
    for piece in pieces {
        message.update(piece).unwrap();
    }
    message
}

#[test]
fn pieces_sign_and_verify_as_the_whole_does() {
    for key_type in KeyType::ALL {
        let key = key(key_type);
        let public = key.public_key();
        let algorithm = key.signature_algorithm();
        assert_eq!(public.signature_algorithm(), Some(algorithm));
        let signature = key
            .sign_message(message(public, &[b"", b"he", b"llo"]))
            .unwrap();
        public.verify(algorithm, b"hello", &signature).unwrap();
        let check = |pieces: &[&[u8]]| public.verify_message(message(public, pieces), &signature);
        check(&[b"hel", b"lo"]).unwrap();
        assert_eq!(
            check(&[b"hel", b"l0"]),
            Err(Error::BadSignature),
            "{key_type}"
        );
        assert_eq!(
            check(&[b"hello", b"!"]),
            Err(Error::BadSignature),
            "{key_type}"
        );
    }
}

#[test]
fn a_message_begun_for_another_algorithm_is_not_signed() {
    let key = key(KeyType::P256);
    let other = Message::new(super::key(KeyType::P384).signature_algorithm());
    assert!(matches!(
        key.sign_message(other),
        Err(Error::SignatureMismatch { .. })
    ));
}

#[test]
fn what_is_needed_at_once_is_bounded_and_what_is_hashed_is_not() {
    let block = vec![0; 1024 * 1024];
    let mut hashed = Message::new(key(KeyType::P256).signature_algorithm());
    let mut whole = Message::new(key(KeyType::Ed25519).signature_algorithm());
    for _ in 0..MESSAGE_BYTES_MAX / block.len() {
        hashed.update(&block).unwrap();
        whole.update(&block).unwrap();
    }
    hashed.update(&[0]).unwrap();
    let error = whole.update(&[0]).unwrap_err();
    let expected = Error::MessageTooLong {
        algorithm: key(KeyType::Ed25519).signature_algorithm(),
        limit_bytes: MESSAGE_BYTES_MAX,
    };
    assert_eq!(error, expected);
}

#[test]
fn a_key_that_signs_nothing_has_no_algorithm() {
    let text = include_str!("../data/keys/ed448.pub");
    let key = PublicKey::from_pem(text).unwrap();
    assert_eq!(key.signature_algorithm(), None);
}
