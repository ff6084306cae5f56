//! CRLs.

use wharf_pki::verify::{
    CheckKind, CrlExpiry, Outcome, RevocationDepth, UnknownStatus, WhenToCheck,
};

use crate::draft::crl::{CRL_NUMBER, CrlDraft, DELTA, DISTRIBUTION_POINT, entry};
use crate::draft::der::{constructed, context, integer, sequence, utc_time};
use crate::draft::key;
use crate::world::{World, fails, passes};

/// CRLs of both CAs, that of the intermediate changed.
fn crls(world: &mut World, change: impl FnOnce(&mut CrlDraft)) {
    let mut of_ca = CrlDraft::new("CA", &world.ca_key);
    change(&mut of_ca);
    let of_root = CrlDraft::new("root", &world.root_key);
    world.crls = vec![of_root.sign(&world.root_key), of_ca.sign(&world.ca_key)];
}

fn leaf_entry(reason: Option<u8>) -> Vec<u8> {
    entry(&[0x41, 1, 2, 3, 4, 5, 6, 7], reason)
}

#[test]
fn a_revoked_certificate_says_by_whom_when_and_why() {
    for (reason, why) in [
        (Some(1), "reason keyCompromise"),
        (None, "no reason given"),
        (Some(6), "reason certificateHold"),
    ] {
        let report = fails(
            |world| crls(world, |crl| crl.revoked = Some(vec![leaf_entry(reason)])),
            CheckKind::Revocation,
            Some(0),
            &format!("CN=leaf was revoked by CN=CA 13 days ago, on 2027-01-02 00:00:00 UTC, {why}"),
            "serialNumber",
        );
        let found = &report.failures().next().unwrap().found;
        assert!(
            found.starts_with("serial number 4101020304050607 revoked at"),
            "{found}"
        );
    }
    passes(|world| crls(world, |crl| crl.revoked = Some(vec![entry(&[5], Some(1))])));
}

#[test]
fn a_revoked_intermediate_is_found_unless_only_the_end_entity_counts() {
    let revoke = |world: &mut World| {
        crls(world, |_| {});
        let mut of_root = CrlDraft::new("root", &world.root_key);
        of_root.revoked = Some(vec![leaf_entry(Some(2))]);
        world.crls[0] = of_root.sign(&world.root_key);
    };
    fails(
        revoke,
        CheckKind::Revocation,
        Some(1),
        "CN=CA was revoked by CN=root 13 days ago, on 2027-01-02 00:00:00 UTC, reason cACompromise",
        "serialNumber",
    );
    passes(|world| {
        revoke(world);
        world.options.revocation.depth = RevocationDepth::EndEntity;
    });
    passes(|world| {
        revoke(world);
        world.options.revocation.when = WhenToCheck::Never;
    });
}

#[test]
fn an_expired_crl_refuses_unless_it_may_be_used() {
    let expire = |world: &mut World| crls(world, |crl| crl.next_update = utc_time("270110080000Z"));
    fails(
        expire,
        CheckKind::Revocation,
        Some(0),
        "the CRL of CN=CA expired 5 days ago, on 2027-01-10 08:00:00 UTC",
        "CRL nextUpdate",
    );
    passes(|world| {
        expire(world);
        world.options.revocation.expired = CrlExpiry::Accept;
    });
}

#[test]
fn a_crl_ends_with_its_next_update() {
    let end = |text: &'static str| {
        move |world: &mut World| crls(world, |crl| crl.next_update = utc_time(text))
    };
    passes(end("270115080001Z"));
    fails(
        end("270115080000Z"),
        CheckKind::Revocation,
        Some(0),
        "the CRL of CN=CA expired 0 seconds ago, on 2027-01-15 08:00:00 UTC",
        "CRL nextUpdate",
    );
}

#[test]
fn a_certificate_that_no_crl_covers_is_refused_unless_that_is_accepted() {
    let lack = |world: &mut World| {
        crls(world, |_| {});
        world.crls.remove(1);
    };
    let report = fails(
        lack,
        CheckKind::Revocation,
        Some(0),
        "whether CN=leaf is revoked cannot be told: there is no CRL of CN=CA that covers it",
        "CRL",
    );
    assert_eq!(
        report.failures().next().unwrap().found,
        "the CRL of CN=root"
    );
    passes(|world| {
        lack(world);
        world.options.revocation.unknown = UnknownStatus::Accept;
    });
}

#[test]
fn without_crls_nothing_is_checked_unless_that_is_demanded() {
    let report = passes(|_| {});
    let check = report.check(CheckKind::Revocation).unwrap();
    assert!(matches!(check.outcome, Outcome::NotApplicable { .. }));
    let mut world = World::new();
    world.options.revocation.when = WhenToCheck::Always;
    let report = world.verify();
    let failures = report.check(CheckKind::Revocation).unwrap().failures();
    assert_eq!(failures.len(), 2, "{report}");
    world.options.revocation.unknown = UnknownStatus::Accept;
    assert!(world.verify().is_verified());
}

#[test]
fn a_crl_that_somebody_else_signed_is_not_used() {
    fails(
        |world| {
            crls(world, |_| {});
            let other = key();
            world.crls[1] = CrlDraft::new("CA", &world.ca_key).sign(&other);
        },
        CheckKind::Revocation,
        Some(0),
        "the signature of the CRL of CN=CA is wrong",
        "CRL signatureValue",
    );
}

#[test]
fn of_two_crls_the_one_with_the_higher_number_counts() {
    let two = |numbers: [u8; 2]| {
        move |world: &mut World| {
            crls(world, |_| {});
            for (at, number) in numbers.into_iter().enumerate() {
                let mut crl = CrlDraft::new("CA", &world.ca_key);
                crl.set(CRL_NUMBER, false, integer(&[number]));
                crl.revoked = (at == 0).then(|| vec![leaf_entry(None)]);
                world.crls.push(crl.sign(&world.ca_key));
            }
        }
    };
    passes(two([8, 9]));
    fails(
        two([9, 8]),
        CheckKind::Revocation,
        Some(0),
        "CN=leaf was revoked by CN=CA 13 days ago, on 2027-01-02 00:00:00 UTC, no reason given",
        "serialNumber",
    );
}

#[test]
fn a_delta_crl_and_a_critical_extension_that_is_not_known_cannot_be_used() {
    let message = "whether CN=leaf is revoked cannot be told: the CRL of CN=CA cannot be used";
    for (oid, value, found) in [
        (DELTA, integer(&[6]), "a delta CRL"),
        ("1.2.3.4", vec![5, 0], "the critical extension 1.2.3.4"),
    ] {
        for unknown in [UnknownStatus::Refuse, UnknownStatus::Accept] {
            let report = fails(
                |world| {
                    crls(world, |crl| crl.set(oid, true, value.clone()));
                    world.options.revocation.unknown = unknown;
                },
                CheckKind::Revocation,
                Some(0),
                message,
                "CRL",
            );
            assert_eq!(report.failures().next().unwrap().found, found);
        }
    }
}

/// An issuingDistributionPoint of a URI, and of end entities (1) or CAs (2) only.
fn scope(only: u8) -> Vec<u8> {
    let names = constructed(0xa0, &[context(6, b"http://a.test/ca.crl")]);
    sequence(&[constructed(0xa0, &[names]), context(only, &[0xff])])
}

#[test]
fn a_crl_covers_whom_it_says() {
    passes(|world| crls(world, |crl| crl.set(DISTRIBUTION_POINT, true, scope(1))));
    fails(
        |world| crls(world, |crl| crl.set(DISTRIBUTION_POINT, true, scope(2))),
        CheckKind::Revocation,
        Some(0),
        "whether CN=leaf is revoked cannot be told: there is no CRL of CN=CA that covers it",
        "CRL",
    );
}

#[test]
fn a_crl_is_for_the_distribution_points_of_the_certificate() {
    let points = |uri: &[u8]| {
        let names = constructed(0xa0, &[context(6, uri)]);
        sequence(&[sequence(&[constructed(0xa0, &[names])])])
    };
    let at = |uri: &'static [u8]| {
        move |world: &mut World| {
            world.leaf.set("2.5.29.31", false, points(uri));
            crls(world, |crl| crl.set(DISTRIBUTION_POINT, true, scope(1)));
        }
    };
    passes(at(b"http://a.test/ca.crl"));
    fails(
        at(b"http://b.test/ca.crl"),
        CheckKind::Revocation,
        Some(0),
        "whether CN=leaf is revoked cannot be told: there is no CRL of CN=CA that covers it",
        "CRL",
    );
}
