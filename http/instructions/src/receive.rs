//! Requests that arrive whole.

use std::hint::black_box;

use bytes::BytesMut;

use crate::COUNT_MAX;
use crate::h1::{Conn, Event, Limits};

const CURL: &str =
    "GET /quay HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\n\r\n";

/// As browsers send it: 30 field lines, most of them not for the codec.
const BROWSER: &str = "GET /harbour/quay?tide=high&berth=7 HTTP/1.1\r\n\
    Host: www.harbour.test\r\n\
    Connection: keep-alive\r\n\
    Cache-Control: max-age=0\r\n\
    sec-ch-ua: \"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\"\r\n\
    sec-ch-ua-mobile: ?0\r\n\
    sec-ch-ua-platform: \"Linux\"\r\n\
    DNT: 1\r\n\
    Upgrade-Insecure-Requests: 1\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n\
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n\
    Sec-Fetch-Site: same-origin\r\n\
    Sec-Fetch-Mode: navigate\r\n\
    Sec-Fetch-User: ?1\r\n\
    Sec-Fetch-Dest: document\r\n\
    Referer: https://www.harbour.test/harbour\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n\
    Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=yes; visits=42\r\n\
    If-None-Match: \"33a64df551425fcc55e4d42a148795d9f25f89d4\"\r\n\
    If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
    Priority: u=0, i\r\n\
    Sec-GPC: 1\r\n\
    sec-ch-ua-arch: \"x86\"\r\n\
    sec-ch-ua-bitness: \"64\"\r\n\
    sec-ch-ua-model: \"\"\r\n\
    sec-ch-prefers-color-scheme: dark\r\n\
    X-Requested-With: XMLHttpRequest\r\n\
    X-Forwarded-For: 192.0.2.7, 198.51.100.23\r\n\
    X-Forwarded-Proto: https\r\n\
    Via: 1.1 proxy.harbour.test\r\n\r\n";

pub(crate) fn head_curl(count: usize) {
    heads(CURL, count);
}

pub(crate) fn head_browser(count: usize) {
    heads(BROWSER, count);
}

fn heads(head: &str, count: usize) {
    let arrival = |_| (server(), BytesMut::from(head));
    let mut arrived: Vec<_> = (0..COUNT_MAX).map(arrival).collect();
    for (conn, buf) in &mut arrived[..count] {
        let received = conn.receive(buf);
        assert!(matches!(received, Ok(Some(Event::Request(_)))));
        drop(black_box(received));
    }
    // Whoever is not asked to do a thing is not asked to clean up behind it.
    std::mem::forget(arrived);
}

pub(crate) fn chunked(count: usize) {
    let body = "64\r\n".to_owned() + &"x".repeat(100) + "\r\n";
    let body = body.repeat(64) + "0\r\n\r\n";
    let mut arrived = Vec::new();
    for _ in 0..COUNT_MAX {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let (mut conn, mut buf) = (server(), BytesMut::from(&*(head.to_owned() + &body)));
        assert!(matches!(
            conn.receive(&mut buf),
            Ok(Some(Event::Request(_)))
        ));
        arrived.push((conn, buf));
    }
    for (conn, buf) in &mut arrived[..count] {
        let mut content = 0;
        while let Ok(Some(Event::Data(data))) = conn.receive(buf) {
            content += black_box(data).len();
        }
        assert!(content == 6400 && conn.has_received_request());
    }
    std::mem::forget(arrived);
}

pub(crate) fn server() -> Conn {
    Conn::server(Limits::default())
}
