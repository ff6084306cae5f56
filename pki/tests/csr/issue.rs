//! Certificates for the keys of requests.

use time::OffsetDateTime;
use wharf_pki::error::PublicKeyFault;
use wharf_pki::validity::DAY;
use wharf_pki::{
    Authority, CaSubject, CertificateRequest, EndEntity, Error, Key, KeyType, PublicKey,
};

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap()
}

fn root() -> Authority {
    let key = Key::generate(KeyType::P256).unwrap();
    Authority::root(key, &CaSubject::new("root"), 3650 * DAY, 1, now()).unwrap()
}

fn wanted(request: &CertificateRequest) -> EndEntity {
    EndEntity {
        names: request.names().to_vec(),
        ..EndEntity::default()
    }
}

/// rcgen labels the key with the curve that fits the hash of the signature: P-256 in a certificate for P-384.
#[test]
fn a_hash_that_does_not_fit_the_curve_leaves_the_key_as_it_is() {
    let root = root();
    for text in [
        include_str!("../data/requests/p384-sha256.csr"),
        include_str!("../data/requests/p256-sha384.csr"),
        include_str!("../data/requests/p521-sha256.csr"),
        include_str!("../data/requests/rsa-pss-sha256.csr"),
        include_str!("../data/requests/ed25519.csr"),
    ] {
        let request = CertificateRequest::from_pem(text).unwrap();
        let issued = root
            .issue_for(&wanted(&request), request.public_key(), now())
            .unwrap();
        assert_eq!(
            &issued.certificate.public_key().unwrap(),
            request.public_key()
        );
        assert_eq!(issued.names, request.names());
        let key = root.certificate().public_key().unwrap();
        assert_eq!(key.verify_signed(issued.certificate.der()), Ok(()));
    }
}

#[test]
fn a_key_that_no_certificate_is_issued_for_is_named() {
    let root = root();
    let request = CertificateRequest::from_pem(include_str!("../data/requests/p256-sha256.csr"));
    let wanted = wanted(&request.unwrap());
    for (text, found) in [
        (include_str!("../data/keys/rsa-pss.pub"), "RSA-PSS 2048"),
        (include_str!("../data/keys/secp256k1.pub"), "EC secp256k1"),
        (include_str!("../data/keys/rsa1024.pub"), "RSA 1024"),
    ] {
        let key = PublicKey::from_pem(text).unwrap();
        let error = root.issue_for(&wanted, &key, now()).unwrap_err();
        let fault = PublicKeyFault::Unsupported {
            found: found.into(),
        };
        assert_eq!(error, Error::PublicKey { fault });
    }
}

#[test]
fn a_key_in_a_form_that_would_change_is_refused() {
    let der = Key::generate(KeyType::Rsa2048).unwrap().spki_der();
    let der = without_null(&der);
    let key = PublicKey::from_der(&der).unwrap();
    assert_eq!(key.algorithm().to_string(), "RSA 2048");
    let wanted = EndEntity {
        names: vec!["a.test".parse().unwrap()],
        ..EndEntity::default()
    };
    let error = root().issue_for(&wanted, &key, now()).unwrap_err();
    assert_eq!(
        error,
        Error::PublicKey {
            fault: PublicKeyFault::Form
        }
    );
}

/// An RSA key whose AlgorithmIdentifier lacks the NULL of [RFC 3279 §2.3.1].
///
/// [RFC 3279 §2.3.1]: https://www.rfc-editor.org/rfc/rfc3279#section-2.3.1
fn without_null(der: &[u8]) -> Vec<u8> {
    // SEQUENCE (4) SEQUENCE (2) OID (11) NULL (2)
    assert_eq!(der[..2], [0x30, 0x82]);
    assert_eq!(der[4..6], [0x30, 13]);
    let length = u16::from_be_bytes([der[2], der[3]]) - 2;
    let head = [0x30, 0x82, (length >> 8) as u8, length as u8, 0x30, 11];
    [&head, &der[6..17], &der[19..]].concat()
}

#[test]
fn the_ca_s_own_key_is_refused() {
    let root = root();
    let request = EndEntity {
        names: vec!["a.test".parse().unwrap()],
        ..EndEntity::default()
    };
    let error = root
        .issue_for(&request, root.key().public_key(), now())
        .unwrap_err();
    assert_eq!(error, Error::KeyReused);
}
