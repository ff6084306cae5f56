//! What an identity can tell about itself.

use std::net::IpAddr;

use rcgen::{KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519};
use rustls::SignatureScheme;
use std::time::SystemTime;

use wharf_tls::Expiring;
use wharf_tls::Identity;

use crate::issuer::{identity, intermediate, issue, leaf, private, root};

#[test]
fn its_names_are_those_of_the_end_entity() {
    let identity = identity(&leaf(&["a.test", "*.b.test", "127.0.0.1", "::1"]));
    let names = identity.names();
    assert_eq!(names.dns, ["a.test", "*.b.test"]);
    let addresses = ["127.0.0.1", "::1"].map(|ip| ip.parse::<IpAddr>().unwrap());
    assert_eq!(names.ip, addresses);
}

#[test]
fn it_can_sign_as_its_key_can() {
    let signing = |algorithm| {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let certificate = issue(&leaf(&["a.test"]), &key, &root("root"));
        Identity::from_der(vec![certificate], private(&key)).unwrap()
    };
    let p384 = signing(&PKCS_ECDSA_P384_SHA384);
    let ed25519 = signing(&PKCS_ED25519);
    let browser = [
        SignatureScheme::ECDSA_NISTP256_SHA256,
        SignatureScheme::RSA_PSS_SHA256,
        SignatureScheme::ECDSA_NISTP384_SHA384,
    ];
    assert!(p384.can_sign(&browser));
    assert!(!ed25519.can_sign(&browser));
    assert!(ed25519.can_sign(&[SignatureScheme::ED25519]));
    assert!(!p384.can_sign(&[]));
}

#[test]
fn it_knows_when_each_certificate_expires() {
    let mut params = leaf(&["a.test"]);
    params.not_after = rcgen::date_time_ymd(2040, 1, 1);
    let ca = intermediate("ca", &root("root"));
    let key = KeyPair::generate().unwrap();
    let chain = vec![issue(&params, &key, &ca), ca.der().clone()];
    let expiries = Identity::from_der(chain, private(&key)).unwrap().expiries();
    let listed: Vec<_> = expiries
        .iter()
        .map(|expiry| (expiry.what, expiry.name.as_str()))
        .collect();
    let certificate = Expiring::Certificate;
    assert_eq!(listed, [(certificate, "CN=leaf"), (certificate, "CN=ca")]);
    let end = SystemTime::from(rcgen::date_time_ymd(2040, 1, 1));
    assert_eq!(expiries[0].until, end);
}
