//! From when to when, and who decides.

use std::time::Duration;

use wharf_pki::validity::{BACKDATING, DAY};
use wharf_pki::{Authority, CaSubject, Certificate, EndEntity, Error, Profile};

use crate::lab::{intermediate, issue, key, now, request, root};

/// From a profile that sets no limit.
fn long(lifetime: Duration) -> EndEntity {
    EndEntity {
        lifetime,
        profile: Profile {
            longest_lifetime: Duration::MAX,
            ..Profile::server()
        },
        ..request(&["a.test"])
    }
}

#[test]
fn a_validity_begins_a_little_before_the_time_of_issue_and_ends_a_lifetime_after_it() {
    let root = root();
    let later = now() + 10 * DAY + Duration::from_nanos(7);
    let leaf = root.issue(&request(&["a.test"]), &key(), later).unwrap();
    let validity = leaf.certificate.validity();
    assert_eq!(validity.not_before, now() + 10 * DAY - BACKDATING);
    assert_eq!(validity.not_after, now() + 100 * DAY);
    assert_eq!(leaf.clamped_from, None);
}

#[test]
fn the_time_of_issue_may_be_given_in_any_offset() {
    let offset = time::UtcOffset::from_hms(5, 30, 0).unwrap();
    let leaf = root()
        .issue(&request(&["a.test"]), &key(), now().to_offset(offset))
        .unwrap();
    assert_eq!(leaf.certificate.validity().not_after, now() + 90 * DAY);
}

#[test]
fn a_leaf_never_outlives_its_issuer() {
    let ca = intermediate(&root());
    let end = ca.certificate().validity().not_after;
    let issued = |lifetime| issue(&ca, &long(lifetime));

    let fits = issued(1825 * DAY);
    assert_eq!(
        (fits.certificate.validity().not_after, fits.clamped_from),
        (end, None)
    );
    let clamped = issued(1826 * DAY);
    assert_eq!(
        (
            clamped.certificate.validity().not_after,
            clamped.clamped_from
        ),
        (end, Some(end + DAY))
    );
}

#[test]
fn an_intermediate_never_outlives_its_root() {
    let root = root();
    let ca = root
        .intermediate(key(), &CaSubject::new("CA"), 9999 * DAY, now())
        .unwrap();
    assert_eq!(ca.certificate().validity(), root.certificate().validity());
}

#[test]
fn a_leaf_does_not_begin_before_its_issuer() {
    let root = root();
    let ca = root
        .intermediate(key(), &CaSubject::new("CA"), DAY, now() + DAY)
        .unwrap();
    let begin = ca.certificate().validity().not_before;
    let leaf = ca
        .issue(&request(&["a.test"]), &key(), begin)
        .unwrap()
        .certificate;
    assert_eq!(leaf.validity().not_before, begin);
}

#[test]
fn a_ca_issues_from_its_first_second_to_its_last() {
    let root = root();
    let ca = intermediate(&root);
    let validity = ca.certificate().validity();
    let at = |time| ca.issue(&request(&["a.test"]), &key(), time).map(|_| ());

    let second = Duration::from_secs(1);
    assert_eq!(at(validity.not_before), Ok(()));
    assert_eq!(
        at(validity.not_before - second),
        Err(Error::NotYetValid {
            not_before: validity.not_before
        })
    );
    assert_eq!(at(validity.not_after), Ok(()));
    assert_eq!(
        at(validity.not_after + second),
        Err(Error::Expired {
            not_after: validity.not_after
        })
    );

    let late = root.certificate().validity().not_after + second;
    let error = root
        .intermediate(key(), &CaSubject::new("CA"), DAY, late)
        .unwrap_err();
    assert_eq!(
        error,
        Error::Expired {
            not_after: root.certificate().validity().not_after
        }
    );
    assert!(error.hint().unwrap().contains("clock"));
}

#[test]
fn a_lifetime_of_nothing_or_beyond_the_calendar_is_refused() {
    let ca = root();
    let lifetime = |lifetime| ca.issue(&long(lifetime), &key(), now()).map(|_| ());
    assert_eq!(lifetime(Duration::ZERO), Err(Error::Lifetime));
    assert_eq!(lifetime(Duration::from_millis(999)), Err(Error::Lifetime));
    assert_eq!(lifetime(Duration::from_secs(1)), Ok(()));
    assert_eq!(lifetime(Duration::MAX), Err(Error::Lifetime));
    assert_eq!(lifetime(8000 * 365 * DAY), Err(Error::Lifetime));
    assert_eq!(lifetime(7000 * 365 * DAY), Ok(()));
}

#[test]
fn a_root_beyond_2049_is_written_and_read_alike() {
    let root = Authority::root(key(), &CaSubject::new("root"), 100 * 365 * DAY, 1, now()).unwrap();
    assert_eq!(
        root.certificate().validity().not_after,
        now() + 100 * 365 * DAY
    );
}

#[test]
fn an_explicit_end_is_taken_to_the_second_and_clamped_like_a_lifetime() {
    let ca = intermediate(&root());
    let until = |not_after| EndEntity {
        not_after: Some(not_after),
        ..long(Duration::ZERO)
    };
    let end = ca.certificate().validity().not_after;
    let offset = time::UtcOffset::from_hms(-7, 0, 0).unwrap();
    let exact = now() + Duration::from_secs(86_399);
    let issued = issue(&ca, &until(exact.to_offset(offset)));
    assert_eq!(issued.certificate.validity().not_after, exact);
    let issued = issue(&ca, &until(end + DAY));
    assert_eq!(issued.certificate.validity().not_after, end);
    assert_eq!(issued.clamped_from, Some(end + DAY));
}

#[test]
fn nothing_is_issued_below_a_root_that_has_expired() {
    let root = Authority::root(key(), &CaSubject::new("root"), 9 * DAY, 1, now()).unwrap();
    let late = now() + 10 * DAY;
    // As made by others: an intermediate that outlives its root.
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    let der = rustls_pki_types::CertificateDer::from(root.certificate().der());
    let issuer = rcgen::Issuer::from_ca_cert_der(&der, root.key()).unwrap();
    let ca_key = key();
    let ca = params.signed_by(&ca_key, &issuer).unwrap();
    let ca = Authority::new(Certificate::from_der(ca.der()).unwrap(), ca_key).unwrap();
    let ca = ca.with_issuers([root.certificate().clone()]).unwrap();
    let not_after = root.certificate().validity().not_after;
    let issued = issue(&ca, &request(&["a.test"]));
    assert_eq!(issued.certificate.validity().not_after, not_after);
    assert_eq!(
        ca.issue(&request(&["a.test"]), &key(), late),
        Err(Error::Expired { not_after })
    );
}
