//! What peers will object to, with what to do about it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P521_SHA512, PKCS_ED25519,
    date_time_ymd,
};
use wharf_tls::{Finding, FindingKind, Identity, PublicKeyAlgorithm, Role, Severity};

use crate::issuer::{ca, identity, intermediate, issue, leaf, named, private, root};

/// In 2030.
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_893_456_000)
}

/// A chain of two, so that no intermediate may be missing.
fn complete(params: &CertificateParams, key: &KeyPair) -> Identity {
    let ca = intermediate("ca", &root("root"));
    let chain = vec![issue(params, key, &ca), ca.der().clone()];
    Identity::from_der(chain, private(key)).unwrap()
}

fn found(params: &CertificateParams, role: Role) -> Vec<Finding> {
    complete(params, &KeyPair::generate().unwrap()).check(role, now())
}

#[track_caller]
fn only(found: Vec<Finding>) -> (Finding, String) {
    assert_eq!(found.len(), 1, "{found:?}");
    let finding = found.into_iter().next().unwrap();
    assert!(!finding.hint().is_empty());
    let text = finding.to_string();
    (finding, text)
}

#[test]
fn nothing_is_found_in_what_is_right() {
    assert_eq!(found(&leaf(&["localhost"]), Role::Server), []);
    assert_eq!(found(&leaf(&["127.0.0.1"]), Role::Server), []);
    assert_eq!(found(&leaf(&[]), Role::Client), []);
    let mut any = leaf(&["localhost"]);
    any.extended_key_usages.clear();
    any.key_usages.clear();
    assert_eq!(found(&any, Role::Server), []);
}

#[test]
fn a_ca_as_end_entity_is_refused() {
    let mut params = ca("my ca");
    params.key_usages.push(KeyUsagePurpose::DigitalSignature);
    params.subject_alt_names = leaf(&["localhost"]).subject_alt_names;
    let (finding, text) = only(found(&params, Role::Server));
    assert!(finding.is_fatal());
    assert_eq!(text, "the certificate CN=my ca is that of a CA");
}

#[test]
fn a_self_signed_ca_as_server_certificate_is_refused() {
    // What `openssl req -x509` makes unless it is told otherwise.
    let mut params = named("localhost", &["localhost"]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let identity = Identity::from_der(vec![certificate.der().clone()], private(&key)).unwrap();
    let (finding, _) = only(identity.check(Role::Server, now()));
    assert!(finding.is_fatal());
}

#[test]
fn the_purpose_is_that_of_the_role() {
    let mut params = leaf(&["localhost"]);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let (finding, text) = only(found(&params, Role::Server));
    assert!(finding.is_fatal());
    assert_eq!(text, "the certificate is not for use as a server");
    assert!(finding.hint().contains("serverAuth"));
    assert_eq!(found(&params, Role::Client), []);
    // Neither rustls nor OpenSSL takes it for serverAuth.
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any];
    assert!(only(found(&params, Role::Server)).0.is_fatal());
}

#[test]
fn a_key_that_may_not_sign_is_found() {
    let mut params = leaf(&["localhost"]);
    params.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    let (finding, _) = only(found(&params, Role::Server));
    assert_eq!(finding.kind, FindingKind::NoDigitalSignature);
}

#[test]
fn an_expired_end_entity_is_refused_with_the_date() {
    let mut params = leaf(&["localhost"]);
    params.not_after = date_time_ymd(2029, 12, 31);
    let (finding, text) = only(found(&params, Role::Server));
    assert!(finding.is_fatal());
    let expected = "the certificate CN=leaf has expired on 2029-12-31 00:00:00 UTC";
    assert_eq!(text, expected);
}

#[test]
fn the_last_second_is_still_valid() {
    let mut params = leaf(&["localhost"]);
    params.not_after = date_time_ymd(2030, 1, 1);
    assert_eq!(found(&params, Role::Server), []);
    params.not_before = date_time_ymd(2030, 1, 1);
    assert_eq!(found(&params, Role::Server), []);
}

#[test]
fn an_expired_intermediate_is_a_warning_since_clients_may_know_another_path() {
    let mut params = ca("ca");
    params.not_after = date_time_ymd(2029, 1, 1);
    let key = KeyPair::generate().unwrap();
    let ca = rcgen::CertifiedIssuer::signed_by(params, key, &root("root")).unwrap();
    let key = KeyPair::generate().unwrap();
    let chain = vec![issue(&leaf(&["localhost"]), &key, &ca), ca.der().clone()];
    let identity = Identity::from_der(chain, private(&key)).unwrap();
    let (finding, text) = only(identity.check(Role::Server, now()));
    assert_eq!(finding.severity, Severity::Warn);
    assert!(
        text.starts_with("the certificate CN=ca has expired"),
        "{text}"
    );
}

#[test]
fn a_certificate_that_is_not_yet_valid_is_a_warning_about_the_clock() {
    let mut params = leaf(&["localhost"]);
    params.not_before = date_time_ymd(2031, 2, 3);
    let (finding, text) = only(found(&params, Role::Server));
    assert!(!finding.is_fatal());
    assert_eq!(
        text,
        "the certificate CN=leaf is valid from 2031-02-03 00:00:00 UTC on only"
    );
    assert_eq!(finding.hint(), "is the clock right?");
}

#[test]
fn a_server_without_a_name_is_found() {
    let (finding, text) = only(found(&leaf(&[]), Role::Server));
    assert!(!finding.is_fatal());
    assert_eq!(
        text,
        "the certificate has its name in the subject only, CN=leaf"
    );
    let mut nameless = leaf(&[]);
    nameless.distinguished_name = DistinguishedName::new();
    let (finding, _) = only(found(&nameless, Role::Server));
    assert_eq!(finding.kind, FindingKind::NoName);
    assert!(finding.hint().contains("subjectAltName"));
}

#[test]
fn a_chain_that_may_lack_its_intermediate_is_found() {
    let identity = identity(&leaf(&["localhost"]));
    let (finding, text) = only(identity.check(Role::Server, now()));
    assert!(!finding.is_fatal());
    assert_eq!(
        text,
        "the chain ends at CN=leaf, issued by CN=root: clients need CN=root as trust anchor, or an intermediate is missing"
    );
}

#[test]
fn an_issuer_that_every_client_trusts_is_not_missing() {
    // The name of a root of Mozilla, which is all that can be compared.
    let mut impostor = named("ISRG Root X2", &[]);
    let names = &mut impostor.distinguished_name;
    *names = DistinguishedName::new();
    names.push(rcgen::DnType::CountryName, "US");
    names.push(
        rcgen::DnType::OrganizationName,
        "Internet Security Research Group",
    );
    names.push(rcgen::DnType::CommonName, "ISRG Root X2");
    impostor.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let names = impostor.distinguished_name.iter();
    let printable: Vec<_> = names
        .map(|(kind, value)| match value {
            rcgen::DnValue::Utf8String(text) => {
                let text = rcgen::string::PrintableString::try_from(text.as_str()).unwrap();
                (kind.clone(), rcgen::DnValue::PrintableString(text))
            }
            other => (kind.clone(), other.clone()),
        })
        .collect();
    for (kind, value) in printable {
        impostor.distinguished_name.push(kind, value);
    }
    let root = rcgen::CertifiedIssuer::self_signed(impostor, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let chain = vec![issue(&leaf(&["localhost"]), &key, &root)];
    let identity = Identity::from_der(chain, private(&key)).unwrap();
    assert_eq!(identity.check(Role::Server, now()), []);
}

#[test]
fn a_key_that_no_browser_accepts_is_found_for_servers() {
    for (algorithm, expected) in [
        (&PKCS_ED25519, PublicKeyAlgorithm::Ed25519),
        (&PKCS_ECDSA_P521_SHA512, PublicKeyAlgorithm::EcP521),
    ] {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let identity = complete(&leaf(&["localhost"]), &key);
        let (finding, text) = only(identity.check(Role::Server, now()));
        assert!(text.contains(&expected.to_string()), "{text}");
        let kind = FindingKind::NoBrowser {
            algorithm: expected,
        };
        assert_eq!(finding.kind, kind);
        assert_eq!(identity.check(Role::Client, now()), []);
    }
}

#[test]
fn weak_signatures_and_short_keys_are_found_anywhere_in_the_chain() {
    let chain = include_bytes!("../data/weak-chain.crt");
    let identity = Identity::from_pem(chain, include_bytes!("../data/leaf.key")).unwrap();
    let found = identity.check(Role::Server, now());
    assert!(!found.iter().any(Finding::is_fatal));
    assert_eq!(
        found.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "the certificate CN=localhost is signed with sha1WithRSAEncryption",
            "the RSA key of CN=short has 1024 bits only",
        ]
    );
}

#[test]
fn what_is_fatal_comes_first() {
    let mut params = leaf(&[]);
    params.not_after = date_time_ymd(2029, 1, 1);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let found = complete(&params, &KeyPair::generate().unwrap()).check(Role::Server, now());
    let fatal: Vec<bool> = found.iter().map(Finding::is_fatal).collect();
    assert_eq!(fatal, [true, true, false]);
}

#[test]
fn an_unknown_extension_is_nothing_to_warn_of() {
    let mut params = leaf(&["localhost"]);
    let unknown = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    params.custom_extensions.push(unknown);
    assert_eq!(found(&params, Role::Server), []);
}
