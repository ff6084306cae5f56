//! Trust anchors and CRLs are checked when they are loaded, and mean what they say in a handshake.

use std::sync::Arc;
use std::time::SystemTime;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls_pki_types::{CertificateDer, ServerName};
use time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio_rustls::TlsConnector;
use wharf_tls::{
    ANCHORS_MAX, CRLS_MAX, ClientAuth, Crl, CrlDepth, CrlPolicy, CrlVerdict, Expiring, ServerTls,
    ServerTlsOptions, Trust, TrustFinding,
};

#[expect(dead_code, reason = "each test file uses its part of it")]
mod authority;

use authority::{Authority, Issued, crl, now};

fn trust(anchors: &[&Authority]) -> Trust {
    Trust::from_der(anchors.iter().map(|ca| ca.der()).collect()).unwrap()
}

fn refusal(pem: &str) -> String {
    Trust::from_pem(pem.as_bytes()).unwrap_err().to_string()
}

#[test]
fn several_anchors_may_stand_in_a_file_and_each_counts_once() {
    let (one, two) = (Authority::root("one"), Authority::root("two"));
    let loaded = Trust::from_pem((one.pem() + "\ntext\n" + &two.pem() + &one.pem()).as_bytes());
    let loaded = loaded.unwrap();
    assert_eq!(loaded.expiries().len(), 2);
    assert_eq!(
        loaded.id(),
        trust(&[&two, &one]).id(),
        "the order does not matter"
    );
    assert_ne!(loaded.id(), trust(&[&one]).id());
}

#[test]
fn what_is_no_trust_anchor_is_refused_by_name() {
    let ca = Authority::root("ca");
    let leaf = Trust::from_der(vec![ca.client("client").chain[0].clone()]).unwrap_err();
    let text = leaf.to_string();
    assert!(
        text.contains("is not a CA: its basicConstraints do not say so"),
        "{text}"
    );
    assert!(leaf.hint().unwrap().contains("the CA that issues"));

    let unable = Authority::root_with("unable", |params| {
        params.key_usages = vec![KeyUsagePurpose::CrlSign];
    });
    assert_eq!(
        refusal(&(ca.pem() + &unable.pem())),
        "trust anchor 2, CN=unable, is not a CA: its keyUsage lacks keyCertSign"
    );

    assert_eq!(refusal(""), "there is no trust anchor");
    assert_eq!(
        refusal(&KeyPair::generate().unwrap().serialize_pem()),
        "there is no trust anchor"
    );
    let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_eq!(refusal(garbage), "trust anchor 1 is not a certificate");
    let no_base64 = "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n";
    assert_eq!(refusal(no_base64), "cannot read the trust anchors as PEM");
    let mut longer = ca.der().to_vec();
    longer.push(0);
    assert_eq!(
        Trust::from_der(vec![longer.into()])
            .unwrap_err()
            .to_string(),
        "trust anchor 1 is not a certificate"
    );
}

#[test]
fn a_certificate_cut_anywhere_is_refused() {
    let der = Authority::root("ca").der();
    for end in 0..der.len() {
        let cut = CertificateDer::from(der[..end].to_vec());
        Trust::from_der(vec![cut]).unwrap_err();
    }
    Trust::from_der(vec![der]).unwrap();
}

#[test]
fn names_of_anchors_are_shown_escaped_and_cut() {
    let name = "line\nfeed ".to_owned() + &"x".repeat(1000);
    let shown = trust(&[&Authority::root(&name)]).expiries().remove(0);
    assert_eq!(shown.what, Expiring::TrustAnchor);
    let subject = shown.name;
    assert!(subject.starts_with("CN=line\\nfeed xxx"), "{subject}");
    assert_eq!(subject.chars().count(), 257);
}

#[test]
fn a_crl_is_read_as_der_and_as_pem() {
    let ca = Authority::root("ca");
    let der = ca.crl(20, &[7]);
    let read = crl(&der);
    assert_eq!((read.issuer(), read.number()), ("CN=ca", Some("20")));
    assert!(read.next_update() > SystemTime::now() && read.this_update() < SystemTime::now());
    let text = |der: &[u8]| {
        let base64 = data_encoding::BASE64.encode(der);
        format!("-----BEGIN X509 CRL-----\n{base64}\n-----END X509 CRL-----\n")
    };
    let both = Crl::read((text(&der) + &text(&ca.crl(21, &[]))).as_bytes()).unwrap();
    assert_eq!(both[0], read);
    assert_eq!(both[1].number(), Some("21"));

    let refusal = |file: &[u8]| Crl::read(file).unwrap_err().to_string();
    assert_eq!(refusal(b""), "there is no CRL in what was given as one");
    assert_eq!(
        refusal(ca.pem().as_bytes()),
        "there is no CRL in what was given as one"
    );
    assert_eq!(refusal(&ca.der()), "CRL 1 is not readable");
    let second = text(&der) + &text(&ca.der());
    assert_eq!(refusal(second.as_bytes()), "CRL 2 is not readable");
}

#[test]
fn a_crl_cut_or_changed_anywhere_is_refused_or_not_believed() {
    let ca = Authority::root("ca");
    let der = ca.crl(1, &[7]);
    let trust = trust(&[&ca]);
    for at in 0..der.len() {
        Crl::read(&der[..at]).unwrap_err();
        let mut changed = der.clone();
        changed[at] ^= 1;
        let Ok(read) = Crl::read(&changed) else {
            continue;
        };
        // Under another name it is taken for the CRL of an intermediate, which verification checks.
        if let Ok(trust) = trust.with_crls(read) {
            let found = &trust.findings(SystemTime::now())[0];
            let elsewhere = matches!(found, TrustFinding::CrlOfNoAnchor { .. });
            assert!(elsewhere, "octet {at}: {found}");
        }
    }
    trust.with_crls(vec![crl(&der)]).unwrap();
}

#[test]
fn a_crl_by_another_key_of_the_same_name_is_refused() {
    let (ca, impostor) = (Authority::root("ca"), Authority::root("ca"));
    let error = trust(&[&ca])
        .with_crls(vec![crl(&impostor.crl(1, &[]))])
        .unwrap_err();
    let expected = "the CRL of CN=ca is not signed by the trust anchor of that name";
    assert_eq!(error.to_string(), expected);
    // A CA that has changed its key is there twice, and either key may sign.
    let both = trust(&[&ca, &impostor]);
    both.with_crls(vec![crl(&impostor.crl(1, &[]))]).unwrap();
}

#[test]
fn everything_that_decides_is_in_the_id() {
    let ca = Authority::root("ca");
    let plain = trust(&[&ca]);
    let (one, two) = (crl(&ca.crl(1, &[])), crl(&ca.crl(2, &[7])));
    let strict = CrlPolicy::default();
    let mut ids = vec![
        ClientAuth::Off.id(),
        ClientAuth::Required(plain.clone()).id(),
        ClientAuth::Optional(plain.clone()).id(),
    ];
    let mut trusts = vec![
        plain.clone(),
        plain.with_crls(vec![one]).unwrap(),
        plain.with_crls(vec![two]).unwrap(),
    ];
    for crl_policy in [
        CrlPolicy {
            depth: CrlDepth::EndEntity,
            ..strict
        },
        CrlPolicy {
            unknown: CrlVerdict::Accept,
            ..strict
        },
        CrlPolicy {
            expired: CrlVerdict::Accept,
            ..strict
        },
    ] {
        trusts.push(plain.with_crl_policy(crl_policy));
    }
    ids.extend(trusts.iter().map(Trust::id));
    for (index, id) in ids.iter().enumerate() {
        assert!(!ids[..index].contains(id), "{index}");
    }
    let back = trusts[1].with_crls(Vec::new()).unwrap();
    assert_eq!(back.id(), plain.id());
}

#[test]
fn of_several_crls_of_an_issuer_the_newest_counts() {
    let ca = Authority::root("ca");
    // 9 is less than 10, and less than 256, which is longer by an octet.
    let crls: Vec<Crl> = [9, 256, 10, 256]
        .iter()
        .map(|number| crl(&ca.crl(*number, &[])))
        .collect();
    let same = crls[1].clone();
    let trust = trust(&[&ca]).with_crls(vec![crls[0].clone(), same.clone(), crls[2].clone(), same]);
    let trust = trust.unwrap();
    assert_eq!(trust.crls().len(), 1);
    assert_eq!(trust.crls()[0].number(), Some("256"));
    let said: Vec<String> = trust
        .findings(SystemTime::now())
        .iter()
        .map(ToString::to_string)
        .collect();
    let not_used = |n| format!("the CRL of CN=ca, number {n}, is not used: there is a newer one");
    assert_eq!(said, [not_used(9), not_used(10)]);
}

#[test]
fn what_expires_is_told_and_found() {
    let past = now() - Duration::hours(1);
    let old = Authority::root_with("old", |params| params.not_after = past);
    let young = Authority::root_with("young", |params| {
        params.not_before = now() + Duration::hours(1);
    });
    let stranger = Authority::root("stranger");
    let trust = trust(&[&old, &young])
        .with_crls(vec![
            crl(&young.crl_until(1, &[], past)),
            crl(&stranger.crl(1, &[])),
        ])
        .unwrap();
    assert_eq!(trust.expiries().len(), 4);
    let today = SystemTime::now();
    let passed = trust
        .expiries()
        .iter()
        .filter(|expiry| expiry.until < today)
        .count();
    assert_eq!(passed, 2);
    let said: Vec<String> = trust
        .findings(today)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        said,
        [
            "the trust anchor CN=old has expired and is still believed",
            "the trust anchor CN=young is believed before it is valid",
            "the CRL of CN=young has expired",
            "the issuer of the CRL of CN=stranger is no trust anchor",
        ]
    );
    let earlier = (now() - Duration::hours(2)).into();
    let before = trust.findings(earlier);
    assert!(
        !before
            .iter()
            .any(|found| matches!(found, TrustFinding::AnchorExpired { .. }))
    );
}

/// `number` CAs that share a key, since making keys takes long.
fn many(number: usize, name: &str) -> Vec<CertificateDer<'static>> {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (0..number)
        .map(|i| {
            params
                .distinguished_name
                .push(DnType::CommonName, format!("{name} {i}"));
            params.self_signed(&key).unwrap().der().clone()
        })
        .collect()
}

#[test]
fn there_is_a_most_of_each() {
    let mut anchors = many(ANCHORS_MAX + 1, "ca");
    let error = Trust::from_der(anchors.clone()).unwrap_err();
    assert_eq!(error.to_string(), "there are more than 1024 trust anchors");
    anchors.pop();
    let trust = Trust::from_der(anchors).unwrap();
    let list = crl(&Authority::root("ca").crl(1, &[]));
    let error = trust
        .with_crls(vec![list.clone(); CRLS_MAX + 1])
        .unwrap_err();
    assert_eq!(error.to_string(), "there are more than 256 CRLs");
    trust.with_crls(vec![list; CRLS_MAX]).unwrap();
    let mut large = vec![0; wharf_tls::CRL_BYTES_MAX + 1];
    large[0] = 0x30;
    let error = Crl::read(&large).unwrap_err();
    assert_eq!(error.to_string(), "a CRL is larger than 16777216 bytes");
}

/// Whether a server with this client authentication serves `client`, over both versions.
async fn is_served(client_auth: &ClientAuth, client: Option<&Issued>) -> bool {
    let servers = Authority::root("servers");
    let options = ServerTlsOptions {
        client_auth: client_auth.clone(),
        ..ServerTlsOptions::default()
    };
    let server = ServerTls::new(servers.leaf().identity(), &options).unwrap();
    let mut served = Vec::new();
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let config = servers.client_config(client, &[version]);
        let connector = TlsConnector::from(Arc::new(config));
        let (near, far) = duplex(256 * 1024);
        let name = ServerName::try_from("localhost").unwrap();
        let serve = async {
            let Ok(mut stream) = server.accept(far).await else {
                return false;
            };
            stream.write_all(b"x").await.unwrap();
            stream.shutdown().await.unwrap();
            true
        };
        let connect = async {
            if let Ok(mut stream) = connector.connect(name, near).await {
                let _ = stream.read_u8().await;
            }
        };
        served.push(tokio::join!(serve, connect).0);
    }
    assert_eq!(served[0], served[1]);
    served[0]
}

#[tokio::test]
async fn each_mode_asks_as_it_says() {
    let (ours, theirs) = (Authority::root("ours"), Authority::root("theirs"));
    let (friend, stranger) = (ours.client("client"), theirs.client("client"));
    let trust = trust(&[&ours]);
    for (mode, client, expected) in [
        (ClientAuth::Off, None, true),
        (ClientAuth::Off, Some(&stranger), true),
        (ClientAuth::Optional(trust.clone()), None, true),
        (ClientAuth::Optional(trust.clone()), Some(&friend), true),
        (ClientAuth::Optional(trust.clone()), Some(&stranger), false),
        (ClientAuth::Required(trust.clone()), None, false),
        (ClientAuth::Required(trust.clone()), Some(&friend), true),
        (ClientAuth::Required(trust.clone()), Some(&stranger), false),
    ] {
        let with = client.map(|client| client.serial);
        assert_eq!(
            is_served(&mode, client).await,
            expected,
            "{mode:?} {with:?}"
        );
    }
}

#[tokio::test]
async fn crls_are_taken_as_strictly_as_the_policy_says() {
    let root = Authority::root("root");
    let ca = root.intermediate("intermediate");
    let client = ca.client("client");
    let past = now() - Duration::hours(1);
    let strict = CrlPolicy::default();
    let end_entity = CrlPolicy {
        depth: CrlDepth::EndEntity,
        ..strict
    };
    let unknown = CrlPolicy {
        unknown: CrlVerdict::Accept,
        ..strict
    };
    let expired = CrlPolicy {
        expired: CrlVerdict::Accept,
        ..strict
    };
    let fine = || vec![root.crl(1, &[]), ca.crl(1, &[])];
    let half = || vec![ca.crl(1, &[])];
    let old = || vec![root.crl(1, &[]), ca.crl_until(1, &[], past)];
    let revoked = || vec![root.crl(1, &[]), ca.crl(1, &[client.serial])];
    let both = || {
        vec![
            root.crl(1, &[]),
            ca.crl(1, &[client.serial]),
            ca.crl(2, &[]),
        ]
    };
    for (name, crls, policy, expected) in [
        ("no CRLs", Vec::new(), strict, true),
        ("all there", fine(), strict, true),
        ("the client is revoked", revoked(), strict, false),
        (
            "the client is revoked, end entity only",
            revoked(),
            end_entity,
            false,
        ),
        (
            "the newer CRL does not list it any more",
            both(),
            strict,
            true,
        ),
        ("the root's is missing", half(), strict, false),
        (
            "the root's is missing, end entity only",
            half(),
            end_entity,
            true,
        ),
        (
            "the root's is missing, unknown accepted",
            half(),
            unknown,
            true,
        ),
        ("the intermediate's has expired", old(), strict, false),
        (
            "the intermediate's has expired, accepted",
            old(),
            expired,
            true,
        ),
    ] {
        let crls = crls.iter().map(|der| crl(der)).collect();
        let trust = trust(&[&root])
            .with_crl_policy(policy)
            .with_crls(crls)
            .unwrap();
        let served = is_served(&ClientAuth::Required(trust), Some(&client)).await;
        assert_eq!(served, expected, "{name}");
    }
}

#[tokio::test]
async fn an_expired_trust_anchor_is_still_believed() {
    // webpki takes a trust anchor as given. Asserted, so that a change of it is noticed.
    let old = Authority::root_with("old", |params| {
        params.not_after = now() - Duration::hours(1)
    });
    let served = is_served(
        &ClientAuth::Required(trust(&[&old])),
        Some(&old.client("client")),
    )
    .await;
    assert!(served);
}

#[tokio::test]
async fn more_names_than_a_certificate_request_holds_are_left_out() {
    let ca = Authority::root("ca");
    let mut anchors = many(800, &"a long name of a CA ".repeat(6));
    let names: usize = anchors.iter().map(|der| der.len()).sum();
    assert!(names > 65_535);
    anchors.push(ca.der());
    let trust = Trust::from_der(anchors).unwrap();
    assert!(
        is_served(
            &ClientAuth::Required(trust.clone()),
            Some(&ca.client("client"))
        )
        .await
    );
    assert!(!is_served(&ClientAuth::Required(trust), None).await);
}
