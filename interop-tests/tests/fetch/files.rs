//! Content in files: complete, or not there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use wharf_interop_tests::{Home, PATIENCE, Process};

use crate::command;
use crate::raw::Raw;

fn names(home: &Home) -> Vec<String> {
    let entries = fs::read_dir(home.beside("")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[test]
fn a_file_has_its_name_and_the_permissions_of_new_files() {
    let server = Raw::with_content("hello");
    let home = Home::new();
    let (here, beside) = (server.url("/sub/a.txt"), server.url("/?b=c"));
    let _ = Process::run(&mut command(&home, &["-O", &here])).success();
    let _ = Process::run(&mut command(&home, &["-o", "b.txt", &beside])).success();
    fs::write(home.beside("like"), "").unwrap();
    let mode = |name: &str| {
        fs::metadata(home.beside(name))
            .unwrap()
            .permissions()
            .mode()
    };
    for name in ["a.txt", "b.txt"] {
        assert_eq!(fs::read_to_string(home.beside(name)).unwrap(), "hello");
        assert_eq!(mode(name), mode("like"));
    }
    assert_eq!(names(&home).len(), 3);
    let ended = Process::run(&mut command(&home, &["-O", &beside]));
    assert_eq!(ended.code(), Some(2), "{ended}");
}

#[test]
fn a_file_that_exists_is_replaced_only_when_told_to() {
    let server = Raw::with_content("new");
    let home = Home::new();
    let path = home.beside("a");
    fs::write(&path, "old").unwrap();
    let url = server.url("/");
    let ended = Process::run(&mut command(&home, &["-o", "a", &url]));
    assert_eq!(ended.code(), Some(23), "{ended}");
    assert!(ended.stderr.contains("hint: --force"), "{ended}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    let _ = Process::run(&mut command(&home, &["-o", "a", "--force", &url])).success();
    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    // A device is written to.
    let _ = Process::run(&mut command(&home, &["-o", "/dev/null", &url])).success();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn content_that_ends_early_leaves_no_file() {
    let server = Raw::saying("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
    let home = Home::new();
    fs::write(home.beside("b"), "old").unwrap();
    for args in [["-o", "a", "-s"], ["-o", "b", "--force"]] {
        let mut fetch = command(&home, &args);
        let ended = Process::run(fetch.arg(server.url("/")));
        assert_eq!(ended.code(), Some(18), "{ended}");
        assert!(ended.stderr.contains("wharf: error: "), "{ended}");
    }
    assert_eq!(names(&home), ["b"]);
    assert_eq!(fs::read_to_string(home.beside("b")).unwrap(), "old");
}

#[test]
fn a_signal_leaves_no_file() {
    let server = Raw::new(|_| {
        // As long as the connection stands, there is more to come.
        let (_keep, wait) = std::sync::mpsc::channel::<()>();
        let _ = wait.recv_timeout(PATIENCE / 4);
        String::new()
    });
    let home = Home::new();
    let mut process = Process::spawn(&mut command(&home, &["-v", "-o", "a", &server.url("/")]));
    process.wait_for_stderr(|line| line.starts_with("> GET").then_some(()));
    let since = Instant::now();
    process.signal(Signal::INT);
    let status = process.wait_within(PATIENCE).unwrap();
    assert_eq!(status.code(), Some(130));
    assert!(since.elapsed() < PATIENCE / 4);
    assert_eq!(names(&home), [""; 0]);
}

#[test]
fn a_signal_ends_a_wait_for_stdin() {
    let server = Raw::with_content("");
    for args in [["-d", "@-"], ["-T", "-"]] {
        let home = Home::new();
        let mut fetch = command(&home, &args);
        let mut process = Process::spawn_with_stdin(fetch.args(["-v", &server.url("/")]));
        if args[0] == "-T" {
            process.wait_for_stderr(|line| line.starts_with("> PUT").then_some(()));
        } else {
            // Nothing is said before. A signal that is too early ends it as well, in another way.
            assert_eq!(process.wait_within(Duration::from_millis(500)), None);
        }
        process.signal(Signal::TERM);
        assert_eq!(process.wait_within(PATIENCE).unwrap().code(), Some(143));
    }
}
