//! Our server, Go's, Node's, nginx.

use std::net::TcpListener;
use std::path::Path;
use std::thread;

use wharf_interop_tests::{Server, peer};

use crate::{Issued, agreeing, types};

const FULL: [&str; 7] = [
    "ClientHello",
    "ServerHello",
    "EncryptedExtensions",
    "Certificate",
    "CertificateVerify",
    "Finished",
    "Finished",
];

/// A handshake, in a hybrid group if the server has one, and one that it had to ask twice for.
#[track_caller]
fn watched(issued: &Issued, port: u16, group: &str) {
    let said = issued.told(port, &["--own-share", "--alpn", "http/1.1"]);
    assert_eq!(types(&said)[..7], FULL, "{said}");
    assert_eq!(agreeing(&said), 5, "{said}");
    assert_eq!(said["verified"], true, "{said}");
    let exchange = &said["key_exchange"];
    assert_eq!(exchange["group"], group);
    let sizes = (
        &exchange["client_share_bytes"],
        &exchange["server_share_bytes"],
    );
    match group {
        "X25519MLKEM768" => assert_eq!(sizes, (&1216.into(), &1120.into())),
        _ => assert_eq!(sizes, (&32.into(), &32.into())),
    }
    for (from, kind, outcome) in [
        ("server", "CertificateVerify", "passed"),
        ("server", "Finished", "passed"),
        ("client", "Finished", "passed"),
    ] {
        let mut messages = said["messages"].as_array().unwrap().iter();
        let found = messages.find(|it| it["from"] == from && it["type"] == kind);
        assert_eq!(found.unwrap()["checks"][0]["outcome"], outcome, "{said}");
    }

    let said = issued.told(port, &["--own-share", "--hello-retry"]);
    let asked = [
        "ClientHello",
        "HelloRetryRequest",
        "ClientHello",
        "ServerHello",
    ];
    assert_eq!(types(&said)[..4], asked, "{said}");
    assert_eq!(agreeing(&said), 5, "{said}");
    let first = &said["messages"][0]["content"]["key_shares"];
    assert_eq!(first[0]["group"], "reserved 0x2a2a", "{first}");
}

#[test]
fn our_server() {
    let issued = Issued::new();
    let server = Server::start(&issued.home, &["--name", "api.test"]);
    watched(&issued, server.port(), "X25519MLKEM768");
}

#[test]
fn go_and_node_with_a_hybrid_group() {
    let issued = Issued::new();
    let identity: Option<[&Path; 2]> = Some([&issued.chain, &issued.key]);
    for server in [peer::go_server(), peer::node_server()]
        .into_iter()
        .flatten()
    {
        let serving = server.start(identity);
        watched(&issued, serving.port, "X25519MLKEM768");
    }
}

#[test]
fn nginx_without_one() {
    let Some(nginx) = peer::nginx() else {
        return;
    };
    let issued = Issued::new();
    let root = issued.home.folder("root");
    let serving = nginx.files_of_tls13(&root, [&issued.chain, &issued.key]);
    // Debian's nginx is built with an OpenSSL that has none.
    watched(&issued, serving.port, "x25519");
}

#[test]
fn who_is_not_verified_is_told_and_may_be_let_through() {
    let issued = Issued::new();
    let server = Server::start(&issued.home, &["--name", "api.test"]);
    let authority = server.port();
    let stranger = Issued::new();
    let (said, ended) = stranger.json(authority, &[]);
    assert_eq!(ended.code(), Some(2), "{ended}");
    assert_eq!(
        (&said["holds"], &said["verified"]),
        (&true.into(), &false.into())
    );
    let said = stranger.told(authority, &["--insecure"]);
    assert_eq!(said["verified"], serde_json::Value::Null);
    let text = stranger.kex(authority, &[]);
    assert!(text.text().contains("holds, NOT VERIFIED"), "{text}");
    assert!(text.text().contains("ServerHello"), "{text}");
    for args in [&[][..], &["--bytes", "--own-share"]] {
        let told = stranger.kex(authority, args);
        let wide = told.text();
        let wide: Vec<_> = wide.lines().filter(|it| it.chars().count() > 80).collect();
        assert_eq!(wide, Vec::<&str>::new(), "{args:?}");
    }
}

#[test]
fn what_is_no_tls_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut first = [0; 16];
        std::io::Read::read_exact(&mut stream, &mut first).unwrap();
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let issued = Issued::new();
    let ended = issued.kex(port, &[]);
    server.join().unwrap();
    assert_eq!(
        (ended.code(), ended.text().as_str()),
        (Some(1), ""),
        "{ended}"
    );
    assert!(ended.stderr.contains("HTTP"), "{ended}");
    let ended = issued.kex(port, &["--group", "x448"]);
    assert_eq!(ended.code(), Some(1), "{ended}");
    assert!(
        ended
            .stderr
            .contains("it is none of X25519MLKEM768, x25519"),
        "{ended}"
    );
}
