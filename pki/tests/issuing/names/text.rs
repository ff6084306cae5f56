//! Which kind of name a text is.

use wharf_pki::SubjectAltName;
use wharf_pki::error::NameFault;
use wharf_pki::name::NameKind;

use super::{accepted, dns, refused};

#[test]
fn ip_addresses_are_read_with_and_without_brackets() {
    accepted("127.0.0.1", SubjectAltName::Ip([127, 0, 0, 1].into()));
    let loopback = SubjectAltName::Ip(std::net::Ipv6Addr::LOCALHOST.into());
    accepted("::1", loopback.clone());
    accepted("[::1]", loopback.clone());
    accepted("0:0:0:0:0:0:0:1", loopback.clone());
    assert_eq!(loopback.to_string(), "::1");
}

#[test]
fn what_is_written_is_read_again() {
    for text in [
        "localhost",
        "*.a.test",
        "10.1.2.3",
        "2001:db8::1",
        "Me@a.test",
        "https://a.test/X?y#z",
        "spiffe://a.test/x",
        "urn:x:1",
    ] {
        assert_eq!(text.parse::<SubjectAltName>().unwrap().to_string(), text);
    }
}

#[test]
fn what_is_more_than_a_name_is_refused_with_a_hint() {
    refused("localhost:8443", NameFault::Port);
    refused("dns:localhost:8443", NameFault::Port);
    refused("127.0.0.1:80", NameFault::Port);
    refused("[::1]:443", NameFault::Port);
    refused("10.0.0.0/8", NameFault::Slash);
    refused("ip:10.0.0.0/8", NameFault::Slash);
    refused("a.test/path", NameFault::Slash);

    let error = "localhost:8443".parse::<SubjectAltName>().unwrap_err();
    assert_eq!(error.to_string(), "name `localhost:8443` has a port");
    assert_eq!(
        error.hint().as_deref(),
        Some("give the host alone: a certificate covers all its ports")
    );
}

#[test]
fn a_kind_before_a_name_says_what_it_is() {
    accepted("dns:localhost", dns("localhost"));
    accepted("DNS:localhost", dns("localhost"));
    accepted("ip:::1", "::1".parse().unwrap());
    accepted("IP:127.0.0.1", "127.0.0.1".parse().unwrap());
    accepted("email:me@a.test", SubjectAltName::Email("me@a.test".into()));
    accepted("uri:urn:x:1", SubjectAltName::Uri("urn:x:1".into()));
    accepted("urn:x:1", SubjectAltName::Uri("urn:x:1".into()));
    refused("ip:localhost", NameFault::Address);
    refused("dns:me@a.test", NameFault::Character { found: '@' });
    refused("email:a.test", NameFault::NoAt);
    refused("uri:a.test", NameFault::Uri);
    refused("dns:", NameFault::Empty);
    refused("ip:", NameFault::Address);
    refused("uri:", NameFault::Empty);
}

#[test]
fn every_name_has_a_kind() {
    for (text, kind) in [
        ("a.test", NameKind::Dns),
        ("*.a.test", NameKind::Wildcard),
        ("::1", NameKind::Ip),
        ("me@a.test", NameKind::Email),
        ("https://a.test/", NameKind::Uri),
        ("spiffe://a.test/x", NameKind::Spiffe),
    ] {
        assert_eq!(
            text.parse::<SubjectAltName>().unwrap().kind(),
            kind,
            "{text}"
        );
    }
}

#[test]
fn a_refused_name_is_shown_escaped_and_cut() {
    let error = format!("\x1b[2J{}", "x".repeat(1000))
        .parse::<SubjectAltName>()
        .unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("name `\\u{1b}[2Jxxx"), "{text}");
    assert!(text.len() < 320, "{text}");
}
