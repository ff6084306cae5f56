//! Sockets that the process was started with, as a service manager hands them over (`LISTEN_FDS`).

use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::process::Command;

use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;
use wharf_interop_tests::peer::{self, Python, Socat};
use wharf_interop_tests::{PATIENCE, Process, example, has_ipv6_loopback};

/// Opens sockets, gives them the numbers from 3 on, and becomes another program, as systemd does. They block, as
/// systemd's do.
const LAUNCHER: &str = r#"
import fcntl, json, os, socket, sys
order = json.loads(sys.argv[1])
opened = []
for kind in order["kinds"]:
    if kind == "pipe":
        opened.append(os.pipe()[0])
        continue
    family = {"v4": socket.AF_INET, "v6": socket.AF_INET6, "udp": socket.AF_INET}.get(kind, socket.AF_UNIX)
    s = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
    s.bind({"v4": ("127.0.0.1", 0), "v6": ("::1", 0), "udp": ("127.0.0.1", 0)}.get(kind, kind))
    if kind != "udp":
        s.listen(16)
    opened.append(s.detach())
# Out of the way first: they may have the numbers that they are to get in another order.
opened = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100) for fd in opened]
for number, fd in enumerate(opened, 3):
    os.dup2(fd, number, inheritable=True)
environment = dict(os.environ, LISTEN_FDS=str(len(opened)), LISTEN_PID=str(order["pid"] or os.getpid()))
if order["names"] is not None:
    environment["LISTEN_FDNAMES"] = order["names"]
os.execve(order["program"], [order["program"], *order["args"]], environment)
"#;

/// What is handed over: sockets by their kind (`v4`, `v6`, `udp`, `pipe`, or the path of a Unix socket), and their
/// names.
struct Handover<'a> {
    kinds: &'a [&'a str],
    names: Option<&'a str>,
    /// Another process than the one that gets them.
    pid: Option<u32>,
}

impl Handover<'_> {
    fn echo(&self, python: &Python, endpoint: &str) -> Command {
        let order = json!({
            "kinds": self.kinds,
            "names": self.names,
            "pid": self.pid,
            "program": example("tcp_echo"),
            "args": ["--listen", endpoint],
        });
        python.command(LAUNCHER, &[&order.to_string()])
    }

    /// The error with which the echo example ends.
    #[track_caller]
    fn refusal(&self, python: &Python, endpoint: &str) -> String {
        let finished = Process::run(&mut self.echo(python, endpoint));
        assert_eq!(finished.code(), Some(1), "{finished}");
        finished.stderr
    }
}

/// The addresses on which it listens, once there are so many.
#[track_caller]
fn addresses(echo: &Process, count: usize) -> Vec<SocketAddr> {
    echo.wait_for_stdout(|bytes| {
        let text = str::from_utf8(bytes).ok()?;
        let whole = text.lines().count() == count && text.ends_with('\n');
        whole.then(|| text.lines().map(|line| line.parse().unwrap()).collect())
    })
}

#[track_caller]
fn echoes(socat: &Socat, address: SocketAddr) {
    let mut client = Process::spawn_with_stdin(&mut socat.client(&address.into(), ""));
    client.write(b"hello");
    client.close_stdin();
    assert_eq!(client.finish(PATIENCE).success().text(), "hello");
}

#[track_caller]
fn stops(echo: Process) {
    echo.signal(Signal::TERM);
    let _ = echo.finish(PATIENCE).success();
}

#[test]
fn every_socket_of_a_name_is_served_by_one_listener() {
    let (Some(python), Some(socat)) = (peer::python(), peer::socat()) else {
        return;
    };
    let second = if has_ipv6_loopback() { "v6" } else { "v4" };
    let handover = Handover {
        kinds: &["v4", "v4", second],
        names: Some("http:admin:http"),
        pid: None,
    };
    let echo = Process::spawn(&mut handover.echo(&python, "fd:http"));
    let addresses = addresses(&echo, 2);
    assert_eq!(addresses[1].is_ipv6(), second == "v6");
    for address in addresses {
        // Twice: the first connection may find what a blocking accept would have hung in.
        echoes(&socat, address);
        echoes(&socat, address);
    }
    stops(echo);
}

#[test]
fn a_socket_is_taken_by_its_number_with_and_without_names() {
    let (Some(python), Some(socat)) = (peer::python(), peer::socat()) else {
        return;
    };
    for (names, endpoint) in [
        (Some("http:admin"), "fd:4"),
        (None, "fd:3"),
        (None, "fd:unknown"),
    ] {
        let handover = Handover {
            kinds: if names.is_some() { &["v4"; 2] } else { &["v4"] },
            names,
            pid: None,
        };
        let echo = Process::spawn(&mut handover.echo(&python, endpoint));
        for address in addresses(&echo, 1) {
            echoes(&socat, address);
        }
        stops(echo);
    }
}

#[test]
fn an_inherited_unix_socket_keeps_its_file() {
    let Some(python) = peer::python() else { return };
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("s");
    let handover = Handover {
        kinds: &[path.to_str().unwrap()],
        names: Some("http"),
        pid: None,
    };
    let echo = Process::spawn(&mut handover.echo(&python, "fd:http"));
    let expected = format!("unix:{}\n", path.display());
    echo.wait_for_stdout(|bytes| (bytes == expected.as_bytes()).then_some(()));
    let _client = UnixStream::connect(&path).unwrap();
    stops(echo);
    assert!(path.exists(), "its owner is the service manager");
}

#[test]
fn a_name_that_was_not_handed_over_is_told_with_those_that_were() {
    let Some(python) = peer::python() else { return };
    let handover = Handover {
        kinds: &["v4", "v4"],
        names: Some("http:admin"),
        pid: None,
    };
    let refusal = handover.refusal(&python, "fd:https");
    assert!(refusal.contains("cannot listen on fd:https"), "{refusal}");
    assert!(refusal.contains("http (3), admin (4)"), "{refusal}");
}

#[test]
fn what_was_handed_to_another_process_is_not_ours() {
    let Some(python) = peer::python() else { return };
    let handover = Handover {
        kinds: &["v4"],
        names: Some("http"),
        pid: Some(std::process::id()),
    };
    let refusal = handover.refusal(&python, "fd:http");
    assert!(refusal.contains("handed no descriptors"), "{refusal}");
}

#[test]
fn a_descriptor_that_cannot_be_listened_on_is_refused() {
    let Some(python) = peer::python() else { return };
    for kind in ["udp", "pipe"] {
        let handover = Handover {
            kinds: &[kind],
            names: Some("http"),
            pid: None,
        };
        let refusal = handover.refusal(&python, "fd:http");
        assert!(refusal.contains("cannot listen on fd:http"), "{refusal}");
    }
}
