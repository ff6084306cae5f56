//! Cut and changed keys: an error, never a panic, and never the key that it was.

use wharf_pki::error::KeyFault;
use wharf_pki::key::{KEY_BYTES_MAX, KeyEncoding};
use wharf_pki::{Error, Key, KeyType};

use super::{element, key};

fn forms(key_type: KeyType) -> Vec<Vec<u8>> {
    let key = key(key_type);
    let all = [KeyEncoding::Pkcs8, KeyEncoding::Sec1, KeyEncoding::Pkcs1];
    let forms = all.map(|encoding| key.to_der_as(encoding));
    forms
        .into_iter()
        .flatten()
        .map(|der| der.to_vec())
        .collect()
}

#[test]
fn every_cut_of_every_form_is_malformed() {
    for key_type in KeyType::ALL {
        for der in forms(key_type) {
            for cut in 0..der.len() {
                let error = Key::from_der(&der[..cut]).unwrap_err();
                let malformed = Error::Key {
                    fault: KeyFault::Malformed,
                };
                assert_eq!(error, malformed, "{key_type} at {cut}");
            }
            let trailing = [&der[..], &[0]].concat();
            Key::from_der(&trailing).unwrap_err();
        }
    }
}

#[test]
fn a_changed_octet_never_gives_the_same_key() {
    // The other types of a kind have the same parser, and RSA is checked by arithmetic, which takes its time.
    for key_type in [
        KeyType::P256,
        KeyType::P521,
        KeyType::Ed25519,
        KeyType::MlDsa44,
    ] {
        for der in forms(key_type) {
            for at in 0..der.len() {
                for bit in [0x01, 0x80] {
                    let mut changed = der.clone();
                    changed[at] ^= bit;
                    // A changed private octet may give another key of the type.
                    if let Ok(other) = Key::from_der(&changed) {
                        assert_ne!(*other.to_pkcs8_der(), der, "{key_type} at {at}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_changed_octet_of_an_rsa_key_is_an_error() {
    let der = key(KeyType::Rsa2048).to_pkcs8_der();
    let mut refused = 0;
    for at in (30..der.len()).step_by(97) {
        let mut changed = der.to_vec();
        changed[at] ^= 0x10;
        refused += usize::from(Key::from_der(&changed).is_err());
    }
    assert_eq!(refused, (30..der.len()).step_by(97).count());
}

#[test]
fn what_is_nested_deep_or_long_is_refused() {
    let mut nested = Vec::new();
    while nested.len() < 60_000 {
        nested = element(0x30, &nested);
    }
    Key::from_der(&nested).unwrap_err();
    let limit_bytes = KEY_BYTES_MAX;
    let long = Error::Key {
        fault: KeyFault::TooLong { limit_bytes },
    };
    assert_eq!(
        Key::from_der(&vec![0x30; KEY_BYTES_MAX + 1]).unwrap_err(),
        long
    );
    assert_ne!(Key::from_der(&vec![0x30; KEY_BYTES_MAX]).unwrap_err(), long);
    for der in [&[][..], &[0x30], &[0x30, 0], &[0x30, 0x80], &[0x05, 0]] {
        Key::from_der(der).unwrap_err();
    }
}
