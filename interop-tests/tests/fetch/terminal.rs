//! What a person at a terminal sees, and who is at none does not.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use wharf_interop_tests::Home;

use crate::command;
use crate::raw::{Raw, read_head};

/// Both ends of a terminal: the one that a person looks at, and the one that a program has.
fn terminal() -> (File, OwnedFd) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let person = openpt(flags).unwrap();
    grantpt(&person).unwrap();
    unlockpt(&person).unwrap();
    let name = ptsname(&person, Vec::new()).unwrap();
    let program = File::options()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    (person.into(), program.into())
}

/// Reads what is on the terminal until `text` is there, or the program is gone.
fn read_until(person: &mut File, text: Option<&str>) -> String {
    let mut seen = String::new();
    let mut piece = [0; 4096];
    // When nobody has the other end any more, the read fails.
    while let Ok(n @ 1..) = person.read(&mut piece) {
        seen.push_str(&String::from_utf8_lossy(&piece[..n]));
        if text.is_some_and(|text| seen.contains(text)) {
            break;
        }
    }
    seen
}

/// A server that sends half of ten bytes.
fn send_half(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = listener.accept().unwrap();
    read_head(&mut stream);
    let first = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n01234";
    stream.write_all(first).unwrap();
    stream
}

/// The same, and the rest when `meanwhile` is over.
fn send_in_halves(listener: &TcpListener, meanwhile: impl FnOnce()) {
    let mut stream = send_half(listener);
    meanwhile();
    stream.write_all(b"56789").unwrap();
}

fn start(args: &[&str], home: &Home, stdout: Stdio, stderr: Stdio) -> Child {
    let mut command = command(home, args);
    command
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(stderr)
        .env("TERM", "xterm")
        .spawn()
        .unwrap()
}

#[test]
fn a_terminal_shows_how_far_a_slow_download_is_and_is_clean_behind_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let home = Home::new();
    let (mut person, program) = terminal();
    let child = start(&[&url], &home, Stdio::piped(), program.into());
    send_in_halves(&listener, || {
        let seen = read_until(&mut person, Some(" of 10 B"));
        assert!(seen.contains(" 50% ["), "{seen:?}");
    });
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success());
    assert_eq!(ended.stdout, b"0123456789");
    let rest = read_until(&mut person, None);
    assert!(
        rest.trim_end_matches('\r').ends_with("\u{1b}[2K"),
        "{rest:?}"
    );
}

#[test]
fn a_signal_ends_the_line_that_a_terminal_is_in() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let home = Home::new();
    let (mut person, program) = terminal();
    let mut child = start(&[&url], &home, Stdio::piped(), program.into());
    let _stream = send_half(&listener);
    read_until(&mut person, Some(" of 10 B"));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let rest = read_until(&mut person, None);
    // The line is taken back, and what the terminal itself writes for Ctrl-C stays in one of its own.
    assert!(rest.ends_with("\u{1b}[2K\r\n"), "{rest:?}");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn no_progress_is_shown_where_nobody_looks_or_wants_to() {
    for args in [&["-s"][..], &["-o", "file", "-s"]] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let home = Home::new();
        let (mut person, program) = terminal();
        let args = [args, &[&url]].concat();
        let child = start(&args, &home, Stdio::piped(), program.into());
        let (over, wait) = std::sync::mpsc::channel::<()>();
        send_in_halves(&listener, || {
            let _ = wait.recv_timeout(std::time::Duration::from_millis(1500));
        });
        drop(over);
        assert!(child.wait_with_output().unwrap().status.success());
        assert_eq!(read_until(&mut person, None), "");
    }
}

#[test]
fn a_terminal_gets_text_only_unless_told_otherwise() {
    let binary = Raw::with_content("\u{0}binary");
    let text = Raw::with_content("text");
    let run = |args: &[&str]| {
        let home = Home::new();
        let (mut person, program) = terminal();
        let child = start(args, &home, program.into(), Stdio::piped());
        let seen = read_until(&mut person, None);
        let ended = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&ended.stderr).into_owned();
        (ended.status.code(), seen, stderr)
    };
    assert_eq!(
        run(&[&text.url("/")]),
        (Some(0), "text".into(), String::new())
    );
    let (code, seen, stderr) = run(&[&binary.url("/")]);
    assert_eq!((code, seen.as_str()), (Some(23), ""));
    assert!(stderr.contains("hint: -o FILE"), "{stderr}");
    assert_eq!(run(&["-o", "-", &binary.url("/")]).0, Some(0));
}
