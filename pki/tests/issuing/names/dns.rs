//! DNS names and wildcards.

use wharf_pki::error::NameFault;

use super::{accepted, dns, refused};

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
fn names_beyond_ascii_become_a_labels() {
    accepted("bücher.test", dns("xn--bcher-kva.test"));
    accepted("BÜCHER.Test", dns("xn--bcher-kva.test"));
    accepted("*.bücher.test", dns("*.xn--bcher-kva.test"));
    accepted("faß.test", dns("xn--fa-hia.test"));
    accepted("例え.テスト", dns("xn--r8jz45g.xn--zckzah"));
    accepted("XN--BCHER-KVA.test", dns("xn--bcher-kva.test"));
    // A full stop of another script separates labels too.
    accepted("a。test", dns("a.test"));
    // No A-labels: the one does not decode, the other decodes to what has no A-label.
    refused("xn--a.test", NameFault::Idna);
    refused("xn--abc.test", NameFault::Idna);
    refused("a⁷⒈.test", NameFault::Idna);
    refused(&"ü".repeat(64), NameFault::LabelTooLong);
    refused(&"ü.".repeat(127), NameFault::TooLong);
}
