//! What a reload changes, and what it leaves.

use wharf_tls::{ClientAuth, Crl, Resumption, ServerTls, ServerTlsOptions, Trust};

use crate::authority::{Authority, expired};
use crate::visit::Client;

fn required(ca: &Authority) -> ClientAuth {
    ClientAuth::Required(ca.trust())
}

/// Both ways to resume: each of the tests here holds for each.
fn resumptions() -> [Resumption; 2] {
    [Resumption::default(), Resumption::sessions()]
}

#[tokio::test]
async fn a_new_identity_is_served_from_the_next_handshake_on_by_every_clone() {
    let ca = Authority::root("root");
    let (old, new) = (ca.leaf(), ca.leaf());
    let tls = ServerTls::new(old.identity(), &ServerTlsOptions::default()).unwrap();
    let clone = tls.with_alpn(&[b"http/1.1"]);
    let client = || Client::new(&ca, None);
    assert_eq!(client().visit(&clone).await.certificate(), old.der());
    let reloaded = tls
        .reload(|settings| settings.identities = new.identity().into())
        .unwrap();
    assert_eq!(reloaded.generation, 2);
    assert!(!reloaded.trust_changed);
    for tls in [&tls, &clone] {
        assert_eq!(client().visit(tls).await.certificate(), new.der());
    }
}

#[tokio::test]
async fn a_new_leaf_keeps_the_sessions() {
    let ca = Authority::root("root");
    let leaf = ca.client("alice");
    for resumption in resumptions() {
        let options = ServerTlsOptions {
            client_auth: required(&ca),
            resumption,
            ..ServerTlsOptions::default()
        };
        let tls = ServerTls::new(ca.leaf().identity(), &options).unwrap();
        let client = Client::new(&ca, Some(&leaf));
        assert!(!client.visit(&tls).await.info().resumed);
        assert!(client.visit(&tls).await.info().resumed);
        let renewed = ca.leaf().identity();
        tls.reload(|settings| settings.identities = renewed.into())
            .unwrap();
        let info = client.visit(&tls).await.info();
        assert!(info.resumed, "a new leaf is no change of trust");
        assert_eq!(info.trust_generation, 1);
        let peer = info.peer().unwrap();
        let id = peer.spiffe_id().unwrap().to_string();
        assert_eq!(id, "spiffe://example.test/alice");
    }
}

#[tokio::test]
async fn a_client_whose_ca_was_removed_cannot_resume() {
    let (ca, other) = (Authority::root("root"), Authority::root("other root"));
    let leaf = ca.client("alice");
    for resumption in resumptions() {
        let options = ServerTlsOptions {
            client_auth: required(&ca),
            resumption,
            ..ServerTlsOptions::default()
        };
        let tls = ServerTls::new(ca.leaf().identity(), &options).unwrap();
        let client = Client::new(&ca, Some(&leaf));
        client.visit(&tls).await.info();
        assert!(client.visit(&tls).await.info().resumed);
        let reloaded = tls
            .reload(|settings| settings.options.client_auth = required(&other))
            .unwrap();
        assert!(reloaded.trust_changed);
        // It offers its ticket, and after that its certificate; neither helps.
        client.visit(&tls).await.refusal();
        let welcome = Client::new(&ca, Some(&other.client("bob")));
        assert_eq!(welcome.visit(&tls).await.info().trust_generation, 2);
    }
}

#[tokio::test]
async fn every_change_of_trust_ends_the_sessions_before_it() {
    let ca = Authority::root("root");
    let second = Authority::root("second root");
    let leaf = ca.client("alice");
    let trust = || ca.trust();
    let with_crl = |revoked: &[u64]| {
        let crl = ca.crl_pem(1, revoked);
        let crls = Crl::read(crl.as_bytes()).unwrap();
        ClientAuth::Required(trust().with_crls(crls).unwrap())
    };
    let both = ca.pem().clone() + &second.pem();
    let rows: [(&str, ClientAuth, bool); 5] = [
        ("a CRL is new", with_crl(&[]), true),
        ("the client is revoked", with_crl(&[leaf.serial]), false),
        (
            "one more root",
            ClientAuth::Required(Trust::from_pem(both.as_bytes()).unwrap()),
            true,
        ),
        (
            "required becomes optional",
            ClientAuth::Optional(trust()),
            true,
        ),
        ("required becomes off", ClientAuth::Off, true),
    ];
    for resumption in resumptions() {
        for (what, changed, welcome) in &rows {
            let options = ServerTlsOptions {
                client_auth: required(&ca),
                resumption: resumption.clone(),
                ..ServerTlsOptions::default()
            };
            let tls = ServerTls::new(ca.leaf().identity(), &options).unwrap();
            let client = Client::new(&ca, Some(&leaf));
            client.visit(&tls).await.info();
            assert!(client.visit(&tls).await.info().resumed, "{what}");
            let changed = changed.clone();
            tls.reload(|settings| settings.options.client_auth = changed)
                .unwrap();
            let visit = client.visit(&tls).await;
            if *welcome {
                assert!(!visit.info().resumed, "{what}");
            } else {
                assert!(visit.refusal().is_revoked(), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn a_refused_reload_changes_nothing_and_says_why() {
    let ca = Authority::root("root");
    let old = ca.leaf();
    let tls = ServerTls::new(old.identity(), &ServerTlsOptions::default()).unwrap();
    let expired = ca.leaf_with(expired);
    let error = tls
        .reload(|settings| {
            settings.identities = expired.identity().into();
            settings.options.client_auth = required(&ca);
        })
        .unwrap_err();
    assert!(error.to_string().contains("2026-03-01"), "{error}");
    assert!(error.hint().is_some());
    let error = tls
        .reload(|settings| settings.options.early_data_bytes_max = 1)
        .unwrap_err();
    let why = "early data needs resumption by sessions, where each can be used once";
    assert_eq!(error.to_string(), why);
    let snapshot = tls.snapshot();
    assert_eq!((snapshot.generation, snapshot.reloads_refused), (1, 2));
    let seen = Client::new(&ca, None).visit(&tls).await.certificate();
    assert_eq!(seen, old.der(), "not even a part of it is in force");
}

#[tokio::test]
async fn two_servers_with_a_handle_in_common_resume_each_others_sessions_under_the_same_trust_only()
{
    let ca = Authority::root("root");
    let leaf = ca.client("alice");
    for resumption in resumptions() {
        let server = |client_auth| {
            let options = ServerTlsOptions {
                client_auth,
                resumption: resumption.clone(),
                ..ServerTlsOptions::default()
            };
            ServerTls::new(ca.leaf().identity(), &options).unwrap()
        };
        let (one, two) = (server(required(&ca)), server(required(&ca)));
        let open = server(ClientAuth::Off);
        let client = Client::new(&ca, Some(&leaf));
        client.visit(&one).await.info();
        assert!(client.visit(&two).await.info().resumed);
        assert!(!client.visit(&open).await.info().resumed);
        // A session with the server that asks nobody must not open the door of one that does.
        let stranger = Client::new(&ca, None);
        stranger.visit(&open).await.info();
        assert!(stranger.visit(&open).await.info().resumed);
        assert!(
            stranger
                .visit(&one)
                .await
                .refusal()
                .needs_client_certificate()
        );
    }
}
