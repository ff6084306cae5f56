//! Encrypted private keys, most of them as openssl writes them; see tests/data/README.md.

use std::time::{Duration, Instant};

use data_encoding::BASE64;
use wharf_tls::{Error, Identity, Password};

const LEAF: &[u8] = include_bytes!("../data/leaf.crt");
const PLAIN: &[u8] = include_bytes!("../data/leaf.key");
const AES_256: &[u8] = include_bytes!("../data/leaf-aes256.key");

fn load(key: &[u8], password: &str) -> Result<Identity, Error> {
    Identity::from_encrypted_pem(LEAF, key, &Password::new(password))
}

#[test]
fn what_openssl_encrypts_is_read() {
    for key in [
        AES_256,
        include_bytes!("../data/leaf-aes128-sha512.key"),
        include_bytes!("../data/leaf-scrypt.key"),
    ] {
        load(key, "secret").unwrap();
    }
    load(PLAIN, "not needed").unwrap();
}

#[test]
fn one_file_may_hold_an_encrypted_key_and_the_certificates() {
    let both = [LEAF, AES_256].concat();
    Identity::from_encrypted_pem(&both, &both, &Password::new("secret")).unwrap();
}

#[test]
fn a_missing_and_a_wrong_password_are_told_apart_and_a_caller_may_ask_again() {
    let missing = Identity::from_pem(LEAF, AES_256).unwrap_err();
    let expected = "the private key is encrypted and there is no password for it";
    assert_eq!(missing.to_string(), expected);
    assert!(missing.hint().unwrap().contains("openssl pkcs8"));
    assert!(missing.is_password());
    let wrong = load(AES_256, "secret\n").unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "the password does not decrypt the private key"
    );
    assert!(wrong.hint().unwrap().contains("line feed"));
    assert!(wrong.is_password());
}

#[test]
fn a_wrong_key_with_a_lucky_padding_is_a_wrong_password_too() {
    // About eight of these end in a padding that looks right.
    let key = pbkdf2(1);
    for i in 0..2000 {
        let error = load(&key, &i.to_string()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the password does not decrypt the private key"
        );
    }
}

#[test]
fn the_first_line_of_a_file_is_the_password() {
    for file in ["secret", "secret\n", "secret\r\n", "secret\nmore\n"] {
        let password = Password::first_line(file.as_bytes());
        Identity::from_encrypted_pem(LEAF, AES_256, &password).unwrap();
    }
    let spaced = Password::first_line(b" secret\n");
    Identity::from_encrypted_pem(LEAF, AES_256, &spaced).unwrap_err();
}

#[test]
fn old_and_unknown_encryption_is_named() {
    let old =
        |what| format!("the private key is encrypted in an old form, {what}, that is not read");
    let cases: [(&[u8], String); 6] = [
        (include_bytes!("../data/leaf-3des.key"), old("3DES")),
        (
            include_bytes!("../data/leaf-sha1.key"),
            old("PBKDF2 over SHA-1"),
        ),
        (include_bytes!("../data/leaf-pbes1.key"), old("PBES1")),
        (
            include_bytes!("../data/leaf-pkcs12.key"),
            old("a scheme of PKCS#12"),
        ),
        (
            include_bytes!("../data/leaf-proc-type.key"),
            old("PEM encryption AES-256-CBC"),
        ),
        (
            include_bytes!("../data/leaf-camellia.key"),
            "the private key is encrypted with 1.2.392.200011.61.1.1.1.4, which is not supported"
                .into(),
        ),
    ];
    for (key, expected) in cases {
        let error = load(key, "secret").unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(error.hint().unwrap().contains("openssl pkcs8 -topk8"));
        assert!(!error.is_password());
    }
}

#[test]
fn a_file_cannot_ask_for_minutes_of_work() {
    let refused = |key: &[u8], what: &str| {
        let start = Instant::now();
        let error = load(key, "secret").unwrap_err().to_string();
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "{:?}",
            start.elapsed()
        );
        assert_eq!(
            error,
            format!("decrypting the private key would take {what}")
        );
    };
    refused(
        &pbkdf2(0x7fff_ffff),
        "2147483647 iterations of PBKDF2, more than 5000000",
    );
    refused(
        &pbkdf2(5_000_001),
        "5000001 iterations of PBKDF2, more than 5000000",
    );
    let scrypt_bytes = "scrypt through 536870912 bytes, more than 268435456";
    refused(&scrypt(1 << 14, 8, 32), scrypt_bytes);
    refused(&scrypt(1 << 19, 8, 1), scrypt_bytes);
    let most = format!("scrypt through {} bytes, more than 268435456", u64::MAX);
    refused(&scrypt(1 << 62, 0x7fff, 0x7fff), &most);
}

#[test]
fn scrypt_without_a_logarithm_is_malformed_and_no_panic() {
    for cost in [0, 1, 3, 16_385] {
        let error = load(&scrypt(cost, 8, 1), "secret").unwrap_err().to_string();
        assert_eq!(error, "the encrypted private key is malformed", "{cost}");
    }
    // The nearest legal one is tried.
    let error = load(&scrypt(2, 8, 1), "secret").unwrap_err().to_string();
    assert_eq!(error, "the password does not decrypt the private key");
}

#[test]
fn a_file_broken_anywhere_is_an_error_and_no_panic() {
    let text = std::str::from_utf8(AES_256).unwrap();
    let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let der = BASE64.decode(body.as_bytes()).unwrap();
    load(&pem(&der), "secret").unwrap();
    for cut in 0..der.len() {
        load(&pem(&der[..cut]), "secret").unwrap_err();
    }
    // Not in the ciphertext, where any bit only makes another plaintext.
    let structure = der.len() - 144;
    for position in 0..structure {
        let mut broken = der.clone();
        broken[position] ^= 0x01;
        let _ = load(&pem(&broken), "secret");
    }
    for cut in 0..text.len() {
        let _ = load(&text.as_bytes()[..cut], "secret");
    }
}

#[test]
fn the_password_is_not_printed() {
    assert_eq!(
        format!("{:?}", Password::new("secret")),
        "Password([redacted])"
    );
}

fn pbkdf2(iterations: u64) -> Vec<u8> {
    let salt = tlv(4, &[7; 16]);
    // id-PBKDF2, hmacWithSHA256.
    let prf = tlv(
        0x30,
        &[
            &oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 9])[..],
            &[5, 0],
        ]
        .concat(),
    );
    let parameters = tlv(0x30, &[salt, integer(iterations), prf].concat());
    encrypted(
        &[
            oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12]),
            parameters,
        ]
        .concat(),
    )
}

fn scrypt(cost: u64, block_size: u64, parallelization: u64) -> Vec<u8> {
    let numbers = [cost, block_size, parallelization].map(integer).concat();
    let parameters = tlv(0x30, &[tlv(4, &[7; 16]), numbers].concat());
    // id-scrypt.
    encrypted(&[oid(&[0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11]), parameters].concat())
}

/// An EncryptedPrivateKeyInfo with PBES2, this key derivation and AES-256-CBC.
fn encrypted(kdf: &[u8]) -> Vec<u8> {
    let aes = oid(&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 0x2a]);
    let cipher = tlv(0x30, &[aes, tlv(4, &[9; 16])].concat());
    let parameters = tlv(0x30, &[tlv(0x30, kdf), cipher].concat());
    let pbes2 = oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13]);
    let scheme = tlv(0x30, &[pbes2, parameters].concat());
    pem(&tlv(0x30, &[scheme, tlv(4, &[1; 32])].concat()))
}

fn oid(content: &[u8]) -> Vec<u8> {
    tlv(6, content)
}

fn integer(number: u64) -> Vec<u8> {
    let octets = number.to_be_bytes();
    let zeros = octets
        .iter()
        .take_while(|octet| **octet == 0)
        .count()
        .min(7);
    let digits = &octets[zeros..];
    let sign: &[u8] = if digits[0] < 0x80 { &[] } else { &[0] };
    tlv(2, &[sign, digits].concat())
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let header = match u8::try_from(length) {
        Ok(short) if short < 0x80 => vec![tag, short],
        Ok(short) => vec![tag, 0x81, short],
        Err(_) => panic!("{length} bytes are more than these tests need"),
    };
    [header, content.to_vec()].concat()
}

fn pem(der: &[u8]) -> Vec<u8> {
    format!(
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n{}\n-----END ENCRYPTED PRIVATE KEY-----\n",
        BASE64.encode(der)
    )
    .into_bytes()
}
