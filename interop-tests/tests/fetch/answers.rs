//! Answers on stdout, and what is told of them.

use std::io::Read;
use std::process::Stdio;

use wharf_interop_tests::{Home, Process, Server};

use crate::raw::{Raw, ok};
use crate::{command, fails, fetch};

#[test]
fn content_goes_to_stdout_and_nothing_else() {
    let server = Raw::with_content("hello\n");
    let ended = fetch(&[&server.url("/a?b=c")]).success();
    assert_eq!(
        (ended.text().as_str(), ended.stderr.as_str()),
        ("hello\n", "")
    );
    let request = server.request();
    assert!(request.starts_with("GET /a?b=c HTTP/1.1\r\n"), "{request}");
    for field in [
        "accept: */*",
        "user-agent: wharf/",
        "accept-encoding: br",
        "host: 127.0.0.1:",
    ] {
        assert!(request.contains(&format!("\r\n{field}")), "{request}");
    }
}

#[test]
fn our_own_server_is_trusted_by_name_address_and_without_a_scheme() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let address = format!("https://127.0.0.1:{}/", server.port());
    for url in [&server.https("/"), &address] {
        let ended = Process::run(&mut command(&home, &[url])).success();
        assert!(ended.text().contains("TLS"), "{ended}");
    }
    // Nobody else knows that CA.
    let ended = fails(60, &[&address]);
    assert!(ended.stderr.contains("--cacert"), "{ended}");
    let root = home.root();
    let _ = fetch(&[&address, "--cacert", root.to_str().unwrap()]).success();
    let _ = fetch(&[&address, "--danger-accept-any-certificate"]).success();
}

#[test]
fn redirects_are_followed_when_told_to() {
    let server = Raw::new(|request| match request.split(' ').nth(1) {
        Some("/a") => {
            "HTTP/1.1 302 Found\r\nlocation: /b\r\ncontent-length: 5\r\n\r\nmoved".to_owned()
        }
        _ => ok("here"),
    });
    let url = server.url("/a");
    assert_eq!(fetch(&[&url]).success().text(), "moved");
    assert_eq!(fetch(&["-L", &url]).success().text(), "here");
    let both = fetch(&["-sSLi", &url]).success();
    let expected = "HTTP/1.1 302 Found\r\nlocation: /b\r\ncontent-length: 5\r\n\r\n\
                    HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhere";
    assert_eq!(both.text(), expected);
    let ended = fails(47, &["-L", "--max-redirs", "0", &url]);
    assert!(ended.stderr.contains("hint: --max-redirs"), "{ended}");
}

#[test]
fn a_redirect_of_content_that_is_gone_is_no_success() {
    let server = Raw::new(|_| {
        "HTTP/1.1 307 Elsewhere\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n".to_owned()
    });
    let home = Home::new();
    let file = home.beside("large");
    std::fs::write(&file, vec![b'a'; 17 << 20]).unwrap();
    let ended = fails(47, &["-LT", file.to_str().unwrap(), &server.url("/a")]);
    assert!(ended.stderr.contains("/b"), "{ended}");
}

#[test]
fn the_head_alone_is_asked_for_and_printed() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 12\r\nx-a: b\r\n\r\n";
    let server = Raw::saying(head);
    assert_eq!(fetch(&["-I", &server.url("/")]).success().text(), head);
    assert!(server.request().starts_with("HEAD / "));
}

#[test]
fn both_heads_are_told_without_credentials() {
    let server = Raw::saying(
        "HTTP/1.1 200 Fine\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx-end: now\r\n\r\n",
    );
    let ended = fetch(&["-v", "-u", "me:secret", &server.url("/")]).success();
    assert_eq!(ended.text(), "hi");
    for line in [
        "> GET / HTTP/1.1\n",
        "> authorization: [redacted]\n",
        ">\n",
        "< HTTP/1.1 200 Fine\n",
        "< transfer-encoding: chunked\n",
        "< x-end: now\n",
    ] {
        assert!(ended.stderr.contains(line), "{line}{ended}");
    }
    // me:secret
    assert!(
        server
            .request()
            .contains("\r\nauthorization: Basic bWU6c2VjcmV0\r\n")
    );
}

#[test]
fn a_status_is_a_failure_when_told_to() {
    let server = Raw::saying("HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\ngone");
    assert_eq!(fetch(&[&server.url("/")]).success().text(), "gone");
    let ended = fails(22, &["-f", &server.url("/")]);
    assert_eq!(ended.text(), "");
    assert!(ended.stderr.contains("404 Not Found"), "{ended}");
}

#[test]
fn codings_are_taken_off_unless_told_not_to() {
    // gzip of "hello\n", which is not text: as bytes it cannot pass through the server of these tests.
    let home = Home::new();
    let folder = home.folder("site");
    let gzip = [
        31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 203, 72, 205, 201, 201, 231, 2, 0, 32, 48, 58, 54, 6, 0,
        0, 0,
    ];
    std::fs::write(folder.join("a.txt.gz"), gzip).unwrap();
    std::fs::write(folder.join("a.txt"), "hello\n").unwrap();
    let server = Server::of_folder(&home, &folder);
    let url = server.https("/a.txt");
    let ended = Process::run(&mut command(&home, &["-i", &url])).success();
    assert!(ended.text().ends_with("\r\n\r\nhello\n"), "{ended}");
    assert!(
        ended.text().contains("content-encoding: gzip\r\n"),
        "{ended}"
    );
    let asked = ["--raw", "-H", "accept-encoding: gzip", &url];
    let ended = Process::run(&mut command(&home, &asked)).success();
    assert_eq!(ended.stdout, gzip);
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let home = Home::new();
    let folder = home.folder("site");
    std::fs::write(folder.join("big"), vec![b'a'; 8 << 20]).unwrap();
    let server = Server::of_folder(&home, &folder);
    let mut child = command(&home, &[&server.https("/big")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(first, *b"aaaaaaaaaa");
    assert_eq!(ended.status.code(), Some(23));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}
