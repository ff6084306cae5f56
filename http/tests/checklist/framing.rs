//! Rows 28-39 and 49-51: how long a body is, RFC 9112 §6.

use crate::row::{get, row, with_field};

/// Row 28. §6.1: a request with both MAY be refused, and MUST NOT be answered on a connection that stays open.
#[test]
fn transfer_encoding_beside_content_length_is_refused() {
    let row = row(28);
    for fields in [
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Content-Length: 0\r\nX: y\r\nTransfer-Encoding: chunked",
        "content-length: 5\r\ntransfer-encoding: CHUNKED",
        "Transfer-Encoding: identity\r\nContent-Length: 5",
        "Transfer-Encoding:\r\nContent-Length: 5",
        "Transfer-Encoding: chunked\r\nContent-Length:",
    ] {
        row.refuses([&with_field(fields)[..], b"0\r\n\r\n"].concat(), 400);
    }
}

/// Row 29. §6.3: a request whose codings do not end in chunked has no end that could be known. It MUST get 400.
#[test]
fn a_coding_behind_chunked_is_refused() {
    let row = row(29);
    for codings in [
        "chunked, gzip",
        "gzip",
        "chunked, identity",
        "gzip, deflate",
        "chunked, x",
    ] {
        row.refuses(with_field(format!("Transfer-Encoding: {codings}")), 400);
    }
    row.refuses(
        with_field("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip"),
        400,
    );
}

/// Row 30. §6.1: a coding that is not understood SHOULD get 501.
#[test]
fn an_unknown_coding_before_chunked_is_not_implemented() {
    let row = row(30);
    for codings in [
        "gzip, chunked",
        "x, chunked",
        "gzip;q=1, chunked",
        "gzip, deflate, chunked",
    ] {
        row.refuses(with_field(format!("Transfer-Encoding: {codings}")), 501);
    }
    row.refuses(
        with_field("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"),
        501,
    );
}

/// Row 31. §6.1: a sender MUST NOT apply chunked more than once.
#[test]
fn chunked_twice_is_refused() {
    let row = row(31);
    row.refuses(with_field("Transfer-Encoding: chunked, chunked"), 400);
    row.refuses(with_field("Transfer-Encoding: chunked,chunked"), 400);
    row.refuses(
        with_field("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        400,
    );
    row.refuses(
        with_field("Transfer-Encoding: chunked\r\nX: y\r\ntransfer-encoding: Chunked"),
        400,
    );
    row.refuses(with_field("Transfer-Encoding: chunked, gzip, chunked"), 400);
}

/// Row 32. What only looks like chunked is what two readers take for different things.
#[test]
fn what_resembles_chunked_is_refused() {
    let row = row(32);
    for coding in [
        &b"identity"[..],
        b"xchunked",
        b"chunkedx",
        b"x-chunked",
        b"\"chunked\"",
        b"'chunked'",
        b"chunked;q=1",
        b"chunked;",
        b"chunke",
        b"chu nked",
        b"chunked x",
        b"\x0bchunked",
        b"chunked\x0b",
        b"\x0cchunked",
        b"\xa0chunked",
        b"chunked\xa0",
        b"\xc2\xa0chunked",
        b"chunked\0",
        b"",
        b"chun\xe7ed",
        b"chunked;chunked",
        b"none",
        b"null",
    ] {
        row.refuses(with_field([b"Transfer-Encoding: ", coding].concat()), 400);
    }
}

/// Row 33. RFC 9110 §5.6.1.2: a recipient accepts empty elements in a list. Here they are a disguise.
#[test]
fn an_empty_element_beside_chunked_is_refused() {
    let row = row(33);
    for codings in [
        ",chunked",
        ", chunked",
        "chunked,",
        "chunked, ",
        ",,chunked",
        ",",
        "chunked,,",
        " , chunked",
    ] {
        row.refuses(with_field(format!("Transfer-Encoding: {codings}")), 400);
    }
}

/// Row 34. RFC 9112 §5: white space around a value is no part of it.
#[test]
fn white_space_around_chunked_is_no_part_of_it() {
    let row = row(34);
    for value in [
        "chunked",
        " chunked",
        "\tchunked",
        "chunked\t",
        "chunked ",
        " \t chunked \t ",
        "CHUNKED",
        "cHunKed",
    ] {
        let head = format!("POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding:{value}\r\n\r\n");
        row.takes(head + "2\r\nhi\r\n0\r\n\r\n", "hi");
    }
}

/// Row 35. §6.1: HTTP/1.0 has no transfer codings, so a message with one has faulty framing.
#[test]
fn transfer_encoding_in_http_1_0_is_refused() {
    let row = row(35);
    let smuggled = "0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n";
    for head in [
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: a.test\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: identity\r\n\r\n",
        "POST / HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    ] {
        row.refuses(format!("{head}{smuggled}"), 400);
    }
}

/// Row 36. RFC 9110 §8.6: `Content-Length = 1*DIGIT`, of any size. A number beyond our limit gets 413.
#[test]
fn a_content_length_is_digits_and_within_the_limit() {
    let row = row(36);
    for value in [
        "", "+5", "-5", "-0", "0x5", "5x", "x5", "5 5", "5.", "5.0", "5e0", "1_0", "1'0", "five",
        "5;", "\"5\"", "5\u{a0}", "\u{665}", "0b101", "NaN",
    ] {
        row.refuses(with_field(format!("Content-Length: {value}")), 400);
    }
    for value in [
        "2097153",
        "2147483648",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "18446744073709551621",
        "99999999999999999999999999999999999999999999",
    ] {
        row.refuses(with_field(format!("Content-Length: {value}")), 413);
    }
}

/// Row 37. §6.3: equal lengths MAY be taken for one. We refuse them: they show that somebody merged or copied fields.
#[test]
fn a_repeated_content_length_is_refused() {
    let row = row(37);
    row.refuses(with_field("Content-Length: 5\r\nContent-Length: 5"), 400);
    row.refuses(with_field("Content-Length: 0\r\ncontent-length: 0"), 400);
    for value in ["5, 5", "5,5", "5,", ",5", "0, 0"] {
        row.refuses(with_field(format!("Content-Length: {value}")), 400);
    }
}

/// Row 38. §6.3: lengths that differ MUST get 400.
#[test]
fn content_lengths_that_differ_are_refused() {
    let row = row(38);
    row.refuses(with_field("Content-Length: 5\r\nContent-Length: 6"), 400);
    row.refuses(
        with_field("Content-Length: 0\r\nX: y\r\nContent-Length: 44"),
        400,
    );
    row.refuses(with_field("Content-Length: 5\r\nContent-Length: 05"), 400);
    row.refuses(with_field("Content-Length: 5\r\nContent-Length:"), 400);
    row.refuses(with_field("Content-Length: 5, 6"), 400);
}

/// Row 39. Leading zeros mean nothing: the number is decimal.
#[test]
fn leading_zeros_of_a_content_length_mean_nothing() {
    let row = row(39);
    let post = |length: &str, content: &str| {
        format!("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: {length}\r\n\r\n{content}")
    };
    row.takes(post("005", "hello"), "hello");
    row.takes(post("010", "0123456789"), "0123456789");
    row.takes(post("00", ""), "");
    row.takes(post(&format!("{}5", "0".repeat(100)), "hello"), "hello");
}

/// Row 49. RFC 9112 §8: a message that ends before its body does is incomplete, and never a success.
#[test]
fn an_end_inside_a_body_is_no_success() {
    let row = row(49);
    let length = "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\n";
    let chunked = "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n";
    for request in [
        length.to_owned(),
        format!("{length}hell"),
        chunked.to_owned(),
        format!("{chunked}5"),
        format!("{chunked}5\r\nhe"),
        format!("{chunked}5\r\nhello"),
        format!("{chunked}5\r\nhello\r\n"),
        format!("{chunked}5\r\nhello\r\n0\r\n"),
        format!("{chunked}5\r\nhello\r\n0\r\nT: v\r\n"),
        length.replace("/1.1", "/1.0") + "hell",
    ] {
        row.on_echo(|client| {
            client.send(&request);
            client.finish();
            let answer = client.answer();
            assert_eq!(answer.status, 400, "{answer:?}");
            assert!(answer.says_close(), "{answer:?}");
            client.ends();
        });
    }
}

/// Row 50. RFC 9110 §9.3.1: content in GET has no meaning, but it is there, and framed like any other.
#[test]
fn content_of_any_method_is_framed() {
    let row = row(50);
    for method in ["GET", "DELETE", "OPTIONS", "TRACE", "PUT"] {
        row.takes(
            format!("{method} / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello"),
            "hello",
        );
        let chunks = "5\r\nhello\r\n0\r\n\r\n";
        row.takes(
            format!(
                "{method} / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"
            ),
            "hello",
        );
    }
    for (field, body) in [
        ("Content-Length: 5", "hello"),
        ("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"),
    ] {
        row.on_echo(|client| {
            client.send(format!(
                "HEAD / HTTP/1.1\r\nHost: a.test\r\n{field}\r\n\r\n{body}"
            ));
            let answer = client.answer_to_head();
            assert_eq!(
                (answer.status, answer.field("content-length")),
                (200, Some("5")),
                "{answer:?}"
            );
            client.is_open();
        });
    }
}

/// Row 51. §6.3: a request with neither field has no body, whatever its method.
#[test]
fn without_framing_fields_there_is_no_body() {
    let row = row(51);
    for method in ["POST", "PUT", "PATCH", "GET", "DELETE"] {
        row.takes(format!("{method} / HTTP/1.1\r\nHost: a.test\r\n\r\n"), "");
    }
    row.on_echo(|client| {
        client.send("POST / HTTP/1.1\r\nHost: a.test\r\n\r\n".to_owned() + &get("/next"));
        for _ in 0..2 {
            let answer = client.answer();
            assert_eq!(
                (answer.status, &answer.content[..]),
                (200, &b""[..]),
                "{answer:?}"
            );
        }
        client.is_open();
    });
}
