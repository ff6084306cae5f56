//! GnuTLS' certtool. It shows the pin of a key, which is SHA-256 of the public key.

use wharf_interop_tests::{Finished, Process, peer};

use super::{CLASSIC, Folder, SECRET, forms, key, read};

/// `pin-sha256:…` in what certtool says of a key.
#[track_caller]
fn pin(said: &Finished) -> String {
    let text = said.text();
    let (_, pin) = text
        .split_once("pin-sha256:")
        .unwrap_or_else(|| panic!("{said}"));
    pin.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn certtool_reads_every_form_that_we_write() {
    let Some(gnutls) = peer::gnutls() else {
        return;
    };
    let folder = Folder::new();
    for key_type in CLASSIC {
        let key = key(key_type);
        for (form, text) in forms(key_type) {
            let file = folder.write("key", text);
            let args = [
                "--pubkey-info",
                "--password",
                SECRET,
                "--load-privkey",
                &file,
            ];
            let said = Process::run(&mut gnutls.certtool(&args)).success();
            assert_eq!(pin(&said), key.public_key().pin(), "{form}");
        }
    }
}

#[test]
fn what_certtool_writes_is_read_plain_and_encrypted() {
    let Some(gnutls) = peer::gnutls() else {
        return;
    };
    let folder = Folder::new();
    let out = folder.path("key");
    for made in [
        &["--key-type=ecdsa", "--curve=secp256r1"][..],
        &["--key-type=ecdsa", "--curve=secp384r1"],
        &["--key-type=ecdsa", "--curve=secp521r1"],
        &["--key-type=ed25519"],
        &["--key-type=rsa", "--bits=2048"],
    ] {
        for form in [
            &["--pkcs8", "--password="][..],
            &["--no-text"],
            &["--pkcs8", "--password", SECRET, "--pkcs-cipher=aes-128"],
            &["--pkcs8", "--password", SECRET, "--pkcs-cipher=aes-256"],
        ] {
            let common = ["--generate-privkey", "--outfile", &out];
            let mut command = gnutls.certtool(&[&common[..], made, form].concat());
            let _ = Process::run(&mut command).success();
            let args = [
                "--pubkey-info",
                "--password",
                SECRET,
                "--load-privkey",
                &out,
            ];
            let shown = Process::run(&mut gnutls.certtool(&args)).success();
            let key = read(&folder.read("key"));
            assert_eq!(key.public_key().pin(), pin(&shown), "{made:?} {form:?}");
        }
    }
}
