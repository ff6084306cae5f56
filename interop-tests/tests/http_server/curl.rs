//! curl.

use std::fs;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wharf_http::ServerConfig;
use wharf_interop_tests::content::sha256;
use wharf_interop_tests::peer::{self, Curl, Fetched};
use wharf_interop_tests::tls::content;

use crate::harbour::{Harbour, taking, unbounded};

/// Runs curl with these arguments and each scheme's URL for the path.
#[track_caller]
fn each(harbour: &Harbour, curl: &Curl, path: &str, args: &[&str], check: impl Fn(Fetched)) {
    let root = harbour.root.to_str().unwrap();
    for url in harbour.urls(path) {
        check(curl.fetch_plain(&[&["--cacert", root], args, &[url.as_str()]].concat()));
    }
}

/// A file with content.
fn file(folder: &tempfile::TempDir, bytes: usize) -> String {
    let path = folder.path().join(bytes.to_string());
    fs::write(&path, content(bytes)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn digest(bytes: usize) -> String {
    format!("{bytes} bytes {}", sha256(&content(bytes)))
}

#[test]
fn content_comes_in_either_framing_and_versions() {
    let Some(curl) = peer::curl() else { return };
    let harbour = Harbour::start();
    for version in ["--http1.1", "--http1.0"] {
        for path in ["/bytes/1000000", "/stream/1000000"] {
            each(&harbour, &curl, path, &[version], |fetched| {
                assert_eq!((fetched.exit(), fetched.status()), (0, 200), "{fetched}");
                assert_eq!(sha256(&fetched.body), sha256(&content(1_000_000)), "{path}");
                let is_chunked = version == "--http1.1" && path.starts_with("/stream");
                let coding = is_chunked.then_some("chunked");
                assert_eq!(fetched.field("transfer-encoding"), coding, "{fetched}");
            });
        }
    }
}

#[test]
fn head_announces_what_get_would_bring() {
    let Some(curl) = peer::curl() else { return };
    let harbour = Harbour::start();
    each(&harbour, &curl, "/bytes/1000", &["--head"], |fetched| {
        assert_eq!((fetched.exit(), fetched.status()), (0, 200), "{fetched}");
        assert_eq!(fetched.field("content-length"), Some("1000"), "{fetched}");
        assert_eq!(fetched.number("size_download"), 0, "{fetched}");
    });
}

#[test]
fn uploads_arrive_in_either_framing() {
    let Some(curl) = peer::curl() else { return };
    let harbour = Harbour::start();
    let folder = tempfile::tempdir().unwrap();
    for bytes in [0, 1, 100_000, 3_000_000] {
        let data = format!("@{}", file(&folder, bytes));
        for framing in ["X-Framing: length", "Transfer-Encoding: chunked"] {
            let args = ["--data-binary", data.as_str(), "--header", framing];
            each(&harbour, &curl, "/digest", &args, |fetched| {
                assert_eq!(
                    (fetched.exit(), fetched.text()),
                    (0, digest(bytes)),
                    "{fetched}"
                );
            });
        }
    }
}

#[test]
fn an_echo_runs_while_the_upload_does() {
    let Some(curl) = peer::curl() else { return };
    let harbour = Harbour::start();
    let folder = tempfile::tempdir().unwrap();
    let upload = file(&folder, 3_000_000);
    let args = [
        "--request",
        "POST",
        "--header",
        "Transfer-Encoding: chunked",
        "--upload-file",
        &upload,
    ];
    each(&harbour, &curl, "/echo", &args, |fetched| {
        assert_eq!((fetched.exit(), fetched.status()), (0, 200), "{fetched}");
        assert_eq!(sha256(&fetched.body), sha256(&content(3_000_000)));
    });
}

#[test]
fn a_client_that_waits_for_100_hears_it_or_keeps_its_content() {
    let Some(curl) = peer::curl() else { return };
    let harbour = Harbour::start();
    // It would send after a while in any case; not within this one.
    let expect = [
        "--data",
        "hello",
        "--header",
        "Expect: 100-continue",
        "--expect100-timeout",
        "40",
    ];
    each(&harbour, &curl, "/digest", &expect, |fetched| {
        assert_eq!((fetched.exit(), fetched.status()), (0, 200), "{fetched}");
        assert!(fetched.log().contains("HTTP/1.1 100 Continue"), "{fetched}");
        assert_eq!(fetched.number("size_upload"), 5, "{fetched}");
    });
    each(&harbour, &curl, "/refuse", &expect, |fetched| {
        assert_eq!(
            (fetched.status(), fetched.text()),
            (413, "refused".into()),
            "{fetched}"
        );
        assert!(!fetched.log().contains("100 Continue"), "{fetched}");
        assert_eq!(fetched.number("size_upload"), 0, "{fetched}");
    });
}

#[test]
fn trailers_come_to_those_who_take_them() {
    let Some(curl) = peer::curl() else { return };
    let harbour = Harbour::start();
    each(
        &harbour,
        &curl,
        "/pieces",
        &["--header", "TE: trailers"],
        |fetched| {
            assert_eq!(fetched.text(), "piece 1;piece 2;piece 3;", "{fetched}");
            assert_eq!(fetched.field("x-pieces"), Some("3"), "{fetched}");
        },
    );
    each(&harbour, &curl, "/pieces", &[], |fetched| {
        assert_eq!(fetched.text(), "piece 1;piece 2;piece 3;", "{fetched}");
        assert_eq!(fetched.field("x-pieces"), None, "{fetched}");
    });
}

#[test]
fn a_connection_is_kept_across_all_kinds_of_responses() {
    let Some(curl) = peer::curl() else { return };
    let harbour = Harbour::start();
    let root = harbour.root.to_str().unwrap();
    for base in harbour.urls("") {
        let paths = [
            "/hello",
            "/stream/100000",
            "/status/204",
            "/status/304",
            "/bytes/0",
            "/connection",
        ];
        let mut command = curl.command();
        command.args([
            "--cacert",
            root,
            "--write-out",
            "%{http_code} %{num_connects}\n",
        ]);
        for path in paths {
            command
                .args(["--output", "/dev/null"])
                .arg(format!("{base}{path}"));
        }
        let finished = wharf_interop_tests::Process::run(&mut command).success();
        let expected = "200 1\n200 0\n204 0\n304 0\n200 0\n200 0\n";
        assert_eq!(finished.text(), expected, "{finished}");
    }
}

#[test]
fn a_response_that_breaks_off_is_an_error() {
    let Some(curl) = peer::curl() else { return };
    let harbour = Harbour::start();
    let root = harbour.root.to_str().unwrap();
    let [http, https] = harbour.urls("/fail");
    // Not HTTP/1.0 over TLS: where the end of the connection is the end of the content, curl does not mind that
    // close_notify is missing.
    for (version, url) in [
        ("--http1.1", &http),
        ("--http1.1", &https),
        ("--http1.0", &http),
    ] {
        let fetched = curl.fetch_plain(&["--cacert", root, version, url]);
        // 18: only a part of the content came; 56: the connection was reset.
        assert!([18, 56].contains(&fetched.exit()), "{version}: {fetched}");
    }
    let cut = harbour.runtime.block_on(async {
        let io = TcpStream::connect(harbour.https).await.unwrap();
        let mut io = harbour.client.connect("localhost", io).await.unwrap();
        io.write_all(b"GET /fail HTTP/1.0\r\n\r\n").await.unwrap();
        io.read_to_end(&mut Vec::new()).await
    });
    assert!(cut.is_err(), "it ended in order");
}

#[test]
fn an_upload_of_20_megabytes_that_is_refused_at_once_is_told_so() {
    let Some(curl) = peer::curl() else { return };
    let folder = tempfile::tempdir().unwrap();
    let data = format!("@{}", file(&folder, 20_000_000));
    let limited = ServerConfig {
        limits: taking(Some(1000)),
        ..unbounded()
    };
    for (harbour, path) in [
        (Harbour::start(), "/refuse"),
        (Harbour::with(limited), "/digest"),
    ] {
        // Without the wait, in which the answer would come first.
        for framing in ["Expect:", "Transfer-Encoding: chunked"] {
            let args = [
                "--data-binary",
                data.as_str(),
                "--header",
                "Expect:",
                "--header",
                framing,
            ];
            for _ in 0..5 {
                each(&harbour, &curl, path, &args, |fetched| {
                    assert_eq!(fetched.status(), 413, "{fetched}");
                });
            }
        }
    }
}
