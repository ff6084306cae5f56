//! Sessions are resumed where they may be, and nowhere else.

use wharf_tls::{ClientTlsOptions, Sni};

use crate::authority::Authority;
use crate::peers::{TLS12, TLS13, client, exchange, meet, server_with, trusting};

#[tokio::test]
async fn a_session_is_resumed_unless_that_is_turned_off() {
    let root = Authority::root("root");
    for (servers, expected) in [(256, true), (0, false)] {
        for versions in [TLS13, TLS12] {
            let server = server_with(&root.leaf(), versions, None);
            let client = client(&ClientTlsOptions {
                resumed_servers_max: servers,
                ..trusting(&root)
            });
            assert!(!exchange(&client, "localhost", &server).await);
            assert_eq!(
                exchange(&client.clone(), "localhost", &server).await,
                expected
            );
        }
    }
}

#[tokio::test]
async fn a_session_is_not_resumed_after_a_reload_of_trust() {
    let (root, other) = (Authority::root("root"), Authority::root("other"));
    for versions in [TLS13, TLS12] {
        let server = server_with(&root.leaf(), versions, None);
        let client = client(&trusting(&root));
        exchange(&client, "localhost", &server).await;
        client.reload(&trusting(&other)).unwrap();
        let (connected, _) = meet(&client, "localhost", &server).await;
        assert!(connected.unwrap_err().is_untrusted(), "{versions:?}");
        client.reload(&trusting(&root)).unwrap();
        assert!(!exchange(&client, "localhost", &server).await);
    }
}

#[tokio::test]
async fn a_reload_that_fails_leaves_everything_as_it_was() {
    let root = Authority::root("root");
    let server = server_with(&root.leaf(), TLS13, None);
    let client = client(&trusting(&root));
    exchange(&client, "localhost", &server).await;
    let unusable = ClientTlsOptions {
        sni: Sni::Other("not a name".into()),
        ..trusting(&root)
    };
    client.reload(&unusable).unwrap_err();
    assert!(exchange(&client, "localhost", &server).await);
}

#[tokio::test]
async fn a_session_of_one_name_is_not_taken_for_another_behind_the_same_server_name() {
    let root = Authority::root("root");
    for versions in [TLS13, TLS12] {
        let server = server_with(&root.issue(&["a.example"]), versions, None);
        let client = client(&ClientTlsOptions {
            sni: Sni::Other("front.example".into()),
            ..trusting(&root)
        });
        exchange(&client, "a.example", &server).await;
        assert!(!exchange(&client, "a.example", &server).await);
        let (connected, _) = meet(&client, "b.example", &server).await;
        assert!(connected.unwrap_err().is_name_mismatch(), "{versions:?}");
    }
}
