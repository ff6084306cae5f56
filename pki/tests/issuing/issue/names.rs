//! The names of a request.

use wharf_pki::error::NameFault;
use wharf_pki::issue::NAMES_MAX;
use wharf_pki::{EndEntity, Error, SubjectAltName};

use crate::lab::{info, issue, key, now, request, root};

#[test]
fn names_that_repeat_are_taken_once_in_the_order_of_asking() {
    let issued = issue(
        &root(),
        &request(&["b.test", "A.test", "b.test", "[::1]", "a.test", "::1"]),
    );
    let names: Vec<_> = issued.names.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["b.test", "a.test", "::1"]);
    assert_eq!(
        info(&issued.certificate).names,
        ["DNS:b.test", "DNS:a.test", "IP:::1"]
    );
}

#[test]
fn no_names_and_too_many_names_are_refused() {
    let ca = root();
    let many = |count| EndEntity {
        names: (0..count)
            .map(|n| SubjectAltName::Dns(format!("n{n}.test")))
            .collect(),
        ..EndEntity::default()
    };
    assert_eq!(ca.issue(&many(0), &key(), now()), Err(Error::NoNames));
    assert_eq!(issue(&ca, &many(NAMES_MAX)).names.len(), NAMES_MAX);
    assert_eq!(
        ca.issue(&many(NAMES_MAX + 1), &key(), now()),
        Err(Error::TooManyNames { limit: NAMES_MAX })
    );
}

#[test]
fn a_name_built_by_hand_is_checked_too() {
    let by_hand = |name: &str| EndEntity {
        names: vec![SubjectAltName::Dns(name.into())],
        ..EndEntity::default()
    };
    assert_eq!(
        root().issue(&by_hand("127.0.0.1"), &key(), now()),
        Err(Error::Name {
            name: "127.0.0.1".into(),
            fault: NameFault::NumericEnd
        })
    );
    assert_eq!(
        info(&issue(&root(), &by_hand("A.Test")).certificate).names,
        ["DNS:a.test"]
    );
}
