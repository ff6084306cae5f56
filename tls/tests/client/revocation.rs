//! CRLs on the client.

use rcgen::SerialNumber;
use time::Duration;
use wharf_tls::{ClientTlsOptions, CrlDepth, CrlPolicy, CrlVerdict, Roots};

use crate::authority::{Authority, Issued, crl, now};
use crate::peers::{check, client, meet, refusal, server, trusting};

/// As DER.
type Crls = Vec<Vec<u8>>;

fn with_crls(root: &Authority, crls: Crls, crl_policy: CrlPolicy) -> ClientTlsOptions {
    let crls = crls.iter().map(|der| crl(der)).collect();
    let trust = root
        .trust()
        .with_crls(crls)
        .unwrap()
        .with_crl_policy(crl_policy);
    ClientTlsOptions {
        roots: Roots::Own(trust),
        ..ClientTlsOptions::default()
    }
}

fn strict(root: &Authority, crls: Crls) -> ClientTlsOptions {
    with_crls(root, crls, CrlPolicy::default())
}

fn numbered(ca: &Authority, serial: u64) -> Issued {
    ca.leaf_with(|params| params.serial_number = Some(SerialNumber::from(serial)))
}

async fn accepts(options: &ClientTlsOptions, leaf: &Issued) {
    let (connected, _) = meet(&client(options), "localhost", &server(leaf)).await;
    connected.unwrap_or_else(|error| panic!("{error}"));
}

#[tokio::test]
async fn a_revoked_certificate_is_refused_and_another_not() {
    let root = Authority::root("root");
    let options = strict(&root, vec![root.crl(1, &[7])]);
    accepts(&options, &numbered(&root, 8)).await;
    let error = refusal(&options, &numbered(&root, 7)).await;
    assert!(error.is_revoked() && !error.is_untrusted());
    check(
        &error,
        "the server's certificate \"CN=leaf\" was revoked by \"CN=root\" on 2026-03-01 00:00:00 UTC, serial number 07",
        "its key may be in other hands: it needs a new key and a new certificate",
    );
}

#[tokio::test]
async fn a_revoked_intermediate_is_told_from_the_end_entity() {
    let root = Authority::root("root");
    let issuing = root.intermediate_with("issuing CA", |params| {
        params.serial_number = Some(SerialNumber::from(9));
    });
    let options = strict(&root, vec![root.crl(1, &[9]), issuing.crl(1, &[])]);
    let error = refusal(&options, &issuing.leaf()).await;
    assert!(error.is_revoked());
    assert_eq!(
        error.to_string(),
        "the CA certificate \"CN=issuing CA\" above the server's certificate \"CN=leaf\" was revoked by \"CN=root\" on \
         2026-03-01 00:00:00 UTC, serial number 09"
    );
}

#[tokio::test]
async fn a_status_that_nobody_knows_is_refused_unless_that_is_allowed() {
    let root = Authority::root("root");
    let issuing = root.intermediate("issuing CA");
    let chain = issuing.leaf();
    let crls = vec![issuing.crl(1, &[])];
    check(
        &refusal(&strict(&root, crls.clone()), &chain).await,
        r#"whether the server's certificate "CN=leaf" is revoked cannot be told: there is no CRL of "CN=root""#,
        "load the CRL of every issuer in the path, or let the policy check the end entity only",
    );
    for policy in [
        CrlPolicy {
            unknown: CrlVerdict::Accept,
            ..CrlPolicy::default()
        },
        CrlPolicy {
            depth: CrlDepth::EndEntity,
            ..CrlPolicy::default()
        },
    ] {
        accepts(&with_crls(&root, crls.clone(), policy), &chain).await;
    }
}

#[tokio::test]
async fn an_expired_crl_is_no_proof_unless_that_is_allowed() {
    let root = Authority::root("root");
    let crls = vec![root.crl_until(1, &[7], now() - Duration::days(4))];
    let error = refusal(&strict(&root, crls.clone()), &root.leaf()).await;
    assert!(!error.is_expired(), "the certificate is valid");
    let text = error.to_string();
    assert!(
        text.starts_with(
            r#"the CRL of "CN=root" for the server's certificate "CN=leaf" expired 4 days ago, on "#
        ),
        "{text}"
    );
    assert!(
        error
            .hint()
            .unwrap()
            .starts_with("load the present CRL of that CA; ")
    );
    let policy = CrlPolicy {
        expired: CrlVerdict::Accept,
        ..CrlPolicy::default()
    };
    accepts(&with_crls(&root, crls.clone(), policy), &root.leaf()).await;
    assert!(
        refusal(&with_crls(&root, crls, policy), &numbered(&root, 7))
            .await
            .is_revoked()
    );
}

#[test]
fn crls_beside_a_trust_of_its_own_are_refused_rather_than_ignored() {
    let root = Authority::root("root");
    let options = ClientTlsOptions {
        crls: vec![root.crl(1, &[7]).into()],
        ..trusting(&root)
    };
    let error = wharf_tls::ClientTls::new(&options).unwrap_err();
    check(
        &error,
        "CRLs for roots of one's own belong into their Trust",
        "",
    );
    let mozilla = ClientTlsOptions {
        roots: Roots::Mozilla,
        ..options
    };
    client(&mozilla);
}
