//! The same path with and without a fault: wharf-pki and `openssl verify -x509_strict` are of one opinion.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyUsagePurpose, NameConstraints,
};
use rustls_pki_types::ServerName;
use wharf_interop_tests::peer;
use wharf_pki::crl::{CrlParams, RevokedCertificate, SerialNumber};
use wharf_pki::validity::DAY;
use wharf_pki::verify::{CheckKind, Given, Purpose, VerifyOptions, verify};
use wharf_pki::{Authority, Certificate, Crl, Key, KeyType, RevocationReason};

use crate::{Folder, now};

/// What is changed before it is signed.
struct Chain {
    root: CertificateParams,
    ca: CertificateParams,
    leaf: CertificateParams,
    name: &'static str,
    revoke: Revoke,
    tamper: bool,
}

#[derive(PartialEq)]
enum Revoke {
    NoCrl,
    Nothing,
    Leaf,
}

impl Chain {
    fn new() -> Self {
        let mut leaf = params("leaf");
        leaf.is_ca = IsCa::ExplicitNoCa;
        leaf.subject_alt_names = vec![rcgen::SanType::DnsName("a.test".try_into().unwrap())];
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        Self {
            root: ca("root", BasicConstraints::Constrained(1)),
            ca: ca("CA", BasicConstraints::Constrained(0)),
            leaf,
            name: "a.test",
            revoke: Revoke::NoCrl,
            tamper: false,
        }
    }

    fn sign(self) -> Signed {
        let [root_key, ca_key, leaf_key] = [(); 3].map(|()| Key::generate(KeyType::P256).unwrap());
        let read = |der: &[u8]| Certificate::from_der(der).unwrap();
        let root = read(self.root.self_signed(&root_key).unwrap().der());
        let by_root = Issuer::from_params(&self.root, &root_key);
        let ca = read(self.ca.signed_by(&ca_key, &by_root).unwrap().der());
        let by_ca = Issuer::from_params(&self.ca, &ca_key);
        let mut leaf = self
            .leaf
            .signed_by(&leaf_key, &by_ca)
            .unwrap()
            .der()
            .to_vec();
        if self.tamper {
            *leaf.last_mut().unwrap() ^= 1;
        }
        let leaf = read(&leaf);
        let mut crls = Vec::new();
        if self.revoke != Revoke::NoCrl {
            let revoked = (self.revoke == Revoke::Leaf).then_some(&leaf);
            crls.push(crl(ca.clone(), ca_key, revoked));
            crls.push(crl(root.clone(), root_key, None));
        }
        Signed {
            root,
            ca,
            leaf,
            crls,
            name: self.name,
        }
    }
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = now() - DAY;
    params.not_after = now() + 9 * DAY;
    params.use_authority_key_identifier_extension = true;
    params
}

fn ca(name: &str, constraints: BasicConstraints) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(constraints);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn crl(issuer: Certificate, key: Key, revoked: Option<&Certificate>) -> Crl {
    let entry = |certificate: &Certificate| RevokedCertificate {
        serial: SerialNumber::of(certificate).unwrap(),
        revoked_at: now(),
        reason: Some(RevocationReason::KeyCompromise),
        invalidity_date: None,
    };
    let params = CrlParams {
        number: 1,
        this_update: now(),
        next_update: now() + DAY,
        entries: revoked.map(entry).into_iter().collect(),
        distribution_point: None,
    };
    Authority::new(issuer, key)
        .unwrap()
        .sign_crl(&params)
        .unwrap()
}

struct Signed {
    root: Certificate,
    ca: Certificate,
    leaf: Certificate,
    crls: Vec<Crl>,
    name: &'static str,
}

/// Verified, or refused by this check and, in OpenSSL, with these words.
type Expected = Option<(CheckKind, &'static str)>;

#[track_caller]
fn both(what: &str, signed: &Signed, expected: Expected) {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let given = Given {
        end_entity: &signed.leaf,
        intermediates: std::slice::from_ref(&signed.ca),
        anchors: std::slice::from_ref(&signed.root),
        crls: &signed.crls,
    };
    let purpose = Purpose::Server {
        name: Some(ServerName::try_from(signed.name).unwrap()),
    };
    let report = verify(&given, &purpose, now(), &VerifyOptions::default());

    let folder = Folder::new();
    let root = folder.file("root.crt", signed.root.to_pem());
    let ca = folder.file("ca.crt", signed.ca.to_pem());
    let leaf = folder.file("leaf.crt", signed.leaf.to_pem());
    let crls: String = signed.crls.iter().map(Crl::to_pem).collect();
    let crls = folder.file("all.crl", crls);
    let mut args = vec!["verify", "-x509_strict", "-purpose", "sslserver"];
    args.extend([
        "-verify_hostname",
        signed.name,
        "-CAfile",
        &root,
        "-untrusted",
        &ca,
    ]);
    if !signed.crls.is_empty() {
        args.extend(["-crl_check_all", "-CRLfile", &crls]);
    }
    args.push(&leaf);
    let said = openssl.run(&args);

    match expected {
        None => {
            assert!(report.is_verified(), "{what}: {report}");
            assert!(said.status.success(), "{what}: {said}");
        }
        Some((kind, words)) => {
            for check in &report.checks {
                let failed = !check.failures().is_empty();
                assert_eq!(failed, check.check == kind, "{what}: {report}");
            }
            assert!(!said.status.success(), "{what}: {said}");
            assert!(said.stderr.contains(words), "{what}: {said}");
        }
    }
}

/// A fault, and the nearest that is none.
#[track_caller]
fn twins(
    what: &str,
    kind: CheckKind,
    words: &'static str,
    broken: impl FnOnce(&mut Chain),
    kept: impl FnOnce(&mut Chain),
) {
    let signed = |change: &mut dyn FnMut(&mut Chain)| {
        let mut chain = Chain::new();
        change(&mut chain);
        chain.sign()
    };
    let (mut broken, mut kept) = (Some(broken), Some(kept));
    let broken = signed(&mut |chain| broken.take().unwrap()(chain));
    both(what, &broken, Some((kind, words)));
    let kept = signed(&mut |chain| kept.take().unwrap()(chain));
    both(what, &kept, None);
}

#[test]
fn a_wrong_name() {
    twins(
        "name",
        CheckKind::Name,
        "hostname mismatch",
        |chain| chain.name = "b.test",
        |chain| chain.name = "a.test",
    );
}

#[test]
fn an_expired_certificate() {
    for what in ["leaf", "CA", "root"] {
        let params = |chain: &mut Chain| match what {
            "leaf" => std::mem::take(&mut chain.leaf),
            "CA" => std::mem::take(&mut chain.ca),
            _ => std::mem::take(&mut chain.root),
        };
        let put = |chain: &mut Chain, params| match what {
            "leaf" => chain.leaf = params,
            "CA" => chain.ca = params,
            _ => chain.root = params,
        };
        let until = |end| {
            move |chain: &mut Chain| {
                let mut changed = params(chain);
                changed.not_after = end;
                put(chain, changed);
            }
        };
        twins(
            what,
            CheckKind::Validity,
            "certificate has expired",
            until(now() - std::time::Duration::from_secs(60)),
            until(now() + std::time::Duration::from_secs(600)),
        );
    }
}

#[test]
fn a_wrong_purpose() {
    twins(
        "purpose",
        CheckKind::Purpose,
        "certificate purpose",
        |chain| chain.leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
        |chain| {
            chain
                .leaf
                .extended_key_usages
                .push(ExtendedKeyUsagePurpose::ClientAuth)
        },
    );
}

#[test]
fn a_broken_constraint() {
    let permit = |name: &'static str| {
        move |chain: &mut Chain| {
            chain.ca.name_constraints = Some(NameConstraints {
                permitted_subtrees: vec![GeneralSubtree::DnsName(name.into())],
                excluded_subtrees: Vec::new(),
            });
        }
    };
    let exclude = |name: &'static str| {
        move |chain: &mut Chain| {
            chain.ca.name_constraints = Some(NameConstraints {
                permitted_subtrees: Vec::new(),
                excluded_subtrees: vec![GeneralSubtree::DnsName(name.into())],
            });
        }
    };
    let kind = CheckKind::NameConstraints;
    twins(
        "permitted",
        kind,
        "permitted subtree violation",
        permit("b.test"),
        permit("test"),
    );
    twins(
        "excluded",
        kind,
        "excluded subtree violation",
        exclude("test"),
        exclude("b.test"),
    );
}

#[test]
fn a_path_that_is_too_long() {
    let length = |constraints| move |chain: &mut Chain| chain.root.is_ca = IsCa::Ca(constraints);
    twins(
        "path length",
        CheckKind::PathLength,
        "path length constraint exceeded",
        length(BasicConstraints::Constrained(0)),
        length(BasicConstraints::Unconstrained),
    );
}

#[test]
fn a_revoked_certificate() {
    twins(
        "revocation",
        CheckKind::Revocation,
        "certificate revoked",
        |chain| chain.revoke = Revoke::Leaf,
        |chain| chain.revoke = Revoke::Nothing,
    );
}

#[test]
fn a_tampered_signature() {
    twins(
        "signature",
        CheckKind::Signatures,
        "certificate signature failure",
        |chain| chain.tamper = true,
        |chain| chain.tamper = false,
    );
}

#[test]
fn a_ca_that_may_not_sign() {
    twins(
        "keyCertSign",
        CheckKind::Authorities,
        "invalid CA certificate",
        |chain| {
            chain.ca.key_usages = vec![KeyUsagePurpose::CrlSign];
            chain.ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        },
        |chain| chain.ca.key_usages = vec![KeyUsagePurpose::KeyCertSign],
    );
}
