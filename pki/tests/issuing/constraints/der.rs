//! The extension: its bytes, and what is read from CA certificates of others.

use rcgen::{BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa};
use wharf_pki::constraints::{Breach, ConstraintKind, NameConstraints};
use wharf_pki::{Authority, Certificate, Error};

use crate::lab::{constrained, extension, key, now, options};

const OID: &str = "2.5.29.30";

#[test]
fn the_extension_is_critical_and_has_these_bytes() {
    let constraints = constrained(&["a.b", "10.0.0.0/8"], &["email:c.d", "uri:.e.f", "dns:*"]);
    let root = Authority::root_with(key(), &options("root", constraints.clone()), now()).unwrap();
    let expected = [
        &b"\x30\x2a"[..],
        b"\xa0\x13",
        b"\x30\x05\x82\x03a.b",
        b"\x30\x0a\x87\x08\x0a\0\0\0\xff\0\0\0",
        b"\xa1\x13",
        b"\x30\x05\x81\x03c.d",
        b"\x30\x06\x86\x04.e.f",
        b"\x30\x02\x82\0",
    ]
    .concat();
    let (critical, value) = extension(root.certificate(), OID).unwrap();
    assert!(critical);
    assert_eq!(value, expected);
    assert_eq!(root.name_constraints(), &constraints);
}

#[test]
fn without_constraints_there_is_no_extension() {
    let root = Authority::root_with(key(), &options("root", NameConstraints::default()), now());
    assert_eq!(extension(root.unwrap().certificate(), OID), None);
}

#[test]
fn a_subtree_built_by_hand_is_checked_too() {
    use wharf_pki::constraints::{SUBTREES_MAX, Subtree};
    let root = |constraints| Authority::root_with(key(), &options("root", constraints), now());
    let by_hand = |subtree| NameConstraints {
        permitted: vec![subtree],
        ..NameConstraints::default()
    };
    for subtree in [
        Subtree::Dns(".a.test".into()),
        Subtree::Dns("*.a.test".into()),
        Subtree::Email("a b@c".into()),
        Subtree::Unread {
            kind: ConstraintKind::Other,
        },
    ] {
        let error = root(by_hand(subtree)).unwrap_err();
        assert!(matches!(error, Error::Subtree { .. }), "{error}");
    }
    let many = |count| NameConstraints {
        excluded: (0..count).map(|n| Subtree::Dns(format!("n{n}"))).collect(),
        ..NameConstraints::default()
    };
    assert_eq!(
        root(many(SUBTREES_MAX))
            .unwrap()
            .name_constraints()
            .excluded
            .len(),
        SUBTREES_MAX
    );
    assert_eq!(
        root(many(SUBTREES_MAX + 1)).unwrap_err(),
        Error::TooManySubtrees {
            limit: SUBTREES_MAX
        }
    );
}

/// A CA certificate of someone else, with these bytes as its name constraints.
fn foreign(value: &[u8]) -> Result<Authority, Error> {
    let key = key();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
        .distinguished_name
        .push(DnType::CommonName, "foreign");
    params.custom_extensions = vec![CustomExtension::from_oid_content(
        &[2, 5, 29, 30],
        value.to_vec(),
    )];
    let certificate = params.self_signed(&key).unwrap();
    Authority::new(Certificate::from_der(certificate.der()).unwrap(), key)
}

/// A sequence of subtrees: `tag` 0xa0 for permitted, 0xa1 for excluded.
fn subtrees(tag: u8, bases: &[&[u8]]) -> Vec<u8> {
    let wrap = |tag, content: Vec<u8>| {
        let mut der = vec![tag, u8::try_from(content.len()).unwrap()];
        der.extend(content);
        der
    };
    let all = bases.iter().map(|base| wrap(0x30, base.to_vec()));
    wrap(0x30, wrap(tag, all.collect::<Vec<_>>().concat()))
}

#[test]
fn a_leading_dot_of_others_leaves_out_the_name_itself() {
    let ca = foreign(&subtrees(0xa0, &[b"\x82\x05.Corp"])).unwrap();
    let check = |name: &str| ca.name_constraints().check(&name.parse().unwrap());
    assert_eq!(check("a.corp"), Ok(()));
    check("corp").unwrap_err();
    check("xcorp").unwrap_err();
}

#[test]
fn what_is_not_evaluated_refuses_names_of_its_kind() {
    let cases: [(&[u8], &str, ConstraintKind); 7] = [
        // A mask with a hole, and one of three octets.
        (
            b"\x87\x08\x0a\0\0\0\xff\0\xff\0",
            "10.0.0.1",
            ConstraintKind::Ip,
        ),
        (b"\x87\x06\x0a\0\0\xff\0\0", "10.0.0.1", ConstraintKind::Ip),
        (b"\x82\x05*.x.y", "a.x.y", ConstraintKind::Dns),
        (b"\x82\x03\xfc.y", "a.y", ConstraintKind::Dns),
        (b"\x82\x02y.", "a.y", ConstraintKind::Dns),
        (b"\x81\x00", "me@a.y", ConstraintKind::Email),
        (b"\x86\x03a/b", "https://a/", ConstraintKind::Uri),
    ];
    for tag in [0xa0, 0xa1] {
        for (base, name, kind) in cases {
            let ca = foreign(&subtrees(tag, &[base])).unwrap();
            let name = name.parse().unwrap();
            let breach = ca.name_constraints().check(&name).unwrap_err();
            assert_eq!(breach, Breach::NotEvaluated { kind }, "{base:x?}");
            let other = "other.test".parse().unwrap();
            let is_dns = kind == ConstraintKind::Dns;
            assert_eq!(ca.name_constraints().check(&other).is_err(), is_dns);
        }
    }
}

#[test]
fn constraints_that_are_not_well_formed_are_refused_whole() {
    let good = subtrees(0xa1, &[b"\x82\x01x", b"\x87\x08\x0a\0\0\0\xff\0\0\0"]);
    assert_eq!(foreign(&good).unwrap().name_constraints().excluded.len(), 2);
    for length in 0..good.len() {
        assert_eq!(
            foreign(&good[..length]).unwrap_err(),
            Error::MalformedCertificate,
            "{length}"
        );
    }
    let malformed: [&[u8]; 7] = [
        // Something behind it; an empty list of subtrees; an empty subtree.
        &[&good[..], b"\x05\0"].concat(),
        b"\x30\x02\xa1\x00",
        &subtrees(0xa1, &[b""]),
        // A minimum; a maximum.
        &subtrees(0xa1, &[b"\x82\x01x\x80\x01\x01"]),
        &subtrees(0xa1, &[b"\x82\x01x\x81\x01\x01"]),
        // Not a GeneralName: an unknown number, a universal tag.
        &subtrees(0xa1, &[b"\x89\x01x"]),
        &subtrees(0xa1, &[b"\x16\x01x"]),
    ];
    for value in malformed {
        assert_eq!(
            foreign(value).unwrap_err(),
            Error::MalformedCertificate,
            "{value:x?}"
        );
    }
}
