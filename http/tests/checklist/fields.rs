//! Rows 4-9: field lines.

use serde_json::json;

use crate::row::{row, with_field};

/// Row 4. RFC 9112 §2.2: white space between the request line and the first field MUST be refused or skipped.
#[test]
fn white_space_before_the_first_field_is_refused() {
    let row = row(4);
    row.refuses("GET / HTTP/1.1\r\n Host: a.test\r\n\r\n", 400);
    row.refuses("GET / HTTP/1.1\r\n\tHost: a.test\r\n\r\n", 400);
    row.refuses("GET / HTTP/1.1\r\n \r\nHost: a.test\r\n\r\n", 400);
    row.refuses("GET / HTTP/1.1\r\n X: y\r\nHost: a.test\r\n\r\n", 400);
}

/// Row 5. RFC 9112 §5.2: a folded line in a request MUST get 400 or be unfolded.
#[test]
fn a_folded_field_line_is_refused() {
    let row = row(5);
    row.refuses(with_field("X: a\r\n b"), 400);
    row.refuses(with_field("X: a\r\n\tb"), 400);
    row.refuses(with_field("X: a\r\n "), 400);
    row.refuses(with_field("X:\r\n a"), 400);
    row.refuses("GET / HTTP/1.1\r\nHost: a.test\r\n b\r\n\r\n", 400);
    row.refuses(with_field("Transfer-Encoding:\r\n chunked"), 400);
}

/// Row 6. RFC 9112 §5.1: white space between a field name and its colon MUST get 400.
#[test]
fn white_space_before_the_colon_is_refused() {
    let row = row(6);
    row.refuses("GET / HTTP/1.1\r\nHost : a.test\r\n\r\n", 400);
    row.refuses(with_field("X : a"), 400);
    row.refuses(with_field("X\t: a"), 400);
    row.refuses(with_field("Transfer-Encoding : chunked"), 400);
    row.refuses(with_field("Content-Length : 5"), 400);
}

/// Row 7. RFC 9110 §5.5: CR, LF and NUL in a value MUST be refused or replaced; we refuse every control but HTAB.
#[test]
fn a_value_holds_no_control_but_a_tab() {
    let row = row(7);
    for octet in (0..b' ').chain([0x7f]).filter(|octet| *octet != b'\t') {
        row.refuses(with_field([b"X: a", &[octet][..], b"b"].concat()), 400);
        row.refuses(with_field([b"X: ", &[octet][..]].concat()), 400);
    }
    row.takes(with_field("X: a\tb"), "");
}

/// Row 8. RFC 9112 §5, RFC 9110 §5.1: a field line is a token, a colon, a value.
#[test]
fn a_field_name_is_a_token_with_a_colon_behind_it() {
    let row = row(8);
    for line in [
        ": a",
        ":",
        "X",
        "X a",
        "X a: b",
        "X(: a",
        "X\": a",
        "X/Y: a",
        "X,Y: a",
        "[X]: a",
        "=",
        "\u{e9}: a",
    ] {
        row.refuses(with_field(line), 400);
    }
    for octet in [0, 1, 0x7f, 0x80, 0xff] {
        row.refuses(with_field([b"X", &[octet][..], b": a"].concat()), 400);
    }
    row.reports(with_field("!#$%&'*+-.^_`|~09AZaz: a:b"), |report| {
        assert_eq!(report["fields"][1], json!(["!#$%&'*+-.^_`|~09AZaz", "a:b"]));
    });
    row.reports(with_field("X:"), |report| {
        assert_eq!(report["fields"][1], json!(["X", ""]))
    });
}

/// Row 9. RFC 9110 §5.5: octets above 0x7f in a value are opaque data.
#[test]
fn a_value_may_hold_any_octet_above_ascii() {
    let row = row(9);
    let all: Vec<u8> = (0x80..=0xff).collect();
    row.takes(with_field([b"X: ", &all[..]].concat()), "");
    row.reports(with_field(b"X: caf\xe9 \xff"), |report| {
        assert_eq!(report["fields"][1], json!(["X", r"caf\xe9 \xff"]));
    });
    row.reports(with_field("X: caf\u{e9}"), |report| {
        assert_eq!(report["fields"][1], json!(["X", "caf\u{e9}"]));
    });
}
