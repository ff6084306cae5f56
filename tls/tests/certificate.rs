//! The facts of a certificate, compared with what openssl prints, and hostile ones.

use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;
use rcgen::{
    CertificateParams, CustomExtension, DistinguishedName, DnType, KeyPair, date_time_ymd,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use wharf_tls::{
    CERTIFICATE_BYTES_MAX, Certificate, CertificateError, PinError, PublicKeyAlgorithm, SpkiPin,
};

fn fixture(pem: &[u8]) -> Certificate {
    Certificate::parse(&CertificateDer::from_pem_slice(pem).unwrap()).unwrap()
}

fn made(change: impl FnOnce(&mut CertificateParams)) -> Result<Certificate, CertificateError> {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    change(&mut params);
    let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
    Certificate::parse(certificate.der())
}

#[test]
fn everything_is_read_as_openssl_prints_it() {
    let leaf = fixture(include_bytes!("data/leaf.crt"));
    assert_eq!(
        (leaf.subject(), leaf.issuer()),
        ("CN=localhost", "CN=Staple root")
    );
    assert_eq!(leaf.serial_hex(), "F0FFFF0123456789");
    assert_eq!(leaf.serial()[0], 0xf0);
    let not_before = UNIX_EPOCH + Duration::from_secs(1_795_590_816);
    assert_eq!(leaf.not_before(), not_before);
    assert_eq!(
        leaf.not_after(),
        not_before + Duration::from_secs(36_500 * 86_400)
    );
    assert_eq!(leaf.names().to_string(), "DNS:localhost, IP:127.0.0.1");
    assert!(!leaf.is_ca() && !leaf.is_self_issued());
    assert!(leaf.allows_digital_signature());
    assert!(leaf.allows_server_auth() && leaf.allows_client_auth());
    assert_eq!(leaf.public_key(), &PublicKeyAlgorithm::EcP256);
    assert_eq!(leaf.signature_algorithm(), "sha256WithRSAEncryption");
    assert_eq!(leaf.fingerprint()[..4], [0x6e, 0x01, 0xc8, 0xb3]);
    assert_eq!(
        leaf.spki_pin().to_string(),
        "sha256//q6Ev0l34Q7F9+nS2+j/Rji/wNtreAOfWHfADCfpp03Q="
    );
    let root = fixture(include_bytes!("data/ca.crt"));
    assert!(root.is_ca() && root.is_self_issued());
    assert!(!root.allows_digital_signature());
    assert_eq!(root.public_key(), &PublicKeyAlgorithm::Rsa { bits: 2048 });
    assert_eq!(root.public_key().to_string(), "RSA 2048");
}

#[test]
fn a_subject_is_written_as_rfc_4514_says() {
    let subject = |build: fn(&mut DistinguishedName)| {
        let made = made(|params| {
            params.distinguished_name = DistinguishedName::new();
            build(&mut params.distinguished_name);
        });
        made.unwrap().subject().to_owned()
    };
    let ordinary = subject(|name| {
        name.push(DnType::CountryName, "DE");
        name.push(DnType::OrganizationName, "Example, Inc.");
        name.push(DnType::CommonName, "x");
    });
    assert_eq!(ordinary, "CN=x,O=Example\\, Inc.,C=DE");
    let hostile = subject(|name| name.push(DnType::CommonName, "a\x1b[2J,O=Bank"));
    assert_eq!(hostile, "CN=a\\1B[2J\\,O\\=Bank");
    // A type without a name is shown by number, its value as DER: UTF8String, 1 octet.
    let unknown = subject(|name| name.push(DnType::CustomDnType(vec![1, 2, 3, 4]), "x"));
    assert_eq!(unknown, "1.2.3.4=#0c0178");
    assert_eq!(subject(|_| {}), "");
}

#[test]
fn a_long_subject_is_cut() {
    let made = made(|params| {
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, "x".repeat(20_000));
    });
    let made = made.unwrap();
    assert_eq!(made.subject().chars().count(), 1025);
    assert!(made.subject().ends_with("x…"));
}

#[test]
fn a_validity_before_1970_is_read() {
    let made = made(|params| params.not_before = date_time_ymd(1950, 1, 1)).unwrap();
    let distance = UNIX_EPOCH.duration_since(made.not_before()).unwrap();
    // 20 years with 5 leap days.
    assert_eq!(distance, Duration::from_secs((20 * 365 + 5) * 86_400));
}

#[test]
fn bytes_behind_and_too_many_bytes_are_refused() {
    let leaf = fixture(include_bytes!("data/leaf.crt"));
    let mut der = leaf.der().to_vec();
    der.push(0);
    let parsed = Certificate::parse(&CertificateDer::from(der));
    assert_eq!(
        parsed.unwrap_err(),
        CertificateError::TrailingBytes { bytes: 1 }
    );
    let long = CertificateDer::from(vec![0; CERTIFICATE_BYTES_MAX + 1]);
    let expected = CertificateError::TooLong {
        bytes: CERTIFICATE_BYTES_MAX + 1,
        max: CERTIFICATE_BYTES_MAX,
    };
    assert_eq!(Certificate::parse(&long).unwrap_err(), expected);
}

#[test]
fn an_extension_that_counts_is_readable_and_there_once() {
    let extension = |oid: &[u64], content: &[u8]| {
        let extension = CustomExtension::from_oid_content(oid, content.to_vec());
        made(|params| params.custom_extensions.push(extension))
    };
    let malformed = |oid: &str| CertificateError::MalformedExtension { oid: oid.into() };
    // basicConstraints, keyUsage, extendedKeyUsage.
    for (last, text) in [(19, "2.5.29.19"), (15, "2.5.29.15"), (37, "2.5.29.37")] {
        let made = extension(&[2, 5, 29, last], &[0x30, 5, 1]);
        assert_eq!(made.unwrap_err(), malformed(text));
    }
    // subjectAltName: `CertificateParams::new` made one already.
    let twice = extension(&[2, 5, 29, 17], &[0x30, 3, 0x82, 1, b'a']);
    let expected = CertificateError::RepeatedExtension {
        oid: "2.5.29.17".into(),
    };
    assert_eq!(twice.unwrap_err(), expected);
    // Another one, here policies, is for the verifier to judge.
    extension(&[2, 5, 29, 32], &[0x30, 5, 1]).unwrap();
    extension(&[1, 2, 3, 4], &[0xff]).unwrap();
}

#[test]
fn a_certificate_cut_or_changed_anywhere_is_no_panic() {
    let leaf = fixture(include_bytes!("data/leaf.crt"));
    for cut in 0..leaf.der().len() {
        let der = CertificateDer::from(&leaf.der()[..cut]);
        Certificate::parse(&der).unwrap_err();
    }
    for position in 0..leaf.der().len() {
        for change in [0x01, 0x20, 0x80, 0xff] {
            let mut der = leaf.der().to_vec();
            der[position] ^= change;
            if let Ok(read) = Certificate::parse(&CertificateDer::from(der)) {
                assert_ne!(read, leaf);
                let _ = format!("{read:?} {} {}", read.public_key(), read.names());
            }
        }
    }
}

#[test]
fn a_pin_is_read_in_each_of_its_forms() {
    let base64 = "q6Ev0l34Q7F9+nS2+j/Rji/wNtreAOfWHfADCfpp03Q=";
    let pin: SpkiPin = base64.parse().unwrap();
    let hex: String = pin
        .as_bytes()
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    let pairs: Vec<_> = pin
        .as_bytes()
        .iter()
        .map(|octet| format!("{octet:02X}"))
        .collect();
    for text in [
        &format!("sha256//{base64}"),
        &format!("sha256/{base64}"),
        &hex,
        &hex.to_uppercase(),
        &pairs.join(":"),
    ] {
        assert_eq!(text.parse(), Ok(pin), "{text}");
    }
    for text in [
        "",
        "sha256//",
        "sha1//q6Ev0l34Q7F9+nS2+j/Rji/wNtreAOfWHfADCfpp03Q=",
        "sha256//q6Ev0l34Q7F9+nS2+j/Rji/wNtreAOfWHfADCfpp03R=",
        "sha256//q6Ev0l34Q7F9+nS2+j/Rji/wNtreAOfWHfADCfpp03Q",
        "sha256//q6Ev",
        &hex[2..],
        &format!("{hex}00"),
        &format!(":{hex}"),
        &format!("sha256//{hex}"),
    ] {
        assert_eq!(text.parse::<SpkiPin>(), Err(PinError), "{text}");
    }
}

proptest! {
    #[test]
    fn a_pin_is_what_it_was_written_as(digest: [u8; 32]) {
        let pin = SpkiPin::from(digest);
        prop_assert_eq!(pin.to_string().parse(), Ok(pin));
    }

    #[test]
    fn any_text_is_a_pin_or_an_error(text: String) {
        let _ = text.parse::<SpkiPin>();
    }
}
