//! OpenSSL's own verdict on the handshake, the certificates and the end of a connection.

use std::fs;
use std::path::Path;

use wharf_interop_tests::{Home, PATIENCE, Process, Server, peer};

#[test]
fn the_chain_of_a_live_handshake_passes_a_strict_verification() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let home = Home::new();
    let server = Server::start(&home, &["--name", "app.test"]);
    let chain = openssl.chain(&server.authority(), &home.root());
    let [leaf, intermediate] = &chain[..] else {
        panic!("the end entity and the intermediate, without the root: {chain:#?}");
    };
    let (root, files) = (home.root(), home.folder("chain"));
    let (leaf_path, intermediate_path) = (files.join("leaf.crt"), files.join("intermediate.crt"));
    fs::write(&leaf_path, leaf).unwrap();
    fs::write(&intermediate_path, intermediate).unwrap();
    let trusted = ["-no-CApath", "-no-CAstore", "-CAfile", text(&root)];
    let untrusted = ["-untrusted", text(&intermediate_path)];
    let verify = |args: &[&str]| {
        let strict = ["verify", "-x509_strict", "-policy_check"];
        let purpose = ["-purpose", "sslserver"];
        openssl.run(&[&strict[..], &purpose, &trusted, args, &[text(&leaf_path)]].concat())
    };
    for check in [
        ["-verify_hostname", "localhost"],
        ["-verify_hostname", "app.test"],
        ["-verify_ip", "127.0.0.1"],
        ["-verify_ip", "::1"],
    ] {
        let verified = verify(&[untrusted, check].concat());
        assert!(verified.status.success(), "{check:?}: {verified}");
    }
    // The nearest that must fail: another name, and the end entity without its intermediate.
    let refused = verify(&[untrusted, ["-verify_hostname", "other.test"]].concat());
    assert!(!refused.status.success(), "{refused}");
    assert!(refused.stderr.contains("hostname mismatch"), "{refused}");
    let refused = verify(&[]);
    assert!(!refused.status.success(), "{refused}");
}

#[test]
fn the_files_of_the_ca_pass_a_strict_verification() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let home = Home::new();
    let _ = Process::run(&mut home.wharf(&["ca", "init"])).success();
    let (root, intermediate) = (home.root(), home.intermediate());
    for file in [&root, &intermediate] {
        let args = ["verify", "-x509_strict", "-CAfile", text(&root), text(file)];
        let _ = openssl.run(&args).success();
    }
    let shown = openssl.run(&["x509", "-noout", "-text", "-in", text(&root)]);
    // Room for the intermediate, and for a successor that it signs.
    for line in ["CA:TRUE, pathlen:2", "Certificate Sign, CRL Sign"] {
        assert!(shown.text().contains(line), "{shown}");
    }
    let shown = openssl.run(&["x509", "-noout", "-text", "-in", text(&intermediate)]);
    assert!(shown.text().contains("CA:TRUE, pathlen:0"), "{shown}");
}

#[test]
fn both_versions_verify_negotiate_http_1_1_and_close_cleanly() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    for (flag, version) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let args = [flag, "-alpn", "h2,http/1.1", "-msg"];
        let done = openssl.request(&server.authority(), &home.root(), &args);
        assert!(done.status.success(), "{done}");
        let shown = done.text();
        for expected in [
            "Verify return code: 0 (ok)",
            "Verified peername: localhost",
            "ALPN protocol: http/1.1",
            "HTTP/1.1 200 OK",
            version,
        ] {
            assert!(
                shown.contains(expected),
                "{version}: no {expected:?}: {done}"
            );
        }
        // `-msg` shows what came in: without the alert, the end could be a cut.
        let alert = shown
            .lines()
            .any(|line| line.starts_with("<<<") && line.contains("close_notify"));
        assert!(alert, "{version}: no close_notify came: {done}");
        let said = format!("{shown}{}", done.stderr);
        assert!(!said.contains("unexpected eof"), "{done}");
    }
}

#[test]
fn the_root_of_another_home_fails_the_verification() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let (home, other) = (Home::new(), Home::new());
    let server = Server::start(&home, &[]);
    let _ = Process::run(&mut other.wharf(&["ca", "init"])).success();
    let refused = openssl.request(&server.authority(), &other.root(), &[]);
    assert!(!refused.status.success(), "{refused}");
    let said = format!("{}{}", refused.text(), refused.stderr);
    assert!(said.contains("certificate verify failed"), "{refused}");
    assert!(!said.contains("HTTP/1.1"), "{refused}");
}

#[test]
fn a_client_without_server_name_or_alpn_is_served() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let done = openssl.request(&server.authority(), &home.root(), &["-noservername"]);
    let shown = done.text();
    assert!(shown.contains("HTTP/1.1 200 OK"), "{done}");
    assert!(shown.contains("No ALPN negotiated"), "{done}");
}

#[test]
fn a_client_that_speaks_only_another_protocol_gets_the_alert_of_rfc_7301() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let refused = openssl.request(&server.authority(), &home.root(), &["-alpn", "h2"]);
    assert!(!refused.status.success(), "{refused}");
    let alert = refused.stderr.to_lowercase();
    assert!(alert.contains("no application protocol"), "{refused}");
}

#[test]
fn tls_1_1_is_refused_with_an_alert() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    // Without the lower security level OpenSSL itself would not try.
    let args = ["-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"];
    let refused = openssl.request(&server.authority(), &home.root(), &args);
    assert!(!refused.status.success(), "{refused}");
    // Not always protocol_version: such a client may lack another thing that is looked for first.
    assert!(refused.stderr.contains("SSL alert number"), "{refused}");
    assert!(!refused.text().contains("BEGIN CERTIFICATE"), "{refused}");
}

#[test]
fn keys_are_updated_when_the_client_asks() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    // Commands need a standard input whose end would matter.
    let args = ["-tls1_3", "-msg"];
    let mut client =
        Process::spawn_with_stdin(&mut openssl.client(&server.authority(), &home.root(), &args));
    client.wait_for_stdout(|bytes| contains(bytes, "Verify return code: 0").then_some(()));
    // Update our keys, and ask the server to update its own.
    client.write(b"K\n");
    client.wait_for_stderr(|line| line.contains("KEYUPDATE").then_some(()));
    client.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let done = client.finish(PATIENCE).success();
    assert!(done.text().contains("HTTP/1.1 200 OK"), "{done}");
    let answered = done
        .text()
        .lines()
        .any(|line| line.starts_with("<<<") && line.contains("KeyUpdate"));
    assert!(answered, "{done}");
}

#[test]
fn a_session_is_resumed_in_both_versions() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    for flag in ["-tls1_2", "-tls1_3"] {
        let session = home.beside(&format!("session{flag}"));
        let first = openssl.request(
            &server.authority(),
            &home.root(),
            &[flag, "-sess_out", text(&session)],
        );
        assert!(first.text().contains("New, "), "{first}");
        let second = openssl.request(
            &server.authority(),
            &home.root(),
            &[flag, "-sess_in", text(&session)],
        );
        assert!(second.text().contains("Reused, "), "{second}");
        assert!(second.text().contains("HTTP/1.1 200 OK"), "{second}");
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(text)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
