//! What a request adds: purposes, URLs, extensions that this crate does not know.

use wharf_pki::error::{ExtensionFault, NameFault};
use wharf_pki::issue::{EXTENSION_BYTES_MAX, EXTENSIONS_MAX, URLS_MAX};
use wharf_pki::oid::ARCS_MAX;
use wharf_pki::profile::ExtendedKeyUsage;
use wharf_pki::{
    Authority, AuthorityOptions, CustomExtension, EndEntity, Error, Locations, NameConstraints,
};

use crate::lab::{extension, info, issue, key, now, options, request, root};

fn with_extensions(extensions: Vec<CustomExtension>) -> EndEntity {
    EndEntity {
        extensions,
        ..request(&["a.test"])
    }
}

fn custom(text: &str) -> CustomExtension {
    text.parse().unwrap()
}

#[test]
fn a_custom_extension_stands_in_the_certificate_as_it_was_given() {
    let request = with_extensions(vec![
        custom("1.3.6.1.4.1.32473.1=0c0141:critical"),
        custom("1.3.6.1.4.1.32473.2=0500"),
    ]);
    let leaf = issue(&root(), &request).certificate;
    assert_eq!(
        extension(&leaf, "1.3.6.1.4.1.32473.1"),
        Some((true, b"\x0c\x01A".to_vec()))
    );
    assert_eq!(
        extension(&leaf, "1.3.6.1.4.1.32473.2"),
        Some((false, b"\x05\0".to_vec()))
    );
    let ca = AuthorityOptions {
        extensions: vec![custom("1.3.6.1.4.1.32473.2=0500")],
        ..options("CA", NameConstraints::default())
    };
    let ca = Authority::root_with(key(), &ca, now()).unwrap();
    assert_eq!(
        extension(ca.certificate(), "1.3.6.1.4.1.32473.2"),
        Some((false, b"\x05\0".to_vec()))
    );
}

#[track_caller]
fn refused(extensions: &[&str], extension: &str, fault: ExtensionFault) {
    let request = with_extensions(extensions.iter().map(|text| custom(text)).collect());
    assert_eq!(
        root().issue(&request, &key(), now()),
        Err(Error::Extension {
            extension: extension.into(),
            fault
        })
    );
}

#[test]
fn an_extension_that_would_make_the_certificate_invalid_is_refused() {
    for oid in [
        "2.5.29.14",
        "2.5.29.15",
        "2.5.29.17",
        "2.5.29.19",
        "2.5.29.30",
        "2.5.29.31",
        "2.5.29.35",
        "2.5.29.37",
        "1.3.6.1.5.5.7.1.1",
        "1.3.6.1.5.5.7.48.1.5",
    ] {
        refused(&[&format!("{oid}=0500")], oid, ExtensionFault::Own);
    }
    refused(
        &["1.2.3=0500", "1.2.3=0500:critical"],
        "1.2.3",
        ExtensionFault::Repeated,
    );
    for value in ["", "05", "050000", "0c05", "30800000"] {
        refused(
            &[&format!("1.2.3={value}")],
            "1.2.3",
            ExtensionFault::NotDer,
        );
    }
    let of_length = |length: usize| format!("1.2.3=0482{length:04x}{}", "00".repeat(length));
    let most = EXTENSION_BYTES_MAX - 4;
    let _ = issue(&root(), &with_extensions(vec![custom(&of_length(most))]));
    refused(&[&of_length(most + 1)], "1.2.3", ExtensionFault::TooLarge);
    let many = |count: usize| {
        let all = (0..count)
            .map(|n| custom(&format!("1.2.{n}=0500")))
            .collect();
        root()
            .issue(&with_extensions(all), &key(), now())
            .map(|_| ())
    };
    assert_eq!(many(EXTENSIONS_MAX), Ok(()));
    assert_eq!(
        many(EXTENSIONS_MAX + 1),
        Err(Error::TooManyExtensions {
            limit: EXTENSIONS_MAX
        })
    );
}

#[test]
fn what_is_no_extension_or_no_object_identifier_is_refused() {
    for text in [
        "",
        "1.2.3",
        "1.2.3=0",
        "1.2.3=xx",
        "1.2.3=05 00",
        "1.2.3=0500:Critical",
    ] {
        let error = text.parse::<CustomExtension>().unwrap_err();
        assert!(
            matches!(
                error,
                Error::Extension {
                    fault: ExtensionFault::Form,
                    ..
                }
            ),
            "{text}"
        );
    }
    let longest = vec!["1"; ARCS_MAX].join(".");
    assert!(format!("{longest}=0500").parse::<CustomExtension>().is_ok());
    let long = format!("{longest}.1");
    for oid in [
        "",
        "1",
        "1.",
        ".1",
        "1..2",
        "1.40.1",
        "3.1",
        "1.+2",
        "1.02",
        "1.-2",
        "a.b",
        "1.2.4294967296",
        &long,
    ] {
        assert_eq!(
            format!("{oid}=0500").parse::<CustomExtension>(),
            Err(Error::Oid { given: oid.into() })
        );
    }
    assert!(
        "2.4294967295.4294967295=0500"
            .parse::<CustomExtension>()
            .is_ok()
    );
}

#[test]
fn purposes_are_added_to_those_of_the_profile_each_once() {
    let usages = ["clientAuth", "SERVERAUTH", "1.3.6.1.5.5.7.3.2", "1.2.3.4"];
    let request = EndEntity {
        extended_key_usages: usages.iter().map(|text| text.parse().unwrap()).collect(),
        ..request(&["a.test"])
    };
    let leaf = issue(&root(), &request).certificate;
    assert_eq!(
        info(&leaf).extended_key_usage,
        ["serverAuth", "clientAuth", "1.2.3.4"]
    );
    let error = "serverAuthentication"
        .parse::<ExtendedKeyUsage>()
        .unwrap_err();
    assert!(
        error
            .hint()
            .unwrap()
            .starts_with("the names are serverAuth, ")
    );
}

fn urls(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

#[test]
fn urls_stand_in_the_two_extensions_with_these_bytes() {
    let locations = Locations {
        crl: urls(&["http://a/1"]),
        ca_issuers: urls(&["http://a/2"]),
        ocsp: urls(&["http://a/3"]),
    };
    let request = EndEntity {
        locations: locations.clone(),
        ..request(&["a.test"])
    };
    let crl = b"\x30\x12\x30\x10\xa0\x0e\xa0\x0c\x86\x0ahttp://a/1";
    let access = [
        &b"\x30\x30"[..],
        b"\x30\x16\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x01\x86\x0ahttp://a/3",
        b"\x30\x16\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02\x86\x0ahttp://a/2",
    ]
    .concat();
    let ca = AuthorityOptions {
        locations,
        ..options("CA", NameConstraints::default())
    };
    let ca = root().intermediate_with(key(), &ca, now()).unwrap();
    for certificate in [&issue(&root(), &request).certificate, ca.certificate()] {
        assert_eq!(
            extension(certificate, "2.5.29.31"),
            Some((false, crl.to_vec()))
        );
        assert_eq!(
            extension(certificate, "1.3.6.1.5.5.7.1.1"),
            Some((false, access.clone()))
        );
    }
}

#[test]
fn urls_are_checked_and_bounded() {
    let issued = |crl: Vec<String>| {
        let locations = Locations {
            crl,
            ..Locations::default()
        };
        let request = EndEntity {
            locations,
            ..request(&["a.test"])
        };
        root().issue(&request, &key(), now()).map(|_| ())
    };
    for url in [
        "http://a.test/x.crl",
        "https://a.test/x.crl",
        "ldap://a.test/cn=x?certificateRevocationList",
    ] {
        assert_eq!(issued(urls(&[url])), Ok(()));
    }
    let fault = |name: &str, fault| {
        Err(Error::Name {
            name: name.into(),
            fault,
        })
    };
    assert_eq!(
        issued(urls(&["a.test/x"])),
        fault("a.test/x", NameFault::Uri)
    );
    assert_eq!(
        issued(urls(&["http://me@a.test/"])),
        fault("http://me@a.test/", NameFault::UserInformation)
    );
    let file = "ftp://a.test/x.crl";
    assert_eq!(
        issued(urls(&[file])),
        Err(Error::UrlScheme { url: file.into() })
    );
    assert_eq!(issued(vec!["http://a/".into(); URLS_MAX]), Ok(()));
    assert_eq!(
        issued(vec!["http://a/".into(); URLS_MAX + 1]),
        Err(Error::TooManyUrls { limit: URLS_MAX })
    );
}
