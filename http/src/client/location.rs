//! From the bytes of a `Location` to an absolute `http::Uri`.
//!
//! ```text
//! Location = URI-reference                                                           RFC 9110 §10.2.2
//! ```
//!
//! Servers send what is no URI-reference: blanks and UTF-8 as they are, `|` and `[` in a query. Browsers, curl and Go follow
//! those, so they are percent-encoded here and then read strictly. Two habits of browsers are left out: a backslash is data,
//! not a slash (`/\example.net` stays on this host), and a host that is not ASCII is refused (a server that redirects to one
//! has to know its A-label; the tables for it are larger than the rest of this crate).

use http::Uri;
use iri_string::types::{UriAbsoluteStr, UriReferenceStr};

use super::redirect::RedirectError;

/// Resolves a `Location` against the URI it came from ([RFC 3986 §5]). Its fragment is dropped: a request has none.
///
/// [RFC 3986 §5]: https://www.rfc-editor.org/rfc/rfc3986#section-5
pub(super) fn resolve(location: &[u8], base: &Uri) -> Result<Uri, RedirectError> {
    let base = escape(base.to_string().as_bytes());
    let reference = escape(location);
    let base = UriAbsoluteStr::new(&base).map_err(|_| RedirectError::InvalidLocation)?;
    let reference = UriReferenceStr::new(&reference).map_err(|_| RedirectError::InvalidLocation)?;
    let target = reference.resolve_against(base);
    // What could not be written again unambiguously, as `x:.///y`; with an authority there is no such thing.
    target
        .ensure_rfc3986_normalizable()
        .map_err(|_| RedirectError::InvalidLocation)?;
    let target = target.to_string();
    if !has_http_scheme(&target) {
        return Err(RedirectError::NotHttp);
    }
    let target: Uri = target.parse().map_err(|_| RedirectError::InvalidLocation)?;
    // `http:x` is a host and a port to `http::Uri`.
    let (Some(_), Some(authority)) = (target.scheme(), target.authority()) else {
        return Err(RedirectError::InvalidLocation);
    };
    if authority.as_str().contains('@') {
        return Err(RedirectError::Userinfo);
    }
    let port = authority.as_str().strip_prefix(authority.host());
    let port_is_valid = matches!(port, Some("" | ":")) || authority.port_u16().is_some();
    if authority.host().is_empty() || !port_is_valid {
        return Err(RedirectError::InvalidLocation);
    }
    Ok(target)
}

fn has_http_scheme(uri: &str) -> bool {
    let scheme = uri.split(':').next().unwrap_or_default();
    ["http", "https"]
        .iter()
        .any(|http| scheme.eq_ignore_ascii_case(http))
}

/// Percent-encodes what may not be in a URI-reference, up to its fragment. What is encoded already stays as it is.
fn escape(reference: &[u8]) -> String {
    let reference = reference
        .split(|byte| *byte == b'#')
        .next()
        .unwrap_or_default();
    let authority = authority(reference);
    let mut escaped = String::with_capacity(reference.len());
    for (at, byte) in reference.iter().enumerate() {
        let is_kept = match byte {
            b'%' => is_encoded_octet(reference, at),
            // Only around an IPv6 address; servers send them in queries too.
            b'[' | b']' => authority.contains(&at),
            _ => is_uri_byte(*byte),
        };
        if is_kept {
            escaped.push(char::from(*byte));
        } else {
            escaped.push('%');
            escaped.push(hex_digit(byte >> 4));
            escaped.push(hex_digit(byte & 0xf));
        }
    }
    escaped
}

/// Where the authority is, if there is one: behind `//`, before the path or the query.
fn authority(reference: &[u8]) -> std::ops::Range<usize> {
    let is_end = |byte: &u8| matches!(byte, b'/' | b'?');
    let scheme = reference
        .iter()
        .position(|byte| *byte == b':' || is_end(byte))
        .filter(|at| reference.get(*at) == Some(&b':'))
        .map_or(0, |colon| colon + 1);
    let behind = reference.get(scheme..).unwrap_or_default();
    let Some(behind) = behind.strip_prefix(b"//") else {
        return 0..0;
    };
    let start = scheme + 2;
    start..start + behind.iter().position(is_end).unwrap_or(behind.len())
}

fn is_encoded_octet(reference: &[u8], at: usize) -> bool {
    let digits = reference.get(at + 1..at + 3);
    digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

/// unreserved / gen-delims / sub-delims of [RFC 3986 §2], but for `#`, `[` and `]`.
///
/// [RFC 3986 §2]: https://www.rfc-editor.org/rfc/rfc3986#section-2
fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=".contains(&byte)
}

fn hex_digit(value: u8) -> char {
    char::from_digit(value.into(), 16)
        .unwrap_or_default()
        .to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(location: &str, expected: Result<&str, RedirectError>) {
        let base = "http://a.example/b/c/d;p?q".parse().unwrap();
        let resolved = resolve(location.as_bytes(), &base).map(|uri| uri.to_string());
        assert_eq!(resolved, expected.map(str::to_owned), "{location}");
    }

    /// The table of RFC 3986 §5.4.1 and §5.4.2, fragments dropped.
    #[test]
    fn references_resolve_as_in_rfc_3986() {
        for (location, expected) in [
            ("g", "/b/c/g"),
            ("./g", "/b/c/g"),
            ("g/", "/b/c/g/"),
            ("/g", "/g"),
            ("?y", "/b/c/d;p?y"),
            ("g?y", "/b/c/g?y"),
            ("#s", "/b/c/d;p?q"),
            ("g#s", "/b/c/g"),
            ("g?y#s", "/b/c/g?y"),
            (";x", "/b/c/;x"),
            ("g;x", "/b/c/g;x"),
            ("", "/b/c/d;p?q"),
            (".", "/b/c/"),
            ("./", "/b/c/"),
            ("..", "/b/"),
            ("../", "/b/"),
            ("../g", "/b/g"),
            ("../..", "/"),
            ("../../g", "/g"),
            ("../../../g", "/g"),
            ("../../../../g", "/g"),
            ("/./g", "/g"),
            ("/../g", "/g"),
            ("g.", "/b/c/g."),
            (".g", "/b/c/.g"),
            ("./../g", "/b/g"),
            ("./g/.", "/b/c/g/"),
            ("g/../h", "/b/c/h"),
            ("g;x=1/../y", "/b/c/y"),
            ("g?y/../x", "/b/c/g?y/../x"),
        ] {
            check(location, Ok(&format!("http://a.example{expected}")));
        }
        check("//g", Ok("http://g/"));
        check("//g/h", Ok("http://g/h"));
        check("//g:65535/h", Ok("http://g:65535/h"));
        check("https://g:444/h?i", Ok("https://g:444/h?i"));
        check("HTTPS://g/", Ok("https://g/"));
        check("//[::1]:8080/g", Ok("http://[::1]:8080/g"));
    }

    #[test]
    fn what_servers_send_raw_is_encoded_and_the_rest_is_left_alone() {
        check("/a b", Ok("http://a.example/a%20b"));
        check("/ä?ö", Ok("http://a.example/%C3%A4?%C3%B6"));
        check("/a%20b%2f", Ok("http://a.example/a%20b%2f"));
        check("/100%", Ok("http://a.example/100%25"));
        check("/%zz", Ok("http://a.example/%25zz"));
        check(
            "/x?a[]=1|2&b={\"c\"}",
            Ok("http://a.example/x?a%5B%5D=1%7C2&b=%7B%22c%22%7D"),
        );
    }

    #[test]
    fn a_backslash_does_not_lead_to_another_host() {
        check("/\\b.example/", Ok("http://a.example/%5Cb.example/"));
        check(
            "\\\\b.example/",
            Ok("http://a.example/b/c/%5C%5Cb.example/"),
        );
    }

    #[test]
    fn bytes_of_no_encoding_are_encoded_one_by_one() {
        let base = "http://a.example/".parse().unwrap();
        let resolved = resolve(b"/\xe4\xff", &base).unwrap();
        assert_eq!(resolved, "http://a.example/%E4%FF");
    }

    #[test]
    fn what_is_no_http_uri_is_refused_by_name() {
        check("ftp://b.example/", Err(RedirectError::NotHttp));
        check("javascript:alert(1)", Err(RedirectError::NotHttp));
        check("file:///etc/passwd", Err(RedirectError::NotHttp));
        check("http://", Err(RedirectError::InvalidLocation));
        check("http:///x", Err(RedirectError::InvalidLocation));
        check("http:x", Err(RedirectError::InvalidLocation));
        check("http://b:x/", Err(RedirectError::InvalidLocation));
        check("http://b:65536/", Err(RedirectError::InvalidLocation));
        check("http://[::1/", Err(RedirectError::InvalidLocation));
        check(
            "http://bücher.example/",
            Err(RedirectError::InvalidLocation),
        );
        check("http://user@b.example/", Err(RedirectError::Userinfo));
        check("//user:word@b.example/", Err(RedirectError::Userinfo));
    }

    #[test]
    fn a_base_that_is_no_strict_uri_is_one_to_resolve_against() {
        let base = "http://a.example/{x}/y?|".parse().unwrap();
        assert_eq!(resolve(b"z", &base).unwrap(), "http://a.example/%7Bx%7D/z");
    }
}
