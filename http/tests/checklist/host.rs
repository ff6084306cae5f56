//! Rows 23-27: `Host`, RFC 9112 §3.2.

use crate::row::row;

/// Row 23. A request of HTTP/1.1 without `Host` MUST get 400.
#[test]
fn a_1_1_request_without_host_is_refused() {
    let row = row(23);
    row.refuses("GET / HTTP/1.1\r\n\r\n", 400);
    row.refuses("GET / HTTP/1.1\r\nX: a.test\r\n\r\n", 400);
    row.refuses("GET http://a.test/ HTTP/1.1\r\n\r\n", 400);
}

/// Row 24. HTTP/1.0 did not have it.
#[test]
fn a_1_0_request_without_host_is_taken() {
    row(24).takes_and_closes("POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi", "hi");
}

/// Row 25. More than one line MUST get 400, also if they are equal.
#[test]
fn two_hosts_are_refused_even_if_equal() {
    let row = row(25);
    row.refuses(
        "GET / HTTP/1.1\r\nHost: a.test\r\nHost: a.test\r\n\r\n",
        400,
    );
    row.refuses(
        "GET / HTTP/1.1\r\nHost: a.test\r\nHost: b.test\r\n\r\n",
        400,
    );
    row.refuses(
        "GET / HTTP/1.1\r\nHost: a.test\r\nX: y\r\nhOST: a.test\r\n\r\n",
        400,
    );
    row.refuses("GET / HTTP/1.1\r\nHost: a.test\r\nHost:\r\n\r\n", 400);
    row.refuses(
        "GET / HTTP/1.0\r\nHost: a.test\r\nHost: a.test\r\n\r\n",
        400,
    );
    row.refuses(
        "GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nHost: a.test\r\n\r\n",
        400,
    );
}

/// Row 26. An invalid value MUST get 400.
#[test]
fn a_host_that_is_not_host_and_port_is_refused() {
    let row = row(26);
    for host in [
        "a.test, b.test",
        "a.test,",
        "a.test b.test",
        "a.test\tb.test",
        "u@a.test",
        "u:p@a.test",
        "@a.test",
        "a.test/",
        "a.test/b",
        "/",
        "http://a.test",
        "a.test?b",
        "a.test#b",
        "a.test\\b",
        "a.test:x",
        "a.test:80x",
        "a.test:+80",
        "a.test:-1",
        "a.test: 80",
        "a.test:65536",
        "a.test:80:80",
        "a.test::80",
        "::1",
        "[::1",
        "[::1]x",
        "[]",
        "[a.test]",
        "a%2",
        "a%zz",
        "\"a.test\"",
        "<a.test>",
        "a[b",
        "a|b",
        "{a}",
        "\u{e9}.test",
    ] {
        row.refuses(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"), 400);
    }
}

/// Row 27. RFC 9110 §7.2: an empty `Host` is what a client sends for a target without an authority.
#[test]
fn an_empty_host_is_taken() {
    let row = row(27);
    row.takes("GET / HTTP/1.1\r\nHost:\r\n\r\n", "");
    row.takes("GET / HTTP/1.1\r\nHost: \t \r\n\r\n", "");
}

/// Row 26, the other side: what is valid is taken.
#[test]
fn hosts_of_every_kind_are_taken() {
    let row = row(26).without_server_name();
    for host in [
        "a.test",
        "A.Test",
        "a.test:8080",
        "a.test:",
        "127.0.0.1",
        "[::1]:443",
        "a_b",
        "a%20b",
        "xn--caf-dma.test",
    ] {
        row.takes(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"), "");
    }
}
