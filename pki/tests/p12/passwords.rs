//! Passwords: right, wrong, none, not ASCII.

use wharf_pki::KeyType;
use wharf_pki::error::Pkcs12Fault;
use wharf_pki::p12::{Pkcs12, Pkcs12Encryption};

use crate::{file, issued, refused};

const BOTH: [Pkcs12Encryption; 2] = [Pkcs12Encryption::Modern, Pkcs12Encryption::Legacy];

#[test]
fn any_text_is_a_password() {
    let p12 = issued(KeyType::P256);
    for encryption in BOTH {
        for password in ["", "a", "pässwörd", "パスワード", "🦀", &"x".repeat(1000)] {
            let der = p12.to_der(password, encryption).unwrap();
            let read = Pkcs12::from_der(&der, password).unwrap();
            assert_eq!(read.chain, p12.chain);
            let other = format!("{password}1");
            assert_eq!(
                refused(&der, &other),
                Pkcs12Fault::WrongPassword,
                "{password}"
            );
        }
    }
}

#[test]
fn a_changed_file_is_told_apart_from_a_wrong_password() {
    let original = file("openssl-legacy.p12");
    // In the name of the key, in the encrypted key and in the digest of the MAC.
    let at = |needle: &[u8]| {
        let found = original
            .windows(needle.len())
            .rposition(|window| window == needle);
        found.unwrap()
    };
    let friendly_name = at(b"\0l\0e\0a\0f");
    for at in [friendly_name + 1, friendly_name - 40, original.len() - 20] {
        let mut changed = original.clone();
        changed[at] ^= 1;
        assert_eq!(refused(&changed, "pw"), Pkcs12Fault::Damaged, "{at}");
        assert_eq!(refused(&changed, "PW"), Pkcs12Fault::WrongPassword, "{at}");
    }
}

#[test]
fn whether_another_password_may_help_is_said() {
    assert!(Pkcs12Fault::WrongPassword.is_password());
    assert!(!Pkcs12Fault::Damaged.is_password());
    let error = wharf_pki::Error::from(Pkcs12Fault::WrongPassword);
    assert_eq!(
        error.to_string(),
        "PKCS#12 file is not opened by this password"
    );
    assert!(error.hint().unwrap().contains("changeit"));
}
