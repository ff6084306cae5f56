//! Requests as openssl writes them; see tests/data/README.md.

use wharf_pki::key::{Hash, SignatureAlgorithm};
use wharf_pki::{CertificateRequest, Error, SubjectAltName};

macro_rules! request {
    ($name:literal) => {
        include_str!(concat!("../data/requests/", $name, ".csr"))
    };
}

fn dns(name: &str) -> SubjectAltName {
    SubjectAltName::Dns(name.into())
}

#[test]
fn every_pair_of_key_and_hash_is_verified() {
    use Hash::{Sha256, Sha384, Sha512};
    use SignatureAlgorithm::{Ecdsa, Ed25519, RsaPkcs1, RsaPss};
    for (text, key, algorithm) in [
        (request!("p256-sha256"), "EC P-256", Ecdsa(Sha256)),
        (request!("p256-sha384"), "EC P-256", Ecdsa(Sha384)),
        (request!("p256-sha512"), "EC P-256", Ecdsa(Sha512)),
        // certbot --elliptic-curve secp384r1
        (request!("p384-sha256"), "EC P-384", Ecdsa(Sha256)),
        (request!("p384-sha384"), "EC P-384", Ecdsa(Sha384)),
        (request!("p384-sha512"), "EC P-384", Ecdsa(Sha512)),
        // certbot --elliptic-curve secp521r1
        (request!("p521-sha256"), "EC P-521", Ecdsa(Sha256)),
        (request!("p521-sha384"), "EC P-521", Ecdsa(Sha384)),
        (request!("p521-sha512"), "EC P-521", Ecdsa(Sha512)),
        (request!("rsa-sha256"), "RSA 2048", RsaPkcs1(Sha256)),
        (request!("rsa-sha384"), "RSA 2048", RsaPkcs1(Sha384)),
        (request!("rsa-sha512"), "RSA 2048", RsaPkcs1(Sha512)),
        // The longest salt that there is room for, as openssl chooses it, and one as long as the hash.
        (
            request!("rsa-pss-sha256"),
            "RSA 2048",
            RsaPss {
                hash: Sha256,
                salt_bytes: 222,
            },
        ),
        (
            request!("rsa-pss-sha384"),
            "RSA 2048",
            RsaPss {
                hash: Sha384,
                salt_bytes: 48,
            },
        ),
        (
            request!("rsa-pss-key"),
            "RSA-PSS 2048",
            RsaPss {
                hash: Sha256,
                salt_bytes: 222,
            },
        ),
        (request!("ed25519"), "Ed25519", Ed25519),
    ] {
        let request = CertificateRequest::from_pem(text).unwrap();
        assert_eq!(request.signature_algorithm(), algorithm);
        assert_eq!(request.public_key().algorithm().to_string(), key);
        assert_eq!(request.subject(), "CN=a.test");
        assert_eq!(request.names(), [dns("a.test")]);
        assert_eq!(request.to_pem(), text);
    }
}

#[test]
fn what_cannot_be_verified_is_named() {
    for (text, message) in [
        (
            request!("p256-sha224"),
            "signature algorithm is not checked here: ecdsa-with-SHA224",
        ),
        (
            request!("p256-sha3"),
            "signature algorithm is not checked here: 2.16.840.1.101.3.4.3.10",
        ),
        (
            request!("rsa-sha1"),
            "signature algorithm is not checked here: sha1WithRSAEncryption",
        ),
        (
            request!("ed448"),
            "signature algorithm is not checked here: Ed448",
        ),
        (
            request!("dsa"),
            "signature algorithm is not checked here: dsa-with-SHA256",
        ),
        (
            request!("secp256k1"),
            "a key of type EC secp256k1 does not sign with ecdsa-with-SHA256",
        ),
        (
            request!("rsa1024"),
            "a key of type RSA 1024 does not sign with sha256WithRSAEncryption",
        ),
    ] {
        let error = CertificateRequest::from_pem(text).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn everything_that_is_asked_for_is_listed_and_the_password_is_not() {
    let request = CertificateRequest::from_pem(request!("everything")).unwrap();
    assert_eq!(request.subject(), "O=Example\\, Inc., CN=a.test");
    assert_eq!(request.common_names(), ["a.test"]);
    let names = [
        "a.test",
        "*.a.test",
        "10.0.0.1",
        "2001:db8::1",
        "me@a.test",
        "spiffe://a.test/x",
    ];
    assert_eq!(request.names(), names.map(|name| name.parse().unwrap()));
    let others: Vec<_> = request
        .other_names()
        .iter()
        .map(ToString::to_string)
        .collect();
    let expected = [
        "DNS:bad_.-x",
        "DNS:*",
        "RID:1.2.3",
        "other:1.2.3.5",
        "dirName:CN=d",
    ];
    assert_eq!(others, expected);
    let extensions: Vec<_> = request
        .extensions()
        .iter()
        .map(|extension| (extension.oid.as_str(), extension.critical))
        .collect();
    let expected = [
        ("2.5.29.19", false),
        ("2.5.29.15", true),
        ("2.5.29.37", false),
        ("2.5.29.14", false),
        ("1.3.6.1.5.5.7.1.24", false),
        ("1.2.3.6", true),
        ("2.5.29.17", false),
    ];
    assert_eq!(extensions, expected);
    assert_eq!(request.extensions()[5].value, [5, 0]);
    assert_eq!(request.unknown_attributes(), ["1.2.840.113549.1.9.2"]);
    // It stands in the request in the clear, and nowhere else.
    assert!(
        request
            .der()
            .windows(14)
            .any(|octets| octets == b"hunter2hunter2")
    );
    let shown = format!(
        "{request:?}{:?}{:?}",
        request.extensions(),
        request.other_names()
    );
    assert!(!shown.contains("hunter2"));
}

#[test]
fn a_request_may_ask_for_nothing() {
    let request = CertificateRequest::from_pem(request!("bare")).unwrap();
    assert_eq!(request.subject(), "");
    assert_eq!(request.names(), []);
    assert_eq!(request.common_names(), [] as [&str; 0]);
    assert_eq!(request.extensions(), []);
}

#[test]
fn the_older_label_is_read_and_the_newer_written() {
    let request = CertificateRequest::from_pem(request!("newhdr")).unwrap();
    assert!(request!("newhdr").starts_with("-----BEGIN NEW CERTIFICATE REQUEST-----"));
    assert!(
        request
            .to_pem()
            .starts_with("-----BEGIN CERTIFICATE REQUEST-----")
    );
    assert_eq!(CertificateRequest::from_der(request.der()), Ok(request));
}

#[test]
fn a_text_without_a_request_is_refused() {
    let error = CertificateRequest::from_pem(include_str!("../data/ca.crt")).unwrap_err();
    let fault = wharf_pki::error::PemFault::NotFound;
    let wanted = "certification request";
    assert_eq!(error, Error::Pem { wanted, fault });
}
