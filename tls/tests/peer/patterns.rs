//! Which texts are patterns, and which names they fit.

use proptest::prelude::*;
use wharf_tls::{
    DnsPattern, EmailPattern, IpPattern, PatternError, PeerPattern, SpiffeId, SpiffeIdError,
    SpiffePattern,
};

#[test]
fn a_spiffe_pattern_fits_segment_by_segment() {
    for (pattern, fits, others) in [
        (
            "spiffe://a/b/c",
            &["spiffe://a/b/c"][..],
            &[
                "spiffe://a",
                "spiffe://a/b",
                "spiffe://a/b/c/d",
                "spiffe://x/b/c",
                "spiffe://a/b/C",
            ][..],
        ),
        (
            "spiffe://a/*/c",
            &["spiffe://a/b/c", "spiffe://a/x/c"],
            &[
                "spiffe://a/c",
                "spiffe://a/b/b/c",
                "spiffe://a/b/d",
                "spiffe://x/b/c",
            ],
        ),
        (
            "spiffe://a/b/**",
            &["spiffe://a/b/c", "spiffe://a/b/c/d/e"],
            &[
                "spiffe://a/b",
                "spiffe://a/bc/d",
                "spiffe://a",
                "spiffe://a.b/b/c",
            ],
        ),
        (
            "spiffe://a/*/**",
            &["spiffe://a/b/c", "spiffe://a/b/c/d"],
            &["spiffe://a/b", "spiffe://a"],
        ),
        (
            "spiffe://a/**",
            &["spiffe://a/b", "spiffe://a/b/c"],
            &["spiffe://a", "spiffe://b/b"],
        ),
        ("spiffe://a", &["spiffe://a"], &["spiffe://a/b"]),
    ] {
        let parsed: SpiffePattern = pattern.parse().unwrap();
        assert_eq!(parsed.to_string(), pattern);
        let id = |text: &&str| text.parse::<SpiffeId>().unwrap();
        assert!(fits.iter().all(|text| parsed.fits(&id(text))), "{pattern}");
        assert!(
            !others.iter().any(|text| parsed.fits(&id(text))),
            "{pattern}"
        );
    }
}

#[test]
fn a_dns_pattern_fits_a_name_or_one_label() {
    for (pattern, fits, others) in [
        (
            "a.example.org",
            &["a.example.org", "A.Example.ORG"][..],
            &[
                "b.example.org",
                "x.a.example.org",
                "*.example.org",
                "a.example.org.",
                "",
            ][..],
        ),
        (
            "*.example.org",
            &["a.example.org", "B.EXAMPLE.org", "_x.example.org"],
            &[
                "example.org",
                "a.b.example.org",
                "*.example.org",
                ".example.org",
                "a.example.com",
            ],
        ),
    ] {
        let parsed: DnsPattern = pattern.parse().unwrap();
        assert!(fits.iter().all(|name| parsed.fits(name)), "{pattern}");
        assert!(!others.iter().any(|name| parsed.fits(name)), "{pattern}");
    }
}

#[test]
fn an_email_pattern_fits_a_mailbox_or_a_domain() {
    for (pattern, fits, others) in [
        (
            "me@a.test",
            &["me@a.test", "me@A.TEST"][..],
            &["Me@a.test", "you@a.test", "me@b.a.test", "me", "@a.test"][..],
        ),
        (
            "*@a.test",
            &["me@a.test", "you@A.test", "\"x@y\"@a.test"],
            &[
                "me@b.test",
                "me@x.a.test",
                "@a.test",
                "a.test",
                "me@a.test@b.test",
            ],
        ),
    ] {
        let parsed: EmailPattern = pattern.parse().unwrap();
        assert!(fits.iter().all(|name| parsed.fits(name)), "{pattern}");
        assert!(!others.iter().any(|name| parsed.fits(name)), "{pattern}");
    }
}

#[test]
fn an_ip_pattern_fits_an_address_or_a_prefix() {
    for (pattern, fits, others) in [
        (
            "10.0.0.1",
            &["10.0.0.1"][..],
            &["10.0.0.2", "::ffff:10.0.0.1"][..],
        ),
        (
            "10.0.0.0/8",
            &["10.0.0.0", "10.255.255.255"],
            &["11.0.0.0", "9.255.255.255", "a00::"],
        ),
        ("0.0.0.0/0", &["0.0.0.0", "255.255.255.255"], &["::"]),
        (
            "2001:db8::/32",
            &["2001:db8::1"],
            &["2001:db9::", "32.1.13.184"],
        ),
        ("::/0", &["::", "ffff::"], &["0.0.0.0"]),
    ] {
        let parsed: IpPattern = pattern.parse().unwrap();
        assert_eq!(parsed.to_string(), pattern);
        assert!(
            fits.iter().all(|ip| parsed.fits(ip.parse().unwrap())),
            "{pattern}"
        );
        assert!(
            !others.iter().any(|ip| parsed.fits(ip.parse().unwrap())),
            "{pattern}"
        );
    }
}

#[test]
fn what_is_no_pattern_is_refused_by_its_rule() {
    use PatternError::*;
    for (text, error) in [
        ("", Kind),
        ("*", Kind),
        ("example.org", Kind),
        ("DNS:example.org", Kind),
        ("uri:https://a/", Kind),
        ("spiffe://*", Spiffe(SpiffeIdError::TrustDomain)),
        ("spiffe://*.a/b", Spiffe(SpiffeIdError::TrustDomain)),
        ("spiffe://a/b/", Spiffe(SpiffeIdError::EmptySegment)),
        ("spiffe://a//**", Spiffe(SpiffeIdError::EmptySegment)),
        ("spiffe://a/../**", Spiffe(SpiffeIdError::RelativeSegment)),
        ("spiffe://a/b*", SpiffeWildcard),
        ("spiffe://a/**/b", SpiffeWildcard),
        ("spiffe://a/**/**", SpiffeWildcard),
        ("spiffe://a/***", SpiffeWildcard),
        ("dns:", Dns),
        ("dns:a..b", Dns),
        ("dns:.a", Dns),
        ("dns:a.", Dns),
        ("dns:-a.b", Dns),
        ("dns:a b", Dns),
        ("dns:ä.test", Dns),
        ("dns:*", DnsWildcard),
        ("dns:*.org", DnsWildcard),
        ("dns:a*.example.org", DnsWildcard),
        ("dns:a.*.example.org", DnsWildcard),
        ("dns:*.*.example.org", DnsWildcard),
        ("email:", Email),
        ("email:a", Email),
        ("email:@a.test", Email),
        ("email:a@", Email),
        ("email:*@*.test", Email),
        ("email:a*@a.test", Email),
        ("email:a b@a.test", Email),
        ("ip:", Ip),
        ("ip:localhost", Ip),
        ("ip:10.0.0.0/33", Ip),
        ("ip:10.0.0.0/+8", Ip),
        ("ip:10.0.0.0/", Ip),
        ("ip:::/129", Ip),
        ("ip:10.0.0.0/999", Ip),
        ("ip:10.0.0.1/8", IpHostBits),
        ("ip:2001:db8::1/32", IpHostBits),
        ("sha256//abc", Key),
        ("sha256/", Key),
    ] {
        assert_eq!(text.parse::<PeerPattern>(), Err(error), "{text}");
    }
}

#[test]
fn long_names_have_a_bound() {
    let label = "a".repeat(63);
    let name = [&label[..], &label, &label, &label[..61]].join(".");
    assert_eq!(name.len(), 253);
    name.parse::<DnsPattern>().unwrap();
    assert_eq!(
        format!("{name}a").parse::<DnsPattern>(),
        Err(PatternError::Dns)
    );
    assert_eq!(
        format!("{label}a").parse::<DnsPattern>(),
        Err(PatternError::Dns)
    );
}

fn segment() -> impl Strategy<Value = String> {
    // Few letters, so that patterns and ids meet.
    prop_oneof!["[ab]", "[ab]{2}"]
}

proptest! {
    #[test]
    fn what_is_a_pattern_prints_as_one(
        text in prop_oneof![
            any::<String>(),
            "(spiffe://|dns:|email:|ip:|sha256//)[a-z0-9*@./:-]{0,16}",
            "ip:[0-9]{1,3}\\.[0-9]{1,3}\\.0\\.0(/[0-9]{1,2})?",
        ]
    ) {
        if let Ok(pattern) = text.parse::<PeerPattern>() {
            prop_assert_eq!(pattern.to_string().parse(), Ok(pattern));
        }
    }

    #[test]
    fn a_spiffe_pattern_fits_what_a_slower_reading_says(
        id in proptest::collection::vec(segment(), 0..5),
        pattern in proptest::collection::vec(prop_oneof![segment(), Just("*".to_owned())], 0..4),
        open: bool,
    ) {
        let path = |segments: &[String]| segments.iter().map(|s| format!("/{s}")).collect::<String>();
        let end = if open { "/**" } else { "" };
        let parsed: SpiffePattern = format!("spiffe://t{}{end}", path(&pattern)).parse().unwrap();
        let parsed_id: SpiffeId = format!("spiffe://t{}", path(&id)).parse().unwrap();
        let lengths = if open { id.len() > pattern.len() } else { id.len() == pattern.len() };
        let each = pattern.iter().zip(&id).all(|(wanted, found)| wanted == "*" || wanted == found);
        prop_assert_eq!(parsed.fits(&parsed_id), lengths && each);
    }

    #[test]
    fn an_ip_prefix_fits_what_shares_its_bits(address: u32, other: u32, length in 0_u32..=32) {
        let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
        let ip = std::net::Ipv4Addr::from_bits;
        let pattern: IpPattern = format!("{}/{length}", ip(address & mask)).parse().unwrap();
        prop_assert!(pattern.fits(ip(address).into()));
        prop_assert_eq!(pattern.fits(ip(other).into()), address & mask == other & mask);
    }
}
