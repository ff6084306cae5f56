//! What others wrote.

use wharf_pki::error::Pkcs12Fault;
use wharf_pki::p12::Pkcs12;
use wharf_pki::{Certificate, Key};

use crate::{file, refused};

fn text(name: &str) -> String {
    String::from_utf8(file(name)).unwrap()
}

#[test]
fn a_key_with_its_chain_is_read_whoever_wrote_it() {
    let key = Key::from_pem(&text("leaf.key")).unwrap();
    let [leaf, root] =
        ["leaf.crt", "root.crt"].map(|name| Certificate::from_pem(&text(name)).unwrap());
    for (name, password) in [
        ("openssl.p12", "pw"),
        ("openssl-legacy.p12", "pw"),
        ("openssl-odd.p12", "pw"),
        ("openssl-nomac.p12", "pw"),
        ("openssl-plain.p12", "whatever"),
        ("openssl-empty.p12", ""),
        ("openssl-umlaut.p12", "pässwörd"),
        ("pbmac1.p12", "pw"),
        ("gnutls.p12", "pw"),
        // No password, and one without a character: that differs in the file.
        ("gnutls-null.p12", ""),
        ("gnutls-empty.p12", ""),
        ("java.p12", "password"),
        ("nss.p12", "pw"),
    ] {
        let read = Pkcs12::from_der(&file(name), password);
        let read = read.unwrap_or_else(|error| panic!("{name}: {error}"));
        let read_key = read.key.unwrap();
        assert_eq!(read_key.to_pkcs8_der(), key.to_pkcs8_der(), "{name}");
        assert_eq!(read.chain, [leaf.clone(), root.clone()], "{name}");
        assert_eq!(read.friendly_name.as_deref(), Some("leaf"), "{name}");
    }
}

#[test]
fn a_truststore_is_read_whoever_wrote_it() {
    let root = Certificate::from_pem(&text("root.crt")).unwrap();
    for (name, password, friendly_name) in [
        ("openssl-trust.p12", "pw", None),
        ("java-trust.p12", "password", Some("root")),
        ("java-plain.p12", "", Some("root")),
    ] {
        let read = Pkcs12::from_der(&file(name), password);
        let read = read.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(read.key.is_none(), "{name}");
        assert_eq!(read.chain, std::slice::from_ref(&root), "{name}");
        assert_eq!(read.friendly_name.as_deref(), friendly_name, "{name}");
    }
}

#[test]
fn a_wrong_password_is_refused_as_one_whoever_wrote_the_file() {
    for name in [
        "openssl.p12",
        "openssl-legacy.p12",
        "openssl-odd.p12",
        "openssl-nomac.p12",
        "openssl-empty.p12",
        "openssl-trust.p12",
        "pbmac1.p12",
        "gnutls.p12",
        "java.p12",
        "java-trust.p12",
        "nss.p12",
    ] {
        assert_eq!(
            refused(&file(name), "PW"),
            Pkcs12Fault::WrongPassword,
            "{name}"
        );
    }
}
