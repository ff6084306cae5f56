//! `wharf ca import`: what the real tools made, taken over.

use std::fs;
use std::path::Path;
use std::process::Command;

use wharf_interop_tests::{Finished, Process, peer};

use crate::{World, owned, says_nothing_private, text, verifies};

/// Runs a foreign tool in a folder, with nothing of the person's own around it.
#[track_caller]
fn tool(world: &World, folder: &Path, command: &mut Command) -> Finished {
    command
        .current_dir(folder)
        .env("HOME", &world.out)
        .env("TRUST_STORES", "none");
    Process::run(command).success()
}

fn openssl(world: &World, folder: &Path, arguments: &str) {
    let _ = tool(
        world,
        folder,
        Command::new("openssl").args(arguments.split(' ')),
    );
}

/// What the CA issues now leads to the old root. Not strictly: easy-rsa's root has basicConstraints that are not critical.
#[track_caller]
fn issues(world: &World, root: &Path) {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let chain = world.issue(&["new.test"]);
    let trust = [
        "verify",
        "-purpose",
        "sslserver",
        "-no-CApath",
        "-no-CAstore",
    ];
    let path = ["-CAfile", text(root), "-untrusted", &chain, &chain];
    let _ = openssl.run(&[&trust[..], &path].concat()).success();
    let _ = world.run(&["ca", "show"]).success();
}

#[test]
fn the_ca_of_mkcert_issues_by_itself() {
    let Some(mkcert) = peer::require("mkcert", "mkcert") else {
        return;
    };
    let world = World::new();
    let folder = world.home.folder("mkcert");
    let mut command = Command::new(mkcert);
    tool(
        &world,
        &world.out,
        command.arg("old.test").env("CAROOT", &folder),
    );
    let before = fs::read(folder.join("rootCA-key.pem")).unwrap();
    let taken = world.run(&["ca", "import", text(&folder)]).success();
    assert_eq!(taken.text(), format!("{}\n", world.home.root().display()));
    assert_eq!(
        taken.stderr,
        "wharf: took over the CA of mkcert: 0 certificates, 0 revocations\n"
    );
    says_nothing_private(&world, &taken);
    let files = [
        ("root.crt", 0o644),
        ("root.key", 0o600),
        ("wharf.db", 0o600),
    ];
    assert_eq!(world.modes(), owned(&files));
    assert_eq!(fs::read(world.ca_file("root.key")).unwrap(), before);
    issues(&world, &folder.join("rootCA.pem"));
}

#[test]
fn the_ca_of_easy_rsa_comes_with_its_history() {
    let Some(make) = peer::require("make-cadir", "easy-rsa") else {
        return;
    };
    let world = World::new();
    let folder = world.home.beside("easy");
    let _ = tool(&world, &world.out, Command::new(make).arg(&folder));
    // Of two such files it takes neither.
    fs::remove_file(folder.join("vars")).unwrap();
    let easy = |args: &[&str]| {
        let mut command = Command::new(folder.join("easyrsa"));
        let flags = ["--batch", "--use-algo=ec", "--curve=prime256v1"];
        tool(&world, &folder, command.args(flags).args(args))
    };
    for args in [
        &["init-pki"][..],
        &["build-ca", "nopass"],
        &["build-server-full", "a.test", "nopass"],
        &["build-server-full", "b.test", "nopass"],
        &["revoke", "b.test", "superseded"],
        &["gen-crl"],
    ] {
        let _ = easy(args);
    }
    let taken = world.run(&["ca", "import", text(&folder)]).success();
    assert_eq!(
        taken.stderr,
        "wharf: took over the CA of easy-rsa: 2 certificates, 1 revocations\nwharf: it had no intermediate: one was made\n"
    );
    let listed = world.json(&["cert", "list", "--state", "revoked"]);
    let revoked = &listed["certificates"][0];
    assert_eq!(revoked["subject"], "CN=b.test", "{listed}");
    assert_eq!(revoked["revocation_reason"], "superseded");
    let _ = world.run(&["cert", "revoke", "a.test"]).success();
    issues(&world, &folder.join("pki/ca.crt"));
}

#[test]
fn the_ca_of_openssl_keeps_its_password() {
    if peer::openssl().is_none() {
        return;
    }
    let world = World::new();
    let folder = world.home.folder("openssl");
    fs::create_dir_all(folder.join("demoCA/private")).unwrap();
    fs::create_dir_all(folder.join("demoCA/newcerts")).unwrap();
    for (name, content) in [
        ("index.txt", ""),
        ("serial", "1000\n"),
        ("crlnumber", "1F\n"),
        ("../password", "correct horse\n"),
        (
            "../ca.cnf",
            "[req]\ndistinguished_name=n\nx509_extensions=v3_ca\n[n]\n[v3_ca]\nbasicConstraints=critical,CA:true\n\
             keyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n",
        ),
    ] {
        fs::write(folder.join("demoCA").join(name), content).unwrap();
    }
    let root = "req -x509 -new -subj /CN=Old -days 999 -config ca.cnf -out demoCA/cacert.pem";
    let key = "-key demoCA/private/cakey.pem -passin file:password";
    openssl(
        &world,
        &folder,
        "genpkey -algorithm RSA -aes256 -pass file:password -out demoCA/private/cakey.pem",
    );
    openssl(&world, &folder, &format!("{root} {key}"));
    let password = folder.join("password");
    let refused = world.run(&["ca", "import", text(&folder)]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(refused.stderr.contains("--password-file"), "{refused}");
    assert!(!world.home.path().join("ca").exists());
    let args = [
        "ca",
        "import",
        text(&folder),
        "--password-file",
        text(&password),
    ];
    let taken = world.run(&args).success();
    assert!(
        taken
            .stderr
            .starts_with("wharf: took over the CA of openssl ca: 0 certificates")
    );
    let key = fs::read_to_string(world.ca_file("root.key")).unwrap();
    assert!(
        key.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"),
        "{key}"
    );
    issues(&world, &folder.join("demoCA/cacert.pem"));
    let again = world.run(&args);
    assert_eq!(again.code(), Some(1), "{again}");
    assert!(again.stderr.contains("there is a CA already"), "{again}");

    // As `openssl req -newkey` still encrypts it: what to do is told.
    fs::remove_file(folder.join("demoCA/private/cakey.pem")).unwrap();
    let key = "-newkey rsa:2048 -passout file:password -keyout demoCA/private/cakey.pem";
    openssl(&world, &folder, &format!("{root} {key}"));
    let world = World::new();
    let refused = world.run(&args);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(
        refused
            .stderr
            .contains("in an old form that is not read: 3DES"),
        "{refused}"
    );
    assert!(
        refused.stderr.contains("hint: convert it: openssl pkcs8"),
        "{refused}"
    );
}

/// step's folder, as its manual leaves it: the root's key is taken away.
#[test]
fn the_ca_of_step_issues_without_the_roots_key_and_rotates_with_it() {
    let step = World::with_ca(&["--name", "Step CA"]);
    let folder = step.home.folder("step");
    for part in ["certs", "secrets"] {
        fs::create_dir(folder.join(part)).unwrap();
    }
    for (from, to) in [
        ("root.crt", "certs/root_ca.crt"),
        ("intermediate.crt", "certs/intermediate_ca.crt"),
        ("intermediate.key", "secrets/intermediate_ca_key"),
    ] {
        fs::copy(step.ca_file(from), folder.join(to)).unwrap();
    }
    let world = World::new();
    let taken = world.run(&["ca", "import", text(&folder)]).success();
    assert_eq!(
        taken.stderr,
        "wharf: took over the CA of step: 0 certificates, 0 revocations\nwharf: the root's key is kept elsewhere; nothing \
         that is issued needs it\n"
    );
    assert!(!world.ca_file("root.key").exists());
    issues(&world, &step.home.root());
    let listed = world.run(&["ca", "list"]).success();
    assert!(listed.text().contains("key is not here"), "{listed}");
    let _ = world.run(&["crl", "publish"]).success();
    let refused = world.run(&["ca", "rotate"]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(
        refused.stderr.contains("the root's key is not in"),
        "{refused}"
    );
    fs::copy(step.ca_file("root.key"), world.ca_file("root.key")).unwrap();
    let _ = world.run(&["ca", "rotate"]).success();
}

#[test]
fn single_files_are_taken_over_with_their_chain() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let other = World::with_ca(&["--name", "Other CA"]);
    let [root, root_key, issuer, issuer_key] = [
        "root.crt",
        "root.key",
        "intermediate.crt",
        "intermediate.key",
    ]
    .map(|name| text(&other.ca_file(name)).to_owned());

    let world = World::new();
    let taken = world.run(&["ca", "import", "--cert", &root, "--key", &root_key]);
    assert_eq!(
        taken.success().stderr,
        "wharf: took over the CA\nwharf: it had no intermediate: one was made\n"
    );
    let chain = world.issue(&["a.test"]);
    assert!(verifies(&openssl, &root, &chain, "a.test"));

    let world = World::new();
    let alone = ["ca", "import", "--cert", &issuer, "--key", &issuer_key];
    let refused = world.run(&alone);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(
        refused.stderr.contains("is not a root certificate"),
        "{refused}"
    );
    assert!(
        refused
            .stderr
            .contains("hint: give the certificate of its root too"),
        "{refused}"
    );
    let taken = world
        .run(&[&alone[..], &["--chain", &root]].concat())
        .success();
    assert!(
        taken.stderr.contains("the root's key is kept elsewhere"),
        "{taken}"
    );
    says_nothing_private(&world, &taken);
    let chain = world.issue(&["a.test"]);
    assert!(verifies(&openssl, &root, &chain, "a.test"));

    for args in [
        &["ca", "import"][..],
        &["ca", "import", "--cert", &root],
        &["ca", "import", ".", "--cert", &root, "--key", &root_key],
        &["ca", "import", "."],
        &["ca", "import", "--cert", &root, "--key", &issuer_key],
    ] {
        let world = World::new();
        let refused = world.run(args);
        assert_eq!(refused.code(), Some(1), "{args:?}: {refused}");
        assert!(!world.home.path().join("ca").exists(), "{args:?}");
    }
}
