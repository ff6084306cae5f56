use wharf_interop_tests::peer;

use crate::Desk;

const CONFIG: &str = "[req]\ndistinguished_name=dn\n[dn]\n";

const HASHES: [&str; 3] = ["-sha256", "-sha384", "-sha512"];

#[test]
fn every_type_of_key_and_every_hash_is_signed() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let mut desk = Desk::new();
    let config = desk.write("config", CONFIG);
    let types = [
        "p256", "p384", "p521", "ed25519", "rsa2048", "rsa3072", "rsa4096",
    ];
    for key_type in types {
        let key = desk.key(key_type);
        let is_rsa = key_type.starts_with("rsa");
        for hash in HASHES {
            // Ed25519 has a hash of its own.
            if key_type == "ed25519" && hash != "-sha512" {
                continue;
            }
            for pss in [false, true] {
                if pss && !is_rsa {
                    continue;
                }
                let request = format!("{key_type}{hash}{pss}.csr");
                let args = ["req", "-new", "-config", &config, "-key", &key, hash];
                let names = [
                    "-subj",
                    "/CN=a.test",
                    "-addext",
                    "subjectAltName=DNS:a.test",
                ];
                let padding: &[&str] = match pss {
                    true => &[
                        "-sigopt",
                        "rsa_padding_mode:pss",
                        "-sigopt",
                        "rsa_pss_saltlen:-1",
                    ],
                    false => &[],
                };
                let args = [&args[..], &names, padding, &["-out", &request]].concat();
                let _ = desk.run(&mut openssl.command(&args));
                desk.sign(&request);
            }
        }
    }
    // Three curves, Ed25519, three sizes of RSA in both paddings.
    assert_eq!(desk.signed.len(), 3 * 3 + 1 + 3 * 3 * 2);
    desk.judge(true);
}

#[test]
fn der_and_a_request_with_the_old_label_are_signed() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let mut desk = Desk::new();
    let config = desk.write("config", CONFIG);
    let key = desk.key("p256");
    for form in [&["-outform", "DER"][..], &["-newhdr"]] {
        let request = format!("{}.csr", desk.signed.len());
        let args = [
            "req", "-new", "-config", &config, "-key", &key, "-out", &request,
        ];
        let names = [
            "-subj",
            "/CN=a.test",
            "-addext",
            "subjectAltName=DNS:a.test",
        ];
        let _ = desk.run(&mut openssl.command(&[&args[..], &names, form].concat()));
        desk.sign(&request);
    }
    desk.judge(true);
}
