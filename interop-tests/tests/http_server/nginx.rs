//! nginx as a reverse proxy in front of our server.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use wharf_interop_tests::PATIENCE;
use wharf_interop_tests::content::sha256;
use wharf_interop_tests::peer::{self, Curl, Fetched, Front};
use wharf_interop_tests::tls::content;

use crate::harbour::Harbour;

/// Speaks HTTP/1.1 to us and keeps its connections.
const KEPT: &str = "proxy_http_version 1.1; proxy_set_header Connection \"\";";
/// The same, passing everything on as it comes.
const STREAMED: &str = "proxy_http_version 1.1; proxy_set_header Connection \"\"; \
                        proxy_request_buffering off; proxy_buffering off;";
/// As it comes without a word: HTTP/1.0, a connection for each request.
const DEFAULT: &str = "";

const ALL: [&str; 3] = [KEPT, STREAMED, DEFAULT];

/// Has curl ask nginx.
#[track_caller]
fn fetch(curl: &Curl, front: &Front, path: &str, args: &[&str]) -> Fetched {
    let socket = front.socket.to_str().unwrap();
    let url = format!("http://localhost{path}");
    curl.fetch_plain(&[&["--unix-socket", socket], args, &[url.as_str()]].concat())
}

#[test]
fn requests_share_a_connection_to_us_if_nginx_keeps_it() {
    let Some(nginx) = peer::nginx() else { return };
    let harbour = Harbour::start();
    let connections = |location: &str| {
        let front = nginx.front(harbour.http, location);
        let mut client = UnixStream::connect(&front.socket).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..50 {
            client
                .write_all(b"GET /connection HTTP/1.1\r\nHost: a\r\n\r\n")
                .unwrap();
            seen.insert(content_of(&mut client));
        }
        seen.len()
    };
    assert_eq!(connections(KEPT), 1);
    assert_eq!(connections(DEFAULT), 50);
}

/// Reads a response with a length, and returns its content.
fn content_of(client: &mut UnixStream) -> String {
    let mut received = String::new();
    loop {
        let mut piece = [0; 4096];
        let n = client.read(&mut piece).unwrap();
        assert_ne!(n, 0, "no response behind {received}");
        received.push_str(str::from_utf8(&piece[..n]).unwrap());
        let Some((head, content)) = received.split_once("\r\n\r\n") else {
            continue;
        };
        assert!(head.starts_with("HTTP/1.1 200"), "{received}");
        let mut lengths = head.lines().filter_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")
                .map(str::to_owned)
        });
        let length: usize = lengths.next().expect("a length").parse().unwrap();
        if content.len() == length {
            return content.to_owned();
        }
    }
}

#[test]
fn large_content_passes_both_ways_in_either_framing() {
    let (Some(nginx), Some(curl)) = (peer::nginx(), peer::curl()) else {
        return;
    };
    let harbour = Harbour::start();
    let folder = tempfile::tempdir().unwrap();
    let upload = folder.path().join("upload");
    std::fs::write(&upload, content(8_000_000)).unwrap();
    let data = format!("@{}", upload.display());
    let digest = sha256(&content(8_000_000));
    for location in ALL {
        let front = nginx.front(harbour.http, location);
        for path in ["/bytes/8000000", "/stream/8000000"] {
            let fetched = fetch(&curl, &front, path, &[]);
            assert_eq!(
                (fetched.exit(), fetched.status()),
                (0, 200),
                "{location}: {fetched}"
            );
            assert_eq!(sha256(&fetched.body), digest, "{location}: {path}");
        }
        // No echo: when the response begins, nginx stops sending the request, and both sides wait.
        for framing in ["X-Framing: length", "Transfer-Encoding: chunked"] {
            let args = ["--data-binary", data.as_str(), "--header", framing];
            let fetched = fetch(&curl, &front, "/digest", &args);
            assert_eq!(fetched.exit(), 0, "{location}: {fetched}");
            assert_eq!(
                fetched.text(),
                format!("8000000 bytes {digest}"),
                "{location} {framing}"
            );
        }
    }
}

#[test]
fn responses_without_content_pass() {
    let (Some(nginx), Some(curl)) = (peer::nginx(), peer::curl()) else {
        return;
    };
    let harbour = Harbour::start();
    for location in ALL {
        let front = nginx.front(harbour.http, location);
        for (path, args, status) in [
            ("/status/204", &[][..], 204),
            ("/status/205", &[], 205),
            ("/status/304", &[], 304),
            ("/status/404", &[], 404),
            ("/status/599", &[], 599),
            ("/bytes/1000", &["--head"], 200),
            ("/stream/1000", &["--head"], 200),
            ("/bytes/0", &[], 200),
            ("/hello", &["--http1.0"], 200),
        ] {
            let fetched = fetch(&curl, &front, path, args);
            assert_eq!(
                (fetched.exit(), fetched.status()),
                (0, status),
                "{location}: {path} {fetched}"
            );
        }
        let fetched = fetch(&curl, &front, "/fields", &[]);
        assert_eq!(
            fetched.log().matches("< set-cookie: ").count(),
            2,
            "{fetched}"
        );
    }
}

#[test]
fn a_response_that_breaks_off_stays_broken() {
    let (Some(nginx), Some(curl)) = (peer::nginx(), peer::curl()) else {
        return;
    };
    let harbour = Harbour::start();
    for location in ALL {
        let front = nginx.front(harbour.http, location);
        let fetched = fetch(&curl, &front, "/fail", &[]);
        // Over HTTP/1.0 the end is a reset, which nginx may see before it has sent anything on: then it says 502.
        let is_whole = fetched.exit() == 0 && fetched.status() == 200;
        assert!(!is_whole, "{location}: {fetched}");
    }
}

#[test]
fn an_upload_that_is_refused_at_once_is_told_so() {
    let (Some(nginx), Some(curl)) = (peer::nginx(), peer::curl()) else {
        return;
    };
    let harbour = Harbour::start();
    let folder = tempfile::tempdir().unwrap();
    let upload = folder.path().join("upload");
    std::fs::write(&upload, content(20_000_000)).unwrap();
    let data = format!("@{}", upload.display());
    for location in ALL {
        let front = nginx.front(harbour.http, location);
        for _ in 0..5 {
            let args = ["--data-binary", data.as_str(), "--header", "Expect:"];
            let fetched = fetch(&curl, &front, "/refuse", &args);
            assert_eq!(fetched.status(), 413, "{location}: {fetched}");
        }
    }
}
