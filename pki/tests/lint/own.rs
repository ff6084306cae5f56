//! What this crate itself makes, what others make, and what nobody should.

use wharf_pki::csr::RequestFault;
use wharf_pki::lint::{self, REQUEST_BYTES_MAX, RuleSet};
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, CaSubject, Certificate, EndEntity, Key, KeyType, Profile};

use crate::draft::{csr::CsrDraft, key, now};

const ALL: [RuleSet; 2] = [RuleSet::Rfc5280, RuleSet::Browsers];

#[test]
fn what_this_crate_issues_breaks_no_rule_at_all() {
    for key_type in [KeyType::P256, KeyType::P384] {
        let key = || Key::generate(key_type).unwrap();
        let root = Authority::root(key(), &CaSubject::new("root"), 3650 * DAY, 1, now()).unwrap();
        let ca = root
            .intermediate(key(), &CaSubject::new("CA"), 1825 * DAY, now())
            .unwrap();
        let request = EndEntity {
            names: vec!["localhost".parse().unwrap(), "::1".parse().unwrap()],
            profile: Profile::peer(),
            ..EndEntity::default()
        };
        let leaf = ca.issue(&request, &key(), now()).unwrap().certificate;
        for certificate in [root.certificate(), ca.certificate(), &leaf] {
            assert_eq!(lint::certificate(certificate, &ALL), []);
        }
    }
}

#[test]
fn a_private_name_is_no_finding() {
    let ca = Authority::root(key(), &CaSubject::new("root"), 99 * DAY, 0, now()).unwrap();
    for name in ["localhost", "host", "*.a.test", "10.0.0.1", "a_b.test"] {
        let request = EndEntity {
            names: vec![name.parse().unwrap()],
            ..EndEntity::default()
        };
        let leaf = ca.issue(&request, &key(), now()).unwrap().certificate;
        assert_eq!(lint::certificate(&leaf, &ALL), [], "{name}");
    }
}

#[test]
fn a_certificate_by_openssl_is_judged_by_what_it_has() {
    let read = |name: &str| {
        let pem = std::fs::read_to_string(format!("tests/data/{name}")).unwrap();
        let findings =
            lint::certificate(&Certificate::from_pem(&pem).unwrap(), &[RuleSet::Rfc5280]);
        findings
            .into_iter()
            .map(|finding| finding.rule)
            .collect::<Vec<_>>()
    };
    assert_eq!(read("ca-false.crt"), ["cert-sign-without-ca"]);
    assert_eq!(read("ca.crt"), Vec::<&str>::new());
}

#[test]
fn no_change_of_a_certificate_or_request_leads_to_a_panic() {
    let signer = key();
    let ca = Authority::root(key(), &CaSubject::new("root"), 99 * DAY, 0, now()).unwrap();
    let certificate = ca.certificate().der().to_vec();
    let request = CsrDraft::new(&signer).der(&signer);
    for at in 0..certificate.len() {
        for octet in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut changed = certificate.clone();
            changed[at] = octet;
            if let Ok(read) = Certificate::from_der(&changed) {
                let _ = lint::certificate(&read, &ALL);
            }
        }
    }
    for at in 0..request.len() {
        for octet in [0x00, 0x01, 0x7f, 0x80, 0xff] {
            let mut changed = request.clone();
            changed[at] = octet;
            let _ = lint::request_der(&changed, &ALL);
        }
        assert_eq!(
            lint::request_der(&request[..at], &ALL),
            Err(RequestFault::Malformed.into())
        );
    }
}

#[test]
fn a_request_with_something_behind_it_or_too_long_is_refused() {
    let signer = key();
    let request = CsrDraft::new(&signer).der(&signer);
    assert_eq!(lint::request_der(&request, &ALL), Ok(Vec::new()));
    let longer = [request.as_slice(), &[0]].concat();
    assert_eq!(
        lint::request_der(&longer, &ALL),
        Err(RequestFault::Malformed.into())
    );
    let mut draft = CsrDraft::new(&signer);
    let filler = "a".repeat(REQUEST_BYTES_MAX);
    draft.subject = crate::draft::der::name(&filler);
    assert_eq!(
        lint::request_der(&draft.der(&signer), &ALL),
        Err(RequestFault::Malformed.into())
    );
}
