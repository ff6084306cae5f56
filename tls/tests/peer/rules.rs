use wharf_tls::{PatternError, PeerPattern, PeerRules};

use crate::presented::peer;

#[test]
fn a_peer_that_one_pattern_fits_is_admitted() {
    let rules = PeerRules::parse([
        "spiffe://example.org/ns/prod/*",
        "dns:*.backup.example.org",
        "email:*@example.org",
        "ip:192.0.2.0/24",
    ])
    .unwrap();
    for name in [
        "uri:spiffe://example.org/ns/prod/web",
        "dns:a.backup.example.org",
        "email:me@example.org",
        "ip:192.0.2.7",
    ] {
        rules.admit(&peer(&[name])).unwrap();
        rules.admit(&peer(&["dns:other.test", name])).unwrap();
    }
    for name in [
        "uri:spiffe://example.org/ns/test/web",
        "uri:https://a.backup.example.org/",
        "dns:backup.example.org",
        "dns:192.0.2.7",
        "email:me@sub.example.org",
        "dns:example.org",
        "ip:192.0.3.7",
    ] {
        rules.admit(&peer(&[name])).unwrap_err();
    }
}

#[test]
fn a_peer_is_admitted_for_its_key() {
    let known = peer(&["dns:a.test"]);
    let rules = PeerRules::parse([known.spki_pin().to_string().as_str()]).unwrap();
    assert_eq!(rules.patterns, [PeerPattern::Key(known.spki_pin())]);
    rules.admit(&known).unwrap();
    rules.admit(&peer(&["dns:a.test"])).unwrap_err();
}

#[test]
fn no_pattern_admits_nobody() {
    PeerRules::default()
        .admit(&peer(&["dns:a.test"]))
        .unwrap_err();
}

#[test]
fn two_uris_are_no_spiffe_id_even_if_each_fits() {
    let rules = PeerRules::parse(["spiffe://example.org/**"]).unwrap();
    let two = ["uri:spiffe://example.org/a", "uri:spiffe://example.org/b"];
    rules.admit(&peer(&two[..1])).unwrap();
    rules.admit(&peer(&two)).unwrap_err();
}

#[test]
fn the_common_name_admits_nobody() {
    let rules = PeerRules::parse(["dns:a.test"]).unwrap();
    let mut params = rcgen::CertificateParams::default();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "a.test");
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let named = wharf_tls::PeerIdentity::new(&[certificate.der().clone()]).unwrap();
    assert_eq!(named.subject(), "CN=a.test");
    rules.admit(&named).unwrap_err();
}

#[test]
fn who_was_denied_is_said() {
    let stranger = peer(&["dns:a.test", "uri:spiffe://other.org/x"]);
    let denied = PeerRules::default().admit(&stranger).unwrap_err();
    assert_eq!(denied.peer, stranger);
    let expected = format!(
        "no rule admits the peer, which presents DNS:a.test, URI:spiffe://other.org/x (subject CN=rcgen self signed cert, \
         key {})",
        stranger.spki_pin()
    );
    assert_eq!(denied.to_string(), expected);
    let nameless = PeerRules::default().admit(&peer(&[])).unwrap_err();
    assert!(nameless.to_string().contains("presents no subjectAltName"));
}

#[test]
fn what_is_said_of_the_denied_has_a_bound() {
    let long = format!("dns:{}", "a".repeat(30_000));
    let denied = PeerRules::default().admit(&peer(&[&long])).unwrap_err();
    let text = denied.to_string();
    assert!(text.len() < 600 && text.contains("aaa…"), "{}", text.len());
}

#[test]
fn one_bad_pattern_refuses_the_rules() {
    let rules = PeerRules::parse(["dns:a.test", "dns:*"]);
    assert_eq!(rules, Err(PatternError::DnsWildcard));
}
