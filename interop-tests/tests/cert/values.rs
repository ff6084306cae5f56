//! One value has one form, whichever verb prints it as JSON.

use crate::World;

#[test]
fn a_fingerprint_and_a_pin_are_the_same_everywhere() {
    let world = World::new();
    let issued = world.json(&["cert", "issue", "a.test"]);
    let sha256 = &issued["certificate"]["sha256"];
    assert_eq!(&world.listed("a.test")[0]["sha256"], sha256);
    let shown = world.json(&["cert", "inspect", "a.test"]);
    assert_eq!(&shown["objects"][0]["sha256"], sha256);
    let printed = world.json(&["cert", "fingerprint", "a.test.pem"]);
    assert_eq!(&printed["certificates"][0]["sha256"], sha256);
    let pin = world.json(&["cert", "pin", "a.test.key"]);
    assert_eq!(pin["spki_sha256"], issued["certificate"]["spki_sha256"]);
    let bundle = world.json(&["cert", "bundle", "a.test.pem"]);
    assert_eq!(bundle["subjects"].as_array().unwrap().len(), 2);
    assert_eq!(bundle["path"], serde_json::Value::Null);
}

#[test]
fn a_request_says_the_same_to_both_verbs() {
    let world = World::new();
    world.issue(&["a.test"]);
    let written = world.json(&["csr", "new", "b.test", "10.0.0.1"]);
    let csr = world.json(&["csr", "inspect", "b.test.csr"]);
    let cert = world.json(&["cert", "inspect", "b.test.csr"]);
    for member in ["names", "spki_sha256", "subject"] {
        assert_eq!(csr[member], cert["objects"][0][member], "{member}");
    }
    assert_eq!(
        csr["names"],
        serde_json::json!(["DNS:b.test", "IP:10.0.0.1"])
    );
    assert_eq!(csr["spki_sha256"], written["spki_sha256"]);
    let _ = world
        .run(&["ca", "intermediate", "--name", "Sub"])
        .success();
    let signed = world.json(&[
        "csr",
        "sign",
        "b.test.csr",
        "--issuer",
        "Sub",
        "--hours",
        "5",
    ]);
    assert_eq!(signed["certificate"]["issuer"], "CN=Sub");
    assert_eq!(signed["not_granted"], serde_json::json!([]));
    let verified = world.run(&["cert", "verify", "b.test.pem", "--name", "b.test"]);
    assert_eq!(verified.code(), Some(0), "{verified}");
}
