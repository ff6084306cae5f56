//! What a file holds and how it is protected, without a secret.

use wharf_pki::error::Pkcs12Fault;
use wharf_pki::inspect::{Object, Pkcs12Info, inspect_pkcs12, objects};

use crate::file;

fn inspect(name: &str, password: Option<&str>) -> Pkcs12Info {
    inspect_pkcs12(&file(name), password).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn algorithms_and_iterations_are_seen_without_a_password() {
    for (name, mac, certificates) in [
        (
            "openssl.p12",
            ("HMAC-SHA-256", 2048),
            ("AES-256-CBC, PBKDF2 with HMAC-SHA-256", 2048),
        ),
        (
            "openssl-legacy.p12",
            ("HMAC-SHA-1", 2048),
            ("pbeWithSHAAnd40BitRC2-CBC", 2048),
        ),
        (
            "openssl-odd.p12",
            ("HMAC-SHA-512", 2048),
            ("pbeWithSHAAnd128BitRC2-CBC", 2048),
        ),
        (
            "pbmac1.p12",
            ("PBMAC1 of HMAC-SHA-384, PBKDF2 with HMAC-SHA-256", 2048),
            ("AES-256-CBC, PBKDF2 with HMAC-SHA-256", 2048),
        ),
        (
            "java-trust.p12",
            ("HMAC-SHA-256", 10_000),
            ("AES-256-CBC, PBKDF2 with HMAC-SHA-256", 10_000),
        ),
        (
            "gnutls.p12",
            ("HMAC-SHA-256", 600_000),
            ("AES-128-CBC, PBKDF2 with HMAC-SHA-256", 600_000),
        ),
    ] {
        let info = inspect(name, None);
        let seen = info.mac.as_ref().unwrap();
        assert_eq!((seen.algorithm.as_str(), seen.iterations), mac, "{name}");
        let seen = info.parts[0].encryption.as_ref().unwrap();
        assert_eq!(
            (seen.algorithm.as_str(), seen.iterations),
            certificates,
            "{name}"
        );
        assert_eq!(info.parts[0].bags, None, "{name}");
    }
    assert_eq!(inspect("openssl-nomac.p12", None).mac, None);
}

#[test]
fn a_password_shows_all() {
    let info = inspect("openssl-legacy.p12", Some("pw"));
    let [certificates, key] = &info.parts[..] else {
        panic!("{info:?}")
    };
    let [leaf, root] = &certificates.bags.as_ref().unwrap()[..] else {
        panic!("{info:?}")
    };
    assert_eq!(
        (leaf.kind.as_str(), leaf.friendly_name.as_deref()),
        ("certificate", Some("leaf"))
    );
    assert_eq!(leaf.certificate.as_ref().unwrap().subject, "CN=leaf.test");
    assert_eq!(root.certificate.as_ref().unwrap().subject, "CN=root.test");
    let [key] = &key.bags.as_ref().unwrap()[..] else {
        panic!("{info:?}")
    };
    assert_eq!(key.kind, "encrypted key");
    assert_eq!(key.local_key_id, leaf.local_key_id);
    assert_eq!(key.local_key_id.as_ref().unwrap().len(), 40);
    assert_eq!(
        key.encryption.as_ref().unwrap().algorithm,
        "pbeWithSHAAnd3-KeyTripleDES-CBC"
    );
}

#[test]
fn json_has_the_same_and_no_secret() {
    let shown = serde_json::to_value(inspect("openssl-plain.p12", None)).unwrap();
    assert!(shown["mac"].is_null());
    assert_eq!(shown["parts"][1]["bags"][0]["kind"], "key");
    let secret = String::from_utf8(file("leaf.key")).unwrap();
    let secret = secret.lines().nth(1).unwrap();
    assert!(!shown.to_string().contains(&secret[..16]));
}

#[test]
fn a_wrong_password_shows_nothing() {
    let refused = inspect_pkcs12(&file("openssl.p12"), Some("PW")).unwrap_err();
    assert_eq!(refused, Pkcs12Fault::WrongPassword.into());
}

#[test]
fn it_reads_like_this_with_and_without_a_password() {
    let sealed = "\
MAC             HMAC-SHA-1, iterated 2048 times
part 1          pbeWithSHAAnd40BitRC2-CBC, iterated 2048 times
                (its password tells what is in it)
part 2          not encrypted as a whole
                encrypted key \"leaf\": pbeWithSHAAnd3-KeyTripleDES-CBC, iterated 2048 times, key id ID
";
    let opened = "\
MAC             HMAC-SHA-1, iterated 2048 times
part 1          pbeWithSHAAnd40BitRC2-CBC, iterated 2048 times
                certificate \"leaf\" for CN=leaf.test, key id ID
                certificate for CN=root.test
part 2          not encrypted as a whole
                encrypted key \"leaf\": pbeWithSHAAnd3-KeyTripleDES-CBC, iterated 2048 times, key id ID
";
    for (password, expected) in [(None, sealed), (Some("pw"), opened)] {
        let info = inspect("openssl-legacy.p12", password);
        let [.., key] = &info.parts[..] else {
            panic!("{info:?}")
        };
        let id = key.bags.as_ref().unwrap()[0].local_key_id.clone().unwrap();
        assert_eq!(info.to_string().replace(&id, "ID"), expected);
    }
    let open = inspect("openssl-nomac.p12", None).to_string();
    assert!(open.starts_with("MAC             none: "), "{open}");
}

#[test]
fn among_other_files_it_is_taken_for_what_it_is() {
    // NSS writes BER.
    for name in ["openssl.p12", "nss.p12", "java-trust.p12"] {
        let found = objects(&file(name)).unwrap();
        let [Object::Pkcs12(info)] = &found[..] else {
            panic!("{name}: {found:?}")
        };
        assert_eq!(**info, inspect(name, None));
    }
    // Half of one is nothing.
    let whole = file("openssl.p12");
    for end in 0..whole.len() {
        objects(&whole[..end]).unwrap_err();
    }
}
