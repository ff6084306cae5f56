use proptest::prelude::*;
use wharf_tls::{SpiffeId, SpiffeIdError};

#[test]
fn a_spiffe_id_has_a_trust_domain_and_a_path() {
    for (text, trust_domain, path, segments) in [
        ("spiffe://example.org", "example.org", "", &[][..]),
        ("spiffe://a", "a", "", &[]),
        (
            "spiffe://1.2_3-4/A-b_c.9",
            "1.2_3-4",
            "/A-b_c.9",
            &["A-b_c.9"],
        ),
        ("spiffe://a/b/c", "a", "/b/c", &["b", "c"]),
        ("spiffe://a/...", "a", "/...", &["..."]),
    ] {
        let id: SpiffeId = text.parse().unwrap();
        assert_eq!((id.trust_domain(), id.path()), (trust_domain, path));
        assert_eq!(id.segments().collect::<Vec<_>>(), segments);
        assert_eq!(id.to_string(), text);
    }
}

#[test]
fn what_is_none_is_refused_by_its_rule() {
    use SpiffeIdError::*;
    for (text, error) in [
        ("", Scheme),
        ("spiffe:/a", Scheme),
        ("SPIFFE://a", Scheme),
        ("https://a", Scheme),
        ("spiffe://", TrustDomain),
        ("spiffe:///a", TrustDomain),
        ("spiffe://Example.org/a", TrustDomain),
        ("spiffe://a:443/b", TrustDomain),
        ("spiffe://me@a/b", TrustDomain),
        ("spiffe://a%2e/b", TrustDomain),
        ("spiffe://ä/b", TrustDomain),
        ("spiffe://a?b", TrustDomain),
        ("spiffe://a/", EmptySegment),
        ("spiffe://a/b/", EmptySegment),
        ("spiffe://a//b", EmptySegment),
        ("spiffe://a/./b", RelativeSegment),
        ("spiffe://a/b/..", RelativeSegment),
        ("spiffe://a/b?c", Segment),
        ("spiffe://a/b#c", Segment),
        ("spiffe://a/b%20c", Segment),
        ("spiffe://a/b*", Segment),
        ("spiffe://a/b\0", Segment),
    ] {
        assert_eq!(text.parse::<SpiffeId>(), Err(error), "{text}");
    }
}

#[test]
fn both_lengths_have_a_bound() {
    let trust_domain = |length| format!("spiffe://{}", "a".repeat(length)).parse::<SpiffeId>();
    trust_domain(255).unwrap();
    assert_eq!(trust_domain(256), Err(SpiffeIdError::TrustDomain));
    let whole = |length: usize| {
        let text = format!("spiffe://a/{}", "b".repeat(length - 11));
        assert_eq!(text.len(), length);
        text.parse::<SpiffeId>()
    };
    whole(2048).unwrap();
    assert_eq!(whole(2049), Err(SpiffeIdError::TooLong));
}

proptest! {
    #[test]
    fn any_text_is_an_id_that_prints_as_it_was_read_or_an_error(
        text in prop_oneof![any::<String>(), "spiffe://[a-zA-Z0-9._/%*?#-]{0,20}"]
    ) {
        if let Ok(id) = text.parse::<SpiffeId>() {
            prop_assert_eq!(id.to_string(), text);
            prop_assert!(!id.path().contains("//"));
        }
    }
}
