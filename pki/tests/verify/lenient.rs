//! What webpki alone lets pass: each item is seen to pass there, and is refused or told here.

use rustls_pki_types::{CertificateDer, UnixTime};
use wharf_pki::lint::Severity;
use wharf_pki::verify::{CheckKind, LintPolicy, Purpose};

use crate::draft::crl::{CRL_NUMBER, CrlDraft};
use crate::draft::der::{self, integer, oid, sequence, utc_time};
use crate::draft::{
    AUTHORITY_KEY_ID, BASIC_CONSTRAINTS, CERT_SIGN, CRL_SIGN, DIGITAL_SIGNATURE,
    EXTENDED_KEY_USAGE, KEY_USAGE, NOW, SERVER_AUTH, SUBJECT_KEY_ID, key_usage, usages,
};
use crate::world::{World, fails, passes};

/// That webpki finds a path, with the CRLs if there are any.
#[track_caller]
fn webpki_accepts(world: &World) {
    let ders = world
        .certificates()
        .map(|one| CertificateDer::from(one.der().to_vec()));
    let [leaf, ca, root] = &ders;
    let crls: Vec<webpki::CertRevocationList<'_>> = world
        .crls
        .iter()
        .map(|crl| {
            webpki::OwnedCertRevocationList::from_der(crl.der())
                .unwrap()
                .into()
        })
        .collect();
    let crls: Vec<_> = crls.iter().collect();
    let options = webpki::RevocationOptionsBuilder::new(&crls)
        .ok()
        .map(|options| options.build());
    let leaf = webpki::EndEntityCert::try_from(leaf).unwrap();
    let anchors = [webpki::anchor_from_trusted_cert(root).unwrap()];
    let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(NOW.unsigned_abs()));
    let found = leaf.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &anchors,
        std::slice::from_ref(ca),
        time,
        webpki::KeyUsage::server_auth(),
        options,
        None,
    );
    assert_eq!(found.map(drop), Ok(()));
}

#[track_caller]
fn refused(
    change: impl Fn(&mut World),
    kind: CheckKind,
    at: Option<usize>,
    message: &str,
    field: &str,
) {
    let mut world = World::new();
    change(&mut world);
    webpki_accepts(&world);
    fails(change, kind, at, message, field);
}

/// By a rule alone.
#[track_caller]
fn refused_by_rule(change: impl Fn(&mut World), at: Option<usize>, message: &str, rule: &str) {
    refused(change, CheckKind::Rules, at, message, rule);
}

#[test]
fn the_expiry_of_the_root() {
    refused(
        |world| world.root.not_after = utc_time("270105000000Z"),
        CheckKind::Validity,
        Some(2),
        "CN=root expired 10 days ago, on 2027-01-05 00:00:00 UTC",
        "notAfter",
    );
}

#[test]
fn of_a_root_that_was_renewed_with_its_key_the_valid_one_counts() {
    let report = passes(|world| {
        let mut old = world.root.clone();
        old.not_after = utc_time("270105000000Z");
        old.serial = vec![1];
        let old = old.sign(&world.root_key);
        world.anchors = Some(vec![old, world.root.sign(&world.root_key)]);
    });
    assert_eq!(report.path[2].serial, "4101020304050607");
}

#[test]
fn a_root_that_is_no_ca() {
    refused(
        |world| {
            world.root.remove(BASIC_CONSTRAINTS);
            world.root.remove(KEY_USAGE);
        },
        CheckKind::Authorities,
        Some(2),
        "CN=root issued a certificate, and is no CA",
        "basicConstraints",
    );
}

#[test]
fn an_unknown_critical_extension_of_the_root() {
    let unknown =
        |critical| move |world: &mut World| world.root.set("1.2.3.4", critical, vec![5, 0]);
    refused(
        unknown(true),
        CheckKind::CriticalExtensions,
        Some(2),
        "CN=root has the critical extension 1.2.3.4, which is not understood here",
        "extensions",
    );
    passes(unknown(false));
}

#[test]
fn a_ca_that_may_not_sign_certificates() {
    for at in [1, 2] {
        let subject = ["", "CA", "root"][at];
        refused(
            |world| {
                let draft = if at == 1 {
                    &mut world.ca
                } else {
                    &mut world.root
                };
                draft.set(KEY_USAGE, true, key_usage(CRL_SIGN));
            },
            CheckKind::Authorities,
            Some(at),
            &format!("CN={subject} issued a certificate, and may not sign any"),
            "keyUsage",
        );
    }
}

#[test]
fn a_missing_subject_key_identifier_of_a_ca() {
    refused_by_rule(
        |world| world.ca.remove(SUBJECT_KEY_ID),
        Some(1),
        "CN=CA: it is a CA without a subjectKeyIdentifier",
        "subject-key-id-missing-in-ca",
    );
}

#[test]
fn a_missing_authority_key_identifier() {
    refused_by_rule(
        |world| world.leaf.remove(AUTHORITY_KEY_ID),
        Some(0),
        "CN=leaf: it has no authorityKeyIdentifier",
        "authority-key-id-missing",
    );
}

#[test]
fn a_serial_number_that_is_too_long() {
    refused_by_rule(
        |world| world.leaf.serial = vec![0x41; 21],
        Some(0),
        "CN=leaf: the serial number has 21 octets",
        "serial-too-long",
    );
}

#[test]
fn cert_sign_of_a_leaf() {
    refused_by_rule(
        |world| {
            world
                .leaf
                .set(KEY_USAGE, true, key_usage(DIGITAL_SIGNATURE | CERT_SIGN))
        },
        Some(0),
        "CN=leaf: it has keyCertSign and is no CA",
        "cert-sign-without-ca",
    );
}

/// RFC 5280 allows it, so it is told and no more.
#[test]
fn a_critical_extended_key_usage() {
    let report = passes(|world| {
        world
            .leaf
            .set(EXTENDED_KEY_USAGE, true, usages(&[SERVER_AUTH]))
    });
    let [found] = report.findings.as_slice() else {
        panic!("{report}");
    };
    assert_eq!(found.finding.rule, "extended-key-usage-critical");
    assert_eq!(
        (found.certificate, found.finding.severity),
        (Some(0), Severity::Notice)
    );
}

#[test]
fn weak_keys_of_a_leaf() {
    let p192 = oid("1.2.840.10045.3.1.1");
    for (spki, message, rule) in [
        (
            der::rsa(1024, &[1, 0, 1]),
            "an RSA key of 1024 bits",
            "rsa-key-short",
        ),
        (
            der::other_key("1.2.840.10040.4.1", &integer(&[5])),
            "a DSA key",
            "dsa-key",
        ),
        (der::ec(p192, 24), "a key EC P-192", "ec-curve-weak"),
    ] {
        refused_by_rule(
            |world| world.leaf.spki = spki.clone(),
            Some(0),
            &format!("CN=leaf: {message}"),
            rule,
        );
    }
}

fn with_crls(world: &mut World, change: impl Fn(&mut CrlDraft)) {
    let mut of_ca = CrlDraft::new("CA", &world.ca_key);
    change(&mut of_ca);
    let of_root = CrlDraft::new("root", &world.root_key);
    world.crls = vec![of_ca.sign(&world.ca_key), of_root.sign(&world.root_key)];
}

#[test]
fn a_crl_without_a_number() {
    passes(|world| with_crls(world, |_| {}));
    refused_by_rule(
        |world| with_crls(world, |draft| draft.remove(CRL_NUMBER)),
        None,
        "the CRL of CN=CA: the CRL has no number",
        "crl-number-missing",
    );
}

#[test]
fn a_root_that_signs_a_crl_and_may_not() {
    refused(
        |world| {
            with_crls(world, |_| {});
            world.root.set(KEY_USAGE, true, key_usage(CERT_SIGN));
        },
        CheckKind::Revocation,
        Some(1),
        "CN=root signed a CRL, and may not sign any",
        "keyUsage",
    );
}

#[test]
fn a_crl_of_the_future() {
    refused(
        |world| with_crls(world, |draft| draft.this_update = utc_time("270120080000Z")),
        CheckKind::Revocation,
        Some(0),
        "the CRL of CN=CA is not valid yet, and will be in 5 days, on 2027-01-20 08:00:00 UTC",
        "CRL thisUpdate",
    );
}

#[test]
fn broken_rules_are_only_told_where_that_is_asked_for() {
    let report = passes(|world| {
        world.leaf.serial = vec![0x41; 21];
        world.options.lint = LintPolicy::Report;
    });
    assert_eq!(report.findings[0].finding.rule, "serial-too-long");
    let report = passes(|world| {
        world.leaf.serial = vec![0x41; 21];
        world.options.rule_sets.clear();
    });
    assert_eq!(report.findings, []);
}

#[test]
fn a_purpose_of_any_does_not_excuse_a_malformed_extended_key_usage() {
    let mut world = World::new();
    world.purpose = Purpose::Any;
    world
        .leaf
        .set(EXTENDED_KEY_USAGE, false, sequence(&[integer(&[1])]));
    assert!(!world.verify().is_verified());
}
