//! What is sent.

use std::fs;

use wharf_interop_tests::{Home, PATIENCE, Process};

use crate::raw::Raw;
use crate::{command, fails, fetch};

fn content(request: &str) -> &str {
    request.split_once("\r\n\r\n").unwrap().1
}

#[track_caller]
fn has(request: &str, field: &str) {
    assert!(request.contains(&format!("\r\n{field}\r\n")), "{request}");
}

#[test]
fn data_is_posted_as_a_form() {
    let server = Raw::with_content("");
    let _ = fetch(&["-d", "a=1", "-d", "b=2", &server.url("/")]).success();
    let request = server.request();
    assert!(request.starts_with("POST / "), "{request}");
    has(&request, "content-type: application/x-www-form-urlencoded");
    has(&request, "content-length: 7");
    assert_eq!(content(&request), "a=1&b=2");
}

#[test]
fn json_is_sent_and_asked_for_from_a_file_too() {
    let server = Raw::with_content("");
    let home = Home::new();
    let file = home.beside("a.json");
    fs::write(&file, "{\"a\":\n1}").unwrap();
    let from_file = format!("@{}", file.display());
    let _ = fetch(&["--json", &from_file, "-X", "PATCH", &server.url("/")]).success();
    let request = server.request();
    assert!(request.starts_with("PATCH / "), "{request}");
    has(&request, "content-type: application/json");
    has(&request, "accept: application/json");
    assert_eq!(content(&request), "{\"a\":\n1}");
}

#[test]
fn fields_are_added_emptied_replaced_and_left_out() {
    let server = Raw::with_content("");
    let fields = [
        "-H",
        "X-A: b",
        "-H",
        "x-a: c",
        "-H",
        "X-B;",
        "-H",
        "Accept:",
        "-H",
        "User-Agent: me",
    ];
    let _ = fetch(&[&fields[..], &[&server.url("/")]].concat()).success();
    let request = server.request();
    for field in ["x-a: b", "x-a: c", "user-agent: me"] {
        has(&request, field);
    }
    assert!(request.contains("\r\nx-b:"), "{request}");
    assert!(!request.contains("\r\naccept:"), "{request}");
}

#[test]
fn a_file_is_put_with_its_length() {
    let server = Raw::with_content("");
    let home = Home::new();
    let file = home.beside("data");
    let data = "0123456789".repeat(20_000);
    fs::write(&file, &data).unwrap();
    let _ = fetch(&["-T", file.to_str().unwrap(), &server.url("/")]).success();
    let request = server.request();
    assert!(request.starts_with("PUT / "), "{request}");
    has(&request, "content-length: 200000");
    assert_eq!(content(&request), data);
}

#[test]
fn stdin_is_put_in_chunks_as_it_comes() {
    let server = Raw::with_content("done");
    let home = Home::new();
    let mut process =
        Process::spawn_with_stdin(&mut command(&home, &["-T", "-", &server.url("/")]));
    process.write(b"first");
    process.write(b"second");
    process.close_stdin();
    assert_eq!(process.finish(PATIENCE).success().text(), "done");
    let request = server.request();
    has(&request, "transfer-encoding: chunked");
    let data: String = content(&request).split("\r\n").skip(1).step_by(2).collect();
    assert_eq!(data, "firstsecond");
}

#[test]
fn credentials_come_from_files() {
    let server = Raw::with_content("");
    let home = Home::new();
    let (user, token) = (home.beside("user"), home.beside("token"));
    fs::write(&user, "me:secret\n").unwrap();
    fs::write(&token, "abc\n").unwrap();
    let _ = fetch(&["-u", &format!("@{}", user.display()), &server.url("/")]).success();
    has(&server.request(), "authorization: Basic bWU6c2VjcmV0");
    let _ = fetch(&["--bearer-file", token.to_str().unwrap(), &server.url("/")]).success();
    has(&server.request(), "authorization: Bearer abc");
    let ended = fails(2, &["-u", "me", &server.url("/")]);
    assert!(
        ended.stderr.contains("hint: it is NAME:PASSWORD"),
        "{ended}"
    );
}

#[test]
fn a_request_is_sent_again_when_told_to() {
    let seen = std::sync::atomic::AtomicUsize::new(0);
    let server = Raw::new(
        move |_| match seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => "HTTP/1.1 503 Later\r\ncontent-length: 0\r\n\r\n".to_owned(),
            _ => crate::raw::ok("now"),
        },
    );
    let ended = fetch(&["--retry", "2", &server.url("/")]).success();
    assert_eq!(ended.text(), "now");
    // Why, and in how long: up to 0.2 s.
    let told = "wharf: the server answered 503 Service Unavailable; trying again in 0.";
    assert!(ended.stderr.starts_with(told), "{ended}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended}");
}

#[test]
fn what_led_to_another_attempt_is_told_unless_told_not_to() {
    for (args, lines) in [(&["--retry", "2"][..], 2), (&["--retry", "2", "-s"], 0)] {
        let server = Raw::saying("");
        let ended = fails(52, &[args, &[&server.url("/")]].concat());
        let told: Vec<_> = ended
            .stderr
            .lines()
            .filter(|line| line.contains("; trying again in 0."))
            .collect();
        assert_eq!(told.len(), lines, "{ended}");
        let port = server.port.to_string();
        assert!(told.iter().all(|line| line.contains(&port)), "{ended}");
    }
}
