//! The HTTP clients of Go's and Node's standard libraries, each through the same list of scenarios.

use wharf_interop_tests::content::sha256;
use wharf_interop_tests::peer::{self, HttpClient};
use wharf_interop_tests::tls::content;

use crate::harbour::Harbour;

/// What a client should see of each scenario.
fn expected() -> Vec<(&'static str, String)> {
    let hello = format!("5 bytes {}", sha256(b"hello"));
    let digest = |bytes: usize| format!("200 {bytes} bytes {}", sha256(&content(bytes)));
    vec![
        ("get", "200 hello".into()),
        ("head", "200, 1000 bytes announced, 0 came".into()),
        ("post empty", digest(0)),
        ("post length", digest(1 << 20)),
        ("post chunked", digest(1 << 20)),
        ("echo", digest(1 << 20)),
        ("get length", digest(1_000_000)),
        ("get chunked", digest(1_000_000)),
        ("trailers up", format!("200 {hello}, x-sum: 5")),
        (
            "trailers down",
            "200 piece 1;piece 2;piece 3;, x-pieces: 3".into(),
        ),
        ("expect", format!("100, 200 {hello}, 5 sent")),
        ("expect refused", "413 refused, 0 sent".into()),
        ("204", "204 ".into()),
        ("205", "205 ".into()),
        ("304", "304 ".into()),
        ("404", "404 ".into()),
        ("599", "599 ".into()),
        ("cut", "200 cut".into()),
        ("kept", "1 connection".into()),
        ("cookies", "a=1|b=2".into()),
        ("parallel", "50 of 50: 200 hello".into()),
        ("refused upload", "20 of 20: 413 refused".into()),
    ]
}

#[track_caller]
fn check(client: Option<HttpClient>) {
    let Some(client) = client else { return };
    let harbour = Harbour::start();
    let [http, https] = harbour.urls("");
    for (url, ca) in [(http, None), (https, Some(harbour.root.as_path()))] {
        let seen = client.run(&url, ca);
        for (name, expected) in expected() {
            let found = seen.iter().find(|(seen, _)| seen == name);
            let found = found.map(|(_, saw)| saw.as_str());
            assert_eq!(
                found,
                Some(expected.as_str()),
                "{}, {url}: {name}",
                client.name()
            );
        }
        assert_eq!(
            seen.len(),
            expected().len(),
            "a scenario that nobody expects"
        );
    }
}

#[test]
fn go_sees_what_it_should() {
    check(peer::go_http());
}

#[test]
fn node_sees_what_it_should() {
    check(peer::node_http());
}
