//! Rows 40-48: the chunked transfer coding, RFC 9112 §7.1.

use serde_json::json;

use crate::row::{chunked, row};

/// Row 40. `chunk-size = 1*HEXDIG`.
#[test]
fn a_chunk_size_is_hexadecimal_digits() {
    let row = row(40);
    for size in [
        "", "0x5", "0X5", "x5", "+5", "-5", "-0", "_5", "5_", "1_0", " 5", "\t5", "5h", "5.",
        "5.0", "g", "5,", "'5'", "\u{665}", "5\x0b", "5\0", "5 5", ";a",
    ] {
        row.refuses(chunked(format!("{size}\r\nhello\r\n0\r\n\r\n")), 400);
    }
    row.takes(chunked("a\r\n0123456789\r\n0\r\n\r\n"), "0123456789");
    row.takes(chunked("A\r\n0123456789\r\n0\r\n\r\n"), "0123456789");
    row.takes(chunked("0\r\n\r\n"), "");
    row.takes(
        chunked("2\r\nhe\r\n1\r\nl\r\n2\r\nlo\r\n0\r\n\r\n"),
        "hello",
    );
}

/// Row 41. §7.1: a recipient MUST prevent overflow.
#[test]
fn a_chunk_size_does_not_overflow() {
    let row = row(41);
    for size in [
        "10000000000000005",
        "ffffffffffffffff",
        "8000000000000000",
        "fffffffffffffffff5",
        "100000000000000000000005",
    ] {
        row.refuses(chunked(format!("{size}\r\nhello\r\n0\r\n\r\n")), 400);
    }
    // A number, but larger than content may be.
    for size in ["7fffffffffffffff", "100000005", "200001"] {
        row.refuses(chunked(format!("{size}\r\nhello")), 413);
    }
    // The sum counts too, also where it overflows.
    row.refuses(chunked("5\r\nhello\r\n7fffffffffffffff\r\nhello"), 413);
    let zeros = |count| "0".repeat(count);
    row.takes(
        chunked(format!("{}5\r\nhello\r\n{}\r\n\r\n", zeros(63), zeros(64))),
        "hello",
    );
    row.refuses(
        chunked(format!("{}5\r\nhello\r\n0\r\n\r\n", zeros(64))),
        400,
    );
    row.refuses(chunked(format!("5\r\nhello\r\n{}\r\n\r\n", zeros(65))), 400);
}

/// Row 42. §7.1.1: extensions that are not recognised MUST be ignored, and their size SHOULD be limited.
#[test]
fn chunk_extensions_are_ignored_and_limited() {
    let row = row(42);
    for extension in [
        ";a",
        ";a=b",
        ";a=b;c=d",
        "; a",
        " ;a",
        "\t;\ta\t=\tb",
        "; a = b ; c",
        ";a=\"b c\"",
        ";a=\"\"",
        ";a=\"b;c,d=e\"",
        ";a=\"\\\"\\\\\"",
        ";a=\"caf\u{e9}\"",
        ";a=0x5",
        ";0",
        ";!#$%&'*+-.^_`|~=!",
    ] {
        row.takes(
            chunked(format!("5{extension}\r\nhello\r\n0{extension}\r\n\r\n")),
            "hello",
        );
    }
    for extension in [
        ";",
        ";;",
        ";a;",
        ";a=",
        ";=b",
        ";a==b",
        ";a b",
        ";a=b c",
        ";a=\"b",
        ";a=b\"",
        ";a=\"b\"c",
        ";a=\"\\",
        ";a(",
        ";a=(",
        ";\u{e9}",
        ",a",
        ";a=\u{e9}",
        ";a ",
        ";a=b ",
        ";a\0",
        ";a=\"\x01\"",
    ] {
        row.refuses(chunked(format!("5{extension}\r\nhello\r\n0\r\n\r\n")), 400);
    }
    // A line of 4 KiB, and 16 KiB of extensions in all.
    let line = |bytes: usize| format!("5;{}\r\nhello\r\n", "a".repeat(bytes - 4));
    row.takes(chunked(line(4096) + "0\r\n\r\n"), "hello");
    row.refuses(chunked(line(4097) + "0\r\n\r\n"), 400);
    row.refuses_unended(chunked(format!("5;{}", "a".repeat(5000))), 400);
    let thousands = |count| format!("5;{}\r\nhello\r\n", "a".repeat(1023)).repeat(count);
    row.takes(chunked(thousands(16) + "0\r\n\r\n"), "hello".repeat(16));
    row.refuses(chunked(thousands(17) + "0\r\n\r\n"), 400);
}

/// Row 43. A line end that one reader sees inside an extension and another does not hides a request there.
#[test]
fn no_line_ends_inside_a_chunk_extension() {
    let row = row(43);
    for line in [
        "5;a\n",
        "5;\n",
        "5;a=\"\n\"\r\n",
        "5;a=\"b\rc\"\r\n",
        "5;a\rb\r\n",
        "5;a\r\r\n",
        "5;\r\r\n",
        "5;a=\"\r\n\"\r\n",
        "5;a=b\n\r\n",
    ] {
        row.refuses(chunked(format!("{line}hello\r\n0\r\n\r\n")), 400);
    }
    let smuggled = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n";
    row.refuses(chunked(format!("5;\nxx\r\n45\r\n{smuggled}")), 400);
}

/// Row 44. A bare LF ends nothing in a chunked body: erratum 7633, which would have allowed it, was rejected.
#[test]
fn a_bare_lf_ends_no_line_of_a_chunked_body() {
    let row = row(44);
    for body in [
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r\n0\n\r\n",
        "5\r\nhello\r\n0\r\n\n",
        "5\r\nhello\r\n0\r\nT: v\n\r\n",
        "5\r\nhello\r\n0\r\nT: v\r\n\n",
        "5\nhello\n0\n\n",
        "0\n\n",
    ] {
        row.refuses(chunked(body), 400);
    }
}

/// Row 45. Chunk data is as long as its size says, and CRLF follows.
#[test]
fn chunk_data_is_followed_by_crlf() {
    let row = row(45);
    for end in [
        "x\r\n",
        "\rX",
        "\r\r\n",
        "0\r\n\r\n",
        " \r\n",
        "\n\r\n",
        "hello\r\n",
    ] {
        row.refuses(chunked(format!("5\r\nhello{end}0\r\n\r\n")), 400);
    }
    // Data that is shorter than its size takes what follows it.
    row.refuses(chunked("7\r\nhello\r\n0\r\n\r\n"), 400);
}

/// Row 46. White space behind a chunk-size is only for an extension.
#[test]
fn white_space_behind_a_chunk_size_is_refused() {
    let row = row(46);
    for line in ["5 ", "5\t", "5  \t", "5 \t "] {
        row.refuses(chunked(format!("{line}\r\nhello\r\n0\r\n\r\n")), 400);
    }
    row.refuses(chunked("5\r\nhello\r\n0 \r\n\r\n"), 400);
}

/// Row 47. §7.1.2: trailers have the grammar of fields, and limits.
#[test]
fn a_trailer_section_has_the_grammar_of_fields_and_limits() {
    let row = row(47);
    for line in [
        "T",
        ": v",
        "T : v",
        " T: v",
        "T: v\r\n w",
        "T: a\x01",
        "T: a\rb",
        "T(: v",
        "\u{e9}: v",
        "T: \0",
    ] {
        row.refuses(chunked(format!("5\r\nhello\r\n0\r\n{line}\r\n\r\n")), 400);
    }
    row.takes(chunked("5\r\nhello\r\n0\r\nT: v\r\n\r\n"), "hello");
    let lines = |count| format!("0\r\n{}\r\n", "T: v\r\n".repeat(count));
    row.takes(chunked(lines(100)), "");
    row.refuses(chunked(lines(101)), 431);
    // 8 KiB in all, with the empty line.
    let section = |bytes: usize| format!("0\r\nT: {}\r\n\r\n", "v".repeat(bytes - 7));
    row.takes(chunked(section(8192)), "");
    row.refuses(chunked(section(8193)), 431);
    row.refuses_unended(chunked(format!("0\r\nT: {}", "v".repeat(9000))), 431);
}

/// Row 48. §7.1.2, RFC 9110 §6.5.1: trailers MUST NOT be merged into the head, and some fields are not for them.
#[test]
fn trailers_stay_apart_and_none_frames_routes_or_authenticates() {
    let row = row(48);
    row.reports(
        chunked("5\r\nhello\r\n0\r\nT: v\r\nX-Sum: \u{e9}\r\n\r\n"),
        |report| {
            assert_eq!(report["trailers"], json!([["t", "v"], ["x-sum", "\u{e9}"]]));
            let fields = report["fields"].as_array().unwrap();
            assert_eq!(fields.len(), 2, "{fields:?}");
        },
    );
    // What can only be known at the end is what trailers are for.
    row.takes(
        chunked("5\r\nhello\r\n0\r\nContent-Digest: x\r\nServer-Timing: x\r\n\r\n"),
        "hello",
    );
    for name in [
        "Content-Length",
        "Transfer-Encoding",
        "Host",
        "Trailer",
        "TE",
        "Connection",
        "Upgrade",
        "Expect",
        "Authorization",
        "Proxy-Authorization",
        "Cookie",
        "Set-Cookie",
        "Content-Type",
        "Content-Encoding",
        "Content-Range",
        "Cache-Control",
        "Range",
        "Max-Forwards",
        "Pragma",
        "content-LENGTH",
        "Content-Location",
        "Content-Disposition",
        "Content-Language",
        "If-Match",
        "If-Range",
        "WWW-Authenticate",
    ] {
        row.refuses(
            chunked(format!("5\r\nhello\r\n0\r\n{name}: 5\r\n\r\n")),
            400,
        );
    }
}
