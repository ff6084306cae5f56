//! PKCS#12 files: read, written, refused, inspected.

mod files;
mod hostile;
mod inspect;
mod passwords;
mod round_trip;

use wharf_pki::error::Pkcs12Fault;
use wharf_pki::p12::Pkcs12;
use wharf_pki::{Authority, CaSubject, EndEntity, Error, Key, KeyType, validity::DAY};

/// A file of `tests/data/p12`; see the README there.
fn file(name: &str) -> Vec<u8> {
    let path = format!("tests/data/p12/{name}");
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[track_caller]
fn refused(file: &[u8], password: &str) -> Pkcs12Fault {
    match Pkcs12::from_der(file, password).unwrap_err() {
        Error::Pkcs12 { fault } => fault,
        other => panic!("{other:?}"),
    }
}

/// A key with its certificate and that of the CA.
fn issued(key_type: KeyType) -> Pkcs12 {
    let now = time::macros::datetime!(2027-01-01 00:00 UTC);
    let key = || Key::generate(key_type).unwrap();
    let root = Authority::root(key(), &CaSubject::new("Root"), 365 * DAY, 1, now).unwrap();
    let ca = root
        .intermediate(key(), &CaSubject::new("CA"), 100 * DAY, now)
        .unwrap();
    let request = EndEntity {
        names: vec!["a.test".parse().unwrap()],
        ..EndEntity::default()
    };
    let key = key();
    let leaf = ca.issue(&request, &key, now).unwrap().certificate;
    Pkcs12 {
        key: Some(key),
        chain: vec![leaf, ca.certificate().clone(), root.certificate().clone()],
        friendly_name: Some("a.test".into()),
    }
}
