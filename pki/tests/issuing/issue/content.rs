//! What stands in a certificate.

use wharf_pki::{Certificate, Error};

use crate::lab::{info, intermediate, issue, key, now, request, root};

#[test]
fn a_root_an_intermediate_and_a_leaf_say_what_they_are() {
    let root = root();
    let ca = intermediate(&root);
    let leaf = issue(&ca, &request(&["localhost", "::1"])).certificate;
    let [leaf, ca, root] = [&leaf, ca.certificate(), root.certificate()].map(info);

    assert_eq!(
        (root.is_ca, root.path_len, root.self_issued),
        (true, Some(1), true)
    );
    assert_eq!(
        (ca.is_ca, ca.path_len, ca.self_issued),
        (true, Some(0), false)
    );
    assert_eq!(
        (leaf.is_ca, leaf.path_len, leaf.self_issued),
        (false, None, false)
    );
    assert_eq!(
        [&root.subject, &ca.subject, &leaf.subject],
        ["CN=root", "CN=intermediate", "CN=localhost"]
    );
    assert_eq!(
        [&root.issuer, &ca.issuer, &leaf.issuer],
        ["CN=root", "CN=root", "CN=intermediate"]
    );
    assert_eq!(root.key_usage, ["keyCertSign", "cRLSign"]);
    assert_eq!(ca.key_usage, ["keyCertSign", "cRLSign"]);
    assert_eq!(leaf.names, ["DNS:localhost", "IP:::1"]);
    for (subject, issuer) in [(&root, &root), (&ca, &root), (&leaf, &ca)] {
        assert!(subject.subject_key_id.is_some());
        assert_eq!(subject.authority_key_id, issuer.subject_key_id);
    }
}

#[test]
fn serial_numbers_are_positive_have_16_octets_and_do_not_repeat() {
    let ca = root();
    let subject_key = key();
    let serials: std::collections::HashSet<String> = (0..50)
        .map(|_| {
            info(
                &ca.issue(&request(&["a.test"]), &subject_key, now())
                    .unwrap()
                    .certificate,
            )
            .serial
        })
        .collect();
    assert_eq!(serials.len(), 50);
    assert!(
        serials
            .iter()
            .all(|serial| serial.len() == 32 && ("4".."8").contains(&&serial[..1])),
        "{serials:?}"
    );
}

#[test]
fn basic_constraints_and_key_usage_are_critical() {
    let root = root();
    let leaf = issue(&root, &request(&["a.test"])).certificate;
    for certificate in [root.certificate(), &leaf] {
        let (_, parsed) = x509_parser::parse_x509_certificate(certificate.der()).unwrap();
        assert!(parsed.basic_constraints().unwrap().unwrap().critical);
        assert!(parsed.key_usage().unwrap().unwrap().critical);
    }
}

#[test]
fn certificates_that_do_not_parse_are_refused() {
    let pem = root().certificate().to_pem();
    let certificate = Certificate::from_pem(&pem).unwrap();
    assert_eq!(
        Certificate::from_der(certificate.der()).unwrap(),
        certificate
    );
    let mut longer = certificate.der().to_vec();
    longer.push(0);
    assert_eq!(
        Certificate::from_der(&longer),
        Err(Error::MalformedCertificate)
    );
    assert_eq!(Certificate::from_der(&[]), Err(Error::MalformedCertificate));
}
