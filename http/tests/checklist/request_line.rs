//! Rows 1-3 and 10-22: line ends, the request line, the limits of a head.

use crate::row::{get, row, with_field};

/// Row 1. RFC 9112 §2.2: at least one empty line in front of a request line SHOULD be ignored. We bound how many.
#[test]
fn up_to_four_empty_lines_before_a_request_line_are_skipped() {
    let row = row(1);
    for lines in 1..=4 {
        row.takes("\r\n".repeat(lines) + &get("/"), "");
    }
    row.refuses("\r\n".repeat(5) + &get("/"), 400);
    // Some senders put a CRLF behind a body.
    row.on_echo(|client| {
        client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\nhi\r\n");
        assert_eq!(client.answer().content, b"hi");
        client.is_open();
    });
}

/// Row 2. RFC 9112 §2.2: a bare LF MAY be recognised as a line terminator. We do not.
#[test]
fn a_bare_lf_ends_no_line_of_a_head() {
    let row = row(2);
    row.refuses("GET / HTTP/1.1\nHost: a.test\r\n\r\n", 400);
    row.refuses("GET / HTTP/1.1\r\nHost: a.test\n\r\n", 400);
    row.refuses("GET / HTTP/1.1\r\nHost: a.test\r\n\n", 400);
    row.refuses("GET / HTTP/1.1\r\nHost: a.test\r\nX: a\nY: b\r\n\r\n", 400);
    row.refuses("GET / HTTP/1.1\nHost: a.test\n\n", 400);
    row.refuses("\nGET / HTTP/1.1\r\nHost: a.test\r\n\r\n", 400);
}

/// Row 3. RFC 9112 §2.2: a bare CR in a head MUST be invalid or replaced by SP.
#[test]
fn a_bare_cr_is_refused_anywhere_in_a_head() {
    let row = row(3);
    row.refuses("GE\rT / HTTP/1.1\r\nHost: a.test\r\n\r\n", 400);
    row.refuses("GET\r/ HTTP/1.1\r\nHost: a.test\r\n\r\n", 400);
    row.refuses("GET /\ra HTTP/1.1\r\nHost: a.test\r\n\r\n", 400);
    row.refuses("GET / HTTP/1.1\rHost: a.test\r\n\r\n", 400);
    row.refuses("GET / HTTP/1.1\r\r\nHost: a.test\r\n\r\n", 400);
    row.refuses("\rGET / HTTP/1.1\r\nHost: a.test\r\n\r\n", 400);
    row.refuses(with_field("X\r: a"), 400);
    row.refuses(with_field("X:\ra"), 400);
    row.refuses(with_field("X: a\rb"), 400);
    row.refuses(with_field("X: a\r"), 400);
    row.refuses(with_field("X: a\rTransfer-Encoding: chunked"), 400);
}

/// Row 10. RFC 9112 §3: one SP between the words of a request line.
#[test]
fn the_words_of_a_request_line_are_separated_by_one_space() {
    let row = row(10);
    row.takes("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", "");
    for line in [
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET /\tHTTP/1.1",
        " GET / HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET /a b HTTP/1.1",
        "GET/ HTTP/1.1",
        "GET /HTTP/1.1",
        "GET\x0b/ HTTP/1.1",
    ] {
        row.refuses(format!("{line}\r\nHost: a.test\r\n\r\n"), 400);
    }
}

/// Row 11. HTTP/0.9 has no version, and its responses no head: it is not spoken. RFC 9112 §2.3.
#[test]
fn a_simple_request_of_http_0_9_is_refused() {
    let row = row(11);
    row.refuses("GET /\r\n", 400);
    row.refuses("GET /\r\n\r\n", 400);
    row.refuses("GET / \r\n\r\n", 400);
    row.refuses("GET / HTTP/0.9\r\n\r\n", 505);
}

/// Row 12. RFC 9112 §2.3, RFC 9110 §2.5: a higher minor version is read as the highest known; another major one gets
/// 505.
#[test]
fn a_higher_minor_version_is_1_1_and_another_major_one_is_not_supported() {
    let row = row(12);
    for minor in 1..=9 {
        row.reports(
            format!("GET / HTTP/1.{minor}\r\nHost: a.test\r\n\r\n"),
            |report| {
                assert_eq!(report["version"], "HTTP/1.1");
            },
        );
        row.refuses(format!("GET / HTTP/1.{minor}\r\n\r\n"), 400);
    }
    for version in ["HTTP/0.9", "HTTP/2.0", "HTTP/3.0", "HTTP/9.9"] {
        row.refuses(format!("GET / {version}\r\nHost: a.test\r\n\r\n"), 505);
    }
    for garbage in [
        "http/1.1",
        "Http/1.1",
        "HTTP/1",
        "HTTP/1.",
        "HTTP/.1",
        "HTTP/2",
        "HTTP/1.10",
        "HTTP/1.01",
        "HTTP/01.1",
        "HTTP/10.1",
        "HTTP/1,1",
        "HTTP/a.b",
        "HTTP/1.x",
        "HTTP 1.1",
        "HTTP/-1.1",
        "XTTP/1.1",
        "HTTP/1.1x",
        "HTTP",
    ] {
        row.refuses(format!("GET / {garbage}\r\nHost: a.test\r\n\r\n"), 400);
    }
}

/// Row 13. RFC 9113 §3.4: the preface is made so that a server of HTTP/1.1 refuses it.
#[test]
fn the_preface_of_http_2_is_not_supported() {
    let row = row(13);
    row.refuses("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
    row.refuses("PRI * HTTP/2.0\r\n\r\n", 505);
}

/// Row 14. RFC 9112 §3.1: a method is a token and case-sensitive. RFC 9110 §9.1: one that is not known gets 501.
#[test]
fn any_token_is_a_method_up_to_a_length() {
    let row = row(14);
    let long = "M".repeat(32);
    for method in ["PROPFIND", "get", "Get", "!#$%&'*+-.^_`|~09", "X", &long] {
        row.reports(
            format!("{method} / HTTP/1.1\r\nHost: a.test\r\n\r\n"),
            |report| {
                assert_eq!(report["method"], method);
            },
        );
    }
    row.refuses(format!("{long}M / HTTP/1.1\r\nHost: a.test\r\n\r\n"), 501);
    row.refuses_unended("M".repeat(100), 501);
    for method in [
        "G(T", "GET,", "\"GET\"", "G\u{e9}T", "G:T", "G/T", "G[T", "",
    ] {
        row.refuses(format!("{method} / HTTP/1.1\r\nHost: a.test\r\n\r\n"), 400);
    }
}

/// Row 15. RFC 9112 §3.2: an invalid request-target SHOULD get 400.
#[test]
fn no_target_contains_controls_spaces_raw_octets_or_a_fragment() {
    let row = row(15);
    let invalid = (0..=b' ').chain([b'#', 0x7f, 0x80, 0xe9, 0xff]);
    for octet in invalid {
        row.refuses(
            [
                b"GET /a",
                &[octet][..],
                b"b HTTP/1.1\r\nHost: a.test\r\n\r\n",
            ]
            .concat(),
            400,
        );
    }
    row.refuses(get("/caf\u{e9}"), 400);
    row.refuses(get("/#"), 400);
    row.refuses(get("http://a.test/#a"), 400);
    for target in [
        "/!$&'()*+,;=:@-._~",
        "/%23%20%C3%A9",
        "/?a=b&c=/?",
        "//a//b",
        "/../a/./b",
    ] {
        row.reports(get(target), |report| assert_eq!(report["target"], target));
    }
}

/// Row 16. RFC 9112 §3.2.1: an origin-form begins with `/`.
#[test]
fn a_target_that_is_of_no_form_is_refused() {
    let row = row(16);
    for target in [
        "relative",
        "relative/path",
        "b:80",
        "b.test:80",
        "?query",
        "a",
        "**",
        "http:/",
        "http:a",
        "://b/",
    ] {
        row.refuses(get(target), 400);
    }
}

/// Row 17. RFC 9112 §3.2.2: an absolute-form MUST be accepted, and its authority replaces `Host`.
#[test]
fn an_absolute_form_is_taken_and_its_authority_replaces_host() {
    let row = row(17).without_server_name();
    for target in [
        "http://a.test/c?d",
        "https://a.test/c?d",
        "http://a.test:8080/c?d",
        "http://[::1]/c?d",
    ] {
        row.reports(get(target), |report| {
            assert_eq!(report["target"], target);
            assert_eq!(report["uri"], target);
            // As it was received; what a handler reads is another matter.
            assert_eq!(report["fields"][0], serde_json::json!(["Host", "a.test"]));
        });
    }
    // A scheme has no case.
    row.reports(get("HTTP://a.test/c?d"), |report| {
        assert_eq!(report["target"], "HTTP://a.test/c?d");
        assert_eq!(report["uri"], "http://a.test/c?d");
    });
    row.reports(get("http://a.test"), |report| {
        assert_eq!(report["target"], "http://a.test");
        assert_eq!(report["uri"], "http://a.test/");
    });
    row.reports(
        "GET http://a.test:81/ HTTP/1.1\r\nHost: b.test\r\n\r\n",
        |report| {
            assert_eq!(report["uri"], "http://a.test:81/");
        },
    );
    let host = host_service();
    row.on(&host, |client| {
        client.send("GET http://a.test:81/ HTTP/1.1\r\nHost: b.test\r\n\r\n");
        assert_eq!(client.answer().text(), "a.test:81");
        client.is_open();
    });
    row.refuses("GET http://a.test/ HTTP/1.1\r\n\r\n", 400);
    for target in [
        "http://",
        "http:///c",
        "http://u@a.test/",
        "http://a b/",
        "http://a,b/",
        "http://a:x/",
        "ftp://a.test/",
    ] {
        row.refuses(get(target), 400);
    }
}

/// Row 18. RFC 9112 §3.2.4, RFC 9110 §7.1: the asterisk-form is for OPTIONS alone.
#[test]
fn an_asterisk_goes_with_options_only() {
    let row = row(18);
    row.reports("OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n", |report| {
        assert_eq!(report["target"], "*");
    });
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "options", "CONNECT"] {
        row.refuses(format!("{method} * HTTP/1.1\r\nHost: a.test\r\n\r\n"), 400);
    }
    row.refuses("OPTIONS *a HTTP/1.1\r\nHost: a.test\r\n\r\n", 400);
}

/// Row 19. RFC 9112 §3.2.3, RFC 9110 §9.3.6: CONNECT takes an authority-form with its port, and nothing else does.
#[test]
fn connect_needs_an_authority_with_its_port() {
    let row = row(19).without_server_name();
    for target in ["a.test:443", "[::1]:443", "127.0.0.1:1"] {
        // The example is no proxy; what matters is that the request was understood.
        row.on_echo(|client| {
            client.send(format!(
                "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n"
            ));
            assert_eq!(client.answer().status, 501);
        });
    }
    for target in [
        "b",
        "b:",
        "b:x",
        "b:99999",
        "b:-1",
        ":443",
        "/",
        "/b:443",
        "http://b:443/",
        "u@b:443",
        "b:443/",
        "[::1]",
        "b:443:1",
        "",
    ] {
        row.refuses(
            format!("CONNECT {target} HTTP/1.1\r\nHost: a.test\r\n\r\n"),
            400,
        );
    }
    row.refuses(get("b.test:443"), 400);
}

/// Row 20. RFC 9112 §3: a target that is longer than the limit MUST get 414.
#[test]
fn a_target_that_is_too_long_gets_414() {
    let row = row(20);
    let longest = format!("/{}", "a".repeat(8191));
    row.takes(get(&longest), "");
    row.refuses(get(&format!("{longest}a")), 414);
    row.refuses(get(&format!("http://a.test{longest}")), 414);
    // Also one that never ends.
    row.refuses_unended(format!("GET /{}", "a".repeat(8400)), 414);
}

/// Row 21. RFC 9110 §5.4: a field section that is too large MUST get a 4xx.
#[test]
fn a_head_that_is_too_large_gets_431() {
    let row = row(21);
    let head = |bytes: usize| {
        let empty = with_field("X: ").len();
        with_field("X: ".to_owned() + &"x".repeat(bytes - empty))
    };
    row.takes(head(32 * 1024), "");
    row.refuses(head(32 * 1024 + 1), 431);
    let fields = |lines: usize| with_field(vec!["X: y"; lines - 1].join("\r\n"));
    row.takes(fields(100), "");
    row.refuses(fields(101), 431);
    // One that never ends is refused when it is too large, not when its time is over.
    let mut endless = with_field("X: ".to_owned() + &"x".repeat(33_000));
    endless.truncate(endless.len() - 4);
    row.refuses_unended(endless, 431);
}

/// Row 22. RFC 9110 §5.3: nothing is processed before the whole head is there.
#[test]
fn nothing_is_done_before_the_head_is_whole() {
    let row = row(22);
    // Each would be answered at once if its first lines were acted upon.
    for early in [
        "Expect: 100-continue\r\nContent-Length: 5",
        "Connection: close",
        "Expect: 200-ok",
        "Content-Length: 99999999",
    ] {
        row.refuses(with_field(format!("{early}\r\nnot a field line")), 400);
        row.on_echo(|client| {
            let head = with_field(early);
            client.send(&head[..head.len() - 2]);
            client.finish();
            let answer = client.answer();
            assert_eq!(answer.status, 400, "{answer:?}");
            client.ends();
        });
    }
}

/// Answers with the `Host` that it finds among the fields.
fn host_service() -> crate::target::Target {
    use http::{Request, Response, header::HOST};
    use wharf_http::{Incoming, service_fn};
    crate::target::Target::service(service_fn(|request: Request<Incoming>| async move {
        let host = request
            .headers()
            .get(HOST)
            .map(|host| host.to_str().unwrap().to_owned());
        Ok::<_, std::convert::Infallible>(Response::new(host.unwrap_or_default()))
    }))
}
