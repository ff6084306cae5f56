use wharf_interop_tests::peer;

use crate::Desk;

#[test]
fn certtool_verifies_what_it_asked_for() {
    let Some(gnutls) = peer::gnutls() else {
        return;
    };
    let mut desk = Desk::new();
    let template = desk.write(
        "template",
        "cn = a.test\ndns_name = a.test\ntls_www_server\n",
    );
    for options in [
        &["--key-type", "ecdsa", "--curve", "secp256r1"][..],
        &["--key-type", "ecdsa", "--curve", "secp384r1"],
        &["--key-type", "ecdsa", "--curve", "secp521r1"],
        &["--key-type", "ed25519"],
        &["--key-type", "rsa", "--bits", "2048"],
        &["--key-type", "rsa", "--bits", "3072", "--hash", "SHA512"],
    ] {
        let (key, request) = (
            format!("{}.key", desk.signed.len()),
            format!("{}.csr", desk.signed.len()),
        );
        let made = [&["--generate-privkey", "--outfile", &key], options].concat();
        let _ = desk.run(&mut gnutls.certtool(&made));
        let hash = match options {
            [.., "--hash", hash] => &["--hash", hash][..],
            _ => &[],
        };
        let asked = [
            "--generate-request",
            "--load-privkey",
            &key,
            "--template",
            &template,
        ];
        let asked = [&asked[..], &["--outfile", &request], hash].concat();
        let _ = desk.run(&mut gnutls.certtool(&asked));
        let chain = desk.sign(&request);
        let root = desk.home.root();
        let verify = [
            "--verify",
            "--verify-hostname",
            "a.test",
            "--infile",
            &chain,
        ];
        let mut verify = gnutls.certtool(&verify);
        let _ = desk.run(verify.arg("--load-ca-certificate").arg(&root));
        let matched = desk
            .wharf(&["key", "match", &key, &chain])
            .status()
            .unwrap();
        assert!(matched.success());
    }
    desk.judge(true);
}
