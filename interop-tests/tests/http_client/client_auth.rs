//! Servers that ask who the client is, and a client that becomes somebody else.

use std::error::Error;
use std::io;

use http_body_util::BodyExt;
use tempfile::TempDir;
use wharf_interop_tests::peer;
use wharf_interop_tests::tls::content;
use wharf_tls::{Certificate, ClientAuth, ServerTls, ServerTlsOptions};

use crate::harbour::{Far, Fetched};
use crate::identity::Identity;
use crate::ours::{LARGE, Ours, echo};

/// Digits only: nginx writes it in upper case.
fn serial(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    digits.trim_start_matches('0').to_ascii_lowercase()
}

/// The serial number of the client's certificate, as the server has seen it.
fn seen(fetched: &Fetched) -> String {
    serial(fetched.fields["x-serial"].to_str().unwrap())
}

/// A client becomes somebody else, and its server sees who it is at each time.
async fn becomes_another(far: &Far, identity: &Identity) {
    let certified = |name| {
        let client = identity.client(name);
        let certificate = Certificate::parse(&client.chain()[0]).unwrap();
        (client, serial(&certificate.serial_hex()))
    };
    let (alice, alice_serial) = certified("alice.test");
    let (bob, bob_serial) = certified("bob.test");
    assert_ne!(alice_serial, bob_serial);

    identity.tls.set_identity(Some(alice.clone()));
    let first = far.get("/hello").await;
    assert_eq!(seen(&first), alice_serial, "{}", far.name);
    assert_eq!(far.get("/hello").await.port(), first.port(), "{}", far.name);

    // One connection stays idle as Alice's, and another one is in use.
    let held = far.client.send(far.empty("GET", "/large")).await.unwrap();
    let idle = far.get("/hello").await;
    assert_eq!(seen(&idle), alice_serial, "{}", far.name);
    identity.tls.set_identity(Some(bob));
    let second = far.get("/hello").await;
    assert_eq!(seen(&second), bob_serial, "{}", far.name);
    let collected = held.into_body().collect().await.unwrap();
    assert!(collected.to_bytes() == content(LARGE), "{}", far.name);
    for _ in 0..3 {
        let next = far.get("/hello").await;
        assert_eq!(seen(&next), bob_serial, "{}", far.name);
        assert_eq!(next.port(), second.port(), "{}: not kept", far.name);
    }

    identity.tls.set_identity(Some(alice));
    let third = far.get("/hello").await;
    assert_eq!(seen(&third), alice_serial, "{}", far.name);
    let before = [first.port(), idle.port(), second.port()];
    assert!(!before.contains(&third.port()), "{}", far.name);
}

#[tokio::test]
async fn our_server_sees_who_the_client_is_by_now() {
    let identity = Identity::new();
    let options = ServerTlsOptions {
        client_auth: ClientAuth::Required(identity.trust()),
        ..ServerTlsOptions::default()
    };
    let tls = ServerTls::new(identity.server(), &options).unwrap();
    let ours = Ours::start(Some(tls), echo()).await;
    let far = Far::new("ours", ours.port, Some(&identity));
    becomes_another(&far, &identity).await;
    let fetched = far.get("/hello").await;
    assert_eq!(fetched.fields["x-client"], "alice.test");

    let stranger = Identity::new().client("alice.test");
    for who in [None, Some(stranger)] {
        let is_nobody = who.is_none();
        identity.tls.set_identity(who);
        let error = far.try_fetch(far.empty("GET", "/hello")).await.unwrap_err();
        // The handshake is over for us by then: the refusal comes with the first read.
        let read = causes(&error).find_map(|cause| cause.downcast_ref::<io::Error>());
        let refusal = wharf_tls::Error::from_read(read.unwrap()).unwrap();
        assert!(refusal.alert_received().is_some(), "{refusal}");
        assert_eq!(refusal.needs_client_certificate(), is_nobody, "{refusal}");
    }
}

fn causes(error: &wharf_http::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let first = error as &(dyn Error + 'static);
    std::iter::successors(Some(first), |cause| (**cause).source())
}

#[tokio::test]
async fn nginx_sees_who_the_client_is_by_now() {
    let Some(nginx) = peer::nginx() else { return };
    let (identity, root) = (Identity::new(), TempDir::new().unwrap());
    std::fs::write(root.path().join("hello"), "hello").unwrap();
    std::fs::write(root.path().join("large"), content(LARGE)).unwrap();
    let files = nginx.files_for(root.path(), identity.files(), identity.root());
    let far = Far::new("nginx", files.port, Some(&identity));
    becomes_another(&far, &identity).await;

    // It says so itself, over TLS.
    let stranger = Identity::new().client("alice.test");
    for who in [None, Some(stranger)] {
        identity.tls.set_identity(who);
        let fetched = far.get("/hello").await;
        assert_eq!(fetched.status, 400, "{fetched:?}");
    }
}
