//! E-mail addresses.

use wharf_pki::SubjectAltName;
use wharf_pki::error::NameFault;

use super::{accepted, refused};

fn email(address: &str) -> SubjectAltName {
    SubjectAltName::Email(address.into())
}

#[test]
fn the_local_part_keeps_its_case_and_the_host_does_not() {
    accepted("Me@A.Test", email("Me@a.test"));
    accepted("first.last+tag@a.test", email("first.last+tag@a.test"));
    accepted(
        "!#$%&'*-/=?^_`{|}~@a.test",
        email("!#$%&'*-/=?^_`{|}~@a.test"),
    );
    accepted("me@localhost", email("me@localhost"));
    accepted("me@bücher.test", email("me@xn--bcher-kva.test"));
}

#[test]
fn a_local_part_is_bounded_ascii_without_quotes() {
    let longest = "x".repeat(64);
    accepted(
        &format!("{longest}@a.test"),
        email(&format!("{longest}@a.test")),
    );
    refused(&format!("{longest}x@a.test"), NameFault::LocalPartTooLong);
    refused("mé@a.test", NameFault::LocalPartNotAscii);
    refused("@a.test", NameFault::LocalPartEmpty);
    refused(".me@a.test", NameFault::LocalPartEmpty);
    refused("me.@a.test", NameFault::LocalPartEmpty);
    refused("m..e@a.test", NameFault::LocalPartEmpty);
    refused("m e@a.test", NameFault::Space);
    refused("\"m\"@a.test", NameFault::Character { found: '"' });
    refused("me@you@a.test", NameFault::Character { found: '@' });
    refused("Me <me@a.test", NameFault::Space);
}

#[test]
fn the_host_of_an_address_is_a_dns_name_without_wildcard() {
    refused("me@", NameFault::Empty);
    refused("me@*.a.test", NameFault::WildcardPlace);
    refused("me@a.test.", NameFault::TrailingDot);
    refused("me@10.0.0.1", NameFault::NumericEnd);
    refused("email:me@[10.0.0.1]", NameFault::Character { found: '[' });
}
