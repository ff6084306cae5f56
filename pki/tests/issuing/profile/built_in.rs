//! The profiles built in: every extension of a certificate of each, and whether it is critical.

use std::time::Duration;

use rcgen::SubjectPublicKeyInfo;
use wharf_pki::validity::DAY;
use wharf_pki::{Certificate, EndEntity, Key, KeyType, Profile, Profiles, Subject, SubjectAltName};

use crate::lab::{info, issue, key, now, root};

/// A certificate of a profile for these names, with a subject if the profile needs one.
fn issued(profile: Profile, names: &[&str]) -> Certificate {
    let subject = ["code-signing", "ocsp"]
        .contains(&profile.name.as_str())
        .then(|| Subject::new("someone"));
    let request = EndEntity {
        names: names.iter().map(|name| name.parse().unwrap()).collect(),
        subject,
        ..EndEntity::new(profile)
    };
    issue(&root(), &request).certificate
}

/// The extensions in their order: OID, an exclamation mark if critical.
fn extensions(certificate: &Certificate) -> Vec<String> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate.der()).unwrap();
    let all = parsed.extensions().iter();
    all.map(|found| format!("{}{}", found.oid, if found.critical { "!" } else { "" }))
        .collect()
}

const AKI: &str = "2.5.29.35";
const SAN: &str = "2.5.29.17";
const SAN_CRITICAL: &str = "2.5.29.17!";
const KU: &str = "2.5.29.15!";
const EKU: &str = "2.5.29.37";
const SKI: &str = "2.5.29.14";
const BC: &str = "2.5.29.19!";
const NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";

#[test]
fn each_profile_of_an_end_entity_has_exactly_these_extensions() {
    let signature = &["digitalSignature"][..];
    let usual = [AKI, SAN, KU, EKU, SKI, BC];
    for (profile, names, present, usages, purposes, days, subject) in [
        (
            Profile::server(),
            &["a.test", "*.a.test", "::1"][..],
            &usual[..],
            signature,
            &["serverAuth"][..],
            90,
            "CN=a.test",
        ),
        (
            Profile::client(),
            &["me@a.test"],
            &usual,
            signature,
            &["clientAuth"],
            90,
            "CN=me@a.test",
        ),
        (
            Profile::peer(),
            &["a.test"],
            &usual,
            signature,
            &["serverAuth", "clientAuth"],
            90,
            "CN=a.test",
        ),
        (
            Profile::spiffe(),
            &["spiffe://a.test/x", "a.test"],
            &[AKI, SAN_CRITICAL, KU, EKU, SKI, BC],
            signature,
            &["serverAuth", "clientAuth"],
            1,
            "",
        ),
        (
            Profile::code_signing(),
            &[],
            &[AKI, KU, EKU, SKI, BC],
            signature,
            &["codeSigning"],
            365,
            "CN=someone",
        ),
        (
            Profile::email(),
            &["me@a.test"],
            &usual,
            signature,
            &["emailProtection"],
            365,
            "CN=me@a.test",
        ),
        (
            Profile::ocsp(),
            &[],
            &[AKI, KU, EKU, SKI, BC, NO_CHECK],
            signature,
            &["OCSPSigning"],
            30,
            "CN=someone",
        ),
        (
            Profile::webtransport(),
            &["a.test"],
            &usual,
            signature,
            &["serverAuth"],
            13,
            "CN=a.test",
        ),
    ] {
        let name = profile.name.clone();
        let leaf = issued(profile, names);
        let found = info(&leaf);
        assert_eq!(extensions(&leaf), present, "{name}");
        assert_eq!(found.key_usage, usages, "{name}");
        assert_eq!(found.extended_key_usage, purposes, "{name}");
        assert_eq!(leaf.validity().not_after, now() + days * DAY, "{name}");
        assert_eq!(found.subject, subject, "{name}");
        assert_eq!((found.is_ca, found.path_len), (false, None), "{name}");
    }
}

#[test]
fn each_profile_of_a_ca_has_exactly_these_extensions() {
    let root = root();
    let options = wharf_pki::AuthorityOptions {
        subject: Subject::new("CA"),
        ..Default::default()
    };
    let ca = root.intermediate_with(key(), &options, now()).unwrap();
    let own = wharf_pki::Authority::root_with(key(), &options, now()).unwrap();
    for (authority, path_len, days) in [(&own, 1, 3650), (&ca, 0, 1825)] {
        let certificate = authority.certificate();
        assert_eq!(extensions(certificate), [AKI, KU, SKI, BC]);
        assert_eq!(info(certificate).key_usage, ["keyCertSign", "cRLSign"]);
        assert_eq!(info(certificate).path_len, Some(path_len));
        assert_eq!(certificate.validity().not_after, now() + days * DAY);
    }
}

#[test]
fn ocsp_no_check_is_null() {
    let leaf = issued(Profile::ocsp(), &[]);
    assert_eq!(
        crate::lab::extension(&leaf, NO_CHECK),
        Some((false, b"\x05\0".to_vec()))
    );
}

#[test]
fn all_profiles_are_found_by_name_and_are_in_order() {
    let profiles = Profiles::built_in();
    let names: Vec<_> = profiles
        .iter()
        .map(|profile| profile.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "client",
            "code-signing",
            "email",
            "intermediate",
            "ocsp",
            "peer",
            "root",
            "server",
            "spiffe",
            "webtransport"
        ]
    );
    assert_eq!(profiles.get("peer"), Ok(&Profile::peer()));
    let error = profiles.get("Peer").unwrap_err().to_string();
    assert!(
        error.starts_with("profile `Peer` is none of client, code-signing, email"),
        "{error}"
    );
    assert_eq!(Profile::default(), Profile::server());
    let days = |lifetime: Duration| lifetime.as_secs() / DAY.as_secs();
    // Two weeks are the most that a browser takes, with the time before the issue.
    assert_eq!(days(Profile::webtransport().longest_lifetime), 13);
    assert_eq!(days(Profile::server().longest_lifetime), 824);
}

/// The key of `openssl genpkey -algorithm rsa`, as SubjectPublicKeyInfo.
const RSA_SPKI: &[u8] = include_bytes!("../../data/rsa.spki");

#[test]
fn an_rsa_key_gets_the_usages_that_the_profile_has_for_it() {
    let rsa = SubjectPublicKeyInfo::from_der(RSA_SPKI).unwrap();
    let usages = |profile: Profile, name: &str| {
        let request = EndEntity {
            names: vec![name.parse::<SubjectAltName>().unwrap()],
            ..EndEntity::new(profile)
        };
        let issued = root().issue(&request, &rsa, now()).unwrap();
        let found = info(&issued.certificate);
        assert_eq!(found.public_key, "RSA 2048");
        found.key_usage
    };
    let both = ["digitalSignature", "keyEncipherment"];
    assert_eq!(usages(Profile::server(), "a.test"), both);
    assert_eq!(usages(Profile::peer(), "a.test"), both);
    assert_eq!(usages(Profile::email(), "me@a.test"), both);
    assert_eq!(usages(Profile::client(), "a.test"), ["digitalSignature"]);
    let p384 = Key::generate(KeyType::P384).unwrap();
    let request = EndEntity {
        names: vec!["a.test".parse().unwrap()],
        ..EndEntity::default()
    };
    let issued = root().issue(&request, &p384, now()).unwrap();
    assert_eq!(info(&issued.certificate).key_usage, ["digitalSignature"]);
}
