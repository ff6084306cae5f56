//! Octets that nobody means well with.

use std::time::{Duration, Instant};

use wharf_pki::Error;
use wharf_pki::error::Pkcs12Fault;
use wharf_pki::inspect::inspect_pkcs12;
use wharf_pki::p12::{FILE_BYTES_MAX, Pkcs12, WORK_MAX};

use crate::{file, refused};

#[test]
fn every_cut_is_malformed() {
    for name in ["openssl.p12", "nss.p12", "java-plain.p12"] {
        let whole = file(name);
        for length in 0..whole.len() {
            assert_eq!(
                refused(&whole[..length], "pw"),
                Pkcs12Fault::Malformed,
                "{name}: {length}"
            );
        }
        let mut longer = whole;
        longer.push(0);
        assert_eq!(refused(&longer, "pw"), Pkcs12Fault::Malformed, "{name}");
    }
}

/// Every octet replaced, in files where all of the structure is seen without a password.
#[test]
fn no_change_of_an_octet_makes_it_panic_or_hang() {
    for name in ["openssl-plain.p12", "java-plain.p12"] {
        let whole = file(name);
        for at in 0..whole.len() {
            for value in [0x00, 0x30, 0x7f, 0x80, 0xff, whole[at] ^ 1] {
                let mut changed = whole.clone();
                changed[at] = value;
                let _ = Pkcs12::from_der(&changed, "");
                let _ = inspect_pkcs12(&changed, None);
            }
        }
    }
}

/// The encrypted ones cost too much to open that often; what is seen without a password is looked at.
#[test]
fn no_change_of_an_octet_makes_a_look_panic() {
    for name in ["openssl.p12", "openssl-legacy.p12", "nss.p12", "pbmac1.p12"] {
        let whole = file(name);
        for at in 0..whole.len() {
            for value in [0x00, 0x30, 0x80, 0xff, whole[at] ^ 1] {
                let mut changed = whole.clone();
                changed[at] = value;
                let _ = inspect_pkcs12(&changed, None);
            }
        }
    }
}

#[test]
fn absurd_iterations_are_refused_without_doing_them() {
    let whole = file("openssl-legacy.p12");
    let began = Instant::now();
    for iterations in [
        &[2, 4, 0x7f, 0xff, 0xff, 0xff][..],
        &[2, 8, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ] {
        let costly = with_mac_iterations(&whole, iterations);
        assert_eq!(
            refused(&costly, "pw"),
            Pkcs12Fault::TooCostly { limit: WORK_MAX }
        );
    }
    for iterations in [&[2, 1, 0][..], &[2, 1, 0xff]] {
        let none = with_mac_iterations(&whole, iterations);
        assert_eq!(refused(&none, "pw"), Pkcs12Fault::Malformed);
    }
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_key_that_asks_for_absurd_iterations_is_refused() {
    let costly = Pkcs12Fault::TooCostly { limit: WORK_MAX };
    for (iterations, expected) in [
        (&[2, 1, 1][..], Pkcs12Fault::WrongPassword),
        (&[2, 1, 0], Pkcs12Fault::Malformed),
        (&[2, 4, 0x7f, 0xff, 0xff, 0xff], costly.clone()),
        (
            &[2, 8, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            costly,
        ),
    ] {
        let parameters = tlv(0x30, &[&tlv(4, &[b"saltsalt"]), iterations]);
        let old = tlv(0x30, &[&oid("0a2a864886f70d010c0103"), &parameters]);
        let kdf = tlv(0x30, &[&oid("092a864886f70d01050c"), &parameters]);
        let cipher = tlv(0x30, &[&oid("09608648016503040102"), &tlv(4, &[&[0; 16]])]);
        let pbes2 = tlv(
            0x30,
            &[&oid("092a864886f70d01050d"), &tlv(0x30, &[&kdf, &cipher])],
        );
        for scheme in [old, pbes2] {
            let info = tlv(0x30, &[&scheme, &tlv(4, &[&[7; 32]])]);
            let bag = tlv(
                0x30,
                &[&oid("0b2a864886f70d010c0a0102"), &tlv(0xa0, &[&info])],
            );
            assert_eq!(refused(&pfx(&tlv(0x30, &[&bag])), "pw"), expected);
        }
    }
}

/// The iterations of the MAC are the last of the file.
fn with_mac_iterations(whole: &[u8], iterations: &[u8]) -> Vec<u8> {
    let mut changed = whole[..whole.len() - 4].to_vec();
    assert_eq!(whole[whole.len() - 4..], [2, 2, 8, 0]);
    changed.extend_from_slice(iterations);
    let grown = |length: usize| length + iterations.len() - 4;
    let outer = u16::from_be_bytes([changed[2], changed[3]]);
    let outer = u16::try_from(grown(outer.into())).unwrap().to_be_bytes();
    changed[2..4].copy_from_slice(&outer);
    // MacData: SEQUENCE of 0x31 octets with SHA-1 and a salt of 8.
    let mac = whole.len() - 0x31 - 2;
    assert_eq!(changed[mac..mac + 2], [0x30, 0x31]);
    changed[mac + 1] = u8::try_from(grown(0x31)).unwrap();
    changed
}

#[test]
fn nesting_without_end_is_refused() {
    for tag in [0x30, 0xa0, 0x24] {
        let indefinite = [tag, 0x80].repeat(100_000);
        assert_eq!(refused(&indefinite, "pw"), Pkcs12Fault::Malformed);
        let mut definite = Vec::new();
        for _ in 0..2000 {
            let length = u32::try_from(definite.len()).unwrap().to_be_bytes();
            definite.splice(0..0, [&[tag, 0x84][..], &length].concat());
        }
        assert_eq!(refused(&definite, "pw"), Pkcs12Fault::Malformed);
    }
}

#[test]
fn bags_in_bags_are_read_to_a_depth_and_no_deeper() {
    // Below them no bag at all, so that what is read is empty.
    let nested = |depth| pfx(&nest(depth));
    assert_eq!(refused(&nested(0), ""), Pkcs12Fault::Empty);
    assert_eq!(refused(&nested(4), ""), Pkcs12Fault::Empty);
    assert_eq!(refused(&nested(5), ""), Pkcs12Fault::Malformed);
    assert_eq!(refused(&nested(5000), ""), Pkcs12Fault::Malformed);
}

#[test]
fn too_many_bags_are_refused() {
    let bag = tlv(
        0x30,
        &[
            &oid("0b2a864886f70d010c0a0104"),
            &tlv(0xa0, &[&tlv(0x30, &[])]),
        ],
    );
    let with = |count| pfx(&tlv(0x30, &[&bag.repeat(count)]));
    assert_eq!(refused(&with(1024), ""), Pkcs12Fault::Empty);
    assert_eq!(
        refused(&with(1025), ""),
        Pkcs12Fault::TooMany { limit: 1024 }
    );
}

#[test]
fn a_file_above_the_limit_is_refused() {
    let limit_bytes = FILE_BYTES_MAX;
    assert_eq!(
        refused(&vec![0x30; FILE_BYTES_MAX + 1], ""),
        Pkcs12Fault::TooLong { limit_bytes }
    );
    assert_eq!(
        refused(&vec![0x30; FILE_BYTES_MAX], ""),
        Pkcs12Fault::Malformed
    );
}

#[test]
fn what_is_protected_by_a_public_key_is_named() {
    let signed = tlv(
        0x30,
        &[&oid("092a864886f70d010702"), &tlv(0xa0, &[&tlv(0x30, &[])])],
    );
    let file = tlv(0x30, &[&[2, 1, 3], &signed]);
    let found = "signed data".to_owned();
    assert_eq!(refused(&file, ""), Pkcs12Fault::Unsupported { found });
}

#[test]
fn a_malformed_certificate_is_no_fault_of_the_file() {
    let x509 = tlv(
        0x30,
        &[
            &oid("0a2a864886f70d01091601"),
            &tlv(0xa0, &[&tlv(4, &[b"x"])]),
        ],
    );
    let bag = tlv(
        0x30,
        &[&oid("0b2a864886f70d010c0a0103"), &tlv(0xa0, &[&x509])],
    );
    let file = pfx(&tlv(0x30, &[&bag]));
    assert_eq!(
        Pkcs12::from_der(&file, "").unwrap_err(),
        Error::MalformedCertificate
    );
}

/// SafeContents with one bag of bags in another.
fn nest(depth: usize) -> Vec<u8> {
    let mut bags = tlv(0x30, &[]);
    for _ in 0..depth {
        let bag = tlv(
            0x30,
            &[&oid("0b2a864886f70d010c0a0106"), &tlv(0xa0, &[&bags])],
        );
        bags = tlv(0x30, &[&bag]);
    }
    bags
}

/// A file without MAC around SafeContents in plain.
fn pfx(safe_contents: &[u8]) -> Vec<u8> {
    let data = |content: &[u8]| {
        tlv(
            0x30,
            &[
                &oid("092a864886f70d010701"),
                &tlv(0xa0, &[&tlv(4, &[content])]),
            ],
        )
    };
    tlv(
        0x30,
        &[&[2, 1, 3], &data(&tlv(0x30, &[&data(safe_contents)]))],
    )
}

fn oid(length_and_octets: &str) -> Vec<u8> {
    let octets = data_encoding::HEXLOWER.decode(length_and_octets.as_bytes());
    [&[6][..], &octets.unwrap()].concat()
}

fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let mut octets = vec![tag];
    if content.len() < 0x80 {
        octets.push(length[3]);
    } else {
        let zeros = length.iter().take_while(|octet| **octet == 0).count();
        octets.push(0x80 | u8::try_from(4 - zeros).unwrap());
        octets.extend_from_slice(&length[zeros..]);
    }
    [octets, content].concat()
}
