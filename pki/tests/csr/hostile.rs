//! Requests that were changed, cut, or made to look like two.

use rcgen::{Attribute, CertificateParams, CustomExtension};
use wharf_pki::csr::REQUEST_BYTES_MAX;
use wharf_pki::error::RequestFault;
use wharf_pki::{CertificateRequest, Error, Key, KeyType};

fn everything() -> Vec<u8> {
    let text = include_str!("../data/requests/everything.csr");
    CertificateRequest::from_pem(text).unwrap().der().to_vec()
}

#[test]
fn no_changed_request_is_read() {
    let der = everything();
    for at in 0..der.len() {
        for bit in [0x01, 0x20, 0x80] {
            let mut changed = der.clone();
            changed[at] ^= bit;
            assert!(
                CertificateRequest::from_der(&changed).is_err(),
                "{bit:#x} at {at}"
            );
        }
    }
}

#[test]
fn every_cut_is_malformed_and_so_is_what_follows() {
    let der = everything();
    let malformed = Error::Request {
        fault: RequestFault::Malformed,
    };
    for cut in 0..der.len() {
        assert_eq!(
            CertificateRequest::from_der(&der[..cut]).unwrap_err(),
            malformed
        );
    }
    let trailing = [&der[..], &[0]].concat();
    assert_eq!(
        CertificateRequest::from_der(&trailing).unwrap_err(),
        malformed
    );
}

#[test]
fn the_signature_of_another_key_is_refused() {
    // The same names and the same kind of key, so that only the last part differs in meaning.
    let [mine, other] = [(); 2].map(|()| {
        let key = Key::generate(KeyType::Ed25519).unwrap();
        let request = CertificateRequest::new(&key, &["a.test".parse().unwrap()], None).unwrap();
        request.der().to_vec()
    });
    let signature = mine.len() - 64;
    let forged = [&mine[..signature], &other[signature..]].concat();
    assert_eq!(
        CertificateRequest::from_der(&forged).unwrap_err(),
        Error::BadSignature
    );
}

#[test]
fn a_request_of_more_than_the_limit_is_refused() {
    let limit_bytes = REQUEST_BYTES_MAX;
    let fault = RequestFault::TooLong { limit_bytes };
    let long = vec![0x30; REQUEST_BYTES_MAX + 1];
    assert_eq!(
        CertificateRequest::from_der(&long).unwrap_err(),
        Error::Request { fault }
    );
}

/// A subjectAltName extension, and what holds extensions in a request.
fn attribute(extension: &[u8]) -> Attribute {
    const EXTENSION_REQUEST: &[u64] = &[1, 2, 840, 113549, 1, 9, 14];
    let length = |content: &[u8]| u8::try_from(content.len()).unwrap();
    let extensions = [&[0x30, length(extension)], extension].concat();
    let values = [&[0x31, length(&extensions)], &extensions[..]].concat();
    Attribute {
        oid: EXTENSION_REQUEST,
        values,
    }
}

/// DNS:b.test
const SAN: &[u8] = b"\x30\x11\x06\x03\x55\x1d\x11\x04\x0a\x30\x08\x82\x06b.test";

fn signed(
    params: &CertificateParams,
    attributes: Vec<Attribute>,
) -> Result<CertificateRequest, Error> {
    let key = Key::generate(KeyType::P256).unwrap();
    let request = params
        .serialize_request_with_attributes(&key, attributes)
        .unwrap();
    CertificateRequest::from_der(request.der())
}

#[test]
fn two_answers_to_what_is_asked_for_are_none() {
    let twice = Error::Request {
        fault: RequestFault::ExtensionTwice,
    };
    let none = CertificateParams::default();
    let one = CertificateParams::new(["a.test".to_owned()]).unwrap();
    assert_eq!(
        signed(&none, vec![attribute(SAN)]).unwrap().names()[0].to_string(),
        "b.test"
    );
    assert_eq!(
        signed(&one, vec![]).unwrap().names()[0].to_string(),
        "a.test"
    );
    assert_eq!(signed(&one, vec![attribute(SAN)]).unwrap_err(), twice);
    assert_eq!(
        signed(&none, vec![attribute(&SAN.repeat(2))]).unwrap_err(),
        twice
    );
}

#[test]
fn names_that_cannot_be_read_are_not_left_out() {
    let mut params = CertificateParams::default();
    let garbage = CustomExtension::from_oid_content(&[2, 5, 29, 17], vec![0x30, 5, 1]);
    params.custom_extensions = vec![garbage];
    let fault = RequestFault::MalformedNames;
    assert_eq!(
        signed(&params, vec![]).unwrap_err(),
        Error::Request { fault }
    );
}
