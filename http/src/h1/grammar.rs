//! Small rules that several fields share: RFC 9110 §5.6 and RFC 3986 §3.2.

use std::net::Ipv6Addr;

use http::HeaderValue;

/// The elements of a list field, without the white space around them.
///
/// ```text
/// #element = [ element ] *( OWS "," OWS [ element ] )          RFC 9110 §5.6.1.2, for recipients
/// OWS      = *( SP / HTAB )                                    RFC 9110 §5.6.3
/// ```
///
/// Empty elements are handed out too: where they are an attack, the caller refuses them. A comma inside a quoted string
/// would be taken for a separator; none of the fields read with this allows one.
pub(super) fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(trim_ows)
}

/// Whether a list field line has `token` among its elements. Tokens of HTTP compare without case.
pub(super) fn line_has_token(value: &HeaderValue, token: &str) -> bool {
    elements(value.as_bytes()).any(|element| element.eq_ignore_ascii_case(token.as_bytes()))
}

/// The same for all the lines of a field.
pub(super) fn has_token<'a>(
    values: impl IntoIterator<Item = &'a HeaderValue>,
    token: &str,
) -> bool {
    values.into_iter().any(|value| line_has_token(value, token))
}

fn trim_ows(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// ```text
/// token = 1*tchar
/// tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." /
///         "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA          RFC 9110 §5.6.2
/// ```
pub(super) fn is_tchar(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
        || byte.is_ascii_alphanumeric()
}

pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| is_tchar(*byte))
}

/// `Host`, and the authority of a request-target without userinfo.
///
/// ```text
/// Host       = uri-host [ ":" port ]                           RFC 9110 §7.2
/// uri-host   = IP-literal / IPv4address / reg-name             RFC 3986 §3.2.2
/// IP-literal = "[" ( IPv6address / IPvFuture ) "]"
/// reg-name   = *( unreserved / pct-encoded / sub-delims )
/// port       = *DIGIT
/// ```
///
/// Two rules are stricter than the grammar. A comma, a legal sub-delim, is what two `Host` lines joined by an
/// intermediary look like. A port above 65535 names nothing. IPvFuture has never been used.
pub(super) fn is_host(bytes: &[u8]) -> bool {
    let (host_is_valid, port) = match bytes {
        [b'[', rest @ ..] => {
            match memchr::memchr(b']', rest).and_then(|end| rest.split_at_checked(end)) {
                Some((literal, [b']', port @ ..])) => (is_ipv6(literal), port),
                _ => return false,
            }
        }
        _ => {
            // Hardly any name has a percent sign, and this is asked for every request.
            let plain = bytes.iter().take_while(|byte| is_plain(byte)).count();
            let end = match bytes.get(plain) {
                Some(b'%') => memchr::memchr(b':', bytes).unwrap_or(bytes.len()),
                _ => plain,
            };
            let (name, port) = bytes.split_at(end);
            (end == plain || is_reg_name(name), port)
        }
    };
    host_is_valid && (matches!(port, [] | [b':']) || is_port(port))
}

/// `":" port` with at least one digit, up to 65535.
pub(super) fn is_port(bytes: &[u8]) -> bool {
    let [b':', digits @ ..] = bytes else {
        return false;
    };
    let add = |number: u32, digit: &u8| (number * 10 + u32::from(digit & 15)).min(65_536);
    !digits.is_empty()
        && digits.iter().all(u8::is_ascii_digit)
        && digits.iter().fold(0, add) < 65_536
}

fn is_ipv6(literal: &[u8]) -> bool {
    std::str::from_utf8(literal).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
}

fn is_reg_name(name: &[u8]) -> bool {
    name.split(|byte| *byte == b'%')
        .enumerate()
        .all(|(number, part)| match part {
            _ if number == 0 => part.iter().all(is_plain),
            [high, low, rest @ ..] => {
                high.is_ascii_hexdigit() && low.is_ascii_hexdigit() && rest.iter().all(is_plain)
            }
            _ => false,
        })
}

fn is_plain(byte: &u8) -> bool {
    REG_NAME.get(usize::from(*byte)) == Some(&true)
}

/// `unreserved / sub-delims`, but for the comma.
static REG_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        #[expect(
            clippy::indexing_slicing,
            clippy::as_conversions,
            reason = "a constant: an error would show when compiling"
        )]
        {
            table[byte as usize] = byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&'..=b'+' | b';' | b'='
                );
        }
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_every_kind_are_accepted() {
        for host in [
            "",
            "localhost",
            "a.test:8080",
            "a.test:",
            "127.0.0.1:1",
            "[::1]",
            "[::1]:443",
            "a_b",
            "a%20b",
            "a%20%41",
        ] {
            assert!(is_host(host.as_bytes()), "{host}");
        }
    }

    #[test]
    fn hosts_that_could_be_read_in_two_ways_are_refused() {
        for host in [
            "a b", "a,b", "u@a", "a/b", "a:b", "a:+1", "a:65536", "a:1:2", "[::1", "[]", "[a]",
            "::1", "a%2", "[::1]x", "a?b", "a#b", "a\\b", "\u{e9}",
        ] {
            assert!(!is_host(host.as_bytes()), "{host}");
        }
    }

    #[test]
    fn list_elements_lose_their_white_space_and_empty_ones_stay() {
        let found: Vec<_> = elements(b" a ,\tb\t,, c").collect();
        assert_eq!(found, [&b"a"[..], b"b", b"", b"c"]);
    }

    #[test]
    fn tokens_compare_without_case_over_several_lines() {
        let lines = [
            HeaderValue::from_static("a, b"),
            HeaderValue::from_static("Close"),
        ];
        assert!(has_token(&lines, "close"));
        assert!(!has_token(&lines, "clos"));
    }

    #[test]
    fn a_token_is_made_of_tchars() {
        assert!(is_token(b"!#$%&'*+-.^_`|~09AZaz"));
        for byte in b"\"(),/:;<=>?@[\\]{} \t\x7f\x80" {
            assert!(!is_tchar(*byte), "{byte:#x}");
        }
        assert!(!is_token(b""));
    }
}
