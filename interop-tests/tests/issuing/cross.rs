//! A root that another one has cross-signed.

use wharf_interop_tests::peer;
use wharf_pki::{Authority, AuthorityOptions, CrossSign, EndEntity, NameConstraints, Subject};

use crate::lab::{Files, intermediate, key, now, root};

#[test]
fn openssl_finds_a_path_from_either_root_to_the_same_leaf() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let old = AuthorityOptions {
        subject: Subject::new("old root"),
        path_len: Some(2),
        ..AuthorityOptions::default()
    };
    let old = Authority::root_with(key(), &old, now()).unwrap();
    let new = root("new root", NameConstraints::default());
    let crossed = old
        .cross_sign(new.certificate(), &CrossSign::default(), now())
        .unwrap();
    let ca = intermediate(&new);
    let request = EndEntity {
        names: vec!["a.test".parse().unwrap()],
        ..EndEntity::default()
    };
    let leaf = ca.issue(&request, &key(), now()).unwrap().certificate;

    let files = Files::new();
    let leaf = files.certificate("leaf.crt", &leaf);
    let plain = files.certificate("plain.crt", ca.certificate());
    let over_cross = files.write(
        "cross.crt",
        &(ca.certificate().to_pem() + &crossed.to_pem()),
    );
    let old = files.certificate("old.crt", old.certificate());
    let new = files.certificate("new.crt", new.certificate());
    let works = |chain: &str, root: &str| {
        let more = ["-purpose", "sslserver", "-verify_hostname", "a.test"];
        files
            .verify(&openssl, [&leaf, chain, root], &more)
            .status
            .success()
    };
    assert!(works(&plain, &new));
    assert!(works(&over_cross, &new));
    assert!(works(&over_cross, &old));
    assert!(!works(&plain, &old));
}
