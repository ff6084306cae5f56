//! The report, for people and for programs; and hostile input.

use wharf_pki::Certificate;
use wharf_pki::verify::{CheckKind, Failure};

use crate::draft::crl::{CrlDraft, entry};
use crate::draft::der::{name, utc_time};
use crate::world::{World, passes};

#[test]
fn a_report_reads_like_this() {
    let mut world = World::new();
    world.leaf.not_after = utc_time("270105000000Z");
    let shown = world.verify().to_string();
    let wanted = "\
NOT VERIFIED for TLS server a.test, at 2027-01-15 08:00:00 UTC

path
  0  CN=leaf, valid until 2027-01-05 00:00:00 UTC
  1  CN=CA, valid until 2028-01-01 00:00:00 UTC
  2  CN=root, valid until 2028-01-01 00:00:00 UTC (trust anchor)

checks
  ok      path to a trust anchor
  ok      signatures
  FAILED  validity: CN=leaf expired 10 days ago, on 2027-01-05 00:00:00 UTC
          field   notAfter
          found   2027-01-05 00:00:00 UTC
          wanted  a validity that includes 2027-01-15 08:00:00 UTC
          rule    RFC 5280 §6.1.3
          hint    renew it; if it looks valid to others, the clock here is wrong: the clock said 2027-01-15 08:00:00 UTC
  ok      critical extensions
  ok      CAs and end entity
  ok      path length
  ok      purpose
  ok      name
  -       name constraints: no CA of the path constrains names
  -       revocation: no CRL was given
  ok      rules
";
    assert_eq!(shown, wanted);
}

#[test]
fn a_report_is_json() {
    let mut world = World::new();
    world.leaf.not_after = utc_time("270105000000Z");
    let json = serde_json::to_value(world.verify()).unwrap();
    assert_eq!(json["verified"], false);
    assert_eq!(json["time"], "2027-01-15T08:00:00Z");
    assert_eq!(json["path"][0]["not_after"], "2027-01-05T00:00:00Z");
    assert_eq!(json["path"][2]["is_anchor"], true);
    let check = &json["checks"][2];
    assert_eq!(
        (&check["check"], &check["outcome"]),
        (&"validity".into(), &"failed".into())
    );
    assert_eq!(check["failures"][0]["field"], "notAfter");
    assert_eq!(json["checks"][0]["outcome"], "passed");
    assert_eq!(json["checks"][9]["outcome"], "not-applicable");
    assert_eq!(json["checks"][9]["reason"], "no CRL was given");
}

#[test]
fn every_fault_is_told_not_only_the_first() {
    let mut world = World::new();
    world.leaf.not_after = utc_time("270105000000Z");
    world.leaf.serial = vec![0x41; 21];
    world.root.not_after = utc_time("270105000000Z");
    world.purpose = crate::world::server("b.test");
    let report = world.verify();
    let failures: Vec<_> = report
        .failures()
        .map(|failure: &Failure| (failure.certificate, failure.field.as_str()))
        .collect();
    assert_eq!(
        failures,
        [
            (Some(0), "notAfter"),
            (Some(2), "notAfter"),
            (Some(0), "subjectAltName"),
            (Some(0), "serial-too-long")
        ]
    );
}

#[test]
fn what_certificates_say_cannot_move_a_cursor() {
    let mut world = World::new();
    let hostile = format!("\u{1b}[2J\u{202e}{}", "x".repeat(5000));
    world.leaf.subject = name(&hostile);
    world.leaf.not_after = utc_time("270105000000Z");
    let report = world.verify();
    let shown = format!("{report}{}", serde_json::to_string(&report).unwrap());
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'));
    assert!(shown.len() < 20_000, "{}", shown.len());
}

#[test]
fn no_change_of_a_certificate_leads_to_a_panic_or_to_a_verified_path() {
    let world = World::new();
    let [leaf, ca, root] = world.certificates();
    let judge = |changed: &Certificate, at: usize| {
        let report = match at {
            0 => world.verify_chain(changed, &ca, root.clone()),
            _ => world.verify_chain(&leaf, changed, root.clone()),
        };
        assert!(!report.is_verified(), "{report}");
        assert!(report.failures().next().is_some());
    };
    for (which, certificate) in [&leaf, &ca].into_iter().enumerate() {
        for at in (0..certificate.der().len()).step_by(3) {
            for bits in [0x01, 0x80, 0xff] {
                let mut changed = certificate.der().to_vec();
                changed[at] ^= bits;
                if let Ok(changed) = Certificate::from_der(&changed) {
                    judge(&changed, which);
                }
            }
        }
    }
}

#[test]
fn no_change_of_a_crl_verifies_what_is_revoked() {
    let mut world = World::new();
    let mut draft = CrlDraft::new("CA", &world.ca_key);
    draft.revoked = Some(vec![entry(&[0x41, 1, 2, 3, 4, 5, 6, 7], Some(1))]);
    let crl = draft.der(&world.ca_key);
    let of_root = CrlDraft::new("root", &world.root_key).sign(&world.root_key);
    for at in 0..crl.len() {
        let mut changed = crl.clone();
        changed[at] ^= 0x01;
        let Ok(changed) = wharf_pki::Crl::from_der(&changed) else {
            continue;
        };
        world.crls = vec![changed, of_root.clone()];
        let report = world.verify();
        assert!(
            !report
                .check(CheckKind::Revocation)
                .unwrap()
                .failures()
                .is_empty(),
            "{report}"
        );
        assert!(!report.is_verified());
    }
}

#[test]
fn many_intermediates_of_one_name_do_not_take_forever() {
    let report = passes(|world| {
        let good = world.ca.sign(&world.root_key);
        world.others = vec![good; 60];
    });
    assert_eq!(report.path.len(), 3);
}
