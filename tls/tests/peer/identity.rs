use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use wharf_tls::{Certificate, CertificateError, PeerIdentity};

use crate::presented::peer;

#[test]
fn each_kind_of_name_is_told_apart() {
    let peer = peer(&[
        "dns:a.test",
        "ip:10.0.0.1",
        "email:me@a.test",
        "uri:https://a.test/",
        "dns:b.test",
        "ip:2001:db8::1",
    ]);
    assert_eq!(peer.dns_names(), ["a.test", "b.test"]);
    let addresses: Vec<_> = peer
        .ip_addresses()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(addresses, ["10.0.0.1", "2001:db8::1"]);
    assert_eq!(peer.emails(), ["me@a.test"]);
    assert_eq!(peer.uris(), ["https://a.test/"]);
    assert_eq!(peer.spiffe_id(), None);
    assert_eq!(peer.subject(), "CN=rcgen self signed cert");
}

#[test]
fn the_end_entity_comes_first_and_the_chain_is_kept() {
    let [leaf, ca] = [
        include_bytes!("../data/leaf.crt").as_slice(),
        include_bytes!("../data/ca.crt"),
    ]
    .map(|pem| CertificateDer::from_pem_slice(pem).unwrap());
    let peer = PeerIdentity::new(&[leaf.clone(), ca.clone()]).unwrap();
    let facts = Certificate::parse(&leaf).unwrap();
    assert_eq!(peer.chain(), &[leaf, ca]);
    assert_eq!(peer.certificate(), &facts);
    assert_eq!(peer.serial_hex(), "F0FFFF0123456789");
    assert_eq!(peer.fingerprint(), facts.fingerprint());
    assert_eq!(peer.spki_pin(), facts.spki_pin());
    assert_eq!(
        (peer.not_before(), peer.not_after()),
        (facts.not_before(), facts.not_after())
    );
    assert_eq!(peer, peer.clone());
}

#[test]
fn no_certificate_and_no_certificate_at_all_are_errors() {
    assert_eq!(
        PeerIdentity::new(&[]).unwrap_err(),
        CertificateError::Missing
    );
    let garbage = CertificateDer::from(vec![1, 2, 3]);
    let error = PeerIdentity::new(&[garbage]).unwrap_err();
    assert_eq!(error, CertificateError::Malformed);
}

#[test]
fn a_spiffe_id_is_the_only_uri() {
    let id = |names: &[&str]| peer(names).spiffe_id().map(ToString::to_string);
    let expected = Some("spiffe://example.org/web".to_owned());
    assert_eq!(id(&["uri:spiffe://example.org/web"]), expected);
    assert_eq!(
        id(&["dns:a.test", "uri:spiffe://example.org/web"]),
        expected
    );
    for names in [
        &[][..],
        &["dns:a.test"],
        &[
            "uri:spiffe://example.org/web",
            "uri:spiffe://example.org/db",
        ],
        &[
            "uri:spiffe://example.org/web",
            "uri:spiffe://example.org/web",
        ],
        &["uri:https://example.org/", "uri:spiffe://example.org/web"],
        &["uri:https://example.org/web"],
        &["uri:spiffe://example.org/web/"],
        // A malformed name may have been the second.
        &[
            "uri:spiffe://example.org/web",
            "uri:spiffe://example.org/a b",
        ],
    ] {
        assert_eq!(id(names), None, "{names:?}");
    }
}
