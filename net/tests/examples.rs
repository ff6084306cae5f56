//! The example programs do what they say.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// A running example. Dropped, it is killed.
struct Example {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
}

impl Example {
    fn start(name: &str, args: &[&str]) -> Self {
        // Test binaries live in target/<profile>/deps, examples beside it.
        let test = std::env::current_exe().unwrap();
        let profile = test.ancestors().nth(2).unwrap();
        let mut child = Command::new(profile.join("examples").join(name))
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            stdin: child.stdin.take(),
            stdout: BufReader::new(child.stdout.take().unwrap()),
            stderr: BufReader::new(child.stderr.take().unwrap()),
            child,
        }
    }

    /// Starts one that prints its endpoint when it is ready.
    fn ready(name: &str, args: &[&str]) -> (Self, String) {
        let mut example = Self::start(name, args);
        let mut endpoint = String::new();
        example.stdout.read_line(&mut endpoint).unwrap();
        (example, endpoint.trim_end().to_owned())
    }

    /// Starts `nc` where it waits for a connection.
    fn nc_listening(at: &str) -> (Self, String) {
        let mut nc = Self::start("nc", &["-l", at]);
        let line = nc.line_of_stderr();
        let endpoint = line.strip_prefix("listening on ").expect(&line);
        (nc, endpoint.to_owned())
    }

    fn line_of_stderr(&mut self) -> String {
        let mut line = String::new();
        self.stderr.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn send(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
    }

    fn end_stdin(&mut self) {
        self.stdin = None;
    }

    /// Waits for the end: the status, and what is left of the output. Standard input stays as it is.
    fn end(mut self) -> (ExitStatus, String, String) {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).unwrap();
        self.stderr.read_to_string(&mut stderr).unwrap();
        (self.child.wait().unwrap(), stdout, stderr)
    }

    fn signal(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
    }

    fn terminate(self) -> (ExitStatus, String, String) {
        self.signal();
        self.end()
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        // It fails on a process that has been waited for, which is the ordinary case.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_all(mut stream: impl Read) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn every_example_explains_itself_when_asked_and_when_misused() {
    for name in ["tcp_echo", "nc", "tcp_proxy"] {
        let (status, stdout, stderr) = Example::start(name, &["--help"]).end();
        assert!(status.success(), "{name}: {stderr}");
        assert!(stdout.starts_with(&format!("usage: {name} ")), "{stdout}");

        let (status, stdout, stderr) = Example::start(name, &["--nonsense", "x"]).end();
        assert_eq!((status.code(), stdout.as_str()), (Some(1), ""), "{name}");
        assert!(stderr.contains(r#"["--nonsense", "x"]"#), "{stderr}");
        assert!(stderr.contains(&format!("usage: {name} ")), "{stderr}");
    }
}

#[test]
fn the_echo_example_echoes_and_stops_on_sigterm() {
    let (echo, endpoint) = Example::ready("tcp_echo", &[]);
    let mut stream = TcpStream::connect(&endpoint).unwrap();
    stream.write_all(b"hello").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&stream), "hello");

    let (status, _, stderr) = echo.terminate();
    assert!(status.success(), "{stderr}");
    assert!(stderr.contains("served 1, cut 0"), "{stderr}");
}

#[test]
fn the_echo_example_drains_peers_that_never_stop_sending_and_those_that_never_end() {
    let (mut echo, endpoint) = Example::ready("tcp_echo", &[]);
    let mut silent = TcpStream::connect(&endpoint).unwrap();
    let mut busy = TcpStream::connect(&endpoint).unwrap();
    silent.write_all(b"x").unwrap();
    silent.read_exact(&mut [0]).unwrap();
    busy.write_all(b"x").unwrap();
    busy.read_exact(&mut [0]).unwrap();
    // It reads, too: whoever does not is cut at the end of the grace.
    let mut reading = busy.try_clone().unwrap();
    let (status, stderr) = std::thread::scope(|scope| {
        scope.spawn(move || while busy.write_all(&[0; 64 * 1024]).is_ok() {});
        scope.spawn(move || while reading.read(&mut [0; 64 * 1024]).is_ok_and(|n| n > 0) {});
        echo.signal();
        assert!(echo.line_of_stderr().contains("SIGTERM: finishing"));
        let (status, _, stderr) = echo.end();
        (status, stderr)
    });
    assert!(status.success(), "{stderr}");
    assert_eq!(stderr, "accepted 2: served 2, cut 0, panicked 0\n");
}

#[test]
fn the_echo_example_says_why_it_cannot_listen() {
    let (_first, endpoint) = Example::ready("tcp_echo", &[]);
    let (status, _, stderr) = Example::start("tcp_echo", &["--listen", &endpoint]).end();
    assert_eq!(status.code(), Some(1));
    assert!(
        stderr.contains(&format!("cannot listen on {endpoint}")),
        "{stderr}"
    );
    assert!(stderr.contains("in use"), "{stderr}");
}

/// Starts a proxy before a listener of the test.
fn proxied() -> (Example, String, TcpListener) {
    let behind = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = behind.local_addr().unwrap().to_string();
    let (proxy, endpoint) = Example::ready(
        "tcp_proxy",
        &["--listen", "127.0.0.1:0", "--to", to.as_str()],
    );
    (proxy, endpoint, behind)
}

#[test]
fn the_tcp_proxy_example_passes_both_ends_on_and_stops_on_sigterm() {
    let (proxy, endpoint, behind) = proxied();
    let mut client = TcpStream::connect(&endpoint).unwrap();
    let (mut server, _) = behind.accept().unwrap();
    client.write_all(b"question").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_all(&server), "question");
    server.write_all(b"answer").unwrap();
    drop(server);
    assert_eq!(read_all(&client), "answer");

    let (status, _, stderr) = proxy.terminate();
    assert!(status.success(), "{stderr}");
    assert!(stderr.contains("8 bytes up, 6 down: finished"), "{stderr}");
    assert!(stderr.contains("served 1, cut 0"), "{stderr}");
}

#[test]
fn the_tcp_proxy_example_resets_a_client_whose_server_is_gone() {
    let (mut proxy, endpoint, behind) = proxied();
    let reset = |client: &mut TcpStream| {
        let error = client.read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    };
    let mut client = TcpStream::connect(&endpoint).unwrap();
    client.write_all(b"x").unwrap();
    let (mut server, _) = behind.accept().unwrap();
    server.read_exact(&mut [0]).unwrap();
    socket2::SockRef::from(&server)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(server);
    reset(&mut client);
    let line = proxy.line_of_stderr();
    assert!(line.contains("cannot read from the server: "), "{line}");

    drop(behind);
    let mut client = TcpStream::connect(&endpoint).unwrap();
    reset(&mut client);
    let line = proxy.line_of_stderr();
    assert!(line.contains("cannot connect to 127.0.0.1:"), "{line}");
}

#[test]
fn the_tcp_proxy_example_says_why_it_cannot_dial() {
    let folder = tempfile::tempdir().unwrap();
    let to = format!("unix:{}", folder.path().join("absent").display());
    let args = ["--listen", "127.0.0.1:0", "--to", &to];
    let (mut proxy, endpoint) = Example::ready("tcp_proxy", &args);
    let _client = TcpStream::connect(&endpoint).unwrap();
    let line = proxy.line_of_stderr();
    let expected = format!("cannot connect to {to}: No such file");
    assert!(line.contains(&expected), "{line}");

    let args = ["--listen", "127.0.0.1:0", "--to", "fd:3"];
    let (status, stdout, stderr) = Example::start("tcp_proxy", &args).end();
    assert_eq!((status.code(), stdout.as_str()), (Some(1), ""));
    assert!(stderr.contains("fd:3 is a socket to listen on"), "{stderr}");
}

#[test]
fn a_second_signal_cuts_what_the_tcp_proxy_example_relays() {
    let (mut proxy, endpoint, behind) = proxied();
    let _client = TcpStream::connect(&endpoint).unwrap();
    let _server = behind.accept().unwrap();
    proxy.signal();
    assert!(proxy.line_of_stderr().contains("SIGTERM: finishing"));
    let signalled = Instant::now();
    let (status, _, stderr) = proxy.terminate();
    assert!(status.success(), "{stderr}");
    let expected = "accepted 1: served 0, cut 1, panicked 0";
    assert!(stderr.contains(expected), "{stderr}");
    // The grace is 5 s.
    assert!(signalled.elapsed() < Duration::from_secs(4));
}

#[test]
fn nc_tells_the_peer_of_the_end_of_its_input_and_prints_the_answer() {
    let (echo, endpoint) = Example::ready("tcp_echo", &[]);
    let mut nc = Example::start("nc", &[&endpoint]);
    nc.send("to be, ");
    nc.send("or not");
    nc.end_stdin();
    let (status, stdout, stderr) = nc.end();
    assert!(status.success(), "{stderr}");
    assert_eq!(stdout, "to be, or not");
    assert!(echo.terminate().0.success());
}

#[test]
fn nc_sends_all_its_input_to_a_peer_that_ended_first() {
    // More than the buffers of the kernel and of nc hold together.
    let sent = "to be, or not\n".repeat(600_000);
    let (mut listening, endpoint) = Example::nc_listening("127.0.0.1:0");
    listening.end_stdin();
    let mut nc = Example::start("nc", &[&endpoint]);
    let mut stdin = nc.stdin.take().unwrap();
    let (status, got) = std::thread::scope(|scope| {
        scope.spawn(|| {
            stdin.write_all(sent.as_bytes()).unwrap();
            drop(stdin);
        });
        let (status, got, _) = listening.end();
        (status, got)
    });
    assert!(status.success());
    assert!(got == sent, "{} bytes of {}", got.len(), sent.len());
    let (status, stdout, stderr) = nc.end();
    assert!(status.success(), "{stderr}");
    assert_eq!(stdout, "");
}

#[test]
fn nc_sends_what_comes_after_the_end_of_the_peer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut nc = Example::start("nc", &[&listener.local_addr().unwrap().to_string()]);
    let (mut peer, _) = listener.accept().unwrap();
    peer.write_all(b"bye").unwrap();
    peer.shutdown(Shutdown::Write).unwrap();
    let mut bye = [0; 3];
    nc.stdout.read_exact(&mut bye).unwrap();
    nc.send("late");
    nc.end_stdin();
    assert_eq!(read_all(&peer), "late");
    let (status, _, stderr) = nc.end();
    assert!(status.success(), "{stderr}");
}

#[test]
fn nc_fails_when_the_peer_takes_no_more_and_input_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut nc = Example::start("nc", &[&address.to_string()]);
    let (peer, _) = listener.accept().unwrap();
    drop(peer);
    let mut stdin = nc.stdin.take().unwrap();
    // The first bytes bring the answer that nobody is there. nc ends though the input has not.
    let (status, _, stderr) = std::thread::scope(|scope| {
        scope.spawn(|| while stdin.write_all(b"anyone?\n").is_ok() {});
        nc.end()
    });
    assert_eq!(status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains(&format!("cannot send to {address}")),
        "{stderr}"
    );
}

#[test]
fn nc_does_not_take_a_reset_for_an_end() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut nc = Example::start("nc", &[&address.to_string()]);
    nc.send("x");
    let (mut peer, _) = listener.accept().unwrap();
    peer.read_exact(&mut [0]).unwrap();
    socket2::SockRef::from(&peer)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(peer);
    let (status, _, stderr) = nc.end();
    assert_eq!(status.code(), Some(1));
    assert!(stderr.contains(&format!("from {address}")), "{stderr}");
    assert!(stderr.contains("reset"), "{stderr}");
}

#[test]
fn nc_listens_for_one_connection_and_refuses_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nc.sock");
    let (mut nc, endpoint) = Example::nc_listening(&format!("unix:{}", path.display()));
    assert_eq!(endpoint, format!("unix:{}", path.display()));
    let mut peer = UnixStream::connect(&path).unwrap();
    let expected = format!("connection from process {}", std::process::id());
    assert_eq!(nc.line_of_stderr(), expected);
    assert!(!path.exists());

    peer.write_all(b"question").unwrap();
    nc.send("answer");
    let mut answer = [0; 6];
    peer.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"answer");
    drop(peer);
    nc.end_stdin();
    let (status, stdout, stderr) = nc.end();
    assert!(status.success(), "{stderr}");
    assert_eq!(stdout, "question");
}

#[test]
fn nc_names_every_attempt_of_a_dial_that_failed() {
    // Bound and not listening: refused, and nobody else gets the port meanwhile.
    let taken = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let any: std::net::SocketAddr = "127.0.0.1:0".parse().unwrap();
    taken.bind(&any.into()).unwrap();
    let address = taken.local_addr().unwrap().as_socket().unwrap();
    let (status, stdout, stderr) = Example::start("nc", &[&address.to_string()]).end();
    assert_eq!((status.code(), stdout.as_str()), (Some(1), ""));
    let expected = format!("cannot connect to {address}: {address}: ");
    assert!(stderr.contains(&expected), "{stderr}");
    assert!(stderr.contains("refused"), "{stderr}");
}

#[test]
fn nc_gives_up_dialing_when_told() {
    // A listener whose queue is full answers nobody.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("full.sock");
    let address = socket2::SockAddr::unix(&path).unwrap();
    let socket = || {
        let kind = socket2::Type::STREAM.nonblocking();
        socket2::Socket::new(socket2::Domain::UNIX, kind, None).unwrap()
    };
    let busy = socket();
    busy.bind(&address).unwrap();
    busy.listen(0).unwrap();
    let waiting: Vec<_> = std::iter::repeat_with(socket)
        .take_while(|client| client.connect(&address).is_ok())
        .collect();
    assert!(!waiting.is_empty());

    let endpoint = format!("unix:{}", path.display());
    let (status, _, stderr) = Example::start("nc", &["--timeout", "0.1", &endpoint]).end();
    assert_eq!(status.code(), Some(1));
    assert!(stderr.contains("within 100ms"), "{stderr}");

    let (status, _, stderr) = Example::start("nc", &["--timeout", "soon", &endpoint]).end();
    assert_eq!(status.code(), Some(1));
    assert!(
        stderr.contains("\"soon\" is no number of seconds"),
        "{stderr}"
    );
}
