//! Serial numbers and CRL numbers.

use wharf_pki::crl::{CrlNumber, SERIAL_OCTETS_MAX, SerialNumber};
use wharf_pki::{CertificateInfo, Error};

use crate::sign::authority;

#[track_caller]
fn read(text: &str) -> String {
    text.parse::<SerialNumber>().unwrap().to_string()
}

#[test]
fn a_serial_number_is_read_in_the_forms_that_others_print() {
    assert_eq!(read("AB:CD:EF"), "ABCDEF");
    assert_eq!(read("abcdef"), "ABCDEF");
    assert_eq!(read("f"), "0F");
    assert_eq!(read("00:00:05"), "05");
    assert_eq!(read("0"), "00");
}

#[test]
fn what_is_no_serial_number_is_refused() {
    let too_long = "11".repeat(SERIAL_OCTETS_MAX + 1);
    for given in [
        "",
        ":",
        "xyz",
        "0x05",
        "-5",
        "5 ",
        "\u{1b}",
        &too_long,
        &"1".repeat(10_000),
    ] {
        let Err(Error::SerialNumber { given: shown, .. }) = given.parse::<SerialNumber>() else {
            panic!("{given:?} was read");
        };
        assert!(shown.len() < 300 && !shown.contains('\u{1b}'));
    }
    assert_eq!(read(&"11".repeat(SERIAL_OCTETS_MAX)).len(), 40);
    assert!(SerialNumber::from_octets(&[0x11; SERIAL_OCTETS_MAX + 1]).is_err());
    assert!(SerialNumber::from_octets(&[&[0; 9][..], &[0x11; SERIAL_OCTETS_MAX]].concat()).is_ok());
}

#[test]
fn a_serial_number_is_that_of_the_certificate() {
    let ca = authority();
    let info: CertificateInfo = wharf_pki::inspect::inspect_der(ca.certificate().der()).unwrap();
    let serial = SerialNumber::of(ca.certificate()).unwrap();
    assert_eq!(serial.to_string(), info.serial);
    assert_eq!(info.serial.parse(), Ok(serial));
}

#[test]
fn numbers_are_ordered_as_numbers() {
    let serial = |text: &str| text.parse::<SerialNumber>().unwrap();
    assert!(serial("02") < serial("0100"));
    assert!(serial("FF") < serial("0100"));
    assert!(serial("0101") > serial("0100"));
    let number = CrlNumber::from;
    assert!(number(255) < number(256));
    assert!(number(0) < number(1));
    assert!(number(u128::MAX) > number(u128::MAX - 1));
    assert_eq!(number(u128::MAX).to_string(), u128::MAX.to_string());
    assert_eq!(number(256).to_string(), "256");
}
