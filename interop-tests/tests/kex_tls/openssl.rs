//! OpenSSL's server, which traces the same handshake and logs the same secrets.

use std::fs;
use std::path::Path;

use wharf_interop_tests::peer::OpenSsl;
use wharf_interop_tests::{PATIENCE, Process, peer};

use crate::{Issued, agreeing, messages, text, types};

/// `openssl s_server` for one connection; it says on standard output what it sees.
fn serve(openssl: &OpenSsl, issued: &Issued, args: &[&str]) -> (Process, u16) {
    let intermediate = issued.home.intermediate();
    let mut command = openssl.command(&["s_server", "-accept", "127.0.0.1:0", "-naccept", "1"]);
    command
        .args(["-cert", text(&issued.chain), "-key", text(&issued.key)])
        .args(["-cert_chain", text(&intermediate)])
        .args(args);
    let process = Process::spawn_with_stdin(&mut command);
    let port = process.wait_for_stdout(|bytes| {
        let said = String::from_utf8_lossy(bytes);
        let (_, rest) = said.split_once("ACCEPT 127.0.0.1:")?;
        rest.split_once('\n')?.0.parse().ok()
    });
    (process, port)
}

/// What `-trace` says of the messages, in the words of [`messages`].
fn traced(trace: &str) -> Vec<(String, String, u64)> {
    let mut from = "";
    let mut seen = Vec::new();
    for line in trace.lines() {
        match line.trim() {
            "Received Record" => from = "client",
            "Sent Record" => from = "server",
            line => {
                let Some((name, length)) = line.split_once(", Length=") else {
                    continue;
                };
                // Its own length is without the four bytes in front.
                let length: u64 = length.parse().unwrap();
                seen.push((from.to_owned(), name.to_owned(), length + 4));
            }
        }
    }
    seen
}

/// The lines of a key log, in an order of their own.
fn lines(file: &Path) -> Vec<String> {
    let log = fs::read_to_string(file).unwrap();
    let lines = log.lines().filter(|line| !line.starts_with('#'));
    let mut lines: Vec<_> = lines.map(str::to_lowercase).collect();
    lines.sort();
    lines
}

#[test]
fn it_sees_the_messages_that_openssl_traces_and_the_secrets_that_it_logs() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let issued = Issued::new();
    let root = issued.home.root();
    for (args, ours, count) in [
        (&[][..], &[][..], 9),
        (&["-groups", "P-256"], &["--group", "x25519,p256"], 11),
        (&["-groups", "P-384"], &["--hello-retry"], 11),
        (
            &[
                "-ciphersuites",
                "TLS_CHACHA20_POLY1305_SHA256",
                "-alpn",
                "h2",
            ],
            &["--alpn", "h2"],
            9,
        ),
        (
            &["-ciphersuites", "TLS_AES_128_GCM_SHA256", "-no_ticket"],
            &[],
            9,
        ),
        (&["-verify", "1"], &["--group", "x25519"], 11),
    ] {
        let theirs = issued.home.beside("theirs.log");
        let own = issued.home.beside("own.log");
        let told = ["-trace", "-keylogfile", text(&theirs)];
        let (mut server, port) = serve(&openssl, &issued, &[&told[..], args].concat());
        let told = ["--own-share", "--keylog", text(&own)];
        let said = issued.told(port, &[&told[..], ours].concat());
        server.close_stdin();
        let server = server.finish(PATIENCE);

        let mut traced = traced(&server.text());
        // OpenSSL calls it what its type says that it is.
        let retry = traced.iter().filter(|it| it.1 == "ServerHello").count() == 2;
        if retry {
            let first = traced.iter_mut().find(|it| it.1 == "ServerHello").unwrap();
            first.1 = "HelloRetryRequest".to_owned();
        }
        assert_eq!(
            retry,
            ours.contains(&"--hello-retry") || ours.contains(&"x25519,p256")
        );
        assert_eq!(messages(&said), traced, "{args:?} {server}");
        assert_eq!(traced.len(), count, "{traced:?}");
        assert_eq!(lines(&own), lines(&theirs), "{args:?}");
        assert_eq!(agreeing(&said), 5, "{said}");
        assert!(said["verified"] == true, "{said}");
        for file in [theirs, own] {
            fs::remove_file(file).unwrap();
        }
    }
    assert!(root.exists());
}

#[test]
fn the_commands_that_it_prints_give_the_secrets_that_it_prints() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let issued = Issued::new();
    for suite in ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"] {
        let (mut server, port) = serve(&openssl, &issued, &["-ciphersuites", suite]);
        let said = issued.told(port, &["--own-share", "--reveal-secrets"]);
        server.close_stdin();
        let mut expanded = 0;
        for step in said["schedule"].as_array().unwrap() {
            let Some(command) = step["command"].as_str() else {
                continue;
            };
            let words: Vec<_> = command.split(' ').skip(1).collect();
            let printed = openssl.run(&words).success().text();
            let printed = printed.trim().replace(':', "").to_lowercase();
            assert_eq!(printed, step["value"].as_str().unwrap(), "{step}");
            expanded += 1;
        }
        // All but the shared secret and the three that are extracted.
        assert_eq!(expanded, said["schedule"].as_array().unwrap().len() - 4);
        assert_eq!(expanded, 18);
    }
}

#[test]
fn secrets_are_hidden_unless_they_are_asked_for() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let issued = Issued::new();
    let (theirs, page) = (
        issued.home.beside("theirs.log"),
        issued.home.beside("page.html"),
    );
    for (args, is_told) in [
        (&["--own-share", "--bytes"][..], false),
        (&["--own-share", "--json"], false),
        (&["--own-share", "--reveal-secrets"], true),
    ] {
        let (mut server, port) = serve(&openssl, &issued, &["-keylogfile", text(&theirs)]);
        let ended = issued.kex(port, &[args, &["--html", text(&page), "--force"]].concat());
        server.close_stdin();
        let _ = server.finish(PATIENCE);
        assert_eq!(ended.code(), Some(0), "{ended}");
        let log = fs::read_to_string(&theirs).unwrap();
        let secrets = log.lines().filter(|line| !line.starts_with('#'));
        let secrets: Vec<_> = secrets
            .map(|line| line.split(' ').nth(2).unwrap().to_lowercase())
            .collect();
        assert_eq!(secrets.len(), 5);
        let page = fs::read_to_string(&page).unwrap();
        for secret in secrets {
            assert_eq!(ended.text().contains(&secret), is_told, "{args:?}");
            assert_eq!(page.contains(&secret), is_told, "{args:?}");
        }
        fs::remove_file(&theirs).unwrap();
    }
}

#[test]
fn a_client_certificate_is_asked_for_sent_and_checked_and_its_absence_is_told() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let issued = Issued::new();
    let root = issued.home.root();
    let require = [
        "-Verify",
        "2",
        "-verify_return_error",
        "-CAfile",
        text(&root),
    ];

    let out = issued.home.beside("client");
    let wanted = [
        "cert",
        "issue",
        "me@a.test",
        "--profile",
        "client",
        "--out",
        text(&out),
    ];
    let _ = Process::run(&mut issued.home.wharf(&wanted)).success();
    let pem = |kind: &str| {
        let files = fs::read_dir(&out).unwrap().map(|it| it.unwrap().path());
        files
            .into_iter()
            .find(|it| it.extension().is_some_and(|end| end == kind))
            .unwrap()
    };
    let (chain, key) = (pem("pem"), pem("key"));
    let (mut server, port) = serve(&openssl, &issued, &require);
    let identity = ["--cert", text(&chain), "--key", text(&key)];
    let said = issued.told(port, &identity);
    server.close_stdin();
    let types = types(&said);
    assert_eq!(
        types[..10],
        [
            "ClientHello",
            "ServerHello",
            "EncryptedExtensions",
            "CertificateRequest",
            "Certificate",
            "CertificateVerify",
            "Finished",
            "Certificate",
            "CertificateVerify",
            "Finished",
        ]
    );
    let proof = &said["messages"].as_array().unwrap().iter();
    let proofs = proof.clone().filter(|it| it["type"] == "CertificateVerify");
    for proof in proofs {
        assert_eq!(proof["checks"][0]["outcome"], "passed", "{proof}");
    }

    let (mut server, port) = serve(&openssl, &issued, &require);
    let (said, ended) = issued.json(port, &[]);
    server.close_stdin();
    assert_eq!(ended.code(), Some(2), "{ended}");
    assert_eq!(said["complete"], true);
    assert_eq!(said["refused_by"], "certificate_required", "{ended}");
    assert!(
        ended
            .stderr
            .contains("refuses us after the handshake: certificate_required"),
        "{ended}"
    );
}

#[test]
fn tls_1_2_is_told_plainly() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let issued = Issued::new();
    let (mut server, port) = serve(&openssl, &issued, &["-tls1_2"]);
    let ended = issued.kex(port, &[]);
    server.close_stdin();
    assert_eq!(
        (ended.code(), ended.text().as_str()),
        (Some(1), ""),
        "{ended}"
    );
    assert!(
        ended
            .stderr
            .contains("chose TLSv1.2 although TLSv1.3 was offered"),
        "{ended}"
    );
    assert!(
        ended.stderr.contains("hint: `wharf connect 127.0.0.1:"),
        "{ended}"
    );
}

#[test]
fn a_refusal_is_told_with_what_was_said_before() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let issued = Issued::new();
    let (mut server, port) = serve(&openssl, &issued, &["-groups", "P-521"]);
    let (said, ended) = issued.json(port, &[]);
    server.close_stdin();
    assert_eq!(ended.code(), Some(1), "{ended}");
    assert_eq!(said["complete"], false);
    let alert = said["messages"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&alert["type"], &alert["from"]),
        (&"Alert".into(), &"server".into())
    );
    assert_eq!(
        alert["content"]["description"], "handshake_failure",
        "{alert}"
    );
    assert!(ended.stderr.contains("no handshake with"), "{ended}");
}
