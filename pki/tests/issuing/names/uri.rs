//! URIs and SPIFFE IDs.

use wharf_pki::SubjectAltName;
use wharf_pki::error::NameFault;
use wharf_pki::name::URI_BYTES_MAX;

use super::{accepted, refused};

#[track_caller]
fn taken(uri: &str) {
    accepted(uri, SubjectAltName::Uri(uri.into()));
}

#[test]
fn a_uri_has_a_scheme_and_is_ascii() {
    taken("https://a.test:8443/x/y?z#f");
    taken("https://127.0.0.1/");
    taken("https://[::1]:1/");
    // RFC 5280 §4.2.1.6: an authority has a host.
    refused("file:///etc/hosts", NameFault::Empty);
    refused("1://a.test", NameFault::Uri);
    refused("https://a.test/%zz", NameFault::Uri);
    refused("https://a.test/<", NameFault::Uri);
    refused("https://a.test/ü", NameFault::UriNotAscii);
    refused("https://bücher.test/", NameFault::UriNotAscii);
    refused("https://a.test/ x", NameFault::Space);
}

#[test]
fn the_host_of_a_uri_is_one() {
    refused("https://a..test/", NameFault::EmptyLabel);
    refused("https://*.a.test/", NameFault::WildcardPlace);
    refused("https://256.0.0.1/", NameFault::NumericEnd);
    refused("https://[v1.x]/", NameFault::Address);
    refused("https://me@a.test/", NameFault::UserInformation);
    refused("https://me:secret@a.test/", NameFault::UserInformation);
}

#[test]
fn a_uri_is_bounded() {
    let longest = format!("https://a.test/{}", "x".repeat(URI_BYTES_MAX - 15));
    assert_eq!(longest.len(), URI_BYTES_MAX);
    taken(&longest);
    let error = (longest + "x").parse::<SubjectAltName>().unwrap_err();
    assert!(
        error.to_string().ends_with("is longer than 2048 bytes"),
        "{error}"
    );
    let error = format!("spiffe://a/{}", "x".repeat(URI_BYTES_MAX)).parse::<SubjectAltName>();
    assert!(
        error
            .unwrap_err()
            .to_string()
            .ends_with("is longer than 2048 bytes")
    );
}

#[test]
fn a_spiffe_id_has_a_trust_domain_and_a_path() {
    taken("spiffe://example.org/ns/web/sa/Default_1.x-y");
    taken("spiffe://trust_domain-1/x");
    for (id, fault) in [
        ("spiffe://example.org", NameFault::SpiffePath),
        ("spiffe://example.org/", NameFault::SpiffePath),
        ("spiffe://example.org/x/", NameFault::SpiffePath),
        ("spiffe://example.org//x", NameFault::SpiffePath),
        ("spiffe://example.org/../x", NameFault::SpiffePath),
        ("spiffe://example.org/./x", NameFault::SpiffePath),
        ("spiffe://example.org/%41", NameFault::SpiffePath),
        ("spiffe://example.org/x?y", NameFault::SpiffePath),
        ("spiffe://example.org/x#y", NameFault::SpiffePath),
        ("spiffe:///x", NameFault::SpiffeTrustDomain),
        ("spiffe://Example.org/x", NameFault::SpiffeTrustDomain),
        ("spiffe://example.org:80/x", NameFault::SpiffeTrustDomain),
        ("spiffe://me@example.org/x", NameFault::SpiffeTrustDomain),
        ("SPIFFE://example.org/x", NameFault::SpiffeTrustDomain),
        ("uri:spiffe:example.org/x", NameFault::SpiffeTrustDomain),
    ] {
        refused(id, fault);
    }
    let domain = "a".repeat(255);
    taken(&format!("spiffe://{domain}/x"));
    let error = format!("spiffe://{domain}a/x").parse::<SubjectAltName>();
    assert!(
        error
            .unwrap_err()
            .hint()
            .unwrap()
            .contains("trust-domain/path")
    );
}
