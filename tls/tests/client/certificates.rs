//! Why a server's certificate is refused, and what to do about it.

use rcgen::{ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair, NameConstraints, SanType};
use time::{Duration, OffsetDateTime};
use wharf_tls::AlertDescription;

use crate::authority::{Authority, Issued, expired};
use crate::peers::{check, client, meet, refusal, server, trusting};

#[tokio::test]
async fn a_good_certificate_is_accepted() {
    let root = Authority::root("root");
    let issuing = root.intermediate("issuing CA");
    let chain = issuing.leaf();
    let (connected, accepted) = meet(&client(&trusting(&root)), "localhost", &server(&chain)).await;
    accepted.unwrap();
    let connected = connected.unwrap();
    assert_eq!(connected.info().version_name(), "TLSv1.3");
    assert_eq!(connected.info().server_name.as_deref(), Some("localhost"));
}

#[tokio::test]
async fn the_unknown_issuer_is_named() {
    let known = Authority::root("known root");
    let root = Authority::root("their root");
    let error = refusal(&trusting(&known), &root.leaf()).await;
    assert!(error.is_untrusted());
    assert!(!error.is_io() && !error.is_name_mismatch() && !error.is_expired());
    check(
        &error,
        r#"the issuer "CN=their root" of the server's certificate "CN=leaf" is unknown"#,
        "if it is a root that you trust, add it to the trust anchors; if it is an intermediate, the server has to send it \
         behind its own certificate",
    );
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "invalid peer certificate: UnknownIssuer"
    );
}

#[tokio::test]
async fn an_intermediate_that_is_not_sent_is_missed() {
    let root = Authority::root("root");
    let middle = root.intermediate("middle CA");
    let issuing = middle.intermediate("issuing CA");
    let stranger = Authority::root("stranger");
    let mut chain = issuing.leaf();
    // In place of the middle CA.
    chain.chain[2] = stranger.der();
    let error = refusal(&trusting(&root), &chain).await;
    assert!(error.is_untrusted());
    check(
        &error,
        "the issuer \"CN=middle CA\" of the intermediate \"CN=issuing CA\" above the server's certificate \"CN=leaf\" is \
         unknown",
        "if it is a root that you trust, add it to the trust anchors; if it is an intermediate, the server has to send it \
         behind its own certificate; of what was sent, 1 certificate(s) are not in this path",
    );
}

#[tokio::test]
async fn an_unknown_root_that_is_sent_is_named() {
    let root = Authority::root("their root");
    let mut chain = root.leaf();
    chain.chain.push(root.der());
    check(
        &refusal(&trusting(&Authority::root("known root")), &chain).await,
        r#"the server's certificate "CN=leaf" leads to the root "CN=their root", which is no trust anchor"#,
        "if you trust that root, add it to the trust anchors",
    );
}

#[tokio::test]
async fn a_self_signed_certificate_is_called_so() {
    let error = refusal(&trusting(&Authority::root("root")), &Issued::self_signed()).await;
    assert!(error.is_untrusted());
    check(
        &error,
        r#"the server's certificate "CN=leaf" is self-signed, and no trust anchor"#,
        "have a CA issue it and trust that CA; or, if you know its key, pin it with danger::pin_only",
    );
}

#[tokio::test]
async fn a_root_of_the_same_name_with_another_key_is_noticed() {
    let error = refusal(
        &trusting(&Authority::root("root")),
        &Authority::root("root").leaf(),
    )
    .await;
    assert!(error.is_untrusted());
    check(
        &error,
        r#"a signature on the path of the server's certificate "CN=leaf" is wrong"#,
        "a CA called \"CN=root\" is trusted here, with another key: if it was made anew, trust its new certificate; if not, \
         somebody pretends to be it",
    );
}

#[tokio::test]
async fn the_time_of_expiry_is_told() {
    let root = Authority::root("root");
    let end = rcgen::date_time_ymd(2026, 3, 1);
    let leaf = root.leaf_with(expired);
    let error = refusal(&trusting(&root), &leaf).await;
    assert!(error.is_expired() && !error.is_untrusted());
    let days = (OffsetDateTime::now_utc() - end).whole_days();
    assert_eq!(
        error.to_string(),
        format!(
            "the server's certificate \"CN=leaf\" expired {days} days ago, on 2026-03-01 00:00:00 UTC"
        )
    );
    let hint = error.hint().unwrap();
    let now = hint
        .strip_prefix("the server needs a new one; if it looks valid to others, the clock here is wrong: it says ");
    assert!(now.is_some_and(|now| now.ends_with(" UTC")), "{hint}");
}

#[tokio::test]
async fn an_expired_intermediate_is_told_from_the_end_entity() {
    let root = Authority::root("root");
    let issuing = root.intermediate_with("issuing CA", expired);
    let error = refusal(&trusting(&root), &issuing.leaf()).await;
    assert!(error.is_expired());
    let text = error.to_string();
    assert!(
        text.starts_with("the CA certificate \"CN=issuing CA\" above the server's certificate \"CN=leaf\" expired "),
        "{text}"
    );
}

#[tokio::test]
async fn a_certificate_from_the_future_puts_the_clock_in_doubt() {
    let root = Authority::root("root");
    let start = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap() + Duration::days(3);
    let leaf = root.leaf_with(|params| params.not_before = start + Duration::minutes(5));
    let error = refusal(&trusting(&root), &leaf).await;
    assert!(error.is_not_yet_valid() && !error.is_expired());
    let text = error.to_string();
    assert!(
        text.starts_with(
            r#"the server's certificate "CN=leaf" is not valid yet, and will be in 3 days, on "#
        ),
        "{text}"
    );
    let hint = error.hint().unwrap();
    assert!(
        hint.starts_with("most often a clock is wrong, here or where it was issued: here it is "),
        "{hint}"
    );
}

#[tokio::test]
async fn a_ca_certificate_is_no_end_entity() {
    let root = Authority::root("root");
    let leaf =
        root.leaf_with(|params| params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained));
    check(
        &refusal(&trusting(&root), &leaf).await,
        r#"the server's certificate "CN=leaf" is a CA certificate, and not for an end entity"#,
        "issue a certificate for this name with that CA, and present it instead",
    );
}

#[tokio::test]
async fn a_certificate_for_clients_is_not_for_servers() {
    let root = Authority::root("root");
    let leaf = root
        .leaf_with(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]);
    check(
        &refusal(&trusting(&root), &leaf).await,
        r#"the server's certificate "CN=leaf" is not for a TLS server"#,
        "issue it with serverAuth in its extendedKeyUsage",
    );
}

#[tokio::test]
async fn a_name_outside_of_the_constraints_of_its_ca_is_refused() {
    let root = Authority::root("root");
    let permitted = |subtree| {
        root.intermediate_with("issuing CA", |params| {
            params.name_constraints = Some(NameConstraints {
                permitted_subtrees: vec![subtree],
                excluded_subtrees: Vec::new(),
            });
        })
    };
    let other_name = permitted(GeneralSubtree::DnsName("example.com".into()));
    // OpenSSL, GnuTLS and Go accept this one.
    let mail = permitted(GeneralSubtree::Rfc822Name("example.com".into()));
    let with_mail = mail.leaf_with(|params| {
        let address = "a@example.com".try_into().unwrap();
        params.subject_alt_names.push(SanType::Rfc822Name(address));
    });
    for chain in [other_name.leaf(), with_mail] {
        check(
            &refusal(&trusting(&root), &chain).await,
            r#"the server's certificate "CN=leaf" has a name that its CA may not certify"#,
            "the name constraints of the CA do not permit it; for e-mail addresses, URIs and directory names they permit \
             nothing here, as they are not evaluated",
        );
    }
}

#[tokio::test]
async fn a_server_without_the_key_of_its_certificate_is_refused() {
    let root = Authority::root("root");
    let mut stolen = root.leaf();
    stolen.key = KeyPair::generate().unwrap();
    check(
        &refusal(&trusting(&root), &stolen).await,
        "the server did not prove that it has the private key of its certificate",
        "its certificate and its key do not belong together, or somebody else presents its certificate",
    );
}

#[tokio::test]
async fn the_server_gets_the_alert_that_fits() {
    let root = Authority::root("root");
    let expired = root.leaf_with(expired);
    for (leaf, name, alert) in [
        (
            &Authority::root("other").leaf(),
            "localhost",
            AlertDescription::UnknownCA,
        ),
        (&expired, "localhost", AlertDescription::CertificateExpired),
        (
            &root.leaf(),
            "example.com",
            AlertDescription::BadCertificate,
        ),
    ] {
        let (connected, accepted) = meet(&client(&trusting(&root)), name, &server(leaf)).await;
        connected.unwrap_err();
        let received = accepted.unwrap_err().downcast::<rustls::Error>().unwrap();
        assert_eq!(received, rustls::Error::AlertReceived(alert));
    }
}

#[tokio::test]
async fn foreign_text_in_an_error_is_escaped_and_cut() {
    let root = Authority::root(&format!("\u{1b}[31m{}", "x".repeat(500)));
    let text = refusal(&trusting(&Authority::root("root")), &root.leaf())
        .await
        .to_string();
    assert!(text.contains(r#"the issuer "CN=\u{1b}[31mxxx"#), "{text}");
    assert!(text.len() < 250, "{text}");
}
