//! For each rule one that breaks it, and one that keeps it and is as near as can be.

use wharf_pki::lint::{self, Finding, Object, RuleSet};
use wharf_pki::{Certificate, Crl, Key};

use crate::draft::crl::{
    CRL_NUMBER, CrlDraft, DELTA, DISTRIBUTION_POINT, REASON, entry, entry_with,
};
use crate::draft::csr::{CsrDraft, attribute};
use crate::draft::der::{
    self, bits, boolean, constructed, context, generalized_time, integer, name, name_of, octets,
    oid, sequence, tlv, utc_time, utf8,
};
use crate::draft::*;

pub(crate) enum Subject {
    Certificate(Certificate),
    Crl(Box<Crl>),
    Request(Vec<u8>),
}

impl Subject {
    pub(crate) fn object(&self) -> Object {
        match self {
            Self::Certificate(_) => Object::Certificate,
            Self::Crl(_) => Object::Crl,
            Self::Request(_) => Object::Request,
        }
    }

    pub(crate) fn findings(&self) -> Vec<Finding> {
        let sets = [RuleSet::Rfc5280, RuleSet::Browsers];
        match self {
            Self::Certificate(certificate) => lint::certificate(certificate, &sets),
            Self::Crl(crl) => lint::crl(crl, &sets),
            Self::Request(der) => lint::request_der(der, &sets).unwrap(),
        }
    }
}

fn leaf(change: impl FnOnce(&mut Draft)) -> Subject {
    let issuer = key();
    let mut draft = Draft::leaf(&key(), "CA", &issuer);
    draft.not_before = utc_time("270101000000Z");
    draft.not_after = utc_time("270201000000Z");
    change(&mut draft);
    Subject::Certificate(draft.sign(&issuer))
}

fn ca(change: impl FnOnce(&mut Draft)) -> Subject {
    let issuer = key();
    let mut draft = Draft::ca("CA", &key(), "root", &issuer);
    change(&mut draft);
    Subject::Certificate(draft.sign(&issuer))
}

fn root(change: impl FnOnce(&mut Draft)) -> Subject {
    let signer = key();
    let mut draft = Draft::ca("root", &signer, "root", &signer);
    change(&mut draft);
    Subject::Certificate(draft.sign(&signer))
}

fn crl(change: impl FnOnce(&mut CrlDraft, &Key)) -> Subject {
    let issuer = key();
    let mut draft = CrlDraft::new("CA", &issuer);
    change(&mut draft, &issuer);
    Subject::Crl(Box::new(draft.sign(&issuer)))
}

fn revoked(entries: Vec<Vec<u8>>) -> Subject {
    crl(|draft, _| draft.revoked = Some(entries))
}

fn request(change: impl FnOnce(&mut CsrDraft)) -> Subject {
    let signer = key();
    let mut draft = CsrDraft::new(&signer);
    change(&mut draft);
    Subject::Request(draft.der(&signer))
}

fn good_leaf() -> Subject {
    leaf(|_| {})
}

fn good_ca() -> Subject {
    ca(|_| {})
}

fn alt_name(of: Vec<u8>) -> Subject {
    leaf(|draft| draft.set(ALT_NAME, false, sequence(&[context(2, b"a.test"), of])))
}

fn constraints(value: Vec<u8>) -> Subject {
    ca(|draft| draft.set(NAME_CONSTRAINTS, true, value))
}

fn below_test() -> Vec<u8> {
    subtrees(0, &[context(2, b"test")])
}

fn algorithm(oid: &str) -> Vec<u8> {
    sequence(&[der::oid(oid)])
}

fn spki(spki: Vec<u8>) -> Subject {
    leaf(|draft| {
        draft.spki = spki;
        draft.set(
            KEY_USAGE,
            true,
            key_usage(DIGITAL_SIGNATURE | KEY_ENCIPHERMENT),
        );
    })
}

const SHA1_ECDSA: &str = "1.2.840.10045.4.1";
const SHA1_RSA: &str = "1.2.840.113549.1.1.5";
const SHA256_RSA: &str = "1.2.840.113549.1.1.11";
const ED25519: &str = "1.3.101.112";
const UNKNOWN: &str = "1.2.3.4";

/// Rules that a case breaks beside its own, because the one is not possible without the other.
pub(crate) const TOGETHER: &[(&str, &[&str])] = &[
    ("alt-name-empty", &["browser-without-name"]),
    ("alt-name-missing", &["browser-without-name"]),
    ("extended-key-usage-empty", &["browser-without-server-auth"]),
];

type Case = (&'static str, Subject, Subject);

pub(crate) fn all() -> Vec<Case> {
    [
        certificates(),
        usages_and_ids(),
        names(),
        keys(),
        crls(),
        requests(),
        browsers(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn certificates() -> Vec<Case> {
    vec![
        (
            "serial-not-positive",
            leaf(|it| it.serial = vec![0x80]),
            leaf(|it| it.serial = vec![0, 0x80]),
        ),
        (
            "serial-too-long",
            leaf(|it| it.serial = vec![0x41; 21]),
            leaf(|it| it.serial = vec![0x41; 20]),
        ),
        (
            "serial-not-minimal",
            leaf(|it| it.serial = vec![0, 0x7f]),
            leaf(|it| it.serial = vec![0, 0x80]),
        ),
        (
            "validity-reversed",
            leaf(|it| it.not_after = utc_time("261231235959Z")),
            leaf(|it| it.not_after = utc_time("270101000000Z")),
        ),
        (
            "validity-generalized-time",
            ca(|it| it.not_after = generalized_time("20491231235959Z")),
            ca(|it| it.not_after = generalized_time("20500101000000Z")),
        ),
        (
            "validity-time-form",
            leaf(|it| it.not_after = utc_time("270201000000+0000")),
            good_leaf(),
        ),
        (
            "version-not-3",
            leaf(|it| it.version = Some(1)),
            leaf(|it| it.version = Some(2)),
        ),
        (
            "extension-repeated",
            leaf(|it| it.extensions.push(it.extensions[0].clone())),
            good_leaf(),
        ),
        (
            "extension-malformed",
            leaf(|it| it.set(POLICIES, false, vec![0x30, 5, 0])),
            leaf(|it| it.set(POLICIES, false, sequence(&[sequence(&[oid("1.2.3")])]))),
        ),
        (
            "extension-unknown-critical",
            leaf(|it| it.set(UNKNOWN, true, vec![5, 0])),
            leaf(|it| it.set(UNKNOWN, false, vec![5, 0])),
        ),
        (
            "unique-identifier",
            leaf(|it| it.unique_ids = context(1, &[0, 1, 2])),
            good_leaf(),
        ),
        (
            "policy-repeated",
            leaf(|it| it.set(POLICIES, false, policies(&["1.2.3", "1.2.3"]))),
            leaf(|it| it.set(POLICIES, false, policies(&["1.2.3", "1.2.4"]))),
        ),
        (
            "policy-constraints-not-critical",
            ca(|it| it.set(POLICY_CONSTRAINTS, false, sequence(&[context(0, &[0])]))),
            ca(|it| it.set(POLICY_CONSTRAINTS, true, sequence(&[context(0, &[0])]))),
        ),
        (
            "inhibit-any-policy-not-critical",
            ca(|it| it.set(INHIBIT_ANY_POLICY, false, integer(&[0]))),
            ca(|it| it.set(INHIBIT_ANY_POLICY, true, integer(&[0]))),
        ),
        (
            "authority-info-access-critical",
            leaf(|it| it.set(INFO_ACCESS, true, info_access())),
            leaf(|it| it.set(INFO_ACCESS, false, info_access())),
        ),
        (
            "signature-algorithm-mismatch",
            leaf(|it| it.inner_algorithm = algorithm("1.2.840.10045.4.3.3")),
            good_leaf(),
        ),
        (
            "signature-weak",
            leaf(|it| {
                it.inner_algorithm = algorithm(SHA1_ECDSA);
                it.outer_algorithm = algorithm(SHA1_ECDSA);
            }),
            root(|it| {
                it.inner_algorithm = algorithm(SHA1_ECDSA);
                it.outer_algorithm = algorithm(SHA1_ECDSA);
            }),
        ),
    ]
}

fn policies(oids: &[&str]) -> Vec<u8> {
    sequence(
        &oids
            .iter()
            .map(|policy| sequence(&[oid(policy)]))
            .collect::<Vec<_>>(),
    )
}

fn info_access() -> Vec<u8> {
    let issuers = oid("1.3.6.1.5.5.7.48.2");
    sequence(&[sequence(&[issuers, context(6, b"http://a.test/ca.crt")])])
}

fn usages_and_ids() -> Vec<Case> {
    let with_length = |is_ca: bool| {
        let ca_true = if is_ca { boolean(true) } else { Vec::new() };
        sequence(&[ca_true, integer(&[0])])
    };
    vec![
        (
            "basic-constraints-not-critical",
            ca(|it| it.set_critical(BASIC_CONSTRAINTS, false)),
            leaf(|it| it.set_critical(BASIC_CONSTRAINTS, false)),
        ),
        (
            "path-length-without-ca",
            leaf(|it| it.set(BASIC_CONSTRAINTS, true, with_length(false))),
            ca(|it| it.set(BASIC_CONSTRAINTS, true, with_length(true))),
        ),
        (
            "path-length-without-cert-sign",
            ca(|it| {
                it.set(BASIC_CONSTRAINTS, true, with_length(true));
                it.set(KEY_USAGE, true, key_usage(CRL_SIGN));
            }),
            ca(|it| {
                it.set(BASIC_CONSTRAINTS, true, with_length(true));
                it.set(KEY_USAGE, true, key_usage(CERT_SIGN));
            }),
        ),
        (
            "cert-sign-without-ca",
            leaf(|it| it.set(KEY_USAGE, true, key_usage(DIGITAL_SIGNATURE | CERT_SIGN))),
            good_leaf(),
        ),
        (
            "ca-without-key-usage",
            ca(|it| it.remove(KEY_USAGE)),
            leaf(|it| it.remove(KEY_USAGE)),
        ),
        (
            "ca-without-cert-sign",
            ca(|it| it.set(KEY_USAGE, true, key_usage(CRL_SIGN))),
            ca(|it| it.set(KEY_USAGE, true, key_usage(CERT_SIGN))),
        ),
        (
            "key-usage-empty",
            leaf(|it| it.set(KEY_USAGE, true, vec![3, 2, 7, 0])),
            good_leaf(),
        ),
        (
            "key-usage-not-critical",
            leaf(|it| it.set_critical(KEY_USAGE, false)),
            good_leaf(),
        ),
        (
            "extended-key-usage-empty",
            leaf(|it| it.set(EXTENDED_KEY_USAGE, false, usages(&[]))),
            leaf(|it| it.set(EXTENDED_KEY_USAGE, false, usages(&[UNKNOWN, SERVER_AUTH]))),
        ),
        (
            "extended-key-usage-any-critical",
            leaf(|it| it.set(EXTENDED_KEY_USAGE, true, usages(&[ANY_USAGE, SERVER_AUTH]))),
            leaf(|it| it.set(EXTENDED_KEY_USAGE, true, usages(&[SERVER_AUTH]))),
        ),
        (
            "extended-key-usage-critical",
            leaf(|it| it.set(EXTENDED_KEY_USAGE, true, usages(&[SERVER_AUTH]))),
            leaf(|it| {
                it.set(
                    EXTENDED_KEY_USAGE,
                    true,
                    usages(&["1.3.6.1.5.5.7.3.8", SERVER_AUTH]),
                )
            }),
        ),
        (
            "authority-key-id-missing",
            leaf(|it| it.remove(AUTHORITY_KEY_ID)),
            root(|it| it.remove(AUTHORITY_KEY_ID)),
        ),
        (
            "authority-key-id-empty",
            leaf(|it| it.set(AUTHORITY_KEY_ID, false, sequence(&[]))),
            good_leaf(),
        ),
        (
            "authority-key-id-half",
            leaf(|it| {
                let half = sequence(&[context(0, &[1; 20]), context(2, &[5])]);
                it.set(AUTHORITY_KEY_ID, false, half);
            }),
            leaf(|it| {
                let directory = constructed(0xa4, &[name("root")]);
                let issuer = constructed(0xa1, &[directory]);
                let whole = sequence(&[context(0, &[1; 20]), issuer, context(2, &[5])]);
                it.set(AUTHORITY_KEY_ID, false, whole);
            }),
        ),
        (
            "authority-key-id-critical",
            leaf(|it| it.set_critical(AUTHORITY_KEY_ID, true)),
            good_leaf(),
        ),
        (
            "subject-key-id-missing-in-ca",
            ca(|it| it.remove(SUBJECT_KEY_ID)),
            leaf(|it| it.remove(SUBJECT_KEY_ID)),
        ),
        (
            "subject-key-id-missing",
            leaf(|it| it.remove(SUBJECT_KEY_ID)),
            good_leaf(),
        ),
        (
            "subject-key-id-critical",
            leaf(|it| it.set_critical(SUBJECT_KEY_ID, true)),
            good_leaf(),
        ),
        (
            "subject-key-id-method",
            leaf(|it| it.set(SUBJECT_KEY_ID, false, octets(&[1; 20]))),
            good_leaf(),
        ),
    ]
}

fn names() -> Vec<Case> {
    let long = "x".repeat(65);
    let just = "x".repeat(64);
    vec![
        ("issuer-empty", leaf(|it| it.issuer = name("")), good_leaf()),
        (
            "ca-subject-empty",
            ca(|it| it.subject = name("")),
            leaf(|it| {
                it.subject = name("");
                it.set_critical(ALT_NAME, true);
            }),
        ),
        (
            "attribute-too-long",
            leaf(|it| it.subject = name(&long)),
            leaf(|it| it.subject = name(&just)),
        ),
        (
            "attribute-string-type",
            leaf(|it| it.subject = name_of("2.5.4.3", tlv(0x14, b"old"))),
            leaf(|it| it.subject = name_of("2.5.4.3", tlv(0x13, b"new"))),
        ),
        (
            "alt-name-empty",
            leaf(|it| it.set(ALT_NAME, false, sequence(&[]))),
            good_leaf(),
        ),
        (
            "alt-name-missing",
            leaf(|it| {
                it.subject = name("");
                it.remove(ALT_NAME);
            }),
            leaf(|it| {
                it.subject = name("");
                it.set_critical(ALT_NAME, true);
            }),
        ),
        (
            "alt-name-not-critical",
            leaf(|it| it.subject = name("")),
            leaf(|it| {
                it.subject = name("");
                it.set_critical(ALT_NAME, true);
            }),
        ),
        (
            "alt-name-critical",
            leaf(|it| it.set_critical(ALT_NAME, true)),
            good_leaf(),
        ),
        (
            "dns-name-malformed",
            alt_name(context(2, b"a..test")),
            alt_name(context(2, b"*.a_b.test")),
        ),
        (
            "ip-address-malformed",
            alt_name(context(7, &[10, 0, 0])),
            alt_name(context(7, &[10, 0, 0, 1])),
        ),
        (
            "email-malformed",
            alt_name(context(1, b"a.test")),
            alt_name(context(1, b"me@a.test")),
        ),
        (
            "uri-malformed",
            alt_name(context(6, b"a.test/x")),
            alt_name(context(6, b"spiffe://a.test/x")),
        ),
        (
            "general-name-malformed",
            alt_name(context(2, &[0xff, 0xfe])),
            alt_name(context(2, b"b.test")),
        ),
        (
            "name-constraints-outside-ca",
            leaf(|it| it.set(NAME_CONSTRAINTS, true, below_test())),
            constraints(below_test()),
        ),
        (
            "name-constraints-not-critical",
            ca(|it| it.set(NAME_CONSTRAINTS, false, below_test())),
            constraints(below_test()),
        ),
        (
            "name-constraints-empty",
            constraints(sequence(&[])),
            constraints(below_test()),
        ),
        (
            "name-constraints-unprocessed",
            constraints(subtrees(1, &[context(1, b"a.test")])),
            constraints(subtrees(1, &[context(7, &[10, 0, 0, 0, 255, 0, 0, 0])])),
        ),
    ]
}

fn keys() -> Vec<Case> {
    let p192 = oid("1.2.840.10045.3.1.1");
    vec![
        (
            "rsa-key-short",
            spki(der::rsa(2047, &[1, 0, 1])),
            spki(der::rsa(2048, &[1, 0, 1])),
        ),
        (
            "rsa-exponent",
            spki(der::rsa(2048, &[1])),
            spki(der::rsa(2048, &[3])),
        ),
        (
            "dsa-key",
            spki(der::other_key("1.2.840.10040.4.1", &integer(&[5]))),
            good_leaf(),
        ),
        (
            "ec-curve-weak",
            spki(der::ec(p192, 24)),
            spki(der::ec(oid(der::P256), 32)),
        ),
        (
            "ec-parameters-explicit",
            spki(der::ec(sequence(&[integer(&[1])]), 32)),
            spki(der::ec(oid(der::P256), 32)),
        ),
    ]
}

fn crls() -> Vec<Case> {
    let distribution_point = || {
        let names = constructed(0xa0, &[context(6, b"http://a.test/ca.crl")]);
        sequence(&[constructed(0xa0, &[names])])
    };
    vec![
        (
            "crl-version",
            crl(|it, _| it.version = None),
            crl(|_, _| {}),
        ),
        (
            "crl-issuer-empty",
            crl(|it, _| it.issuer = name("")),
            crl(|_, _| {}),
        ),
        (
            "crl-time-form",
            crl(|it, _| it.next_update = generalized_time("20491231235959Z")),
            crl(|it, _| it.next_update = generalized_time("20500101000000Z")),
        ),
        (
            "crl-next-update-missing",
            crl(|it, _| it.next_update = Vec::new()),
            crl(|_, _| {}),
        ),
        (
            "crl-next-update-reversed",
            crl(|it, _| it.next_update = utc_time("270101000000Z")),
            crl(|it, _| it.next_update = utc_time("270101000001Z")),
        ),
        (
            "crl-revoked-empty",
            revoked(vec![]),
            revoked(vec![entry(&[5], None)]),
        ),
        (
            "crl-number-missing",
            crl(|it, _| it.remove(CRL_NUMBER)),
            crl(|_, _| {}),
        ),
        (
            "crl-number-too-long",
            crl(|it, _| it.set(CRL_NUMBER, false, integer(&[1; 21]))),
            crl(|it, _| it.set(CRL_NUMBER, false, integer(&[1; 20]))),
        ),
        (
            "crl-number-critical",
            crl(|it, _| it.set(CRL_NUMBER, true, integer(&[1]))),
            crl(|_, _| {}),
        ),
        (
            "crl-authority-key-id-missing",
            crl(|it, _| it.set(AUTHORITY_KEY_ID, false, sequence(&[]))),
            crl(|_, _| {}),
        ),
        (
            "crl-distribution-point-not-critical",
            crl(|it, _| it.set(DISTRIBUTION_POINT, false, distribution_point())),
            crl(|it, _| it.set(DISTRIBUTION_POINT, true, distribution_point())),
        ),
        (
            "crl-extension-repeated",
            crl(|it, _| it.extensions.push(it.extensions[0].clone())),
            crl(|_, _| {}),
        ),
        (
            "crl-extension-malformed",
            revoked(vec![entry_with(
                &[5],
                &[Extension::new(REASON, false, vec![2, 1])],
            )]),
            revoked(vec![entry(&[5], Some(1))]),
        ),
        (
            "crl-extension-unknown-critical",
            revoked(vec![entry_with(
                &[5],
                &[Extension::new(UNKNOWN, true, vec![5, 0])],
            )]),
            revoked(vec![entry_with(
                &[5],
                &[Extension::new(UNKNOWN, false, vec![5, 0])],
            )]),
        ),
        (
            "crl-serial-repeated",
            revoked(vec![
                entry(&[5], None),
                entry(&[6], None),
                entry(&[5], None),
            ]),
            revoked(vec![entry(&[5], None), entry(&[6], None)]),
        ),
        (
            "crl-reason-unknown",
            revoked(vec![entry(&[5], Some(7))]),
            revoked(vec![entry(&[5], Some(9))]),
        ),
        (
            "crl-reason-remove",
            revoked(vec![entry(&[5], Some(8))]),
            crl(|it, _| {
                it.set(DELTA, true, integer(&[6]));
                it.revoked = Some(vec![entry(&[5], Some(8))]);
            }),
        ),
        (
            "crl-reason-unspecified",
            revoked(vec![entry(&[5], Some(0))]),
            revoked(vec![entry(&[5], None)]),
        ),
        (
            "crl-signature-algorithm-mismatch",
            crl(|it, _| it.inner_algorithm = algorithm(SHA256_RSA)),
            crl(|_, _| {}),
        ),
        (
            "crl-signature-weak",
            crl(|it, _| {
                it.inner_algorithm = algorithm(SHA1_RSA);
                it.outer_algorithm = algorithm(SHA1_RSA);
            }),
            crl(|_, _| {}),
        ),
    ]
}

fn requests() -> Vec<Case> {
    let password = || attribute("1.2.840.113549.1.9.7", utf8("secret"));
    let company = || attribute("1.2.840.113549.1.9.2", utf8("me"));
    vec![
        (
            "request-version",
            request(|it| it.version = 2),
            request(|it| it.version = 0),
        ),
        (
            "request-without-name",
            request(|it| {
                it.subject = name("");
                it.extensions.clear();
            }),
            request(|it| it.subject = name("")),
        ),
        (
            "request-attribute-too-long",
            request(|it| it.subject = name_of("2.5.4.6", utf8("DEU"))),
            request(|it| it.subject = name_of("2.5.4.6", utf8("DE"))),
        ),
        (
            "request-key-weak",
            request(|it| it.spki = der::rsa(1024, &[1, 0, 1])),
            request(|it| it.spki = der::rsa(3072, &[1, 0, 1])),
        ),
        (
            "request-signature-weak",
            request(|it| it.algorithm = algorithm(SHA1_RSA)),
            request(|it| it.algorithm = algorithm(SHA256_RSA)),
        ),
        (
            "request-attribute-repeated",
            request(|it| it.attributes = vec![company(), company()]),
            request(|it| it.attributes = vec![company()]),
        ),
        (
            "request-extension-repeated",
            request(|it| it.extensions.push(it.extensions[0].clone())),
            request(|_| {}),
        ),
        (
            "request-extension-malformed",
            request(|it| {
                it.extensions
                    .push(Extension::new(KEY_USAGE, true, vec![3, 5]))
            }),
            request(|it| {
                it.extensions.push(Extension::new(
                    KEY_USAGE,
                    true,
                    key_usage(DIGITAL_SIGNATURE),
                ))
            }),
        ),
        (
            "request-challenge-password",
            request(|it| it.attributes = vec![password()]),
            request(|_| {}),
        ),
    ]
}

fn browsers() -> Vec<Case> {
    let until = |date: &'static str| leaf(move |it| it.not_after = utc_time(date));
    let with_key = |spki: Vec<u8>| leaf(move |it| it.spki = spki);
    vec![
        // From the first of January 2027: 825 days end with the 4th of April 2029, 398 with the 2nd of February 2028.
        (
            "browser-lifetime",
            until("290405000000Z"),
            until("290404235959Z"),
        ),
        (
            "browser-lifetime-public",
            until("280203000000Z"),
            until("280202235959Z"),
        ),
        (
            "browser-key-ed25519",
            with_key(der::other_key(ED25519, &[9; 32])),
            good_leaf(),
        ),
        (
            "browser-key-p521",
            with_key(der::ec(oid("1.3.132.0.35"), 66)),
            with_key(der::ec(oid("1.3.132.0.34"), 48)),
        ),
        (
            "browser-without-name",
            leaf(|it| it.set(ALT_NAME, false, sequence(&[context(1, b"me@a.test")]))),
            leaf(|it| it.set(ALT_NAME, false, sequence(&[context(7, &[127, 0, 0, 1])]))),
        ),
        (
            "browser-without-server-auth",
            leaf(|it| it.set(EXTENDED_KEY_USAGE, false, usages(&[CLIENT_AUTH]))),
            leaf(|it| {
                it.set(
                    EXTENDED_KEY_USAGE,
                    false,
                    usages(&[CLIENT_AUTH, SERVER_AUTH]),
                )
            }),
        ),
        (
            "browser-rsa-without-encipherment",
            with_key(der::rsa(2048, &[1, 0, 1])),
            spki(der::rsa(2048, &[1, 0, 1])),
        ),
    ]
}

/// A bit string with nothing in it, where a key is wanted: no rule takes it for one.
#[test]
fn a_key_that_is_no_key_is_no_panic() {
    let findings = spki(sequence(&[algorithm(der::RSA), bits(&[])])).findings();
    assert!(
        findings
            .iter()
            .all(|finding| finding.rule != "rsa-exponent")
    );
    let _ = good_ca().findings();
}
