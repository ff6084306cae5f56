//! Passwords typed at a terminal.

use std::fs;
use std::path::Path;

use wharf_interop_tests::{Finished, Process, peer};

use crate::World;

/// Runs a program at a terminal of its own, and answers each prompt once the terminal echoes no more. What the terminal
/// showed is on stdout.
const TYPIST: &str = r#"
import os, pty, select, sys, termios
answers, argv = sys.argv[1].split("\n"), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(argv[0], argv)
shown, since = b"", b""
while True:
    ready, _, _ = select.select([terminal], [], [], 0.01)
    if ready:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            piece = b""
        if not piece:
            break
        shown, since = shown + piece, since + piece
    echoes = termios.tcgetattr(terminal)[3] & termios.ECHO
    if answers and not echoes and since.rstrip().endswith(b":"):
        os.write(terminal, answers.pop(0).encode() + b"\n")
        since = b""
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"#;

/// The command at a terminal, at which these lines are typed.
#[track_caller]
fn typed(world: &World, args: &[&str], answers: &[&str]) -> Option<Finished> {
    let python = peer::python()?;
    let wharf = world.home.wharf(args);
    let program = wharf.get_program().to_str().unwrap();
    let answers = answers.join("\n");
    let arguments = [&[answers.as_str(), program][..], args].concat();
    let mut command = python.command(TYPIST, &arguments);
    command.current_dir(&world.out);
    for (name, value) in wharf.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Some(Process::run(command.env("TERM", "xterm")))
}

fn is_encrypted(path: &Path) -> bool {
    let key = fs::read_to_string(path).unwrap();
    key.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----")
}

#[test]
fn a_new_ca_asks_twice_and_shows_nothing_of_what_is_typed() {
    let world = World::new();
    let secret = "horse staple 7";
    let Some(made) = typed(&world, &["ca", "init"], &[secret, secret]) else {
        return;
    };
    let made = made.success();
    assert!(
        made.text()
            .contains("New password of the CA's keys, empty for none: "),
        "{made}"
    );
    assert!(made.text().contains("Again: "), "{made}");
    assert!(!made.text().contains(secret), "{made}");
    for key in ["root.key", "intermediate.key"] {
        assert!(is_encrypted(&world.ca_file(key)), "{key}");
    }

    // What issues is asked for once, and what rotates once as well: the keys have one password.
    let issued = typed(&world, &["cert", "issue", "a.test"], &[secret])
        .unwrap()
        .success();
    assert_eq!(issued.text().matches("Password of ").count(), 1, "{issued}");
    assert!(issued.text().contains("intermediate.key: "), "{issued}");
    let rotated = typed(&world, &["ca", "rotate"], &[secret])
        .unwrap()
        .success();
    assert_eq!(
        rotated.text().matches("Password of ").count(),
        1,
        "{rotated}"
    );
    let wrong = typed(&world, &["ca", "rotate"], &["wrong"]).unwrap();
    assert_eq!(wrong.code(), Some(1), "{wrong}");
    assert!(
        wrong.text().contains("is not decrypted by this password"),
        "{wrong}"
    );
    for ran in [&issued, &rotated, &wrong] {
        assert!(
            !ran.text().contains(secret) && !ran.text().contains("PRIVATE KEY"),
            "{ran}"
        );
    }
    let shown = typed(&world, &["ca", "show"], &[]).unwrap().success();
    assert!(!shown.text().contains("Password"), "{shown}");
}

#[test]
fn an_empty_password_is_none_and_two_that_differ_make_nothing() {
    let world = World::new();
    let Some(differ) = typed(&world, &["ca", "init"], &["one", "another"]) else {
        return;
    };
    assert_eq!(differ.code(), Some(1), "{differ}");
    assert!(
        differ.text().contains("the two passwords differ"),
        "{differ}"
    );
    assert!(!world.home.path().join("ca").exists());
    let _ = typed(&world, &["ca", "init"], &["", ""]).unwrap().success();
    assert!(!is_encrypted(&world.ca_file("root.key")));
    let world = World::new();
    let silent = typed(&world, &["ca", "init", "--no-password"], &[])
        .unwrap()
        .success();
    assert!(!silent.text().contains("password of"), "{silent}");
}

#[test]
fn a_terminal_gets_colours_and_who_wants_none_gets_none() {
    let world = World::with_ca(&[]);
    let Some(shown) = typed(&world, &["ca", "list"], &[]) else {
        return;
    };
    assert!(shown.success().text().contains("\u{1b}["));
    let plain = world.run(&["ca", "list"]).success();
    assert!(!plain.text().contains('\u{1b}'), "{plain}");
}
