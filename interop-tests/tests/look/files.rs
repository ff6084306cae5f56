//! What lies in files.

use std::fs;

use wharf_interop_tests::{Process, Server, peer};

use crate::{Issued, text};

#[test]
fn fingerprints_are_those_of_openssl() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let issued = Issued::new();
    let chain = text(&issued.chain);
    for algorithm in ["sha256", "sha1"] {
        let args = [
            "x509",
            "-noout",
            "-fingerprint",
            &format!("-{algorithm}"),
            "-in",
            chain,
        ];
        let wanted = openssl.run(&args).success().text();
        let (_, wanted) = wanted.trim().split_once('=').unwrap();
        let shown = issued.wharf(&["cert", "fingerprint", &format!("--{algorithm}"), chain]);
        assert_eq!(shown.success().text().lines().next(), Some(wanted));
    }
}

#[test]
fn curl_accepts_the_pin_of_certificate_key_and_server_and_no_other() {
    let (Some(curl), Some(openssl)) = (peer::curl(), peer::openssl()) else {
        return;
    };
    let issued = Issued::new();
    let public = issued.home.beside("public.pem");
    let request = issued.home.beside("request.pem");
    let (key, chain) = (text(&issued.key), text(&issued.chain));
    let _ = openssl
        .run(&["pkey", "-in", key, "-pubout", "-out", text(&public)])
        .success();
    let args = [
        "req",
        "-new",
        "-config",
        "/dev/null",
        "-subj",
        "/CN=api.test",
        "-key",
        key,
        "-out",
        text(&request),
    ];
    let _ = openssl.run(&args).success();
    let pins: Vec<String> = [chain, key, text(&public), text(&request)]
        .iter()
        .map(|file| {
            issued
                .wharf(&["cert", "pin", file])
                .success()
                .text()
                .trim()
                .to_owned()
        })
        .collect();
    assert!(pins.iter().all(|pin| *pin == pins[0]), "{pins:?}");

    let server = Server::start(&issued.home, &[]);
    let live = issued
        .wharf(&["cert", "pin", "--server", &server.authority()])
        .success();
    let url = server.https("/");
    let fetch = |pin: &str| {
        let fetched = curl.fetch(&issued.home, &["--pinnedpubkey", pin, &url]);
        fetched.exit()
    };
    assert_eq!(fetch(live.text().trim()), 0);
    // CURLE_SSL_PINNEDPUBKEYNOTMATCH
    assert_eq!(fetch(&pins[0]), 90);
}

#[test]
fn inspect_tells_what_is_wrong_first_and_every_object_of_a_file() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let issued = Issued::new();
    let mut all = fs::read_to_string(issued.home.intermediate()).unwrap();
    all.push_str(&fs::read_to_string(&issued.chain).unwrap());
    let key = fs::read_to_string(&issued.key).unwrap();
    all.push_str(&key);
    all.push_str("-----BEGIN DH PARAMETERS-----\nMAYCAQUCAQI=\n-----END DH PARAMETERS-----\n");
    all.push_str("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
    let file = issued.home.beside("all.pem");
    fs::write(&file, &all).unwrap();
    let (said, code) = issued.json(&["cert", "inspect", text(&file), "--json"]);
    assert_eq!(code, Some(0));
    let kinds: Vec<_> = said["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "certificate",
            "certificate",
            "certificate",
            "private-key",
            "other",
            "unreadable"
        ]
    );
    let rules: Vec<_> = said["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["rule"].as_str().unwrap())
        .collect();
    assert_eq!(rules, ["unreadable", "order"], "{said}");

    let shown = issued
        .wharf(&["cert", "inspect", text(&file)])
        .success()
        .text();
    assert!(
        shown.starts_with("error [6] the certificate cannot be read"),
        "{shown}"
    );
    assert!(!shown.contains('\u{1b}'), "colours without a terminal");
    assert!(
        shown
            .lines()
            .all(|line| line.chars().count() <= 80 || line.starts_with("warning")),
        "{shown}"
    );
    assert!(
        key.lines()
            .skip(1)
            .all(|line| line.starts_with("---") || !shown.contains(line))
    );

    // The same in DER, one by one.
    let der = issued.home.beside("one.der");
    for (args, kind) in [
        (vec!["x509", "-in", text(&issued.chain)], "certificate"),
        (vec!["pkey", "-in", text(&issued.key)], "private-key"),
        (
            vec!["pkey", "-pubout", "-in", text(&issued.key)],
            "public-key",
        ),
    ] {
        let more = ["-outform", "DER", "-out", text(&der)];
        let _ = openssl.run(&[&args[..], &more[..]].concat()).success();
        let (said, _) = issued.json(&["cert", "inspect", text(&der), "--json"]);
        assert_eq!(said["objects"][0]["kind"], kind);
    }
    fs::write(&der, b"nothing of the kind").unwrap();
    let refused = issued.wharf(&["cert", "inspect", text(&der)]);
    assert_eq!(refused.code(), Some(1), "{refused}");
}

#[test]
fn verify_explains_and_its_exit_status_is_the_verdict() {
    let issued = Issued::new();
    let chain = text(&issued.chain);
    let root = issued.home.root();
    for (args, wanted) in [
        (&["--name", "api.test"][..], 0),
        (&["--name", "127.0.0.1", "--ca", text(&root)], 0),
        (&["--name", "b.test"], 2),
        (&["--client"], 2),
        (&["--at", "2050-01-01T00:00:00Z"], 2),
        // An anchor need not be a root: its intermediate is in that file.
        (&["--ca", chain], 0),
        (&["--name", "not a name"], 1),
        (&["--ca", "/nowhere"], 1),
    ] {
        let args = [&["cert", "verify", chain][..], args].concat();
        let ended = issued.wharf(&args);
        assert_eq!(ended.code(), Some(wanted), "{args:?} {ended}");
    }
    let (said, code) = issued.json(&["cert", "verify", chain, "--name", "b.test", "--json"]);
    assert_eq!((said["verified"].as_bool(), code), (Some(false), Some(2)));
    let mut piped = issued
        .home
        .wharf(&["cert", "verify", "-", "--name", "api.test"]);
    let mut piped = Process::spawn_with_stdin(&mut piped);
    piped.write(&fs::read(&issued.chain).unwrap());
    piped.close_stdin();
    let _ = piped.finish(wharf_interop_tests::PATIENCE).success();
}

#[test]
fn lint_refuses_what_breaks_a_must() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let issued = Issued::new();
    let (said, code) = issued.json(&["cert", "lint", text(&issued.chain), "--json"]);
    assert_eq!(
        (said["passed"].as_bool(), code),
        (Some(true), Some(0)),
        "{said}"
    );
    // No subjectAltName, and valid for 30 years.
    let (bad, key) = (issued.home.beside("bad.pem"), issued.home.beside("bad.key"));
    let args = [
        "req",
        "-x509",
        "-newkey",
        "rsa:1024",
        "-nodes",
        "-config",
        "/dev/null",
        "-days",
        "11000",
        "-subj",
        "/CN=bad.test",
        "-keyout",
        text(&key),
        "-out",
        text(&bad),
    ];
    let _ = openssl.run(&args).success();
    let (said, code) = issued.json(&["cert", "lint", text(&bad), "--json"]);
    assert_eq!(
        (said["passed"].as_bool(), code),
        (Some(false), Some(2)),
        "{said}"
    );
}
