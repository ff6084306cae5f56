//! Which names are in order. Each line is one of RFC 5280 §4.2.1.10, or an attack on a neighbour of one.

use wharf_pki::SubjectAltName;
use wharf_pki::constraints::{Breach, NameConstraints, Subtree};

fn permitted(subtree: &str, name: &str) -> bool {
    let constraints = NameConstraints {
        permitted: vec![subtree.parse().unwrap()],
        ..NameConstraints::default()
    };
    constraints.check(&name.parse().unwrap()).is_ok()
}

fn excluded(subtree: &str, name: &str) -> bool {
    let constraints = NameConstraints {
        excluded: vec![subtree.parse().unwrap()],
        ..NameConstraints::default()
    };
    constraints.check(&name.parse().unwrap()).is_err()
}

/// Names inside and outside of a subtree, for which a permitted and an excluded one say the opposite.
#[track_caller]
fn check(subtree: &str, inside: &[&str], outside: &[&str]) {
    for name in inside {
        assert!(permitted(subtree, name), "{name} is in {subtree}");
        assert!(excluded(subtree, name), "{name} is in {subtree}");
    }
    for name in outside {
        assert!(!permitted(subtree, name), "{name} is not in {subtree}");
        assert!(!excluded(subtree, name), "{name} is not in {subtree}");
    }
}

#[test]
fn a_dns_subtree_has_its_name_and_all_below_it() {
    check(
        "corp.test",
        &[
            "corp.test",
            "CORP.test",
            "a.corp.test",
            "b.a.corp.test",
            "*.corp.test",
            "*.a.corp.test",
        ],
        &[
            "test",
            "xcorp.test",
            "corp.test.evil.test",
            "corp.tes",
            "a.b",
            "*.test.corp",
        ],
    );
    check("dns:*", &["a", "a.test", "*.a.test"], &[]);
}

#[test]
fn a_wildcard_is_neither_wholly_inside_nor_outside_of_a_subtree_that_it_reaches_into() {
    // `*.corp.test` stands for vpn.corp.test, and for others.
    assert!(!permitted("vpn.corp.test", "*.corp.test"));
    assert!(excluded("vpn.corp.test", "*.corp.test"));
    // It stands for one label only, so it does not reach this one.
    assert!(!excluded("a.vpn.corp.test", "*.corp.test"));
    assert!(!excluded("vpn.other.test", "*.corp.test"));
}

#[test]
fn an_ip_subtree_has_its_range_in_its_family() {
    check(
        "10.0.0.0/8",
        &["10.0.0.0", "10.255.255.255"],
        &["9.255.255.255", "11.0.0.0", "::ffff:10.0.0.1", "::"],
    );
    check(
        "2001:db8::/33",
        &["2001:db8::", "2001:db8:7fff::1"],
        &["2001:db8:8000::", "10.0.0.1"],
    );
    check("10.1.2.3", &["10.1.2.3"], &["10.1.2.2"]);
    check("0.0.0.0/0", &["1.2.3.4"], &["::1"]);
}

#[test]
fn an_email_subtree_is_a_mailbox_a_host_or_a_domain() {
    check(
        "me@corp.test",
        &["me@corp.test", "me@CORP.test"],
        &["Me@corp.test", "me@a.corp.test", "you@corp.test"],
    );
    check(
        "email:corp.test",
        &["me@corp.test", "x.y@Corp.test"],
        &["me@a.corp.test", "me@xcorp.test"],
    );
    check(
        "email:.corp.test",
        &["me@a.corp.test", "me@b.a.corp.test"],
        &["me@corp.test", "me@xcorp.test"],
    );
}

#[test]
fn a_uri_subtree_is_a_host_or_a_domain() {
    check(
        "uri:corp.test",
        &[
            "https://corp.test/",
            "https://CORP.test:8443/x",
            "spiffe://corp.test/x",
        ],
        &[
            "https://a.corp.test/",
            "https://evil.test/corp.test",
            "https://evil.test/?@corp.test",
        ],
    );
    check(
        "uri:.corp.test",
        &["https://a.corp.test/"],
        &["https://corp.test/", "https://xcorp.test/"],
    );
}

#[test]
fn a_uri_without_a_host_name_is_refused_under_any_constraint_on_uris() {
    for uri in [
        "urn:x:1",
        "https://10.0.0.1/",
        "https://[::1]/",
        "spiffe://a..b/x",
    ] {
        assert!(!permitted("uri:corp.test", uri), "{uri}");
        assert!(excluded("uri:corp.test", uri), "{uri}");
        assert!(permitted("dns:corp.test", uri), "{uri}");
    }
}

#[test]
fn a_constraint_limits_names_of_its_own_kind_only() {
    for name in ["10.0.0.1", "me@evil.test", "https://evil.test/"] {
        assert!(permitted("corp.test", name));
        assert!(!excluded("dns:*", name));
    }
    assert!(permitted("10.0.0.0/8", "evil.test"));
}

#[test]
fn excluded_goes_before_permitted_and_several_permitted_are_alternatives() {
    let constraints = NameConstraints {
        permitted: vec!["a.test".parse().unwrap(), "b.test".parse().unwrap()],
        excluded: vec!["x.a.test".parse().unwrap()],
    };
    let check = |name: &str| constraints.check(&name.parse().unwrap());
    assert_eq!(check("y.a.test"), Ok(()));
    assert_eq!(check("b.test"), Ok(()));
    let by = "x.a.test".parse().unwrap();
    assert_eq!(check("y.x.a.test"), Err(Breach::Excluded { by }));
    let breach = check("c.test").unwrap_err();
    assert_eq!(
        breach.to_string(),
        "only dns:a.test, dns:b.test are permitted"
    );
}

#[test]
fn names_and_subtrees_built_by_hand_are_compared_without_regard_to_case() {
    let constraints = NameConstraints {
        permitted: vec![Subtree::Email("Me@Corp.test".into())],
        excluded: vec![
            Subtree::Dns("Evil.test".into()),
            Subtree::Uri("Evil.test".into()),
        ],
    };
    for (name, in_order) in [
        (SubjectAltName::Dns("a.EVIL.test".into()), false),
        (SubjectAltName::Uri("https://EVIL.test/".into()), false),
        (SubjectAltName::Email("Me@CORP.test".into()), true),
        (SubjectAltName::Email("me@corp.test".into()), false),
    ] {
        assert_eq!(constraints.check(&name).is_ok(), in_order, "{name}");
    }
}

#[test]
fn a_long_list_is_cut() {
    let constraints = NameConstraints {
        permitted: (0..7)
            .map(|n| format!("n{n}.test").parse().unwrap())
            .collect(),
        ..NameConstraints::default()
    };
    assert_eq!(
        constraints
            .check(&"x.test".parse().unwrap())
            .unwrap_err()
            .to_string(),
        "only dns:n0.test, dns:n1.test, dns:n2.test, dns:n3.test, dns:n4.test and 2 more are permitted"
    );
}
