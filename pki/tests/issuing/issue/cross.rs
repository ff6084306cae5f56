//! Cross-signing, and replacing a root with it.

use webpki::KeyUsage;
use wharf_pki::constraints::NameConstraints;
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, AuthorityOptions, Certificate, CrossSign, Error, Key};

use crate::lab::{constrained, extension, info, issue, key, now, options, request, verify};

fn root(name: &str) -> Authority {
    Authority::root_with(key(), &options(name, NameConstraints::default()), now()).unwrap()
}

fn cross(old: &Authority, new: &Authority, options: &CrossSign) -> Result<Certificate, Error> {
    old.cross_sign(new.certificate(), options, now())
}

#[test]
fn clients_of_the_old_root_and_of_the_new_one_find_a_path_to_the_same_leaf() {
    let (old, new) = (root("old"), root("new"));
    let wide = AuthorityOptions {
        path_len: Some(2),
        ..options("old", NameConstraints::default())
    };
    let old_wide = Authority::root_with(key(), &wide, now()).unwrap();
    let leaf = issue(&new, &request(&["a.test"])).certificate;
    let crossed = cross(&old_wide, &new, &CrossSign::default()).unwrap();
    let over_old = [&leaf, &crossed, old_wide.certificate()];
    assert_eq!(
        verify(over_old, KeyUsage::server_auth(), "a.test", now()),
        Ok(())
    );
    let wrong_root = [&leaf, &crossed, old.certificate()];
    assert_eq!(
        verify(wrong_root, KeyUsage::server_auth(), "a.test", now()),
        Err(webpki::Error::InvalidSignatureForPublicKey)
    );

    let [crossed, new] = [&crossed, new.certificate()].map(info);
    assert_eq!(crossed.subject, new.subject);
    assert_eq!(crossed.issuer, "CN=old");
    assert_eq!(crossed.spki_sha256, new.spki_sha256);
    assert_eq!(crossed.subject_key_id, new.subject_key_id);
    assert_eq!(
        crossed.authority_key_id,
        info(old_wide.certificate()).subject_key_id
    );
    assert_ne!(crossed.serial, new.serial);
    assert_eq!((crossed.is_ca, crossed.path_len), (true, Some(1)));
}

// Made by openssl; its subject is of PrintableString and UTF8String, its key identifier of SHA-1.
const FOREIGN: &str = include_str!("../../data/ca.crt");
const FOREIGN_KEY: &str = include_str!("../../data/p256-sec1.key");

#[test]
fn the_name_and_key_identifier_of_a_foreign_root_are_kept_as_they_are() {
    let foreign = Certificate::from_pem(FOREIGN).unwrap();
    let old = root("old");
    let crossed = old
        .cross_sign(&foreign, &CrossSign::default(), now())
        .unwrap();
    let key_identifier = "2.5.29.14";
    assert_eq!(
        extension(&crossed, key_identifier),
        extension(&foreign, key_identifier)
    );
    let new = Authority::new(foreign, Key::from_pem(FOREIGN_KEY).unwrap()).unwrap();
    let leaf = issue(&new, &request(&["a.test"])).certificate;
    let chain = [&leaf, &crossed, old.certificate()];
    assert_eq!(
        verify(chain, KeyUsage::server_auth(), "a.test", now()),
        Ok(())
    );
}

#[test]
fn a_cross_signed_certificate_gives_no_more_than_either_ca_has() {
    let (old, new) = (root("old"), root("new"));
    let path_len = |asked| {
        let options = CrossSign {
            path_len: asked,
            ..CrossSign::default()
        };
        cross(&old, &new, &options).map(|certificate| info(&certificate).path_len)
    };
    // Both have room for one: below the old root that is the new one itself.
    assert_eq!(path_len(None), Ok(Some(0)));
    assert_eq!(path_len(Some(0)), Ok(Some(0)));
    let too_much = |authority: &str| Error::PathLength {
        authority: authority.into(),
        path_len: 1,
    };
    assert_eq!(path_len(Some(1)), Err(too_much("CN=old")));
    assert_eq!(path_len(Some(2)), Err(too_much("CN=new")));

    let long = CrossSign {
        lifetime: Some(36_000 * DAY),
        ..CrossSign::default()
    };
    let short_root = AuthorityOptions {
        lifetime: Some(9 * DAY),
        ..options("short", NameConstraints::default())
    };
    let short = Authority::root_with(key(), &short_root, now()).unwrap();
    let ends =
        |old: &Authority, new: &Authority| cross(old, new, &long).unwrap().validity().not_after;
    assert_eq!(ends(&old, &short), now() + 9 * DAY);
    assert_eq!(ends(&short, &old), now() + 9 * DAY);
}

#[test]
fn constraints_of_the_other_are_kept_and_cannot_be_replaced() {
    let own = constrained(&["corp.test"], &[]);
    let (old, plain) = (root("old"), root("plain"));
    let new = Authority::root_with(key(), &options("new", own.clone()), now()).unwrap();
    let with = |name_constraints: NameConstraints| CrossSign {
        name_constraints,
        ..CrossSign::default()
    };
    let value = |certificate: &Certificate| extension(certificate, "2.5.29.30");
    let kept = cross(&old, &new, &CrossSign::default()).unwrap();
    assert_eq!(value(&kept), value(new.certificate()));
    assert_eq!(
        cross(&old, &new, &with(constrained(&["a.test"], &[]))),
        Err(Error::ConstraintsGiven)
    );
    let added = cross(&old, &plain, &with(own)).unwrap();
    assert_eq!(value(&added), value(new.certificate()));
    assert_eq!(value(plain.certificate()), None);
}

#[test]
fn what_is_no_other_ca_is_not_cross_signed() {
    let (old, new) = (root("old"), root("new"));
    let sign = |other: &Certificate| old.cross_sign(other, &CrossSign::default(), now());
    let leaf = issue(&new, &request(&["a.test"])).certificate;
    assert_eq!(sign(&leaf), Err(Error::NotACa));
    assert_eq!(sign(old.certificate()), Err(Error::KeyReused));
    assert_eq!(sign(root("old").certificate()), Err(Error::SubjectReused));

    // A signature that is not its own, though it says so.
    let mut forged = new.certificate().der().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    let forged = Certificate::from_der(&forged).unwrap();
    assert_eq!(sign(&forged), Err(Error::BadSignature));

    let late = new.certificate().validity().not_after + DAY;
    let error = old.cross_sign(new.certificate(), &CrossSign::default(), late);
    assert!(matches!(error, Err(Error::Expired { .. })));
}
