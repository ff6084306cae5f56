//! What webpki refuses too, explained.

use time::macros::datetime;
use wharf_pki::verify::{CheckKind, Outcome, Purpose};

use crate::draft::der::{boolean, context, integer, name, sequence, utc_time};
use crate::draft::{
    ALT_NAME, BASIC_CONSTRAINTS, CLIENT_AUTH, Draft, EXTENDED_KEY_USAGE, KEY_USAGE,
    NAME_CONSTRAINTS, SERVER_AUTH, dns_names, key, subtrees, usages,
};
use crate::world::{World, fails, only, passes, server};

fn dns(name: &str) -> Vec<u8> {
    context(2, name.as_bytes())
}

#[test]
fn a_path_without_a_fault_is_verified_certificate_by_certificate() {
    let report = passes(|_| {});
    let subjects: Vec<_> = report.path.iter().map(|one| one.subject.as_str()).collect();
    assert_eq!(subjects, ["CN=leaf", "CN=CA", "CN=root"]);
    let anchors: Vec<_> = report.path.iter().map(|one| one.is_anchor).collect();
    assert_eq!(anchors, [false, false, true]);
    assert_eq!(report.findings, []);
}

#[test]
fn an_unknown_issuer_is_named_with_what_was_given() {
    let other = key();
    let anchor = Draft::ca("other root", &other, "other root", &other).sign(&other);
    let report = fails(
        |world| world.anchors = Some(vec![anchor]),
        CheckKind::Path,
        Some(1),
        "the issuer CN=root of CN=CA is unknown",
        "issuer",
    );
    let failure = report.failures().next().unwrap();
    assert_eq!(
        failure.found,
        "trust anchors: CN=other root; intermediates: CN=CA"
    );
    assert_eq!(
        failure.wanted,
        "a certificate of CN=root, as trust anchor or as intermediate"
    );
}

#[test]
fn a_root_that_was_sent_but_is_not_trusted_is_told_apart() {
    let report = fails(
        |world| {
            world.others = vec![world.root.sign(&world.root_key)];
            world.anchors = Some(Vec::new());
        },
        CheckKind::Path,
        Some(2),
        "the path leads to the root CN=root, which is no trust anchor",
        "issuer",
    );
    assert_eq!(report.path.len(), 3);
}

#[test]
fn a_self_signed_certificate_is_a_path_only_where_it_is_trusted_itself() {
    let signer = key();
    let mut draft = Draft::leaf(&signer, "leaf", &signer);
    draft.set(KEY_USAGE, true, crate::draft::key_usage(0x80));
    let leaf = draft.sign(&signer);
    let mut world = World::new();
    world.anchors = Some(Vec::new());
    let report = world.verify_chain(&leaf, &leaf, leaf.clone());
    only(
        &report,
        CheckKind::Path,
        Some(0),
        "CN=leaf is self-signed, and no trust anchor",
        "issuer",
    );
    world.anchors = Some(vec![leaf.clone()]);
    let report = world.verify_chain(&leaf, &leaf, leaf.clone());
    assert!(report.is_verified(), "{report}");
    assert_eq!(report.path.len(), 1);
    assert!(report.path[0].is_anchor);
}

#[test]
fn a_tampered_signature_is_found_where_it_is() {
    let world = World::new();
    let [leaf, ca, root] = world.certificates();
    let other = key();
    let forged = world.leaf.sign(&other);
    let report = world.verify_chain(&forged, &ca, root.clone());
    only(
        &report,
        CheckKind::Signatures,
        Some(0),
        "the signature of CN=leaf is wrong",
        "signatureValue",
    );
    let forged = world.ca.sign(&other);
    let report = world.verify_chain(&leaf, &forged, root);
    only(
        &report,
        CheckKind::Signatures,
        Some(1),
        "the signature of CN=CA is wrong",
        "signatureValue",
    );
}

#[test]
fn an_expired_certificate_says_since_when() {
    for (at, subject) in [(0, "leaf"), (1, "CA")] {
        fails(
            |world| {
                let draft = if at == 0 {
                    &mut world.leaf
                } else {
                    &mut world.ca
                };
                draft.not_after = utc_time("270105000000Z");
            },
            CheckKind::Validity,
            Some(at),
            &format!("CN={subject} expired 10 days ago, on 2027-01-05 00:00:00 UTC"),
            "notAfter",
        );
    }
}

#[test]
fn a_certificate_of_tomorrow_says_from_when() {
    fails(
        |world| world.leaf.not_before = utc_time("270116080000Z"),
        CheckKind::Validity,
        Some(0),
        "CN=leaf is not valid yet, and will be in 24 hours, on 2027-01-16 08:00:00 UTC",
        "notBefore",
    );
}

#[test]
fn the_last_second_counts() {
    let end = |world: &mut World| world.leaf.not_after = utc_time("270115080000Z");
    passes(|world| {
        end(world);
        world.now = datetime!(2027-01-15 08:00:00.9 UTC);
    });
    fails(
        |world| {
            end(world);
            world.now = datetime!(2027-01-15 08:00:01 UTC);
        },
        CheckKind::Validity,
        Some(0),
        "CN=leaf expired 1 second ago, on 2027-01-15 08:00:00 UTC",
        "notAfter",
    );
}

#[track_caller]
fn name_fails(names: Vec<u8>, wanted: &str, found: &str, hint: &str) {
    let report = fails(
        |world| {
            world.leaf.set(ALT_NAME, false, names);
            world.purpose = server(wanted);
        },
        CheckKind::Name,
        Some(0),
        &format!("CN=leaf is not for {wanted}, but for {found}"),
        "subjectAltName",
    );
    let failure = report.failures().next().unwrap();
    assert_eq!(failure.found, found);
    assert!(failure.hint.contains(hint), "{}", failure.hint);
}

#[test]
fn a_name_that_does_not_match_is_told_with_those_that_there_are() {
    name_fails(
        dns_names(&["a.test", "b.test"]),
        "c.test",
        "DNS:a.test, DNS:b.test",
        "issue it with this name too",
    );
    name_fails(
        dns_names(&["*.a.test"]),
        "a.test",
        "DNS:*.a.test",
        "not for none",
    );
    name_fails(
        dns_names(&["*.a.test"]),
        "x.y.a.test",
        "DNS:*.a.test",
        "one label only",
    );
    name_fails(
        dns_names(&["a.test"]),
        "10.0.0.1",
        "DNS:a.test",
        "as iPAddress",
    );
    name_fails(
        sequence(&[dns("10.0.0.1"), dns("a.test")]),
        "10.0.0.1",
        "DNS:10.0.0.1, DNS:a.test",
        "but as a name",
    );
    passes(|world| {
        world.leaf.set(ALT_NAME, false, dns_names(&["*.a.test"]));
        world.purpose = server("x.a.test");
    });
}

#[test]
fn a_common_name_is_no_name() {
    let report = fails(
        |world| {
            world.leaf.subject = name("a.test");
            world.leaf.remove(ALT_NAME);
        },
        CheckKind::Name,
        Some(0),
        "CN=a.test is not for a.test, but for no name at all",
        "subjectAltName",
    );
    assert!(
        report
            .failures()
            .next()
            .unwrap()
            .hint
            .contains("counts no longer")
    );
}

#[test]
fn a_purpose_is_that_of_the_end_entity_and_of_each_ca_that_has_one() {
    let client = usages(&[CLIENT_AUTH]);
    fails(
        |world| world.leaf.set(EXTENDED_KEY_USAGE, false, client.clone()),
        CheckKind::Purpose,
        Some(0),
        "CN=leaf is not for a TLS server",
        "extendedKeyUsage",
    );
    fails(
        |world| world.ca.set(EXTENDED_KEY_USAGE, false, client.clone()),
        CheckKind::Purpose,
        Some(1),
        "the CA CN=CA may not issue for a TLS server",
        "extendedKeyUsage",
    );
    fails(
        |world| world.purpose = Purpose::Client,
        CheckKind::Purpose,
        Some(0),
        "CN=leaf is not for a TLS client",
        "extendedKeyUsage",
    );
    passes(|world| {
        world.leaf.set(EXTENDED_KEY_USAGE, false, client.clone());
        world.purpose = Purpose::Client;
    });
    passes(|world| {
        world
            .leaf
            .set(EXTENDED_KEY_USAGE, false, usages(&["1.2.3.4"]));
        world.purpose = Purpose::Any;
    });
    passes(|world| world.leaf.remove(EXTENDED_KEY_USAGE));
    passes(|world| {
        world
            .ca
            .set(EXTENDED_KEY_USAGE, false, usages(&[SERVER_AUTH]))
    });
}

#[test]
fn a_path_that_is_too_long_says_which_ca_forbids_it() {
    let with_length = |length: u8| sequence(&[boolean(true), integer(&[length])]);
    fails(
        |world| world.root.set(BASIC_CONSTRAINTS, true, with_length(0)),
        CheckKind::PathLength,
        Some(2),
        "CN=root has 1 CAs below it, and allows 0",
        "pathLenConstraint",
    );
    let mut world = World::new();
    let low_key = key();
    let low = Draft::ca("low", &low_key, "CA", &world.ca_key).sign(&world.ca_key);
    world.others = vec![low];
    let leaf = Draft::leaf(&key(), "low", &low_key).sign(&low_key);
    let verify = |world: &World| {
        let [_, ca, root] = world.certificates();
        world.verify_chain(&leaf, &ca, root)
    };
    assert!(verify(&world).is_verified());
    world.ca.set(BASIC_CONSTRAINTS, true, with_length(0));
    only(
        &verify(&world),
        CheckKind::PathLength,
        Some(2),
        "CN=CA has 1 CAs below it, and allows 0",
        "pathLenConstraint",
    );
    passes(|world| world.root.set(BASIC_CONSTRAINTS, true, with_length(1)));
}

#[test]
fn a_ca_is_no_end_entity_and_an_end_entity_no_ca() {
    let mut world = World::new();
    world.purpose = Purpose::Any;
    let [leaf, ca, root] = world.certificates();
    let report = world.verify_chain(&ca, &ca, root.clone());
    only(
        &report,
        CheckKind::Authorities,
        Some(0),
        "CN=CA is a CA certificate, and not for an end entity",
        "basicConstraints",
    );
    assert!(world.verify_chain(&leaf, &ca, root).is_verified());
    world.ca.remove(BASIC_CONSTRAINTS);
    world.ca.remove(KEY_USAGE);
    only(
        &world.verify(),
        CheckKind::Authorities,
        Some(1),
        "CN=CA issued a certificate, and is no CA",
        "basicConstraints",
    );
}

#[track_caller]
fn constrained(constraints: Vec<u8>, message: &str) {
    fails(
        |world| world.ca.set(NAME_CONSTRAINTS, true, constraints),
        CheckKind::NameConstraints,
        Some(0),
        message,
        "subjectAltName",
    );
}

#[test]
fn a_broken_constraint_says_which_name_which_subtree_and_whose() {
    constrained(
        subtrees(0, &[dns("b.test"), dns("c.test")]),
        "CN=leaf has the name DNS:a.test, and CN=CA permits only DNS:b.test, DNS:c.test",
    );
    constrained(
        subtrees(1, &[dns("test")]),
        "CN=leaf has the name DNS:a.test, which lies in DNS:test, and CN=CA excludes that",
    );
    fails(
        |world| {
            world
                .root
                .set(NAME_CONSTRAINTS, true, subtrees(1, &[dns("a.test")]))
        },
        CheckKind::NameConstraints,
        Some(0),
        "CN=leaf has the name DNS:a.test, which lies in DNS:a.test, and CN=root excludes that",
        "subjectAltName",
    );
    passes(|world| {
        world
            .ca
            .set(NAME_CONSTRAINTS, true, subtrees(0, &[dns("test")]))
    });
    passes(|world| {
        world
            .ca
            .set(NAME_CONSTRAINTS, true, subtrees(1, &[dns("b.test")]))
    });
}

#[test]
fn a_constraint_on_addresses_is_one_too() {
    let range = context(7, &[10, 0, 0, 0, 255, 0, 0, 0]);
    let with = |address: [u8; 4]| {
        let range = range.clone();
        move |world: &mut World| {
            world.leaf.set(
                ALT_NAME,
                false,
                sequence(&[dns("a.test"), context(7, &address)]),
            );
            world.ca.set(NAME_CONSTRAINTS, true, subtrees(0, &[range]));
        }
    };
    passes(with([10, 1, 2, 3]));
    fails(
        with([11, 1, 2, 3]),
        CheckKind::NameConstraints,
        Some(0),
        "CN=leaf has the name IP:11.1.2.3, and CN=CA permits only IP:#0a000000ff000000",
        "subjectAltName",
    );
}

/// rustls refuses these too, and other programs do not.
#[test]
fn a_constrained_email_address_is_refused_whatever_the_subtree() {
    fails(
        |world| {
            let names = sequence(&[dns("a.test"), context(1, b"me@a.test")]);
            world.leaf.set(ALT_NAME, false, names);
            world.ca.set(
                NAME_CONSTRAINTS,
                true,
                subtrees(0, &[context(1, b"a.test")]),
            );
        },
        CheckKind::NameConstraints,
        Some(0),
        "CN=leaf has the name email:me@a.test, and CN=CA permits only email:a.test",
        "subjectAltName",
    );
}

#[test]
fn nothing_that_webpki_refuses_is_verified_and_its_refusal_is_told() {
    // Seven intermediates: webpki follows six.
    let mut world = World::new();
    let mut above = ("CA".to_owned(), key());
    let first = Draft::ca("CA", &above.1, "root", &world.root_key).sign(&world.root_key);
    for at in 0..6 {
        let (subject, next) = (format!("CA {at}"), key());
        let ca = Draft::ca(&subject, &next, &above.0, &above.1).sign(&above.1);
        world.others.push(ca);
        above = (subject, next);
    }
    let leaf = Draft::leaf(&key(), &above.0, &above.1).sign(&above.1);
    let report = world.verify_chain(&leaf, &first, world.root.sign(&world.root_key));
    only(
        &report,
        CheckKind::Path,
        None,
        "the path is refused: there are too many certificates, or too many that could be an issuer",
        "certificate",
    );
    assert_eq!(report.path.len(), 9);
}

#[test]
fn a_check_that_does_not_apply_says_why() {
    let report = passes(|world| world.purpose = Purpose::Any);
    let reason = |kind| match &report.check(kind).unwrap().outcome {
        Outcome::NotApplicable { reason } => reason.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(CheckKind::Name), "no name was asked for");
    assert_eq!(reason(CheckKind::Purpose), "any purpose will do");
    assert_eq!(reason(CheckKind::Revocation), "no CRL was given");
    assert_eq!(
        reason(CheckKind::NameConstraints),
        "no CA of the path constrains names"
    );
}
