//! Files that are read: shown, taken out, refused.

use serde_json::{Value, json};
use wharf_interop_tests::{Finished, peer};

use crate::{Desk, SECRET};

/// `theirs.p12`, written by OpenSSL with a name that would clear a screen.
#[track_caller]
fn theirs(more: &[&str]) -> Option<Desk> {
    let openssl = peer::openssl()?;
    let desk = Desk::issued();
    let pass = format!("pass:{SECRET}");
    let args = [
        "pkcs12",
        "-export",
        "-inkey",
        "api.test.key",
        "-in",
        "api.test.pem",
    ];
    let out = [
        "-out",
        "theirs.p12",
        "-passout",
        &pass,
        "-name",
        "a\u{1b}[2J",
    ];
    let _ = desk.foreign(&mut openssl.command(&[&args[..], &out, more].concat()));
    Some(desk)
}

fn json(said: &Finished) -> Value {
    let said: Value = serde_json::from_slice(&said.stdout).unwrap_or_else(|_| panic!("{said}"));
    assert_eq!(said["format"], 1);
    said
}

#[test]
fn without_its_password_it_shows_how_it_is_protected() {
    let Some(desk) = theirs(&[]) else { return };
    let shown = desk
        .wharf(&["cert", "p12", "theirs.p12", "--show"])
        .success();
    let text = shown.text();
    for line in [
        "MAC           HMAC-SHA-256, iterated 2048 times",
        "part          AES-256-CBC, PBKDF2 with HMAC-SHA-256, iterated 2048 times",
        "its password tells what is in it",
    ] {
        assert!(text.contains(line), "{line}: {shown}");
    }
    assert!(shown.stderr.contains("--p12-password-file FILE"), "{shown}");
    assert!(!text.contains('\u{1b}'), "{shown}");
    let shown = json(&desk.wharf(&["cert", "p12", "theirs.p12", "--show", "--json"]));
    assert_eq!(shown["opened"], false);
    assert_eq!(shown["contents"]["parts"][0]["bags"], Value::Null);
    assert_eq!(
        shown["contents"]["parts"][1]["bags"][0]["kind"],
        "encrypted key"
    );

    let inspected = desk.wharf(&["cert", "inspect", "theirs.p12"]).success();
    assert!(
        inspected.text().starts_with("1 PKCS#12 file\n"),
        "{inspected}"
    );
    assert!(
        inspected.text().contains("wharf cert p12 FILE --show"),
        "{inspected}"
    );
    let inspected = json(&desk.wharf(&["cert", "inspect", "theirs.p12", "--json"]));
    assert_eq!(inspected["objects"][0]["kind"], "pkcs12");
    assert_eq!(inspected["objects"][0]["mac"], shown["contents"]["mac"]);
}

#[test]
fn with_its_password_it_shows_everything_but_the_key() {
    let Some(desk) = theirs(&[]) else { return };
    let shown = desk.p12(&["theirs.p12", "--show"]).success();
    let text = shown.text();
    assert!(text.contains("DNS:api.test"), "{shown}");
    assert!(text.contains("encrypted key \"a\\u{1b}[2J\""), "{shown}");
    assert!(!text.contains('\u{1b}'), "{shown}");
    let key = String::from_utf8(desk.read("api.test.key")).unwrap();
    let secret = key.lines().nth(1).unwrap();
    assert!(!text.contains(secret), "{shown}");
    let shown = json(&desk.p12(&["theirs.p12", "--show", "--json"]));
    assert_eq!(shown["opened"], true);
    let bags = shown["contents"]["parts"][0]["bags"].as_array().unwrap();
    assert_eq!(bags.len(), 2);
    assert_eq!(bags[0]["certificate"]["names"], json!(["DNS:api.test"]));
    assert_eq!(bags[0]["friendly_name"], "a\\u{1b}[2J");
}

#[test]
fn what_is_taken_out_is_what_went_in() {
    for form in [
        &[][..],
        &["-legacy"],
        &["-nomac"],
        &["-keypbe", "NONE", "-certpbe", "NONE"],
    ] {
        let Some(desk) = theirs(form) else { return };
        let taken = desk.p12(&["theirs.p12", "--extract", "out"]).success();
        let files = ["out/theirs.crt", "out/theirs.pem", "out/theirs.key"];
        assert_eq!(taken.text(), files.join("\n") + "\n");
        assert_eq!(files.map(|file| desk.mode(file)), [0o644, 0o644, 0o600]);
        assert_eq!(desk.read(files[1]), desk.read("api.test.pem"), "{form:?}");
        assert_eq!(desk.read(files[2]), desk.read("api.test.key"), "{form:?}");
        let leaf = desk.read(files[0]);
        assert!(desk.read(files[1]).starts_with(&leaf) && !leaf.is_empty());
        let matched = desk.wharf(&["key", "match", files[2], files[0], files[1]]);
        assert_eq!(matched.code(), Some(0), "{matched}");

        desk.write("out/theirs.key", "mine");
        let again = desk.p12(&["theirs.p12", "--extract", "out"]);
        assert_eq!(
            (again.code(), again.text().as_str()),
            (Some(1), ""),
            "{again}"
        );
        assert!(again.stderr.contains("exists"), "{again}");
        assert_eq!(desk.read("out/theirs.key"), b"mine");
        let forced = ["theirs.p12", "--extract", "out", "--force", "--json"];
        let forced = json(&desk.p12(&forced));
        assert_eq!(forced["key"], "out/theirs.key");
        assert_eq!(desk.read("out/theirs.key"), desk.read("api.test.key"));
    }
}

#[test]
fn a_truststore_gives_its_certificates() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let desk = Desk::issued();
    let pass = format!("pass:{SECRET}");
    let args = ["pkcs12", "-export", "-nokeys", "-in", "api.test.pem"];
    let out = ["-out", "trust.p12", "-passout", &pass];
    let _ = desk.foreign(&mut openssl.command(&[&args[..], &out].concat()));
    let taken = json(&desk.p12(&["trust.p12", "--extract", ".", "--json"]));
    let expected = json!({
        "format": 1, "certificate": null, "chain": "./trust.pem", "key": null, "friendly_name": null,
    });
    assert_eq!(taken, expected);
    assert_eq!(desk.read("trust.pem"), desk.read("api.test.pem"));
}

#[test]
fn a_wrong_password_a_changed_file_and_every_cut_are_refused() {
    let Some(desk) = theirs(&[]) else { return };
    let extract = ["cert", "p12", "theirs.p12", "--extract", "out"];
    let wrong = [&extract[..], &["--p12-password-env", "PATH"]].concat();
    desk.fails(&wrong, "is not opened by this password");
    desk.fails(
        &extract,
        "--p12-password-file FILE or --p12-password-env NAME",
    );
    let whole = desk.read("theirs.p12");
    let mut changed = whole.clone();
    // In the middle of the encrypted certificates.
    changed[whole.len() / 3] ^= 1;
    desk.write("theirs.p12", &changed);
    let with_secret = [&extract[..], &["--p12-password-env", "SECRET"]].concat();
    let refused = desk.wharf(&with_secret);
    assert_eq!(refused.code(), Some(1), "{refused}");
    // Each is a process, so that the library's tests have every cut, and this every hundredth.
    for end in (0..whole.len()).step_by(100) {
        desk.write("theirs.p12", &whole[..end]);
        desk.fails(&with_secret, "cannot read theirs.p12");
    }
    assert!(!desk.folder.join("out").exists());
    desk.write("theirs.p12", b"nothing of the kind");
    desk.fails(&with_secret, "is malformed, or not a PKCS#12 file");
}
