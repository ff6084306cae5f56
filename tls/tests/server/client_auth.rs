//! Who may come in, and what the server learns about them.

use std::time::{Duration, SystemTime};

use wharf_tls::{ClientAuth, Crl, CrlPolicy, CrlVerdict, Resumption, ServerTls, ServerTlsOptions};

use crate::authority::{Authority, Issued, expired};
use crate::visit::Client;

fn server(ca: &Authority, client_auth: ClientAuth) -> ServerTls {
    let options = ServerTlsOptions {
        client_auth,
        ..ServerTlsOptions::default()
    };
    ServerTls::new(ca.leaf().identity(), &options).unwrap()
}

fn read(crl: &str) -> Vec<Crl> {
    Crl::read(crl.as_bytes()).unwrap()
}

#[tokio::test]
async fn off_optional_and_required_differ_in_what_they_ask_for() {
    let (ca, stranger) = (Authority::root("root"), Authority::root("stranger"));
    let good = ca.client("alice");
    let bad = stranger.client("mallory");
    for (client_auth, with, without, with_bad) in [
        (ClientAuth::Off, Some(None), true, true),
        (
            ClientAuth::Optional(ca.trust()),
            Some(Some("alice")),
            true,
            false,
        ),
        (
            ClientAuth::Required(ca.trust()),
            Some(Some("alice")),
            false,
            false,
        ),
    ] {
        let tls = server(&ca, client_auth.clone());
        let info = Client::new(&ca, Some(&good)).visit(&tls).await.info();
        let name = info.peer().map(|peer| {
            let id = peer.spiffe_id().unwrap().to_string();
            id.rsplit('/').next().unwrap().to_owned()
        });
        assert_eq!(Some(name.as_deref()), with, "{client_auth:?}");
        let visit = Client::new(&ca, None).visit(&tls).await;
        assert_eq!(visit.server.is_ok(), without, "{client_auth:?}");
        let visit = Client::new(&ca, Some(&bad)).visit(&tls).await;
        assert_eq!(visit.server.is_ok(), with_bad, "{client_auth:?}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_client_is_said_by_name() {
    let (ca, stranger) = (Authority::root("root"), Authority::root("stranger"));
    let tls = server(&ca, ClientAuth::Required(ca.trust()));
    let refusal =
        async |shows: Option<&Issued>| Client::new(&ca, shows).visit(&tls).await.refusal();
    assert!(refusal(None).await.needs_client_certificate());
    assert!(
        refusal(Some(&stranger.client("mallory")))
            .await
            .is_untrusted()
    );
    let expired = ca.leaf_with(|params| {
        expired(params);
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    });
    assert!(refusal(Some(&expired)).await.is_expired());
    let error = refusal(Some(&stranger.client("mallory"))).await;
    for part in ["CN=mallory", "CN=stranger"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    for error in [refusal(None).await, refusal(Some(&expired)).await] {
        assert!(error.hint().is_some(), "{error}");
    }
}

#[tokio::test]
async fn a_revoked_client_is_refused_and_an_unknown_status_too_unless_told_otherwise() {
    let ca = Authority::root("root");
    let (alice, bob) = (ca.client("alice"), ca.client("bob"));
    let crl = ca.crl_pem(1, &[alice.serial]);
    let trust_with_crl = ca.trust().with_crls(read(&crl)).unwrap();
    let tls = server(&ca, ClientAuth::Required(trust_with_crl));
    let visit = Client::new(&ca, Some(&alice)).visit(&tls).await;
    assert!(visit.refusal().is_revoked());
    Client::new(&ca, Some(&bob)).visit(&tls).await.info();

    // A CRL of somebody else says nothing about bob.
    let foreign = Authority::root("somebody else").crl_pem(1, &[]);
    let unknown = ca.trust().with_crls(read(&foreign)).unwrap();
    let tls = server(&ca, ClientAuth::Required(unknown.clone()));
    Client::new(&ca, Some(&bob)).visit(&tls).await.refusal();
    let lenient = unknown.with_crl_policy(CrlPolicy {
        unknown: CrlVerdict::Accept,
        ..CrlPolicy::default()
    });
    let tls = server(&ca, ClientAuth::Required(lenient));
    Client::new(&ca, Some(&bob)).visit(&tls).await.info();
}

#[tokio::test]
async fn a_client_may_show_a_chain_of_nearly_64_kib_and_no_more() {
    let ca = Authority::root("root");
    let tls = server(&ca, ClientAuth::Required(ca.trust()));
    for (bytes, welcome) in [(60_000, true), (70_000, false)] {
        let visit = Client::with_padding(&ca, ca.client("alice"), bytes)
            .visit(&tls)
            .await;
        assert_eq!(visit.server.is_ok(), welcome, "{bytes}: {:?}", visit.server);
    }
}

#[tokio::test]
async fn a_session_does_not_outlive_the_certificate_that_it_began_with() {
    let ca = Authority::root("root");
    let end = SystemTime::now() + Duration::from_secs(6);
    let brief = ca.leaf_with(|params| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        params.not_after = end.into();
    });
    let mut resuming = Vec::new();
    for resumption in [Resumption::default(), Resumption::sessions()] {
        let options = ServerTlsOptions {
            client_auth: ClientAuth::Required(ca.trust()),
            resumption,
            ..ServerTlsOptions::default()
        };
        let tls = ServerTls::new(ca.leaf().identity(), &options).unwrap();
        let client = Client::new(&ca, Some(&brief));
        client.visit(&tls).await.info();
        assert!(client.visit(&tls).await.info().resumed);
        resuming.push((tls, client));
    }
    // Validity is a matter of the wall clock, so that is what there is to wait for.
    while let Ok(left) = end.duration_since(SystemTime::now()) {
        tokio::time::sleep(left).await;
    }
    for (tls, client) in resuming {
        let error = client.visit(&tls).await.refusal();
        assert!(
            error.to_string().starts_with("the session was begun"),
            "{error}"
        );
        assert!(error.is_expired());
    }
}
