//! Sets of prefixes: syntax, the built-in lists, and a comparison with a plain walk through the list.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use wharf_net::{IpNet, PrefixError, PrefixSet};

fn set(text: &str) -> PrefixSet {
    text.parse().unwrap()
}

#[track_caller]
fn check(set: &PrefixSet, inside: &[&str], outside: &[&str]) {
    for address in inside {
        assert!(
            set.contains(address.parse().unwrap()),
            "{address} is not in"
        );
    }
    for address in outside {
        assert!(!set.contains(address.parse().unwrap()), "{address} is in");
    }
}

#[test]
fn a_prefix_holds_its_first_and_its_last_address_and_no_other() {
    check(
        &set("10.0.0.0/8"),
        &["10.0.0.0", "10.255.255.255"],
        &["9.255.255.255", "11.0.0.0", "::10.0.0.1"],
    );
    check(
        &set("2001:db8::/32"),
        &["2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"],
        &["2001:db7:ffff::", "2001:db9::", "32.1.13.184"],
    );
}

#[test]
fn an_address_alone_is_a_prefix_of_full_length() {
    check(
        &set("192.0.2.1"),
        &["192.0.2.1"],
        &["192.0.2.0", "192.0.2.2"],
    );
    check(&set("::1"), &["::1"], &["::", "::2", "0.0.0.1"]);
}

#[test]
fn a_mapped_prefix_is_the_prefix_it_stands_for() {
    assert_eq!(set("::ffff:10.0.0.0/104"), set("10.0.0.0/8"));
    assert_eq!(set("::ffff:0:0/96"), set("0.0.0.0/0"));
    assert_eq!(set("::ffff:192.0.2.1"), set("192.0.2.1"));
    check(
        &set("10.0.0.0/8"),
        &["::ffff:10.1.2.3"],
        &["::ffff:11.0.0.0"],
    );
}

#[test]
fn all_of_one_family_is_nothing_of_the_other() {
    check(
        &set("::/0"),
        &["::", "::1", "ffff::"],
        &["0.0.0.0", "::ffff:1.2.3.4"],
    );
    check(
        &set("0.0.0.0/0"),
        &["0.0.0.0", "255.255.255.255", "::ffff:1.2.3.4"],
        &["::", "::1"],
    );
}

#[test]
fn a_set_without_prefixes_holds_nothing() {
    let empty = PrefixSet::default();
    assert!(empty.is_empty());
    check(&empty, &[], &["0.0.0.0", "::", "255.255.255.255"]);
}

#[test]
fn neighbours_are_joined_and_what_lies_inside_is_left_out() {
    let mut set = set("10.0.0.0/9,10.128.0.0/9 10.1.0.0/16\t::1, 192.0.2.1");
    set.extend(["10.2.0.0/16".parse().unwrap()]);
    let prefixes: Vec<_> = set.iter().map(|prefix| prefix.to_string()).collect();
    assert_eq!(prefixes, ["10.0.0.0/8", "192.0.2.1/32", "::1/128"]);
}

#[test]
fn what_is_no_prefix_is_refused_with_its_text() {
    for (list, entry) in [
        ("", ""),
        (" ", ""),
        ("10.0.0.0/8,", ""),
        ("10.0.0.0/8,,::1", ""),
        ("10.0.0.0/33", "10.0.0.0/33"),
        ("::/129", "::/129"),
        ("10.0.0.0/-1", "10.0.0.0/-1"),
        ("10.0.0.0/+8", "10.0.0.0/+8"),
        ("10.0.0.0/", "10.0.0.0/"),
        ("10.0.0.0/264", "10.0.0.0/264"),
        ("/8", "/8"),
        ("10.0.0/8", "10.0.0/8"),
        ("010.0.0.0/8", "010.0.0.0/8"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/255.0.0.0"),
        ("::1, localhost", "localhost"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("\u{1b}[2J", "\\u{1b}[2J"),
    ] {
        let text = entry.to_owned();
        assert_eq!(
            list.parse::<PrefixSet>(),
            Err(PrefixError::Syntax { text }),
            "{list:?}"
        );
    }
    let long = "x".repeat(1_000_000).parse::<PrefixSet>().unwrap_err();
    assert!(long.to_string().len() < 120);
}

#[test]
fn bits_outside_the_length_are_refused_in_text_and_ignored_otherwise() {
    let error = "10.1.2.3/8".parse::<PrefixSet>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "10.1.2.3/8 has bits outside its length: 10.0.0.0/8 is the prefix, 10.1.2.3 the address"
    );
    let prefix: IpNet = "10.1.2.3/8".parse().unwrap();
    assert_eq!(PrefixSet::from_iter([prefix]), set("10.0.0.0/8"));
}

#[test]
fn loopback_is_127_and_1() {
    check(
        &PrefixSet::loopback(),
        &["127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"],
        &["126.255.255.255", "128.0.0.0", "::", "::2", "0.0.0.0"],
    );
}

#[test]
fn addresses_that_are_not_global_are_in_the_deny_list_and_their_neighbours_are_not() {
    check(
        &PrefixSet::not_global(),
        &[
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.1",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
        ],
        &[
            "1.0.0.0",
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
        ],
    );
    check(
        &PrefixSet::not_global(),
        &[
            "::",
            "::1",
            "::2",
            "100::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
            "1fff:ffff::",
            "4000::",
            "ffff:ffff::",
            "2001::1",
            "2001:2::1",
            "2001:10::1",
            "2001:1ff:ffff::",
            "2001:db8::1",
            "2002::1",
            "2002:808:808::1",
            "3fff::1",
            "3fff:fff:ffff::",
        ],
        &[
            "2000::",
            "2001:200::1",
            "2001:db7:ffff::1",
            "2001:db9::",
            "2001:ffff::",
            "2003::",
            "2606:4700:4700::1111",
            "2a00:1450::1",
            "3ffe:ffff::",
            "3fff:1000::",
            "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ],
    );
}

#[test]
fn an_address_inside_an_ipv6_address_is_no_way_around_the_deny_list() {
    check(
        &PrefixSet::not_global(),
        &[
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b::",
            "64:ff9b::255.255.255.255",
            "64:ff9b:0:0:0:1::",
            "64:ff9b:1::8.8.8.8",
            "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff",
            "2002:a00:1::",
            "2002:7f00:1::",
            "2001:0:a00:1::",
        ],
        &["::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "64:ff9b::172.32.0.0"],
    );
}

proptest! {
    #[test]
    fn nat64_is_denied_exactly_where_ipv4_is(bits: u32) {
        let set = PrefixSet::not_global();
        let v4 = Ipv4Addr::from_bits(bits);
        let v6 = Ipv6Addr::from_bits((0x64_ff9b << 96) | u128::from(bits));
        prop_assert_eq!(set.contains(v4.into()), set.contains(v6.into()));
        prop_assert_eq!(set.contains(v4.into()), set.contains(v4.to_ipv6_mapped().into()));
    }

    #[test]
    fn a_set_answers_as_a_walk_through_its_prefixes(
        prefixes in prop::collection::vec(any_prefix(), 0..12),
        addresses in prop::collection::vec(any_address(), 1..12),
    ) {
        let set: PrefixSet = prefixes.iter().map(|(address, len)| IpNet::new(*address, *len).unwrap()).collect();
        let edges = prefixes.iter().flat_map(|(address, len)| edges(*address, *len));
        for address in addresses.into_iter().chain(edges) {
            let expected = prefixes.iter().any(|(network, len)| holds(*network, *len, address));
            prop_assert_eq!(set.contains(address), expected, "{} in {:?}", address, set);
        }
        let again: PrefixSet = set.iter().collect();
        prop_assert_eq!(&again, &set);
        if !set.is_empty() {
            let text = set.iter().map(|prefix| prefix.to_string()).collect::<Vec<_>>().join(",");
            prop_assert_eq!(text.parse::<PrefixSet>(), Ok(set));
        }
    }
}

/// The model: family and bits are compared by hand; what is mapped counts as IPv4.
fn holds(network: IpAddr, len: u8, address: IpAddr) -> bool {
    let (network, len) = match network {
        IpAddr::V6(v6) if len >= 96 && is_mapped(v6) => (Some(v6.to_bits() as u32), len - 96),
        IpAddr::V4(v4) => (Some(v4.to_bits()), len),
        IpAddr::V6(v6) => {
            let IpAddr::V6(address) = address else {
                return false;
            };
            return !is_mapped(address) && same_start(v6.to_bits(), address.to_bits(), len.into());
        }
    };
    let address = match address {
        IpAddr::V4(v4) => v4.to_bits(),
        IpAddr::V6(v6) if is_mapped(v6) => v6.to_bits() as u32,
        IpAddr::V6(_) => return false,
    };
    let widen = |bits: u32| u128::from(bits) << 96;
    network.is_some_and(|network| same_start(widen(network), widen(address), len.into()))
}

fn is_mapped(address: Ipv6Addr) -> bool {
    address.segments()[..6] == [0, 0, 0, 0, 0, 0xffff]
}

fn same_start(a: u128, b: u128, bits: u32) -> bool {
    (a ^ b).leading_zeros() >= bits
}

/// The addresses at both ends of a prefix, and those just outside.
fn edges(address: IpAddr, len: u8) -> Vec<IpAddr> {
    match address {
        IpAddr::V4(v4) => {
            let host = u32::MAX.checked_shr(len.into()).unwrap_or(0);
            let (first, last) = (v4.to_bits() & !host, v4.to_bits() | host);
            [first, last, first.wrapping_sub(1), last.wrapping_add(1)]
                .map(|bits| Ipv4Addr::from_bits(bits).into())
                .into()
        }
        IpAddr::V6(v6) => {
            let host = u128::MAX.checked_shr(len.into()).unwrap_or(0);
            let (first, last) = (v6.to_bits() & !host, v6.to_bits() | host);
            [first, last, first.wrapping_sub(1), last.wrapping_add(1)]
                .map(|bits| Ipv6Addr::from_bits(bits).into())
                .into()
        }
    }
}

/// Addresses of few bits, so that prefixes overlap and touch; some of them mapped.
fn any_address() -> impl Strategy<Value = IpAddr> {
    let bits = prop_oneof![
        any::<u32>(),
        0..16u32,
        (0..8u32).prop_map(|high| high << 29),
        (0..16u32).prop_map(|low| u32::MAX - low),
    ];
    prop_oneof![
        bits.clone()
            .prop_map(|bits| Ipv4Addr::from_bits(bits).into()),
        bits.clone()
            .prop_map(|bits| Ipv4Addr::from_bits(bits).to_ipv6_mapped().into()),
        bits.clone()
            .prop_map(|bits| Ipv6Addr::from_bits(bits.into()).into()),
        bits.clone()
            .prop_map(|bits| Ipv6Addr::from_bits(u128::from(bits) << 96).into()),
        bits.prop_map(|bits| Ipv6Addr::from_bits(u128::MAX - u128::from(bits)).into()),
        any::<u128>().prop_map(|bits| Ipv6Addr::from_bits(bits).into()),
    ]
}

fn any_prefix() -> impl Strategy<Value = (IpAddr, u8)> {
    (any_address(), any::<prop::sample::Index>()).prop_map(|(address, index)| {
        let len = index.index(if address.is_ipv4() { 33 } else { 129 });
        (address, u8::try_from(len).unwrap())
    })
}
