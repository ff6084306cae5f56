//! What a server has loaded, and until when it will do.

use std::time::{Duration, SystemTime};

use wharf_tls::{ClientAuth, Crl, Expiring, ServerTls, ServerTlsOptions, Trust};

use crate::authority::Authority;
use crate::visit::Client;

#[tokio::test]
async fn everything_that_expires_is_listed_the_next_first() {
    let ca = Authority::root("the root");
    let crl = ca.crl_pem(1, &[]);
    let trust = Trust::from_pem(ca.pem().as_bytes())
        .unwrap()
        .with_crls(Crl::read(crl.as_bytes()).unwrap())
        .unwrap();
    let options = ServerTlsOptions {
        client_auth: ClientAuth::Optional(trust),
        ..ServerTlsOptions::default()
    };
    let tls = ServerTls::new(ca.leaf().identity(), &options).unwrap();
    let snapshot = tls.snapshot();
    let listed: Vec<_> = snapshot
        .expiries
        .iter()
        .map(|expiry| (expiry.what, expiry.name.as_str()))
        .collect();
    assert_eq!(listed.first(), Some(&(Expiring::Crl, "CN=the root")));
    assert!(listed.contains(&(Expiring::Certificate, "CN=leaf")));
    assert!(listed.contains(&(Expiring::TrustAnchor, "CN=the root")));
    assert_eq!(listed.len(), 3);
    let soon = SystemTime::now() + Duration::from_secs(20 * 3600);
    let due: Vec<_> = snapshot
        .expiries
        .iter()
        .filter(|expiry| expiry.is_due(soon, 0.25))
        .map(|expiry| expiry.what)
        .collect();
    assert_eq!(due, [Expiring::Crl]);
}

#[tokio::test]
async fn handshakes_are_counted_by_how_they_ended() {
    let (ca, stranger) = (Authority::root("root"), Authority::root("stranger"));
    let tls = ServerTls::new(ca.leaf().identity(), &ServerTlsOptions::default()).unwrap();
    let client = Client::new(&ca, None);
    client.visit(&tls).await.info();
    client.visit(&tls).await.info();
    Client::new(&stranger, None).visit(&tls).await.refusal();
    let counts = tls.snapshot().counts;
    assert_eq!((counts.full, counts.resumed, counts.failed), (1, 1, 1));
    assert_eq!(tls.snapshot().handshakes, 0);
}
