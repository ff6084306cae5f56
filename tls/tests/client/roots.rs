//! Where trust anchors come from.

use std::fs;
use std::process::Command;

use rustls_pki_types::CertificateDer;
use wharf_tls::{ClientTls, ClientTlsOptions, Roots, Trust};

use crate::authority::{Authority, Issued};
use crate::peers::{check, client, meet, refusal, server};

/// Where the test below finds a CA that `SSL_CERT_FILE` names.
const FOLDER: &str = "WHARF_TEST_CA_FOLDER";

#[test]
fn the_environment_names_no_roots() {
    let root = Authority::root("named by the environment");
    let leaf = root.leaf();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::write(file("ca.pem"), root.pem()).unwrap();
    fs::write(file("leaf.der"), &leaf.chain[0]).unwrap();
    fs::write(file("key.pem"), leaf.key.serialize_pem()).unwrap();
    let test = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "roots::what_the_environment_names_is_unknown"])
        .env("SSL_CERT_FILE", file("ca.pem"))
        .env("SSL_CERT_DIR", folder.path())
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&test.stdout);
    assert!(
        test.status.success() && output.contains("1 passed"),
        "{output}"
    );
}

/// On its own this has nothing to look at; the test above starts it again.
#[tokio::test]
async fn what_the_environment_names_is_unknown() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let folder = std::path::Path::new(&folder);
    let leaf = Issued {
        chain: vec![CertificateDer::from(
            fs::read(folder.join("leaf.der")).unwrap(),
        )],
        key: rcgen::KeyPair::from_pem(&fs::read_to_string(folder.join("key.pem")).unwrap())
            .unwrap(),
        serial: 0,
    };
    // It would be good for those who ask the environment.
    let named = Trust::from_pem(&fs::read(folder.join("ca.pem")).unwrap()).unwrap();
    let own = ClientTlsOptions {
        roots: Roots::Own(named),
        ..ClientTlsOptions::default()
    };
    let (connected, _) = meet(&client(&own), "localhost", &server(&leaf)).await;
    connected.unwrap();

    let native = ClientTlsOptions::default();
    match ClientTls::new(&native) {
        Ok(_) => assert!(refusal(&native, &leaf).await.is_untrusted()),
        // A machine without any trust anchors.
        Err(error) => check(
            &error,
            "the operating system has no trust anchors in any of the known places",
            "install the package ca-certificates, or use the roots of Mozilla or your own",
        ),
    }
}

#[tokio::test]
async fn the_roots_of_mozilla_do_not_know_ours() {
    let options = ClientTlsOptions {
        roots: Roots::Mozilla,
        ..ClientTlsOptions::default()
    };
    assert!(
        refusal(&options, &Authority::root("root").leaf())
            .await
            .is_untrusted()
    );
}

#[tokio::test]
async fn the_roots_of_the_system_and_ours_know_ours_and_no_others() {
    let (ours, other) = (Authority::root("ours"), Authority::root("another"));
    let options = ClientTlsOptions {
        roots: Roots::NativeAnd(Trust::from_pem(ours.pem().as_bytes()).unwrap()),
        ..ClientTlsOptions::default()
    };
    let (connected, _) = meet(&client(&options), "localhost", &server(&ours.leaf())).await;
    connected.unwrap();
    assert!(refusal(&options, &other.leaf()).await.is_untrusted());
}
