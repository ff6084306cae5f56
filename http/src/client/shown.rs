//! URIs for messages, which may end in a log: without user name and password, and without query and fragment, where tokens
//! travel. Cut at a length, and with nothing in them that could do harm on a terminal.

use http::Uri;

use super::location::resolve;

/// The most that is shown of one, in bytes.
const SHOWN_MAX: usize = 200;

/// An absolute URI without userinfo, as a request has it.
pub(super) fn uri(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let query = uri.query().map(|_| "?...");
    let text = format!("{scheme}://{authority}{}", uri.path());
    cut(text.as_bytes(), query.unwrap_or_default())
}

/// Where a `Location` leads; what cannot be resolved, as it is.
pub(super) fn location(location: &[u8], base: &Uri) -> String {
    match resolve(location, base) {
        Ok(target) => uri(&target),
        Err(_) => reference(location),
    }
}

/// What may be anything. Behind `@` only, for a password may be before it; and if there is one behind what looks like the
/// beginning of a query, that may be a password too.
fn reference(text: &[u8]) -> String {
    let end = text.iter().position(|byte| matches!(byte, b'?' | b'#'));
    let (text, rest) = text.split_at(end.unwrap_or(text.len()));
    let rest_shown = if rest.is_empty() { "" } else { "..." };
    match text.iter().rposition(|byte| *byte == b'@') {
        Some(at) => cut(text.get(at + 1..).unwrap_or_default(), rest_shown),
        None if rest.contains(&b'@') => rest_shown.to_owned(),
        None => cut(text, rest_shown),
    }
}

fn cut(text: &[u8], rest: &str) -> String {
    match text.get(..SHOWN_MAX) {
        Some(begin) if begin.len() < text.len() => format!("{}...", begin.escape_ascii()),
        _ => format!("{}{rest}", text.escape_ascii()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let base = "https://a.example/b/c?token=secret".parse().unwrap();
        assert_eq!(location(text.as_bytes(), &base), expected, "{text}");
    }

    #[test]
    fn a_uri_is_shown_without_its_query() {
        let shown = |text: &str| uri(&text.parse().unwrap());
        assert_eq!(shown("http://a.example:81/b/c"), "http://a.example:81/b/c");
        assert_eq!(shown("http://a.example"), "http://a.example/");
        assert_eq!(
            shown("http://a.example/b?token=secret"),
            "http://a.example/b?..."
        );
        let long = format!("http://a.example/{}", "x".repeat(1000));
        assert_eq!(shown(&long), format!("{}...", &long[..SHOWN_MAX]));
    }

    #[test]
    fn a_location_is_shown_as_where_it_leads() {
        check("d", "https://a.example/b/d");
        check("//b.example/@user", "https://b.example/@user");
        check(
            "http://b.example/?code=secret#secret",
            "http://b.example/?...",
        );
        check("/\u{e9}\u{1b}[31m", "https://a.example/%C3%A9%1B%5B31m");
    }

    #[test]
    fn what_may_be_a_secret_is_not_shown_of_what_is_no_uri_either() {
        check("ftp://b.example/x", "ftp://b.example/x");
        check("javascript:alert(1)", "javascript:alert(1)");
        check("http://user:secret@b.example/x", "b.example/x");
        check("http://user:secret@b.example/x?secret", "b.example/x...");
        check("http://user:sec/ret@b.example/", "b.example/");
        check("http://user:sec?ret@b.example/", "...");
        check("http://user:sec#ret@b.example/", "...");
        check("ftp://b.example/x?mail=me@c.example&token=secret", "...");
        check("ftp://b.example/\u{1b}[31m", "ftp://b.example/\\x1b[31m");
        let long = format!("ftp://b.example/{}", "x".repeat(1000));
        check(&long, &format!("{}...", &long[..SHOWN_MAX]));
        check("", "https://a.example/b/c?...");
    }
}
