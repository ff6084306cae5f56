//! Who may come in, and what the server learns about them.

use std::time::{Duration, SystemTime};

use wharf_tls::{
    ClientAuth, Crl, CrlPolicy, CrlVerdict, Resumption, ServerTls, ServerTlsOptions, Trust,
};

use crate::pki::{Ca, Client};

fn server(ca: &Ca, client_auth: ClientAuth) -> ServerTls {
    let options = ServerTlsOptions {
        client_auth,
        ..ServerTlsOptions::default()
    };
    ServerTls::new(ca.server(&["localhost"]).identity(), &options).unwrap()
}

fn trust(ca: &Ca) -> Trust {
    Trust::from_pem(ca.pem.as_bytes()).unwrap()
}

fn read(crl: &str) -> Vec<Crl> {
    Crl::read(crl.as_bytes()).unwrap()
}

#[tokio::test]
async fn off_optional_and_required_differ_in_what_they_ask_for() {
    let (ca, stranger) = (Ca::new("root"), Ca::new("stranger"));
    let good = ca.client("alice");
    let bad = stranger.client("mallory");
    for (client_auth, with, without, with_bad) in [
        (ClientAuth::Off, Some(None), true, true),
        (
            ClientAuth::Optional(trust(&ca)),
            Some(Some("alice")),
            true,
            false,
        ),
        (
            ClientAuth::Required(trust(&ca)),
            Some(Some("alice")),
            false,
            false,
        ),
    ] {
        let tls = server(&ca, client_auth.clone());
        let info = Client::new(&ca, Some(&good)).visit(&tls).await.info();
        let name = info.peer.as_ref().map(|peer| {
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
    let (ca, stranger) = (Ca::new("root"), Ca::new("stranger"));
    let tls = server(&ca, ClientAuth::Required(trust(&ca)));
    let refusal = async |shows: Option<&crate::pki::Issued>| {
        Client::new(&ca, shows).visit(&tls).await.refusal()
    };
    assert!(refusal(None).await.needs_client_certificate());
    assert!(
        refusal(Some(&stranger.client("mallory")))
            .await
            .is_untrusted()
    );
    let expired = ca.issue(&[], &rcgen::PKCS_ECDSA_P256_SHA256, |params| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2020, 4, 1);
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
    let ca = Ca::new("root");
    let (alice, bob) = (ca.client("alice"), ca.client("bob"));
    let crl = ca.crl(1, &[alice.serial]);
    let trust_with_crl = trust(&ca).with_crls(read(&crl)).unwrap();
    let tls = server(&ca, ClientAuth::Required(trust_with_crl));
    let visit = Client::new(&ca, Some(&alice)).visit(&tls).await;
    assert!(visit.refusal().is_revoked());
    Client::new(&ca, Some(&bob)).visit(&tls).await.info();

    // A CRL of somebody else says nothing about bob.
    let foreign = Ca::new("somebody else").crl(1, &[]);
    let unknown = trust(&ca).with_crls(read(&foreign)).unwrap();
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
    let ca = Ca::new("root");
    let tls = server(&ca, ClientAuth::Required(trust(&ca)));
    let leaf = ca.client("alice");
    for (bytes, welcome) in [(60_000, true), (70_000, false)] {
        let visit = Client::with_padding(&ca, &leaf, bytes).visit(&tls).await;
        assert_eq!(visit.server.is_ok(), welcome, "{bytes}: {:?}", visit.server);
    }
}

#[tokio::test]
async fn a_session_does_not_outlive_the_certificate_that_it_began_with() {
    let ca = Ca::new("root");
    let end = SystemTime::now() + Duration::from_secs(6);
    let brief = ca.issue(&[], &rcgen::PKCS_ECDSA_P256_SHA256, |params| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        params.not_after = end.into();
    });
    let mut resuming = Vec::new();
    for resumption in [Resumption::default(), Resumption::sessions()] {
        let options = ServerTlsOptions {
            client_auth: ClientAuth::Required(trust(&ca)),
            resumption,
            ..ServerTlsOptions::default()
        };
        let tls = ServerTls::new(ca.server(&["localhost"]).identity(), &options).unwrap();
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
