//! Names: what is read, what is refused and why, and beside each refusal its nearest legal neighbour.

use wharf_pki::error::NameFault;
use wharf_pki::{Error, SubjectAltName};

fn dns(name: &str) -> SubjectAltName {
    SubjectAltName::Dns(name.into())
}

#[track_caller]
fn accepted(text: &str, name: SubjectAltName) {
    assert_eq!(text.parse(), Ok(name));
}

#[track_caller]
fn refused(text: &str, fault: NameFault) {
    assert_eq!(
        text.parse::<SubjectAltName>(),
        Err(Error::Name {
            name: text.into(),
            fault
        })
    );
}

#[test]
fn host_names_are_read_in_lower_case() {
    accepted("localhost", dns("localhost"));
    accepted("A.Test", dns("a.test"));
    accepted("xn--bcher-kva.test", dns("xn--bcher-kva.test"));
    accepted("1.a", dns("1.a"));
    accepted("3com.test", dns("3com.test"));
    accepted("my_service", dns("my_service"));
}

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
    for text in ["localhost", "*.a.test", "10.1.2.3", "2001:db8::1"] {
        assert_eq!(text.parse::<SubjectAltName>().unwrap().to_string(), text);
    }
}

#[test]
fn lengths_are_bounded() {
    let label = "a".repeat(63);
    accepted(&label, dns(&label));
    refused(&"a".repeat(64), NameFault::LabelTooLong);

    let longest = [&label[..], &label, &label, &label[..61]].join(".");
    assert_eq!(longest.len(), 253);
    accepted(&longest, dns(&longest));
    refused(&(longest + "a"), NameFault::TooLong);
    refused("", NameFault::Empty);
}

#[test]
fn labels_have_letters_digits_hyphens_and_underscores() {
    accepted("a-b.test", dns("a-b.test"));
    refused("-a.test", NameFault::Hyphen);
    refused("a-.test", NameFault::Hyphen);
    refused("a..test", NameFault::EmptyLabel);
    refused(".test", NameFault::EmptyLabel);
    refused("a.test.", NameFault::TrailingDot);
    refused("a b", NameFault::Space);
    refused(" localhost", NameFault::Space);
    refused("a,b", NameFault::Character { found: ',' });
    refused("bücher.test", NameFault::NotAscii);
}

#[test]
fn an_address_that_is_not_whole_is_no_host_name() {
    accepted("127.1.test", dns("127.1.test"));
    refused("127.1", NameFault::NumericEnd);
    refused("256.0.0.1", NameFault::NumericEnd);
    refused("80", NameFault::NumericEnd);
    refused("1:2:x", NameFault::Address);
    refused("[::1", NameFault::Address);
    refused("[127.0.0.1]", NameFault::Address);
    refused("fe80::1%eth0", NameFault::Zone);
    refused("[fe80::1%eth0]", NameFault::Zone);
}

#[test]
fn a_wildcard_is_the_leftmost_label_with_two_behind_it() {
    accepted("*.a.test", dns("*.a.test"));
    accepted("*.dev.localhost", dns("*.dev.localhost"));
    refused("*", NameFault::WildcardTooWide);
    refused("*.localhost", NameFault::WildcardTooWide);
    refused("*.*", NameFault::WildcardPlace);
    refused("*.*.test", NameFault::WildcardPlace);
    refused("a.*.test", NameFault::WildcardPlace);
    refused("a*.b.test", NameFault::WildcardPlace);
    refused("**.b.test", NameFault::WildcardPlace);
}

#[test]
fn what_is_more_than_a_name_is_refused_with_a_hint() {
    refused("localhost:8443", NameFault::Port);
    refused("127.0.0.1:80", NameFault::Port);
    refused("[::1]:443", NameFault::Port);
    refused("https://localhost", NameFault::Scheme);
    refused("10.0.0.0/8", NameFault::Slash);
    refused("a.test/path", NameFault::Slash);
    refused("me@a.test", NameFault::Email);

    let error = "localhost:8443".parse::<SubjectAltName>().unwrap_err();
    assert_eq!(error.to_string(), "name `localhost:8443` has a port");
    assert_eq!(
        error.hint().as_deref(),
        Some("give the host alone: a certificate covers all its ports")
    );
    assert!(
        "bücher.test"
            .parse::<SubjectAltName>()
            .unwrap_err()
            .hint()
            .unwrap()
            .contains("xn--")
    );
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
