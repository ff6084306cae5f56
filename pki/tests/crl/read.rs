//! Reading CRLs of others, and hostile bytes.

use wharf_pki::crl::CRL_BYTES_MAX;
use wharf_pki::error::PemFault;
use wharf_pki::pem::CRL_TEXT_BYTES_MAX;
use wharf_pki::{Crl, Error, RevocationReason};

use crate::draft::crl::{CRL_NUMBER, CrlDraft, DELTA, REASON, entry, entry_with};
use crate::draft::der::{generalized_time, integer, sequence, tlv};
use crate::draft::{CERT_SIGN, Draft, Extension, KEY_USAGE, key, key_usage};
use crate::sign::{authority, entry as asked_entry, params};

#[test]
fn a_signature_is_checked_against_the_key_the_name_and_the_right_to_sign() {
    let (ca_key, other_key) = (key(), key());
    let ca = Draft::ca("root", &ca_key, "root", &ca_key).sign(&ca_key);
    let crl = |issuer: &str| CrlDraft::new(issuer, &ca_key);
    assert_eq!(crl("root").sign(&ca_key).check_signed_by(&ca), Ok(()));
    assert_eq!(
        crl("root").sign(&other_key).check_signed_by(&ca),
        Err(Error::BadSignature)
    );
    assert_eq!(
        crl("other").sign(&ca_key).check_signed_by(&ca),
        Err(Error::BadSignature)
    );
    let mut draft = Draft::ca("root", &ca_key, "root", &ca_key);
    draft.set(KEY_USAGE, true, key_usage(CERT_SIGN));
    assert_eq!(
        crl("root")
            .sign(&ca_key)
            .check_signed_by(&draft.sign(&ca_key)),
        Err(Error::MayNotSignCrls)
    );
    draft.remove(KEY_USAGE);
    assert_eq!(
        crl("root")
            .sign(&ca_key)
            .check_signed_by(&draft.sign(&ca_key)),
        Ok(())
    );
}

#[test]
fn no_octet_of_a_crl_can_be_changed_under_its_signature() {
    let ca = authority();
    let crl = ca.sign_crl(&params(vec![asked_entry("05")])).unwrap();
    for at in 0..crl.der().len() {
        let mut changed = crl.der().to_vec();
        changed[at] ^= 0x01;
        if let Ok(changed) = Crl::from_der(&changed) {
            let checked = changed.check_signed_by(ca.certificate());
            // What was changed may be the name of the algorithm.
            let is_refused = matches!(
                checked,
                Err(Error::BadSignature | Error::UnsupportedSignatureAlgorithm { .. })
            );
            assert!(is_refused, "octet {at}: {checked:?}");
        }
    }
}

/// A signature that ends with a clear bit could be said to be a bit shorter, and its octets would be the same.
#[test]
fn a_signature_with_unused_bits_is_refused() {
    let ca = authority();
    let mut is_even = false;
    while !is_even {
        let crl = ca.sign_crl(&params(Vec::new())).unwrap();
        let mut changed = crl.der().to_vec();
        is_even = changed.last().unwrap() & 1 == 0;
        // BIT STRING, length, no unused bits, and the SEQUENCE of an ECDSA signature to the end.
        let is_signature = |at: &usize| {
            let rest = &changed[*at..];
            rest[0] == 3
                && rest[2] == 0
                && rest[3] == 0x30
                && usize::from(rest[1]) + 2 == rest.len()
        };
        let unused = (0..changed.len() - 4).find(is_signature).unwrap() + 2;
        changed[unused] = 1;
        let refused = match Crl::from_der(&changed) {
            Ok(changed) => changed.check_signed_by(ca.certificate()).is_err(),
            Err(_) => true,
        };
        assert!(refused);
    }
}

#[test]
fn every_cut_and_every_addition_is_refused() {
    let ca = authority();
    let crl = ca.sign_crl(&params(vec![asked_entry("05")])).unwrap();
    for end in 0..crl.der().len() {
        assert_eq!(
            Crl::from_der(&crl.der()[..end]),
            Err(Error::MalformedCrl),
            "{end}"
        );
    }
    let longer = [crl.der(), &[0]].concat();
    assert_eq!(Crl::from_der(&longer), Err(Error::MalformedCrl));
}

#[test]
fn an_entry_that_cannot_be_read_is_no_silent_loss() {
    let signer = key();
    let mut draft = CrlDraft::new("root", &signer);
    draft.revoked = Some(vec![entry(&[5], None), tlv(0x30, &[0x02, 0x01])]);
    assert_eq!(Crl::from_der(&draft.der(&signer)), Err(Error::MalformedCrl));
    draft.revoked = Some(vec![entry(&[5], None), entry(&[6], None)]);
    assert_eq!(
        Crl::from_der(&draft.der(&signer)).unwrap().entries().len(),
        2
    );
}

#[test]
fn a_crl_too_large_is_refused_before_it_is_read() {
    let bytes = vec![0; CRL_BYTES_MAX + 1];
    let limit = CRL_BYTES_MAX;
    assert_eq!(
        Crl::from_der(&bytes),
        Err(Error::CrlTooLarge { limit, of: "bytes" })
    );
    assert_eq!(Crl::from_der(&bytes[1..]), Err(Error::MalformedCrl));
}

#[test]
fn a_delta_crl_a_critical_extension_and_an_odd_reason_are_told() {
    let signer = key();
    let mut draft = CrlDraft::new("root", &signer);
    let unknown = Extension::new("1.2.3.4", true, vec![5, 0]);
    let unread = Extension::new("2.5.29.24", false, vec![0x18, 9]);
    draft.set(DELTA, true, integer(&[6]));
    draft.revoked = Some(vec![
        entry(&[5], Some(7)),
        entry_with(&[6], &[unknown, unread]),
        entry(&[4], Some(6)),
    ]);
    let crl = draft.sign(&signer);
    assert!(crl.info().is_delta);
    assert_eq!(crl.info().unknown_critical_extensions, ["1.2.3.4"]);
    assert_eq!(crl.info().malformed_extensions, ["2.5.29.24"]);
    let reasons: Vec<_> = crl.entries().iter().map(|entry| entry.reason).collect();
    let hold = RevocationReason::CertificateHold;
    let unspecified = RevocationReason::Unspecified;
    assert_eq!(reasons, [Some(hold), Some(unspecified), None]);
}

#[test]
fn a_number_of_any_length_is_read_and_shown_short() {
    let signer = key();
    let mut draft = CrlDraft::new("root", &signer);
    let number = |draft: &CrlDraft| {
        let crl = draft.sign(&signer);
        crl.info().number.clone().map(|number| number.to_string())
    };
    assert_eq!(number(&draft).unwrap(), "7");
    draft.set(CRL_NUMBER, false, integer(&[0]));
    assert_eq!(number(&draft).unwrap(), "0");
    draft.set(CRL_NUMBER, false, integer(&[0x12; 17]));
    assert_eq!(number(&draft).unwrap(), format!("0x{}", "12".repeat(17)));
    draft.set(CRL_NUMBER, false, integer(&vec![0x12; 1_000_000]));
    assert!(number(&draft).unwrap().len() < 1000);
    draft.remove(CRL_NUMBER);
    assert_eq!(number(&draft), None);
}

#[test]
fn many_crls_of_a_text_are_read_and_none_is_told() {
    let one = authority().sign_crl(&params(Vec::new())).unwrap();
    let text = format!("comment\n{}{}", one.to_pem(), one.to_pem());
    assert_eq!(Crl::all_from_pem(&text), Ok(vec![one.clone(), one]));
    let refused = |text: &str| match Crl::all_from_pem(text) {
        Err(Error::Pem { wanted, fault }) => (wanted, fault),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused("nothing"), ("CRL", PemFault::NotFound));
    let text = " ".repeat(CRL_TEXT_BYTES_MAX + 1);
    let limit_bytes = CRL_TEXT_BYTES_MAX;
    assert_eq!(refused(&text), ("CRL", PemFault::TooLong { limit_bytes }));
}

#[test]
fn it_is_shown_like_this() {
    let signer = key();
    let mut draft = CrlDraft::new("root\u{1b}[31m", &signer);
    let since = Extension::new("2.5.29.24", false, generalized_time("20261224183005Z"));
    let reason = Extension::new(REASON, false, tlv(0x0a, &[1]));
    draft.revoked = Some(vec![entry_with(&[0xab], &[reason, since])]);
    draft.set("1.2.3.4", true, sequence(&[]));
    let crl = draft.sign(&signer);
    let shown = crl.info().to_string();
    for line in [
        "issuer          CN=root\\u{1b}[31m\n",
        "number          7\n",
        "issued          2027-01-01 00:00:00 UTC\n",
        "next until      2027-02-01 00:00:00 UTC\n",
        "revoked         1\n",
        "signature       ecdsa-with-SHA256\n",
        "unknown, crit.  1.2.3.4\n",
    ] {
        assert!(shown.contains(line), "no {line:?} in {shown}");
    }
    assert_eq!(
        crl.entries()[0].to_string(),
        "AB revoked at 2027-01-02 00:00:00 UTC, keyCompromise, invalid since 2026-12-24 18:30:05 UTC"
    );
    let json = serde_json::to_value(&crl.entries()[0]).unwrap();
    assert_eq!(json["serial"], "AB");
    assert_eq!(json["reason"], "keyCompromise");
    assert_eq!(json["revoked_at"], "2027-01-02T00:00:00Z");
    let json = serde_json::to_value(crl.info()).unwrap();
    assert_eq!(json["number"], "7");
    assert_eq!(json["next_update"], "2027-02-01T00:00:00Z");
}
