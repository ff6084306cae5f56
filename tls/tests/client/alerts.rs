//! Alerts from a server.

use std::sync::Arc;

use rustls::ServerConnection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wharf_tls::AlertDescription;

use crate::authority::Authority;
use crate::peers::{answered, check, client, server, trusting};

const OLD: &str = "very old peers only know what is broken by now, as RSA key exchange and CBC; a server without a usable \
                   certificate says so too";
const BAD: &str = "its log tells more: most often the CA of the certificate is not trusted there, or clientAuth is missing in its extendedKeyUsage";

#[tokio::test]
async fn each_alert_is_put_into_words() {
    let rows = [
        (
            AlertDescription::HandshakeFailure,
            "the server has no cipher suite, named group or signature scheme in common with us: handshake_failure",
            OLD,
        ),
        (
            AlertDescription::InsufficientSecurity,
            "the server has no cipher suite, named group or signature scheme in common with us: insufficient_security",
            OLD,
        ),
        (
            AlertDescription::ProtocolVersion,
            "the server speaks none of the TLS versions that we do: protocol_version",
            "1.3 and 1.2 exist here, if both are enabled; the other side has to be updated or configured",
        ),
        (
            AlertDescription::NoApplicationProtocol,
            "the server speaks none of the ALPN protocols offered: no_application_protocol",
            "offer one that it speaks, or none",
        ),
        (
            AlertDescription::UnrecognisedName,
            "the server does not know the server name that was sent: unrecognized_name",
            "connect under a name that it serves, or configure it for this one",
        ),
        (
            AlertDescription::InternalError,
            "the server failed: internal_error",
            "its log tells more; some servers answer like this to a server name that they do not know",
        ),
        (
            AlertDescription::CertificateRequired,
            "the server requires a client certificate: certificate_required",
            "set the identity of the client to a certificate that the server trusts",
        ),
        (
            AlertDescription::UnknownCA,
            "the server does not trust the CA of our client certificate: unknown_ca",
            "the server has to trust the root of it; and it has to be sent with its intermediates",
        ),
        (
            AlertDescription::CertificateExpired,
            "the server takes our client certificate for expired, or not valid yet: certificate_expired",
            "renew it; if it is valid, compare the clocks",
        ),
        (
            AlertDescription::CertificateRevoked,
            "the server knows our client certificate as revoked: certificate_revoked",
            "have one issued for a new key",
        ),
        (
            AlertDescription::BadCertificate,
            "the server does not accept our client certificate: bad_certificate",
            BAD,
        ),
        (
            AlertDescription::UnsupportedCertificate,
            "the server does not accept our client certificate: unsupported_certificate",
            BAD,
        ),
        (
            AlertDescription::AccessDenied,
            "the server accepts our client certificate, and gives no access to who we are: access_denied",
            "have the identity permitted there, or use another",
        ),
        (
            AlertDescription::DecodeError,
            "the server refused: decode_error",
            "",
        ),
        (
            AlertDescription::Unknown(200),
            "the server refused: alert 200",
            "",
        ),
    ];
    for (alert, text, hint) in rows {
        let error = answered(&[21, 3, 3, 0, 2, 2, alert.into()]).await;
        assert_eq!(error.alert_received(), Some(alert));
        check(&error, text, hint);
        let needs_one = alert == AlertDescription::CertificateRequired;
        assert_eq!(error.needs_client_certificate(), needs_one, "{alert:?}");
    }
}

/// Sends its part of the handshake and 400 kB behind it, then reads to the end. What it made of what came.
async fn served_without_waiting(mut io: TcpStream, mut conn: ServerConnection) -> rustls::Error {
    let mut received = vec![0; 16 * 1024];
    while !conn.wants_write() {
        let n = io.read(&mut received).await.unwrap();
        conn.read_tls(&mut &received[..n]).unwrap();
        conn.process_new_packets().unwrap();
    }
    let mut sent = Vec::new();
    while conn.wants_write() {
        conn.write_tls(&mut sent).unwrap();
    }
    sent.resize(sent.len() + 400_000, 0);
    let (mut reader, mut writer) = io.split();
    let mut answer = Vec::new();
    let sending = async {
        let _ = writer.write_all(&sent).await;
        let _ = writer.shutdown().await;
    };
    let ((), read) = tokio::join!(sending, reader.read_to_end(&mut answer));
    read.expect("the alert was overtaken by a reset");
    let mut rest = answer.as_slice();
    while !rest.is_empty() {
        conn.read_tls(&mut rest).unwrap();
        if let Err(error) = conn.process_new_packets() {
            return error;
        }
    }
    panic!("no alert in {} bytes", answer.len());
}

#[tokio::test]
async fn our_alert_survives_a_server_that_goes_on_sending() {
    // Over real sockets: only there does a close with unread bytes turn into a reset.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let client = client(&trusting(&Authority::root("known root")));
    let config = Arc::new(server(&Authority::root("their root").leaf()));
    for _ in 0..20 {
        let io = TcpStream::connect(address).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        let conn = ServerConnection::new(Arc::clone(&config)).unwrap();
        let serving = served_without_waiting(accepted, conn);
        let (connected, told) = tokio::join!(client.connect("localhost", io), serving);
        assert!(connected.unwrap_err().is_untrusted());
        assert_eq!(
            told,
            rustls::Error::AlertReceived(AlertDescription::UnknownCA)
        );
    }
}
