//! Subtrees as a user writes them, and what is told about them.

use wharf_pki::constraints::{ConstraintKind, ConstraintWarning, NameConstraints, Subtree};
use wharf_pki::error::{NameFault, SubtreeFault};
use wharf_pki::{Error, SubjectAltName};

#[track_caller]
fn read(text: &str, written: &str) {
    let subtree: Subtree = text.parse().unwrap();
    assert_eq!(subtree.to_string(), written);
    assert_eq!(written.parse(), Ok(subtree));
}

#[track_caller]
fn refused(text: &str, fault: SubtreeFault) {
    assert_eq!(
        text.parse::<Subtree>(),
        Err(Error::Subtree {
            subtree: text.into(),
            fault
        })
    );
}

#[test]
fn a_subtree_is_read_with_and_without_its_kind() {
    read("Corp.test", "dns:corp.test");
    read("DNS:corp.test", "dns:corp.test");
    read("bücher.test", "dns:xn--bcher-kva.test");
    read("test", "dns:test");
    read("dns:*", "dns:*");
    read("10.0.0.0/8", "ip:10.0.0.0/8");
    read("ip:10.1.2.3/8", "ip:10.0.0.0/8");
    read("10.1.2.3", "ip:10.1.2.3/32");
    read("2001:db8::/32", "ip:2001:db8::/32");
    read("::1", "ip:::1/128");
    read("Me@corp.test", "email:Me@corp.test");
    read("email:corp.test", "email:corp.test");
    read("email:.corp.test", "email:.corp.test");
    read("uri:corp.test", "uri:corp.test");
    read("uri:.corp.test", "uri:.corp.test");
}

#[test]
fn what_would_not_do_what_it_says_is_refused() {
    refused("", SubtreeFault::Name(NameFault::Empty));
    refused("dns:", SubtreeFault::Name(NameFault::Empty));
    refused("uri:", SubtreeFault::Name(NameFault::Empty));
    refused("*.corp.test", SubtreeFault::Name(NameFault::WildcardPlace));
    refused(".corp.test", SubtreeFault::LeadingDot);
    refused("10.0.0.0/33", SubtreeFault::Range);
    refused("10.0.0/8", SubtreeFault::Range);
    refused("10.0.0.0/255.0.0.0", SubtreeFault::Range);
    refused("ip:corp.test", SubtreeFault::Range);
    refused("dir:CN=x", SubtreeFault::Kind);
    refused(
        "uri:https://corp.test/",
        SubtreeFault::Name(NameFault::Character { found: ':' }),
    );
    let error = "*.corp.test".parse::<Subtree>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "subtree `*.corp.test` has a wildcard that is not its whole leftmost label"
    );
    assert_eq!(
        error.hint().unwrap(),
        "give the domain alone, as in corp.test: it has all names below it"
    );
}

fn only(subtrees: &[&str]) -> NameConstraints {
    NameConstraints::only(subtrees.iter().map(|text| text.parse().unwrap()))
}

#[test]
fn only_leaves_no_gap_among_hosts() {
    let shown = |constraints: NameConstraints| {
        let all =
            |subtrees: Vec<Subtree>| subtrees.iter().map(ToString::to_string).collect::<Vec<_>>();
        (all(constraints.permitted), all(constraints.excluded))
    };
    let owned = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        shown(only(&["a.test"])),
        (owned(&["dns:a.test"]), owned(&["ip:0.0.0.0/0", "ip:::/0"]))
    );
    assert_eq!(
        shown(only(&["10.0.0.0/8"])),
        (owned(&["ip:10.0.0.0/8"]), owned(&["dns:*"]))
    );
    assert_eq!(shown(only(&["a.test", "::/0"])).1, owned(&[]));
    let nothing = only(&[]);
    for name in ["a.test", "*.a.test", "10.0.0.1", "::1"] {
        nothing
            .check(&name.parse::<SubjectAltName>().unwrap())
            .unwrap_err();
    }
}

#[test]
fn warnings_tell_what_rustls_refuses_and_what_stays_open() {
    assert_eq!(only(&["a.test"]).warnings(), []);
    assert_eq!(NameConstraints::default().warnings(), []);
    let refused = |kind| ConstraintWarning::RefusedByRustls { kind };
    assert_eq!(
        only(&["a.test", "10.0.0.0/8", "email:a.test", "uri:a.test"]).warnings(),
        [refused(ConstraintKind::Email), refused(ConstraintKind::Uri)]
    );
    let open = NameConstraints {
        permitted: vec!["a.test".parse().unwrap()],
        ..NameConstraints::default()
    };
    let unlimited = ConstraintWarning::Unlimited {
        kind: ConstraintKind::Ip,
    };
    assert_eq!(open.warnings(), [unlimited]);
    assert_eq!(
        unlimited.to_string(),
        "IP addresses are not limited: exclude them, or permit some"
    );
}

#[test]
fn constraints_are_text_in_json() {
    let constraints = only(&["a.test"]);
    let json = serde_json::to_string(&constraints).unwrap();
    assert_eq!(
        json,
        r#"{"permitted":["dns:a.test"],"excluded":["ip:0.0.0.0/0","ip:::/0"]}"#
    );
    assert_eq!(
        serde_json::from_str::<NameConstraints>(&json).unwrap(),
        constraints
    );
    let error = serde_json::from_str::<NameConstraints>(r#"{"permitted":["*.a.test"]}"#);
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("subtree `*.a.test`")
    );
}
