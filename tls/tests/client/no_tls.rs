//! Servers that do not speak TLS, or do not speak at all.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::time::Instant;
use wharf_tls::ClientTlsOptions;

use crate::authority::Authority;
use crate::peers::{answered, check, client, trusting};

#[tokio::test]
async fn what_speaks_plain_text_is_told_from_its_greeting() {
    const MAIL: &str =
        "a mail or file server begins in plain text: send STARTTLS first, or use its port for TLS";
    let rows: &[(&[u8], &str, &str)] = &[
        (
            b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
            r#""HTTP/1.1 400 Bad Request""#,
            "this is plain HTTP: use the port for HTTPS, or http:// instead of https://",
        ),
        (
            b"SSH-2.0-OpenSSH_9.2\r\n",
            r#""SSH-2.0-OpenSSH_9.2""#,
            "this is SSH: use another port",
        ),
        (
            b"220 mail.example ESMTP\r\n",
            r#""220 mail.example ESMTP""#,
            MAIL,
        ),
        (b"* OK IMAP4rev1\r\n", r#""* OK IMAP4rev1""#, MAIL),
        (
            b"J\0\0\0\x0a8.0.36\0\x1b[31m",
            r#""J\0\0\0""#,
            "another protocol is spoken on this port",
        ),
    ];
    for (answer, greeting, hint) in rows {
        let error = answered(answer).await;
        assert!(error.is_plaintext() && !error.is_io());
        let text = format!("the server does not speak TLS, but begins with {greeting}");
        check(&error, &text, hint);
    }
}

#[tokio::test]
async fn a_connection_that_is_closed_in_the_handshake_is_an_io_error_with_a_hint() {
    let error = answered(b"").await;
    assert!(error.is_io() && !error.is_plaintext());
    check(
        &error,
        "connection lost during the handshake",
        "the peer closed without an alert: it may not speak TLS, may not serve this name, or something in between refuses \
         the connection",
    );
}

#[tokio::test]
async fn a_record_that_is_damaged_is_not_taken_for_plain_text() {
    let error = answered(&[22, 3, 3, 0, 5, 99, 0, 0, 1, 0]).await;
    assert!(!error.is_plaintext());
    check(
        &error,
        "the server broke the rules of TLS",
        "its TLS is faulty, or something on the way changes what is sent",
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_meets_the_deadline() {
    let options = ClientTlsOptions {
        handshake_timeout: Duration::from_secs(3),
        ..trusting(&Authority::root("root"))
    };
    let start = Instant::now();
    let (near, _far) = duplex(64 * 1024);
    let error = client(&options)
        .connect("localhost", near)
        .await
        .unwrap_err();
    assert_eq!(start.elapsed().as_secs(), 3);
    assert!(error.is_timeout());
    check(
        &error,
        "handshake not finished within 3s: the server said nothing",
        "it may not speak TLS and wait for something else, or be too busy to answer, or something in between swallows what \
         is sent",
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_in_the_middle_meets_the_deadline_of_ten_seconds() {
    let start = Instant::now();
    let (near, mut far) = duplex(64 * 1024);
    far.write_all(&[22, 3, 3, 0, 100]).await.unwrap();
    let client = client(&trusting(&Authority::root("root")));
    let error = client.connect("localhost", near).await.unwrap_err();
    assert_eq!(start.elapsed().as_secs(), 10);
    assert!(error.is_timeout());
    check(&error, "handshake not finished within 10s", "");
}

#[tokio::test]
async fn a_client_hello_is_one_write_of_a_whole_record() {
    let (near, mut far) = duplex(64 * 1024);
    let client = client(&trusting(&Authority::root("root")));
    let hello = async {
        let mut header = [0; 5];
        far.read_exact(&mut header).await.unwrap();
        header
    };
    tokio::select! {
        header = hello => assert_eq!(header[0], 22),
        _ = client.connect("localhost", near) => panic!("without an answer"),
    }
}
