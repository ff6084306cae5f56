//! Where keys, signatures and sealed files are written.

use std::fs;
use std::os::unix::fs::symlink;

use super::Lab;

#[test]
fn what_is_read_is_not_written_over() {
    let lab = Lab::new();
    lab.key("a", "p256");
    lab.write("text", "hello");
    lab.write("pw", "secret\n");
    fs::hard_link(lab.path("a.key"), lab.path("same")).unwrap();
    let names = ["a.key", "a.pub", "text", "pw"];
    let before = names.map(|name| lab.read(name));
    for args in [
        &["sign", "text", "--key", "a.key", "--out", "same"][..],
        &["sign", "text", "--key", "a.key", "--out", "text"],
        &["seal", "text", "--to", "a.pub", "--out", "a.pub"],
        &["seal", "text", "--to", "a.pub", "--out", "text"],
        &["key", "convert", "a.key", "--to", "public", "--out", "same"],
    ] {
        lab.fails(&[args, &["--force"]].concat(), 1, "which is needed");
    }
    lab.done(&["seal", "text", "--to", "a.pub", "--out", "sealed"]);
    for out in ["sealed", "same"] {
        let open = ["open", "sealed", "--key", "a.key", "--out", out, "--force"];
        lab.fails(&open, 1, "which is needed");
    }
    assert_eq!(names.map(|name| lab.read(name)), before);
}

#[test]
fn a_key_is_encrypted_where_it_is() {
    let lab = Lab::new();
    lab.key("a", "p256");
    lab.write("pw", "secret\n");
    symlink("a.key", lab.path("link")).unwrap();
    lab.done(&[
        "key",
        "encrypt",
        "link",
        "--in-place",
        "--password-file",
        "pw",
    ]);
    assert!(fs::symlink_metadata(lab.path("link")).unwrap().is_symlink());
    let text = String::from_utf8(lab.read("a.key")).unwrap();
    assert!(text.contains("ENCRYPTED PRIVATE KEY"), "{text}");
    assert_eq!(lab.mode("a.key"), 0o600);
}

#[test]
fn what_is_no_regular_file_is_not_replaced() {
    let lab = Lab::new();
    let socket = lab.path("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    lab.fails(
        &["key", "new", "--out", "socket", "--force"],
        1,
        "not a regular file",
    );
    for out in ["socket", "/dev/stdout"] {
        let run = lab.run(&["key", "new", "--out", out]);
        assert_eq!(run.code(), Some(1), "{run}");
        assert!(run.stderr.contains("stands for stdout"), "{run}");
        assert!(!run.stderr.contains("--force"), "{run}");
    }
}
