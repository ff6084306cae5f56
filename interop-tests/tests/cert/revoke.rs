//! `wharf cert revoke`, and who refuses what was revoked.

use std::fs;

use tokio::io::{AsyncReadExt, duplex};
use wharf_interop_tests::peer;
use wharf_tls::{
    ClientTls, ClientTlsOptions, Crl, Identity, Roots, ServerTls, ServerTlsOptions, Trust,
};

use crate::World;

#[test]
fn openssl_refuses_what_was_revoked_and_nothing_else() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::new();
    world.issue(&["a.test"]);
    world.issue(&["b.test"]);
    let reason = [
        "--reason",
        "key-compromise",
        "--invalidity-date",
        "2026-01-02",
    ];
    let revoked = world
        .run(&[&["cert", "revoke", "a.test"], &reason[..]].concat())
        .success();
    let crl = world.ca_file("intermediate.crl");
    assert_eq!(revoked.text().trim(), crl);
    let check = ["-crl_check", "-CRLfile", &crl];
    let refused = world.verify(&openssl, &check, "a.test.pem");
    assert!(refused.stderr.contains("certificate revoked"), "{refused}");
    let _ = world.verify(&openssl, &check, "b.test.pem").success();
    let shown = openssl.run(&["crl", "-noout", "-text", "-in", &crl]).text();
    for said in ["Key Compromise", "Invalidity Date", "Jan  2 00:00:00 2026"] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    assert_eq!(world.listed("a.test")[0]["state"], "revoked");
    assert_eq!(
        world.listed("a.test")[0]["revocation_reason"],
        "keyCompromise"
    );
}

#[test]
fn a_certificate_is_named_by_file_serial_or_name() {
    let world = World::new();
    for name in ["a.test", "b.test", "c.test"] {
        world.issue(&[name]);
    }
    let serial = world.listed("b.test")[0]["serial"]
        .as_str()
        .unwrap()
        .to_lowercase();
    for wanted in ["a.test.pem", &serial[..12], "c.test"] {
        let _ = world.run(&["cert", "revoke", wanted]).success();
    }
    let report = world.json(&["cert", "list", "--state", "revoked"]);
    assert_eq!(report["certificates"].as_array().unwrap().len(), 3);
    let shown = world.json(&["crl", "show"]);
    assert_eq!(shown["crls"][0]["entries"].as_array().unwrap().len(), 3);
    let unknown = world.run(&["cert", "revoke", "d.test"]);
    assert_eq!(unknown.code(), Some(1), "{unknown}");
}

#[test]
fn a_name_of_several_is_answered_with_them_all() {
    let world = World::new();
    world.issue(&["a.test"]);
    world.issue(&["a.test", "--out", "elsewhere"]);
    let refused = world.run(&["cert", "revoke", "a.test"]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    for row in world.listed("a.test") {
        assert!(
            refused.stderr.contains(row["serial"].as_str().unwrap()),
            "{refused}"
        );
        assert_eq!(row["state"], "valid");
    }
}

#[test]
fn twice_is_told_and_a_crl_that_was_lost_is_made_again() {
    let world = World::new();
    world.issue(&["a.test"]);
    let _ = world.run(&["cert", "revoke", "a.test"]).success();
    let crl = world.ca_file("intermediate.crl");
    let first = fs::read(&crl).unwrap();
    let again = world.run(&["cert", "revoke", "a.test.pem"]);
    assert_eq!(again.code(), Some(3), "{again}");
    assert!(again.stderr.contains("was revoked at"), "{again}");
    assert_eq!(fs::read(&crl).unwrap(), first, "there was nothing to do");
    fs::remove_file(&crl).unwrap();
    let again = world.run(&["cert", "revoke", "a.test.pem"]);
    assert_eq!(again.code(), Some(3), "{again}");
    assert_ne!(fs::read(&crl).unwrap(), first);
}

#[test]
fn an_older_crl_in_the_place_of_the_newest_is_made_good() {
    let world = World::new();
    world.issue(&["a.test"]);
    world.issue(&["b.test"]);
    let _ = world.run(&["cert", "revoke", "a.test"]).success();
    let crl = world.ca_file("intermediate.crl");
    let older = fs::read(&crl).unwrap();
    let _ = world.run(&["cert", "revoke", "b.test"]).success();
    fs::write(&crl, &older).unwrap();
    let again = world.run(&["cert", "revoke", "b.test"]);
    assert_eq!(again.code(), Some(3), "{again}");
    let serial = world.listed("b.test")[0]["serial"].to_string();
    let shown = world.json(&["crl", "show", &crl]).to_string();
    assert!(shown.contains(&serial), "{shown}");
}

#[test]
fn a_certificate_of_others_is_not_ours_to_revoke() {
    let (world, other) = (World::new(), World::new());
    world.issue(&["a.test"]);
    other.issue(&["a.test"]);
    let refused = world.run(&["cert", "revoke", &other.file("a.test.pem")]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(
        refused.stderr.contains("no CA of the inventory signed"),
        "{refused}"
    );
    assert_eq!(world.listed("a.test")[0]["state"], "valid");
}

#[tokio::test]
async fn our_own_client_refuses_a_server_that_was_revoked() {
    let world = World::new();
    world.issue(&["a.test"]);
    world.issue(&["b.test"]);
    let _ = world.run(&["cert", "revoke", "a.test"]).success();
    let _ = world.run(&["crl", "publish"]).success();
    for (name, is_revoked) in [("a.test", true), ("b.test", false)] {
        let connected = meet(&world, name).await;
        match connected {
            Ok(()) => assert!(!is_revoked, "{name} was accepted"),
            Err(error) => assert!(is_revoked && error.is_revoked(), "{name}: {error}"),
        }
    }
}

/// A handshake between our server and our client, which has the CRLs of both CAs.
async fn meet(world: &World, name: &str) -> Result<(), wharf_tls::Error> {
    let read = |file: String| fs::read(file).unwrap();
    let chain = read(world.file(&format!("{name}.pem")));
    let key = read(world.file(&format!("{name}.key")));
    let identity = Identity::from_pem(&chain, &key).unwrap();
    let server = ServerTls::new(identity, &ServerTlsOptions::default()).unwrap();
    let crls = ["root.crl", "intermediate.crl"].map(|crl| read(world.ca_file(crl)));
    let crls = Crl::read(&crls.concat()).unwrap();
    let trust = Trust::from_pem(&fs::read(world.home.root()).unwrap()).unwrap();
    let trust = trust.with_crls(crls).unwrap();
    let client = ClientTls::new(&ClientTlsOptions {
        roots: Roots::Own(trust),
        ..ClientTlsOptions::default()
    })
    .unwrap();
    let (near, far) = duplex(64 * 1024);
    let serve = tokio::spawn(async move {
        if let Ok(mut stream) = server.accept(far).await {
            let _ = stream.read(&mut [0]).await;
        }
    });
    let connected = client.connect(name, near).await.map(drop);
    serve.await.unwrap();
    connected
}
