//! Signing, and reading again what was signed.

use std::time::Duration;

use time::macros::datetime;
use webpki::{BorrowedCertRevocationList, CertRevocationList};
use wharf_pki::crl::{
    CRL_BYTES_MAX, CrlFault, CrlNumber, CrlParams, CrlScope, ENTRIES_MAX, IssuingDistributionPoint,
    RevokedCertificate, SerialNumber,
};
use wharf_pki::inspect::inspect_der;
use wharf_pki::lint::{self, RuleSet};
use wharf_pki::pem::CRL_TEXT_BYTES_MAX;
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, CaSubject, Crl, Error, Key, KeyType, RevocationReason};

use crate::draft::{CERT_SIGN, Draft, KEY_USAGE, SUBJECT_KEY_ID, der, key, key_usage, now};

pub(crate) fn authority() -> Authority {
    Authority::root(key(), &CaSubject::new("root"), 3650 * DAY, 1, now()).unwrap()
}

fn serial(text: &str) -> SerialNumber {
    text.parse().unwrap()
}

pub(crate) fn entry(text: &str) -> RevokedCertificate {
    RevokedCertificate {
        serial: serial(text),
        revoked_at: now(),
        reason: None,
        invalidity_date: None,
    }
}

pub(crate) fn params(entries: Vec<RevokedCertificate>) -> CrlParams {
    CrlParams {
        number: 1,
        this_update: now(),
        next_update: now() + 7 * DAY,
        entries,
        distribution_point: None,
    }
}

#[test]
fn what_was_asked_for_is_what_is_read() {
    for key_type in KeyType::ALL {
        let key = Key::generate(key_type).unwrap();
        let ca = Authority::root(key, &CaSubject::new("root"), 99 * DAY, 0, now()).unwrap();
        let full = RevokedCertificate {
            serial: serial("AB:CD"),
            revoked_at: datetime!(2027-01-10 12:00 UTC),
            reason: Some(RevocationReason::KeyCompromise),
            invalidity_date: Some(datetime!(2026-12-24 18:30:05 UTC)),
        };
        let asked = CrlParams {
            number: u128::MAX,
            entries: vec![full.clone(), entry("01")],
            ..params(Vec::new())
        };
        let crl = ca.sign_crl(&asked).unwrap();
        assert_eq!(crl.check_signed_by(ca.certificate()), Ok(()));
        assert_eq!(crl.entries(), [entry("01"), full.clone()]);
        assert_eq!(crl.entry(&serial("abcd")), Some(&full));
        assert_eq!(crl.entry(&serial("02")), None);
        let info = crl.info();
        assert_eq!(info.issuer, "CN=root");
        assert_eq!(info.number, Some(CrlNumber::from(u128::MAX)));
        assert_eq!(
            (info.this_update, info.next_update),
            (now(), Some(now() + 7 * DAY))
        );
        assert_eq!(info.entry_count, 2);
        let root = inspect_der(ca.certificate().der()).unwrap();
        assert_eq!(info.authority_key_id, root.subject_key_id);
        assert_eq!(info.distribution_point, None);
        assert_eq!(lint::crl(&crl, &[RuleSet::Rfc5280]), []);
        assert_eq!(Crl::from_pem(&crl.to_pem()), Ok(crl.clone()));
    }
}

#[test]
fn webpki_reads_it_and_finds_what_is_revoked() {
    let ca = authority();
    let crl = ca
        .sign_crl(&params(vec![entry("8001"), entry("05")]))
        .unwrap();
    let read = BorrowedCertRevocationList::from_der(crl.der()).unwrap();
    let read = CertRevocationList::from(read);
    let finds = |serial: &[u8]| read.find_serial(serial).unwrap().is_some();
    // As it stands in a certificate: a zero octet before a first bit that is set.
    assert!(finds(&[0, 0x80, 0x01]));
    assert!(finds(&[5]));
    assert!(!finds(&[6]));
}

#[test]
fn entries_are_written_in_the_order_of_their_serial_numbers() {
    let ca = authority();
    let entries = |order: [&str; 4]| params(order.map(entry).to_vec());
    let one = ca.sign_crl(&entries(["0100", "FF", "02", "80"])).unwrap();
    let raw: Vec<_> = one
        .entries()
        .iter()
        .map(|entry| entry.serial.to_string())
        .collect();
    assert_eq!(raw, ["02", "80", "FF", "0100"]);
    // In the DER too: both orders are the same bytes as far as the signature, which is random.
    let other = ca.sign_crl(&entries(["80", "02", "0100", "FF"])).unwrap();
    let signed = one.der().len() - 80;
    assert_eq!(one.der()[4..signed], other.der()[4..signed]);
}

#[test]
fn a_crl_without_entries_is_one_too() {
    let crl = authority().sign_crl(&params(Vec::new())).unwrap();
    assert_eq!(crl.entries(), []);
    assert_eq!(lint::crl(&crl, &[RuleSet::Rfc5280]), []);
}

#[test]
fn the_reason_unspecified_is_left_out() {
    let unspecified = RevokedCertificate {
        reason: Some(RevocationReason::Unspecified),
        ..entry("05")
    };
    let crl = authority().sign_crl(&params(vec![unspecified])).unwrap();
    assert_eq!(crl.entries(), [entry("05")]);
}

#[test]
fn every_reason_but_two_is_written_and_read() {
    for reason in RevocationReason::ALL {
        let asked = RevokedCertificate {
            reason: Some(reason),
            ..entry("05")
        };
        let signed = authority().sign_crl(&params(vec![asked.clone()]));
        match reason {
            RevocationReason::Unspecified => {}
            RevocationReason::RemoveFromCrl => assert_eq!(
                signed,
                Err(Error::Crl {
                    fault: CrlFault::RemoveFromCrl
                })
            ),
            _ => assert_eq!(signed.unwrap().entries(), [asked]),
        }
    }
}

#[test]
fn a_distribution_point_says_where_and_for_whom() {
    for (scope, users, cas) in [
        (CrlScope::All, false, false),
        (CrlScope::EndEntities, true, false),
        (CrlScope::Authorities, false, true),
    ] {
        let point = IssuingDistributionPoint {
            uris: vec!["http://ca.test/root.crl".into(), "ldap://ca.test/x".into()],
            scope,
        };
        let asked = CrlParams {
            distribution_point: Some(point),
            ..params(Vec::new())
        };
        let crl = authority().sign_crl(&asked).unwrap();
        let read = crl.info().distribution_point.clone().unwrap();
        assert_eq!(
            read.names,
            ["URI:http://ca.test/root.crl", "URI:ldap://ca.test/x"]
        );
        assert_eq!(
            (read.only_end_entities, read.only_authorities),
            (users, cas)
        );
        assert_eq!(lint::crl(&crl, &[RuleSet::Rfc5280]), []);
    }
}

#[test]
fn times_are_taken_in_whole_seconds_of_utc() {
    let offset = time::UtcOffset::from_hms(-3, 0, 0).unwrap();
    let asked = CrlParams {
        this_update: (now() + Duration::from_nanos(999)).to_offset(offset),
        ..params(Vec::new())
    };
    let crl = authority().sign_crl(&asked).unwrap();
    assert_eq!(crl.info().this_update, now());
}

#[track_caller]
fn refused(change: impl FnOnce(&mut CrlParams)) -> CrlFault {
    let mut asked = params(vec![entry("05")]);
    change(&mut asked);
    match authority().sign_crl(&asked) {
        Err(Error::Crl { fault }) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_no_crl_may_say_is_refused() {
    assert_eq!(
        refused(|it| it.next_update = it.this_update + Duration::from_millis(999)),
        CrlFault::NextUpdate
    );
    assert_eq!(
        refused(|it| it.entries.push(entry("0005"))),
        CrlFault::Repeated {
            serial: serial("05")
        }
    );
    assert_eq!(refused(|it| it.entries.push(entry("00"))), CrlFault::Zero);
    for uris in [
        vec![],
        vec!["root.crl".into()],
        vec!["http://a b".into()],
        vec!["a:".into()],
    ] {
        let point = IssuingDistributionPoint {
            uris,
            scope: CrlScope::All,
        };
        assert_eq!(
            refused(|it| it.distribution_point = Some(point)),
            CrlFault::DistributionPoint
        );
    }
    assert_eq!(
        refused(|it| it.entries[0].invalidity_date = Some(datetime!(-1-01-01 00:00 UTC))),
        CrlFault::Time
    );
}

#[test]
fn one_entry_too_many_is_refused() {
    let mut asked = params(Vec::new());
    asked.entries = vec![entry("05"); ENTRIES_MAX + 1];
    assert_eq!(
        authority().sign_crl(&asked),
        Err(Error::CrlTooLarge {
            limit: ENTRIES_MAX,
            of: "entries"
        })
    );
    // One less, and it is the next thing that is wrong with them.
    asked.entries.pop();
    let repeated = authority().sign_crl(&asked);
    assert!(matches!(
        repeated,
        Err(Error::Crl {
            fault: CrlFault::Repeated { .. }
        })
    ));
}

#[test]
fn a_long_crl_is_searched_and_one_of_the_longest_fits_into_the_bounds() {
    const COUNT: u32 = 20_000;
    let number = |index: u32| {
        SerialNumber::from_octets(&[&[0x41; 12][..], &index.to_be_bytes()].concat()).unwrap()
    };
    let mut asked = params(Vec::new());
    asked.entries = (0..COUNT)
        .map(|index| RevokedCertificate {
            serial: number(index),
            reason: Some(RevocationReason::Superseded),
            ..entry("01")
        })
        .collect();
    let crl = authority().sign_crl(&asked).unwrap();
    assert!((0..COUNT).all(|index| crl.entry(&number(index)).is_some()));
    assert!(crl.entry(&number(COUNT)).is_none());
    let longest = |length: usize| length / COUNT as usize * ENTRIES_MAX;
    assert!(longest(crl.der().len()) < CRL_BYTES_MAX);
    assert!(longest(crl.to_pem().len()) < CRL_TEXT_BYTES_MAX);
}

#[test]
fn a_ca_that_may_not_sign_crls_does_not() {
    let ca_key = key();
    let mut draft = Draft::ca("root", &ca_key, "root", &ca_key);
    draft.set(KEY_USAGE, true, key_usage(CERT_SIGN));
    let ca = Authority::new(draft.sign(&ca_key), ca_key).unwrap();
    assert_eq!(ca.sign_crl(&params(Vec::new())), Err(Error::MayNotSignCrls));
}

#[test]
fn a_ca_outside_its_validity_does_not_sign() {
    let ca = authority();
    let later = CrlParams {
        this_update: now() + 3651 * DAY,
        next_update: now() + 3652 * DAY,
        ..params(Vec::new())
    };
    assert!(matches!(ca.sign_crl(&later), Err(Error::Expired { .. })));
}

/// A CA that others made may have any key identifier, and the CRL has to repeat it.
#[test]
fn the_key_identifier_is_that_of_the_ca_certificate() {
    let ca_key = key();
    let mut draft = Draft::ca("root", &ca_key, "root", &ca_key);
    draft.set(SUBJECT_KEY_ID, false, der::octets(&[1, 2, 3]));
    let ca = Authority::new(draft.sign(&ca_key), ca_key).unwrap();
    let crl = ca.sign_crl(&params(Vec::new())).unwrap();
    assert_eq!(crl.info().authority_key_id.as_deref(), Some("01:02:03"));
}
