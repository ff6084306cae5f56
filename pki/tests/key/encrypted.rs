//! Keys behind a password, most of them as openssl writes them; see tests/data/README.md.

use wharf_pki::error::KeyFault;
use wharf_pki::key::PBKDF2_ITERATIONS;
use wharf_pki::{Error, Key, KeyType, Password};

use super::{der, element, key, pem};

const AES256: &str = include_str!("../data/keys/aes256-sha256.key");

fn secret() -> Password {
    Password::new("secret")
}

#[track_caller]
fn fault(text: &str, password: &Password) -> KeyFault {
    match Key::from_encrypted_pem(text, password).unwrap_err() {
        Error::Key { fault } => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_openssl_encrypts_is_read() {
    let plain = include_str!("../data/keys/p256.key");
    for text in [
        AES256,
        include_str!("../data/keys/aes128-sha1.key"),
        include_str!("../data/keys/aes192-sha512.key"),
        include_str!("../data/keys/scrypt.key"),
        plain,
    ] {
        let key = Key::from_encrypted_pem(text, &secret()).unwrap();
        assert_eq!(key.to_pem().as_str(), plain);
    }
    let key = Key::from_encrypted_der(&der(AES256), &secret()).unwrap();
    assert_eq!(key.to_pem().as_str(), plain);
}

#[test]
fn what_is_encrypted_here_is_read_again() {
    for key_type in [KeyType::P256, KeyType::Rsa2048, KeyType::MlDsa65] {
        let key = key(key_type);
        let password = Password::new("käse 🧀");
        let text = key.to_encrypted_pem(&password).unwrap();
        assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
        let again = Key::from_encrypted_pem(&text, &password).unwrap();
        assert_eq!(again.to_pkcs8_der(), key.to_pkcs8_der());
    }
}

#[test]
fn the_same_key_is_never_encrypted_to_the_same_octets() {
    let key = key(KeyType::Ed25519);
    let encrypt = || key.to_encrypted_der(&secret()).unwrap();
    assert_ne!(encrypt(), encrypt());
    // Iterations as an INTEGER.
    let iterations = element(2, &PBKDF2_ITERATIONS.to_be_bytes()[1..]);
    assert!(encrypt().windows(5).any(|octets| *octets == iterations));
}

#[test]
fn a_missing_and_a_wrong_password_are_told_apart_and_a_caller_may_ask_again() {
    let missing = Key::from_pem(AES256).unwrap_err();
    assert_eq!(
        missing,
        Error::Key {
            fault: KeyFault::Encrypted
        }
    );
    assert!(missing.is_password());
    assert!(missing.hint().unwrap().contains("openssl pkey"));
    let wrong = Key::from_encrypted_pem(AES256, &Password::new("secret\n")).unwrap_err();
    assert_eq!(
        wrong,
        Error::Key {
            fault: KeyFault::WrongPassword
        }
    );
    assert!(wrong.is_password());
    let empty = Password::new("");
    assert_eq!(fault(AES256, &empty), KeyFault::WrongPassword);
    let error = key(KeyType::P256).to_encrypted_pem(&empty).unwrap_err();
    assert_eq!(
        error,
        Error::Key {
            fault: KeyFault::EmptyPassword
        }
    );
    assert!(!error.is_password());
}

#[test]
fn a_wrong_key_with_a_lucky_padding_is_a_wrong_password_too() {
    // About eight of these end in a padding that looks right.
    let text = pem("ENCRYPTED PRIVATE KEY", &pbkdf2(&[1], &[0x5a; 48]));
    for i in 0..2000 {
        let password = Password::new(i.to_string());
        assert_eq!(fault(&text, &password), KeyFault::WrongPassword);
    }
}

#[test]
fn a_password_is_the_first_line_of_a_file_and_never_shown() {
    for file in ["secret", "secret\n", "secret\r\n", "secret\nmore\n"] {
        let password = Password::first_line(file.as_bytes());
        Key::from_encrypted_pem(AES256, &password).unwrap();
    }
    let spaced = Password::first_line(b" secret\n");
    assert_eq!(fault(AES256, &spaced), KeyFault::WrongPassword);
    assert_eq!(format!("{:?}", secret()), "Password([redacted])");
}

#[test]
fn old_and_unknown_encryption_is_named_with_the_command_that_converts() {
    let old = |found: &str| KeyFault::OldEncryption {
        found: found.into(),
    };
    for (text, expected) in [
        (include_str!("../data/keys/3des.key"), old("3DES")),
        (include_str!("../data/keys/des.key"), old("DES")),
        (include_str!("../data/keys/rc2.key"), old("RC2")),
        (include_str!("../data/keys/pbes1.key"), old("PBES1")),
        (
            include_str!("../data/keys/pkcs12.key"),
            old("a scheme of PKCS#12"),
        ),
        (
            include_str!("../data/keys/traditional.key"),
            old("traditional PEM, AES-128-CBC"),
        ),
        (
            include_str!("../data/p256-sec1-encrypted.key"),
            old("traditional PEM, AES-256-CBC"),
        ),
        (
            include_str!("../data/keys/camellia.key"),
            KeyFault::UnknownEncryption {
                found: "1.2.392.200011.61.1.1.1.4".into(),
            },
        ),
    ] {
        let fault = fault(text, &secret());
        assert_eq!(fault, expected);
        assert!(fault.hint().unwrap().contains("openssl pkcs8 -topk8"));
        assert!(!fault.is_password());
    }
}

#[test]
fn a_file_cannot_ask_for_minutes_of_work_or_gigabytes() {
    #[track_caller]
    fn check(der: &[u8], expected: &str) {
        let text = pem("ENCRYPTED PRIVATE KEY", der);
        let fault = fault(&text, &secret());
        let work = expected.into();
        assert_eq!(fault, KeyFault::TooCostly { work });
    }
    let data = [0x5a; 48];
    check(
        &pbkdf2(&[0x4c, 0x4b, 0x41], &data),
        "5000001 iterations of PBKDF2",
    );
    check(
        &pbkdf2(&[0x7f, 0xff, 0xff, 0xff], &data),
        "2147483647 iterations of PBKDF2",
    );
    // N = 2^20, r = 8: 1 GiB. N = 2^14, r = 8, p = 17. N = 2^63.
    check(
        &scrypt(&[0x10, 0, 0], &[8], &[1]),
        "1073741824 bytes of scrypt",
    );
    check(
        &scrypt(&[0x40, 0], &[8], &[17]),
        "285212672 bytes of scrypt",
    );
    check(
        &scrypt(&[0, 0x80, 0, 0, 0, 0, 0, 0, 0], &[8], &[1]),
        "18446744073709551615 bytes of scrypt",
    );
    check(
        &scrypt(&[0x40, 0], &[0x7f, 0xff], &[0x7f, 0xff]),
        "2251662376828928 bytes of scrypt",
    );
}

#[test]
fn parameters_without_sense_are_malformed() {
    let malformed = |der: &[u8]| {
        let fault = fault(&pem("ENCRYPTED PRIVATE KEY", der), &secret());
        assert_eq!(fault, KeyFault::MalformedEncryption);
    };
    // N has to be a power of two above one; r and p cannot be zero.
    for n in [&[0][..], &[1], &[3], &[0x40, 1]] {
        malformed(&scrypt(n, &[8], &[1]));
    }
    malformed(&scrypt(&[0x40, 0], &[0], &[1]));
    malformed(&scrypt(&[0x40, 0], &[8], &[0]));
    // More than 32 bits of iterations, and a negative number.
    malformed(&pbkdf2(&[1, 0, 0, 0, 0], &[0x5a; 48]));
    malformed(&pbkdf2(&[0xff], &[0x5a; 48]));
}

#[test]
fn encrypted_data_that_is_no_number_of_blocks_is_no_key() {
    for length in [0, 1, 15, 17, 47] {
        let text = pem("ENCRYPTED PRIVATE KEY", &pbkdf2(&[1], &vec![0x5a; length]));
        assert_eq!(fault(&text, &secret()), KeyFault::WrongPassword);
    }
}

#[test]
fn every_cut_of_an_encrypted_key_is_an_error() {
    let whole = der(AES256);
    for cut in 0..whole.len() {
        let text = pem("ENCRYPTED PRIVATE KEY", &whole[..cut]);
        assert_eq!(fault(&text, &secret()), KeyFault::Malformed);
    }
}

const AES_256_CBC: [u8; 11] = [6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x2a];

/// An EncryptedPrivateKeyInfo with PBKDF2 over HMAC-SHA-256 and AES-256-CBC.
fn pbkdf2(iterations: &[u8], data: &[u8]) -> Vec<u8> {
    let hmac = [6, 8, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 9, 5, 0];
    let parameters = [
        element(4, &[1; 8]),
        element(2, iterations),
        element(0x30, &hmac),
    ];
    let oid = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
    pbes2(&oid, &parameters.concat(), data)
}

fn scrypt(n: &[u8], r: &[u8], p: &[u8]) -> Vec<u8> {
    let numbers = [n, r, p].map(|number| element(2, number));
    let parameters = [element(4, &[1; 8]), numbers.concat()].concat();
    let oid = [6, 9, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11];
    pbes2(&oid, &parameters, &[0x5a; 48])
}

fn pbes2(kdf: &[u8], kdf_parameters: &[u8], data: &[u8]) -> Vec<u8> {
    let oid = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];
    let kdf = element(0x30, &[kdf, &element(0x30, kdf_parameters)].concat());
    let cipher = element(0x30, &[&AES_256_CBC[..], &element(4, &[2; 16])].concat());
    let parameters = element(0x30, &[kdf, cipher].concat());
    let scheme = element(0x30, &[&oid[..], &parameters].concat());
    element(0x30, &[scheme, element(4, data)].concat())
}
