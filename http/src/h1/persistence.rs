//! Whether a connection stays open behind a message ([RFC 9112 §9.3]).
//!
//! [RFC 9112 §9.3]: https://www.rfc-editor.org/rfc/rfc9112#section-9.3

use http::header::CONNECTION;
use http::{HeaderMap, Version};

use super::fields::Present;
use super::grammar::has_token;

/// `close` always wins; HTTP/1.1 persists without being asked, HTTP/1.0 only if it asks.
pub(super) fn persists(version: Version, fields: &HeaderMap, present: Present) -> bool {
    if !present.connection {
        return version == Version::HTTP_11;
    }
    let has = |token| has_token(fields.get_all(CONNECTION), token);
    !has("close") && (version == Version::HTTP_11 || has("keep-alive"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[track_caller]
    fn check(lines: &[&'static str], http_10: bool, http_11: bool) {
        let fields = lines
            .iter()
            .map(|line| (CONNECTION, HeaderValue::from_static(line)))
            .collect();
        let present = Present {
            connection: !lines.is_empty(),
            ..Present::default()
        };
        assert_eq!(persists(Version::HTTP_10, &fields, present), http_10);
        assert_eq!(persists(Version::HTTP_11, &fields, present), http_11);
    }

    #[test]
    fn close_wins_and_http_1_0_has_to_ask() {
        check(&[], false, true);
        check(&["keep-alive"], true, true);
        check(&["x, Keep-Alive"], true, true);
        check(&["x"], false, true);
        check(&["close"], false, false);
        check(&["keep-alive", "x, CLOSE"], false, false);
    }
}
