//! What is written is read again, and what makes no sense is not written.

use wharf_pki::error::Pkcs12Fault;
use wharf_pki::p12::{Pkcs12, Pkcs12Encryption};
use wharf_pki::{Error, Key, KeyType};

use crate::issued;

#[test]
fn every_key_type_in_both_forms_is_read_again() {
    for key_type in KeyType::ALL {
        for encryption in [Pkcs12Encryption::Modern, Pkcs12Encryption::Legacy] {
            let p12 = issued(key_type);
            let der = p12.to_der("pw", encryption).unwrap();
            let read = Pkcs12::from_der(&der, "pw").unwrap();
            let pkcs8 = |p12: &Pkcs12| p12.key.as_ref().unwrap().to_pkcs8_der();
            assert_eq!(pkcs8(&read), pkcs8(&p12));
            assert_eq!(read.chain, p12.chain);
            assert_eq!(read.friendly_name, p12.friendly_name);
        }
    }
}

#[test]
fn a_truststore_a_lone_key_and_a_file_without_a_name_are_read_again() {
    let Pkcs12 { key, chain, .. } = issued(KeyType::P256);
    let trust = Pkcs12 {
        key: None,
        chain: chain[1..].to_vec(),
        friendly_name: Some("Büro 🦀".into()),
    };
    let read =
        Pkcs12::from_der(&trust.to_der("pw", Pkcs12Encryption::Modern).unwrap(), "pw").unwrap();
    assert!(read.key.is_none());
    assert_eq!(read.chain, trust.chain);
    assert_eq!(read.friendly_name, trust.friendly_name);

    let lone = Pkcs12 {
        key,
        chain: Vec::new(),
        friendly_name: None,
    };
    let read =
        Pkcs12::from_der(&lone.to_der("pw", Pkcs12Encryption::Modern).unwrap(), "pw").unwrap();
    assert!(read.key.is_some() && read.chain.is_empty());
    assert_eq!(read.friendly_name, None);
}

#[test]
fn a_chain_that_was_written_out_of_order_is_put_in_order() {
    let mut p12 = issued(KeyType::P256);
    let ordered = p12.chain.clone();
    p12.chain.swap(1, 2);
    let read =
        Pkcs12::from_der(&p12.to_der("pw", Pkcs12Encryption::Modern).unwrap(), "pw").unwrap();
    assert_eq!(read.chain, ordered);
}

#[test]
fn salts_and_vectors_are_fresh_and_nothing_is_in_plain() {
    let p12 = issued(KeyType::P256);
    let [one, other] = [(); 2].map(|()| p12.to_der("pw", Pkcs12Encryption::Modern).unwrap());
    assert_ne!(one, other);
    let holds = |needle: &[u8]| one.windows(needle.len()).any(|window| window == needle);
    let key = p12.key.as_ref().unwrap().to_pkcs8_der();
    assert!(holds(
        "a.test"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect::<Vec<_>>()
            .as_slice()
    ));
    assert!(!holds(&key[40..56]) && !holds(&p12.chain[0].der()[40..56]));
}

#[test]
fn what_makes_no_sense_is_not_written() {
    let nothing = Pkcs12 {
        key: None,
        chain: Vec::new(),
        friendly_name: None,
    };
    let error = nothing.to_der("pw", Pkcs12Encryption::Modern).unwrap_err();
    assert_eq!(error, Pkcs12Fault::Empty.into());
    let mut mismatched = issued(KeyType::P256);
    mismatched.key = Some(Key::generate(KeyType::P256).unwrap());
    let error = mismatched
        .to_der("pw", Pkcs12Encryption::Modern)
        .unwrap_err();
    assert_eq!(error, Error::KeyMismatch);
}

#[test]
fn neither_key_nor_password_is_printed() {
    let shown = format!("{:?}", issued(KeyType::P256));
    assert!(shown.contains("[redacted]"), "{shown}");
}
