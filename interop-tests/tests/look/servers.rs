//! `wharf connect` at servers.

use std::net::TcpListener;
use std::path::Path;

use serde_json::Value;
use wharf_interop_tests::{Process, Server, peer};

use crate::{Issued, text};

/// A look at a port of 127.0.0.1, which is verified for `api.test`.
#[track_caller]
fn look(issued: &Issued, port: u16) -> Value {
    let server = format!("127.0.0.1:{port}");
    let (said, code) = issued.json(&["connect", &server, "--name", "api.test", "--json"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(said["verified"], true);
    assert_eq!(said["chain"].as_array().unwrap().len(), 2, "{said}");
    assert_eq!(said["handshake"]["is_done"], true);
    said
}

/// Those that work, by name.
fn working(tries: &Value) -> Vec<&str> {
    let tries = tries.as_array().unwrap().iter();
    tries
        .filter(|it| it["works"] == true)
        .map(|it| it["name"].as_str().unwrap())
        .collect()
}

#[test]
fn our_server_takes_everything_and_resumes() {
    let issued = Issued::new();
    let server = Server::start(&issued.home, &["--name", "api.test"]);
    let said = look(&issued, server.port());
    let tries = &said["tries"];
    assert_eq!(working(&tries["versions"]), ["TLSv1.3", "TLSv1.2"]);
    assert!(
        working(&tries["groups"]).contains(&"X25519MLKEM768"),
        "{tries}"
    );
    assert_eq!(tries["resumption"]["works"], true, "{tries}");
    assert_eq!(said["handshake"]["chosen"]["named_group"], "X25519MLKEM768");
}

#[test]
fn nginx_node_and_go_are_looked_at() {
    let issued = Issued::new();
    let identity: Option<[&Path; 2]> = Some([&issued.chain, &issued.key]);
    if let Some(nginx) = peer::nginx() {
        let root = issued.home.folder("root");
        let serving = nginx.files(&root, identity);
        let said = look(&issued, serving.port);
        assert!(
            working(&said["tries"]["groups"]).contains(&"secp256r1"),
            "{said}"
        );
    }
    for server in [peer::node_server(), peer::go_server()]
        .into_iter()
        .flatten()
    {
        let serving = server.start(identity);
        let said = look(&issued, serving.port);
        assert!(
            working(&said["tries"]["versions"]).contains(&"TLSv1.3"),
            "{said}"
        );
        assert!(
            working(&said["tries"]["groups"]).contains(&"x25519"),
            "{said}"
        );
    }
}

#[test]
fn what_openssl_was_told_to_speak_is_what_is_found() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let issued = Issued::new();
    let intermediate = issued.home.intermediate();
    let pair = [
        "-cert",
        text(&issued.chain),
        "-key",
        text(&issued.key),
        "-cert_chain",
        text(&intermediate),
    ];
    let told = [
        "s_server",
        "-accept",
        "127.0.0.1:0",
        "-quiet",
        "-no_ticket",
        "-no_cache",
        "-tls1_2",
        "-groups",
        "P-384",
        "-cipher",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
    ];
    // Without -quiet it says where it listens.
    let told: Vec<_> = told
        .into_iter()
        .filter(|word| *word != "-quiet")
        .chain(pair)
        .collect();
    let process = Process::spawn_with_stdin(&mut openssl.command(&told));
    let port = process.wait_for_stdout(|bytes| {
        let said = String::from_utf8_lossy(bytes);
        let (_, rest) = said.split_once("ACCEPT 127.0.0.1:")?;
        rest.split_once('\n')?.0.parse().ok()
    });
    let said = look(&issued, port);
    let tries = &said["tries"];
    assert_eq!(working(&tries["versions"]), ["TLSv1.2"]);
    assert_eq!(working(&tries["groups"]), ["secp384r1"]);
    assert_eq!(tries["resumption"]["works"], false);
    let chosen = &said["handshake"]["chosen"];
    assert_eq!(
        chosen["cipher_suite"],
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
    );
    assert_eq!(chosen["named_group"], "secp384r1");
}

#[test]
fn who_is_not_verified_is_explained_and_who_is_not_there_is_an_error() {
    let issued = Issued::new();
    let server = Server::start(&issued.home, &["--name", "api.test"]);
    let authority = format!("127.0.0.1:{}", server.port());
    let other = issued.wharf(&["connect", &authority, "--name", "b.test", "--once"]);
    assert_eq!(other.code(), Some(2), "{other}");
    assert!(other.text().contains("is not for b.test"), "{other}");
    let distrusted = issued.wharf(&["connect", &authority, "--ca", text(&issued.chain), "--once"]);
    assert_eq!(
        distrusted.code(),
        Some(0),
        "its intermediate is trusted: {distrusted}"
    );
    let stranger = Issued::new();
    let distrusted = issued.wharf(&[
        "connect",
        &authority,
        "--ca",
        text(&stranger.home.root()),
        "--once",
    ]);
    assert_eq!(distrusted.code(), Some(2), "{distrusted}");
    let pem = issued.wharf(&["connect", &authority, "--pem"]);
    assert_eq!(pem.text().matches("BEGIN CERTIFICATE").count(), 2, "{pem}");

    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("127.0.0.1:{}", free.local_addr().unwrap().port());
    drop(free);
    let refused = issued.wharf(&["connect", &nobody]);
    assert_eq!(
        (refused.code(), refused.text().as_str()),
        (Some(1), ""),
        "{refused}"
    );
}

#[test]
fn who_wants_a_client_certificate_has_agreed_on_a_version_before() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let issued = Issued::new();
    let told = [
        "s_server",
        "-accept",
        "127.0.0.1:0",
        "-tls1_2",
        "-Verify",
        "1",
        "-verify_return_error",
        "-cert",
        text(&issued.chain),
        "-key",
        text(&issued.key),
    ];
    let process = Process::spawn_with_stdin(&mut openssl.command(&told));
    let port: u16 = process.wait_for_stdout(|bytes| {
        let said = String::from_utf8_lossy(bytes);
        let (_, rest) = said.split_once("ACCEPT 127.0.0.1:")?;
        rest.split_once('\n')?.0.parse().ok()
    });
    let server = format!("127.0.0.1:{port}");
    let (said, _) = issued.json(&["connect", &server, "--name", "api.test", "--json"]);
    assert_eq!(said["handshake"]["is_done"], false, "{said}");
    let tries = &said["tries"];
    assert_eq!(working(&tries["versions"]), ["TLSv1.2"]);
    assert!(working(&tries["groups"]).contains(&"x25519"), "{tries}");
}
