//! Client certificates.

use std::error::Error as _;
use std::io;

use rustls::ServerConfig;
use tokio::io::AsyncReadExt;
use wharf_tls::{ClientTlsOptions, Error};

use crate::authority::Authority;
use crate::peers::{TLS12, TLS13, check, client, exchange, meet, server_with, trusting};

const GIVE: &str = "set the identity of the client to a certificate that the server trusts";

/// What the first read says: under TLS 1.3 the client is connected by then.
async fn first_read(options: &ClientTlsOptions, server: &ServerConfig) -> (io::Error, Error) {
    let (connected, accepted) = meet(&client(options), "localhost", server).await;
    assert!(accepted.is_err());
    let mut stream = connected.expect("the server has not looked at it yet");
    let error = stream.read_u8().await.unwrap_err();
    let explained = Error::from_read(&error).expect("an error of TLS");
    (error, explained)
}

#[tokio::test]
async fn a_missing_certificate_shows_in_the_first_read_under_1_3() {
    let (ours, clients) = (Authority::root("root"), Authority::root("clients"));
    let server = server_with(&ours.leaf(), TLS13, Some(&clients));
    let (_, error) = first_read(&trusting(&ours), &server).await;
    assert!(error.needs_client_certificate());
    check(
        &error,
        "the peer requires a client certificate: certificate_required",
        GIVE,
    );
    let source = error.source().unwrap().to_string();
    assert_eq!(source, "received fatal alert: CertificateRequired");
}

#[tokio::test]
async fn a_certificate_of_an_unknown_ca_shows_in_the_first_read_under_1_3() {
    let (ours, clients) = (Authority::root("root"), Authority::root("clients"));
    let server = server_with(&ours.leaf(), TLS13, Some(&clients));
    let options = ClientTlsOptions {
        identity: Some(Authority::root("other").leaf().identity()),
        ..trusting(&ours)
    };
    let (_, error) = first_read(&options, &server).await;
    assert!(!error.needs_client_certificate());
    check(
        &error,
        "the peer does not trust the CA of our certificate: unknown_ca",
        "the peer has to trust the root of it; and it has to be sent with its intermediates",
    );
}

#[test]
fn an_error_that_is_not_of_tls_is_left_alone() {
    assert!(Error::from_read(&io::ErrorKind::ConnectionReset.into()).is_none());
    assert!(Error::from_read(&io::Error::other("else")).is_none());
}

#[tokio::test]
async fn a_missing_certificate_is_the_reason_of_a_refusal_under_1_2() {
    let (ours, clients) = (Authority::root("root"), Authority::root("clients"));
    let server = server_with(&ours.leaf(), TLS12, Some(&clients));
    let (connected, _) = meet(&client(&trusting(&ours)), "localhost", &server).await;
    let error = connected.unwrap_err();
    assert!(error.needs_client_certificate());
    let alert = error.alert_received().unwrap();
    let name = match alert {
        wharf_tls::AlertDescription::HandshakeFailure => "handshake_failure",
        _ => "certificate_required",
    };
    check(
        &error,
        &format!("the server asked for a client certificate, got none and refused: {name}"),
        GIVE,
    );
}

#[tokio::test]
async fn a_good_certificate_is_presented_in_both_versions() {
    let (ours, clients) = (Authority::root("root"), Authority::root("clients"));
    let leaf = clients.leaf();
    let options = ClientTlsOptions {
        identity: Some(leaf.identity()),
        ..trusting(&ours)
    };
    for versions in [TLS13, TLS12] {
        let server = server_with(&ours.leaf(), versions, Some(&clients));
        let (connected, accepted) = meet(&client(&options), "localhost", &server).await;
        connected.unwrap();
        let accepted = accepted.unwrap();
        assert_eq!(
            accepted.get_ref().1.peer_certificates(),
            Some(&leaf.chain[..])
        );
    }
}

#[tokio::test]
async fn another_identity_is_presented_from_the_next_connection_on() {
    let (ours, clients) = (Authority::root("root"), Authority::root("clients"));
    let (first, second) = (clients.leaf(), clients.leaf());
    for versions in [TLS13, TLS12] {
        let server = server_with(&ours.leaf(), versions, Some(&clients));
        let options = ClientTlsOptions {
            identity: Some(first.identity()),
            ..trusting(&ours)
        };
        let client = client(&options);
        let clone = client.clone();
        assert!(!exchange(&client, "localhost", &server).await);
        assert!(
            exchange(&client, "localhost", &server).await,
            "resumption works"
        );

        client.set_identity(Some(second.identity()));
        // A session of the first would make the server take us for the first.
        let (connected, accepted) = meet(&clone, "localhost", &server).await;
        assert!(!connected.unwrap().info().resumed, "{versions:?}");
        let accepted = accepted.unwrap();
        assert_eq!(
            accepted.get_ref().1.peer_certificates(),
            Some(&second.chain[..])
        );

        // Under 1.2 the session came with the handshake, under 1.3 it comes with what is read.
        exchange(&clone, "localhost", &server).await;
        assert!(
            exchange(&clone, "localhost", &server).await,
            "and works again"
        );
        client.set_identity(None);
        let (connected, accepted) = meet(&clone, "localhost", &server).await;
        assert!(
            accepted.is_err(),
            "no certificate, and no session to stand in for it"
        );
        drop(connected);
    }
}
