use std::process::Command;

use wharf_interop_tests::peer;

use crate::Desk;

#[test]
fn keytool_installs_the_answer_beside_its_key() {
    let Some(keytool) = peer::keytool() else {
        return;
    };
    let mut desk = Desk::new();
    let _ = desk.run(&mut desk.wharf(&["ca", "init"]));
    let root = desk.home.root().to_str().unwrap().to_owned();
    let run = |desk: &Desk, args: &[&str], more: &[&str]| {
        let mut command = Command::new(&keytool);
        command.args(args).args(STORE).args(more);
        desk.run(&mut command)
    };
    let trust = ["-importcert", "-noprompt", "-alias", "root", "-file", &root];
    let _ = run(&desk, &trust, &[]);
    for (at, (options, signature)) in KEYS.iter().enumerate() {
        let (name, request) = (format!("key{at}"), format!("{at}.csr"));
        let alias = ["-alias", &name];
        let made = ["-genkeypair", "-dname", "CN=a.test"];
        let _ = run(&desk, &made, &[&alias[..], options].concat());
        let asked = ["-certreq", "-ext", "SAN=dns:a.test", "-file", &request];
        let _ = run(&desk, &asked, &[&alias[..], signature].concat());
        let chain = desk.sign(&request);
        // It refuses what is not for its key, or leads to no root that it trusts.
        let said = run(&desk, &["-importcert", "-file", &chain], &alias);
        let installed = "Certificate reply was installed in keystore";
        assert!(said.stderr.contains(installed), "{said}");
    }
    let listed = run(&desk, &["-list", "-v"], &[]).text();
    for part in ["Certificate chain length: 3", "DNSName: a.test"] {
        let count = listed.matches(part).count();
        assert_eq!(count, KEYS.len(), "{part}: {listed}");
    }
    desk.judge(true);
}

const STORE: [&str; 5] = [
    "-J-Duser.language=en",
    "-keystore",
    "keys.p12",
    "-storepass",
    "changeit",
];

/// How a key is made, and with what a request is signed if not with Java's choice.
const KEYS: [(&[&str], &[&str]); 9] = [
    (&["-keyalg", "EC", "-groupname", "secp256r1"], &[]),
    (
        &["-keyalg", "EC", "-groupname", "secp256r1"],
        &["-sigalg", "SHA512withECDSA"],
    ),
    (&["-keyalg", "EC", "-groupname", "secp384r1"], &[]),
    (
        &["-keyalg", "EC", "-groupname", "secp384r1"],
        &["-sigalg", "SHA256withECDSA"],
    ),
    (&["-keyalg", "EC", "-groupname", "secp521r1"], &[]),
    (&["-keyalg", "Ed25519"], &[]),
    (
        &["-keyalg", "RSA", "-keysize", "2048"],
        &["-sigalg", "SHA384withRSA"],
    ),
    (
        &["-keyalg", "RSA", "-keysize", "3072"],
        &["-sigalg", "RSASSA-PSS"],
    ),
    (&["-keyalg", "RSA", "-keysize", "4096"], &[]),
];
