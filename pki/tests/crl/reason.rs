//! Revocation reasons.

use wharf_pki::{Error, RevocationReason};

#[test]
fn a_reason_is_read_in_both_spellings_and_shown_as_in_the_rfc() {
    for (camel, kebab, code) in [
        ("unspecified", "unspecified", 0),
        ("keyCompromise", "key-compromise", 1),
        ("cACompromise", "ca-compromise", 2),
        ("affiliationChanged", "affiliation-changed", 3),
        ("superseded", "superseded", 4),
        ("cessationOfOperation", "cessation-of-operation", 5),
        ("certificateHold", "certificate-hold", 6),
        ("removeFromCRL", "remove-from-crl", 8),
        ("privilegeWithdrawn", "privilege-withdrawn", 9),
        ("aACompromise", "aa-compromise", 10),
    ] {
        let reason: RevocationReason = camel.parse().unwrap();
        assert_eq!(kebab.parse(), Ok(reason));
        assert_eq!(reason.to_string(), camel);
        assert_eq!(reason.code(), code);
        assert_eq!(RevocationReason::from_code(code), Some(reason));
    }
    for code in [7, 11, 255] {
        assert_eq!(RevocationReason::from_code(code), None);
    }
}

#[test]
fn an_unknown_reason_is_refused_with_those_that_there_are() {
    let error = "stolen\n".parse::<RevocationReason>().unwrap_err();
    assert_eq!(
        error,
        Error::UnknownRevocationReason {
            given: "stolen\\n".into()
        }
    );
    assert!(
        error
            .hint()
            .unwrap()
            .contains("keyCompromise, cACompromise")
    );
}
