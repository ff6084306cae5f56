//! Streams of `wharf-net` against socat and Ncat, in both roles: TCP, Unix sockets, half-close, reset.

use std::io::ErrorKind;
use std::process::Command;

use rustix::process::Signal;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use wharf_interop_tests::content::{MIB, random, sha256};
use wharf_interop_tests::{Echo, PATIENCE, Process, example, has_ipv6_loopback, peer};
use wharf_net::{Addr, Bind, Conn, Dialer, Endpoint, Listener, UnixName};

const LARGE: usize = 16 * MIB;

/// A folder for Unix sockets, and a name that no other test has.
struct Names {
    folder: TempDir,
}

impl Names {
    fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    fn path(&self) -> String {
        self.folder.path().join("s").to_str().unwrap().to_owned()
    }

    fn abstract_name(&self) -> String {
        let name = self.folder.path().file_name().unwrap();
        format!("wharf-interop-{}", name.to_str().unwrap())
    }

    /// Where to listen: on each kind of address.
    fn endpoints(&self) -> Vec<String> {
        let mut endpoints = vec![
            "127.0.0.1:0".to_owned(),
            format!("unix:{}", self.path()),
            format!("unix:@{}", self.abstract_name()),
        ];
        if has_ipv6_loopback() {
            endpoints.push("[::1]:0".to_owned());
        }
        endpoints
    }
}

async fn listen(endpoint: &str) -> Listener {
    Listener::bind(&endpoint.parse().unwrap(), &Bind::default())
        .await
        .unwrap()
}

async fn accept(listener: &mut Listener) -> Conn {
    let accepted = timeout(PATIENCE, listener.accept()).await;
    accepted.expect("nobody connects").unwrap()
}

async fn dial(endpoint: &str) -> Conn {
    let dialed = Dialer::default().dial(&endpoint.parse().unwrap()).await;
    dialed.unwrap_or_else(|error| panic!("{error}"))
}

/// Everything up to the peer's end.
async fn read_all(conn: &mut Conn) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = timeout(PATIENCE, conn.read_to_end(&mut bytes)).await;
    read.expect("no end comes").unwrap();
    bytes
}

/// So many bytes.
async fn read(conn: &mut Conn, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    let read = timeout(PATIENCE, conn.read_exact(&mut bytes)).await;
    read.expect("the bytes do not come").unwrap();
    bytes
}

async fn error_of_reading(conn: &mut Conn) -> ErrorKind {
    let read = timeout(PATIENCE, conn.read_u8()).await;
    read.expect("nothing comes").unwrap_err().kind()
}

fn wait_for_line(process: &Process, text: &str) {
    process.wait_for_stderr(|line| line.contains(text).then_some(()));
}

// Foreign clients.

/// A client sends much, then its end, and has all of it back.
async fn echoes_much(client: impl Fn(&Addr) -> Option<Command>) {
    let sent = random(3, LARGE);
    for endpoint in Names::new().endpoints() {
        let echo = Echo::start(&endpoint).await;
        let Some(mut command) = client(&echo.address) else {
            continue;
        };
        let mut process = Process::spawn_with_stdin(&mut command);
        process.write(&sent);
        process.close_stdin();
        let finished = process.finish(PATIENCE).success();
        assert_eq!(sha256(&finished.stdout), sha256(&sent), "{endpoint}");
        assert_eq!(echo.stop().await.finished, 1, "{endpoint}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn socat_has_back_all_that_it_sends() {
    let Some(socat) = peer::socat() else { return };
    echoes_much(|server| Some(socat.client(server, ""))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ncat_has_back_all_that_it_sends() {
    let Some(ncat) = peer::ncat() else { return };
    let knows = |server: &Addr| !server.to_string().starts_with("unix:@");
    echoes_much(|server| knows(server).then(|| ncat.client(server, &[]))).await;
}

/// The answer is sent only when the client's end has come.
async fn answers_after_the_end(client: impl Fn(&Addr) -> Command, endpoint: &str) {
    let mut listener = listen(endpoint).await;
    let mut process = Process::spawn_with_stdin(&mut client(&listener.local_addr()));
    process.write(b"question");
    let mut conn = accept(&mut listener).await;
    assert_eq!(read(&mut conn, 8).await, b"question");
    process.close_stdin();
    assert_eq!(read_all(&mut conn).await, b"");
    conn.write_all(b"answer").await.unwrap();
    assert_eq!(conn.close(&Default::default()).await.unwrap(), 0);
    let finished = process.finish(PATIENCE).success();
    assert_eq!(finished.text(), "answer", "{endpoint}");
}

#[tokio::test]
async fn a_client_that_has_ended_its_side_is_answered() {
    let (Some(socat), Some(ncat)) = (peer::socat(), peer::ncat()) else {
        return;
    };
    let names = Names::new();
    for endpoint in names.endpoints() {
        answers_after_the_end(|server| socat.client(server, ""), &endpoint).await;
        if !endpoint.starts_with("unix:@") {
            answers_after_the_end(|server| ncat.client(server, &[]), &endpoint).await;
        }
    }
}

/// The server ends its side first and reads on.
async fn hears_after_its_own_end(client: impl Fn(&Addr) -> Command, endpoint: &str) {
    let mut listener = listen(endpoint).await;
    let mut process = Process::spawn_with_stdin(&mut client(&listener.local_addr()));
    let mut conn = accept(&mut listener).await;
    conn.write_all(b"all I have to say").await.unwrap();
    conn.shutdown().await.unwrap();
    process.wait_for_stdout(|bytes| (bytes == b"all I have to say").then_some(()));
    process.write(b"and I have this");
    assert_eq!(read(&mut conn, 15).await, b"and I have this");
    process.close_stdin();
    assert_eq!(read_all(&mut conn).await, b"");
    let _ = process.finish(PATIENCE).success();
}

#[tokio::test]
async fn a_client_goes_on_after_our_end() {
    let (Some(socat), Some(ncat)) = (peer::socat(), peer::ncat()) else {
        return;
    };
    let names = Names::new();
    for endpoint in names.endpoints() {
        hears_after_its_own_end(|server| socat.client(server, ""), &endpoint).await;
        if !endpoint.starts_with("unix:@") {
            hears_after_its_own_end(|server| ncat.client(server, &[]), &endpoint).await;
        }
    }
}

#[tokio::test]
async fn a_client_that_never_ends_its_side_is_ended_by_ours() {
    let Some(ncat) = peer::ncat() else { return };
    let mut listener = listen("127.0.0.1:0").await;
    let mut command = ncat.client(&listener.local_addr(), &["--no-shutdown"]);
    let mut process = Process::spawn_with_stdin(&mut command);
    process.write(b"question");
    process.close_stdin();
    let mut conn = accept(&mut listener).await;
    assert_eq!(read(&mut conn, 8).await, b"question");
    conn.write_all(b"answer").await.unwrap();
    assert_eq!(conn.close(&Default::default()).await.unwrap(), 0);
    assert_eq!(process.finish(PATIENCE).success().text(), "answer");
}

#[tokio::test]
async fn the_reset_of_a_client_is_an_error_and_no_end() {
    let Some(socat) = peer::socat() else { return };
    let mut listener = listen("127.0.0.1:0").await;
    let mut command = socat.client(&listener.local_addr(), ",linger=0");
    let mut process = Process::spawn_with_stdin(&mut command);
    process.write(b"x");
    let mut conn = accept(&mut listener).await;
    assert_eq!(read(&mut conn, 1).await, b"x");
    // Killed, it cannot shut its side down; with no time to linger, the kernel resets.
    process.signal(Signal::KILL);
    assert_eq!(
        error_of_reading(&mut conn).await,
        ErrorKind::ConnectionReset
    );
}

#[tokio::test]
async fn our_reset_is_an_error_to_a_client() {
    let Some(socat) = peer::socat() else { return };
    let mut listener = listen("127.0.0.1:0").await;
    let mut process = Process::spawn_with_stdin(&mut socat.client(&listener.local_addr(), ""));
    process.write(b"x");
    let mut conn = accept(&mut listener).await;
    assert_eq!(read(&mut conn, 1).await, b"x");
    conn.reset().unwrap();
    wait_for_line(&process, "Connection reset by peer");
}

// Foreign servers.

/// socat's listening addresses, each with where to dial it; the port stands for `{}`.
fn socat_servers(names: &Names) -> Vec<(String, String)> {
    let (path, name) = (names.path(), names.abstract_name());
    let mut servers = vec![
        (
            "TCP4-LISTEN:0,bind=127.0.0.1".to_owned(),
            "127.0.0.1:{}".to_owned(),
        ),
        (format!("UNIX-LISTEN:{path}"), format!("unix:{path}")),
        (format!("ABSTRACT-LISTEN:{name}"), format!("unix:@{name}")),
    ];
    if has_ipv6_loopback() {
        servers.push(("TCP6-LISTEN:0,bind=[::1]".to_owned(), "[::1]:{}".to_owned()));
    }
    servers
}

#[tokio::test]
async fn all_that_is_sent_to_socat_comes_back() {
    let Some(socat) = peer::socat() else { return };
    let sent = random(5, LARGE);
    for (listening, endpoint) in socat_servers(&Names::new()) {
        let (process, port) = socat.server(&listening, "EXEC:cat");
        let conn = dial(&endpoint.replace("{}", &port.to_string())).await;
        let (mut from, mut to) = tokio::io::split(conn);
        let sending = async {
            to.write_all(&sent).await.unwrap();
            to.shutdown().await.unwrap();
        };
        let mut got = Vec::new();
        let both = async { tokio::join!(sending, from.read_to_end(&mut got)).1 };
        timeout(PATIENCE, both).await.expect("no end").unwrap();
        assert_eq!(sha256(&got), sha256(&sent), "{listening}");
        let _ = process.finish(PATIENCE).success();
    }
}

async fn is_answered_after_its_end(mut server: Process, endpoint: &str) {
    let mut conn = dial(endpoint).await;
    conn.write_all(b"question").await.unwrap();
    conn.shutdown().await.unwrap();
    server.wait_for_stdout(|bytes| (bytes == b"question").then_some(()));
    server.write(b"answer");
    server.close_stdin();
    assert_eq!(read_all(&mut conn).await, b"answer", "{endpoint}");
    drop(conn);
    let _ = server.finish(PATIENCE).success();
}

async fn is_heard_after_the_end_of(mut server: Process, endpoint: &str) {
    let mut conn = dial(endpoint).await;
    server.write(b"greeting");
    server.close_stdin();
    assert_eq!(read_all(&mut conn).await, b"greeting", "{endpoint}");
    conn.write_all(b"thanks").await.unwrap();
    conn.shutdown().await.unwrap();
    let finished = server.finish(PATIENCE).success();
    assert_eq!(finished.text(), "thanks", "{endpoint}");
}

#[tokio::test]
async fn either_side_of_a_connection_to_socat_may_end_first() {
    let Some(socat) = peer::socat() else { return };
    for (listening, endpoint) in socat_servers(&Names::new()) {
        let (server, port) = socat.server(&listening, "STDIO");
        is_answered_after_its_end(server, &endpoint.replace("{}", &port.to_string())).await;
        let (server, port) = socat.server(&listening, "STDIO");
        is_heard_after_the_end_of(server, &endpoint.replace("{}", &port.to_string())).await;
    }
}

/// The other order does not work with it: a server of Ncat ends as a whole when its client ends its side.
#[tokio::test]
async fn ncat_hears_us_after_its_own_end() {
    let Some(ncat) = peer::ncat() else { return };
    let (server, port) = ncat.server();
    is_heard_after_the_end_of(server, &format!("127.0.0.1:{port}")).await;
    let names = Names::new();
    let server = ncat.server_at(&names.path());
    is_heard_after_the_end_of(server, &format!("unix:{}", names.path())).await;
}

#[tokio::test]
async fn the_reset_of_a_server_is_an_error_and_no_end() {
    let Some(socat) = peer::socat() else { return };
    let (mut server, port) = socat.server("TCP4-LISTEN:0,bind=127.0.0.1,linger=0", "STDIO");
    let mut conn = dial(&format!("127.0.0.1:{port}")).await;
    server.write(b"x");
    assert_eq!(read(&mut conn, 1).await, b"x");
    server.signal(Signal::KILL);
    assert_eq!(
        error_of_reading(&mut conn).await,
        ErrorKind::ConnectionReset
    );
}

fn nc(port: u16) -> Process {
    let mut command = Command::new(example("nc"));
    Process::spawn_with_stdin(command.arg(format!("127.0.0.1:{port}")))
}

#[test]
fn the_nc_example_is_answered_by_socat_after_the_end_of_its_input() {
    let Some(socat) = peer::socat() else { return };
    let (mut server, port) = socat.server("TCP4-LISTEN:0,bind=127.0.0.1", "STDIO");
    let mut nc = nc(port);
    nc.write(b"question");
    nc.close_stdin();
    server.wait_for_stdout(|bytes| (bytes == b"question").then_some(()));
    server.write(b"answer");
    server.close_stdin();
    assert_eq!(nc.finish(PATIENCE).success().text(), "answer");
    let _ = server.finish(PATIENCE).success();
}

#[test]
fn the_nc_example_ends_when_both_its_input_and_ncat_have() {
    let Some(ncat) = peer::ncat() else { return };
    let (mut server, port) = ncat.server();
    let mut nc = nc(port);
    nc.write(b"question");
    server.wait_for_stdout(|bytes| (bytes == b"question").then_some(()));
    server.write(b"answer");
    server.close_stdin();
    nc.close_stdin();
    assert_eq!(nc.finish(PATIENCE).success().text(), "answer");
    let _ = server.finish(PATIENCE).success();
}

// Between the two.

/// Starts the proxy example and returns where it listens.
fn tcp_proxy(listen: &str, to: &str) -> (Process, Addr) {
    let mut command = Command::new(example("tcp_proxy"));
    let process = Process::spawn(command.args(["--listen", listen, "--to", to]));
    let endpoint = process.wait_for_stdout(|bytes| {
        let text = str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
        text.parse::<Endpoint>().ok()
    });
    let address = match endpoint {
        Endpoint::Inet(address) => address.into(),
        Endpoint::Unix(name) => Addr::Unix(name),
        other => panic!("it listens on {other}"),
    };
    (process, address)
}

#[track_caller]
fn stops(proxy: Process, report: &str) {
    proxy.signal(Signal::TERM);
    let finished = proxy.finish(PATIENCE).success();
    assert!(finished.stderr.contains(report), "{finished}");
    assert!(finished.stderr.contains("served 1, cut 0"), "{finished}");
}

#[test]
fn much_goes_both_ways_between_every_two_kinds_of_address() {
    let (Some(socat), Some(ncat)) = (peer::socat(), peer::ncat()) else {
        return;
    };
    let sent = random(7, LARGE);
    let (near, far) = (Names::new(), Names::new());
    for listen in near.endpoints() {
        for (listening, to) in socat_servers(&far) {
            let (server, port) = socat.server(&listening, "EXEC:cat");
            let (proxy, address) = tcp_proxy(&listen, &to.replace("{}", &port.to_string()));
            let mut command = match &address {
                Addr::Unix(UnixName::Abstract(_)) => socat.client(&address, ""),
                _ => ncat.client(&address, &[]),
            };
            let mut client = Process::spawn_with_stdin(&mut command);
            client.write(&sent);
            client.close_stdin();
            let got = client.finish(PATIENCE).success().stdout;
            assert_eq!(sha256(&got), sha256(&sent), "{listen} to {listening}");
            let _ = server.finish(PATIENCE).success();
            stops(proxy, &format!("{LARGE} bytes up, {LARGE} down: finished"));
        }
    }
}

#[test]
fn the_end_of_either_side_is_passed_on_and_the_other_way_stays_open() {
    let (Some(socat), Some(ncat)) = (peer::socat(), peer::ncat()) else {
        return;
    };
    // socat's end first, then that of its client.
    let (mut server, port) = socat.server("TCP4-LISTEN:0,bind=127.0.0.1", "STDIO");
    let (proxy, address) = tcp_proxy("127.0.0.1:0", &format!("127.0.0.1:{port}"));
    let mut client = Process::spawn_with_stdin(&mut ncat.client(&address, &[]));
    server.write(b"greeting");
    server.close_stdin();
    client.wait_for_stdout(|bytes| (bytes == b"greeting").then_some(()));
    client.write(b"thanks");
    client.close_stdin();
    assert_eq!(server.finish(PATIENCE).success().text(), "thanks");
    let _ = client.finish(PATIENCE).success();
    stops(proxy, "6 bytes up, 8 down: finished");

    // The other order, into Ncat.
    let (mut server, port) = ncat.server();
    let (proxy, address) = tcp_proxy("127.0.0.1:0", &format!("127.0.0.1:{port}"));
    let mut client = Process::spawn_with_stdin(&mut socat.client(&address, ""));
    client.write(b"question");
    server.wait_for_stdout(|bytes| (bytes == b"question").then_some(()));
    server.write(b"answer");
    client.wait_for_stdout(|bytes| (bytes == b"answer").then_some(()));
    client.close_stdin();
    let _ = server.finish(PATIENCE).success();
    let _ = client.finish(PATIENCE).success();
    stops(proxy, "8 bytes up, 6 down: finished");
}

#[test]
fn a_reset_is_passed_on_as_one() {
    let Some(socat) = peer::socat() else { return };
    let (mut server, port) = socat.server("TCP4-LISTEN:0,bind=127.0.0.1,linger=0", "STDIO");
    let (_proxy, address) = tcp_proxy("127.0.0.1:0", &format!("127.0.0.1:{port}"));
    let client = Process::spawn_with_stdin(&mut socat.client(&address, ""));
    server.write(b"x");
    client.wait_for_stdout(|bytes| (bytes == b"x").then_some(()));
    server.signal(Signal::KILL);
    wait_for_line(&client, "Connection reset by peer");
}
