//! Where connections lead, and who we are there.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::sync::mpsc::channel;
use std::thread;

use wharf_interop_tests::{Home, PATIENCE, Process, Server};

use crate::raw::{Raw, ok};
use crate::{command, fails, fetch};

#[test]
fn a_pinned_address_is_connected_to_and_the_name_is_asked_for() {
    let home = Home::new();
    let server = Server::start(&home, &["--name", "app.test"]);
    let pin = format!("app.test:{}:127.0.0.1", server.port());
    let url = format!("https://app.test:{}/", server.port());
    let _ = Process::run(&mut command(&home, &["--resolve", &pin, &url])).success();
    let place = format!("127.0.0.1:{}", server.port());
    let elsewhere = ["--connect-to", &place, "https://app.test/"];
    let _ = Process::run(&mut command(&home, &elsewhere)).success();
}

#[test]
fn a_unix_socket_is_connected_to() {
    let home = Home::new();
    let path = home.beside("socket");
    Raw::at(&path, &ok("from a socket"));
    let path = path.to_str().unwrap();
    let ended = fetch(&["--unix-socket", path, "localhost/info"]).success();
    assert_eq!(ended.text(), "from a socket");
    let ended = fetch(&["--connect-to", &format!("unix:{path}"), "http://a.test/"]).success();
    assert_eq!(ended.text(), "from a socket");
}

#[test]
fn a_proxy_is_used_when_told_to_and_the_environment_counts_only_then() {
    let proxy = Raw::with_content("by proxy");
    let at = format!("http://127.0.0.1:{}", proxy.port);
    let ended = fetch(&["-x", &at, "http://a.test/x"]).success();
    assert_eq!(ended.text(), "by proxy");
    assert!(
        proxy
            .request()
            .starts_with("GET http://a.test/x HTTP/1.1\r\n")
    );

    let direct = Raw::with_content("direct");
    let home = Home::new();
    let pin = format!("b.test:{}:127.0.0.1", direct.port);
    let url = format!("http://b.test:{}/", direct.port);
    let run = |args: &[&str]| {
        let mut fetch = command(&home, &["--resolve", &pin, &url]);
        Process::run(fetch.args(args).env("http_proxy", &at))
            .success()
            .text()
    };
    assert_eq!(run(&[]), "direct");
    assert_eq!(run(&["--proxy-env"]), "by proxy");
    assert_eq!(run(&["--proxy-env", "--noproxy", "b.test"]), "direct");
    assert_eq!(run(&["-x", &at, "--noproxy", "*"]), "direct");
}

#[test]
fn what_a_proxy_is_asked_and_answers_is_told() {
    let proxy = Raw::saying("HTTP/1.1 200 OK\r\n\r\n");
    let at = format!("http://me:secret@127.0.0.1:{}", proxy.port);
    // There is nothing behind it.
    let ended = fetch(&["-v", "-x", &at, "https://a.test/"]);
    let told = format!(
        "* asking the proxy http://127.0.0.1:{} for a connection\n\
         * the proxy has made it\n",
        proxy.port
    );
    assert!(ended.stderr.starts_with(&told), "{ended}");
    assert!(!ended.stderr.contains("secret"), "{ended}");

    let proxy = Raw::saying("HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n");
    let at = format!("http://127.0.0.1:{}", proxy.port);
    let ended = fails(97, &["-v", "-x", &at, "https://a.test/"]);
    assert!(ended.stderr.starts_with("* asking the proxy "), "{ended}");
    assert!(!ended.stderr.contains("has made"), "{ended}");
}

#[test]
fn a_proxy_of_the_environment_is_what_a_desktop_calls_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = format!("socks://{}/", listener.local_addr().unwrap());
    let home = Home::new();
    let mut fetch = command(&home, &["--proxy-env", "http://192.0.2.1/"]);
    let (tell, greetings) = channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut greeting = [0; 3];
        stream.read_exact(&mut greeting).unwrap();
        tell.send(greeting).unwrap();
    });
    let ended = Process::run(fetch.env("ALL_PROXY", &at));
    // It said nothing to that, and went.
    assert_eq!(ended.code(), Some(97), "{ended}");
    // RFC 1928: version 5, one method, that of no authentication.
    assert_eq!(greetings.recv_timeout(PATIENCE).unwrap(), [5, 1, 0]);
}

#[test]
fn an_address_that_is_not_public_is_denied_when_told_to() {
    let server = Raw::with_content("");
    let ended = fails(7, &["--deny-private", &server.url("/")]);
    assert!(ended.stderr.contains("hint: --deny-private"), "{ended}");
    let pin = format!("a.test:{}:127.0.0.1", server.port);
    let url = format!("http://a.test:{}/", server.port);
    fails(7, &["--deny-private", "--resolve", &pin, &url]);
}

#[test]
fn files_that_say_whom_to_trust_and_who_we_are_are_checked() {
    let home = Home::new();
    let bad = home.beside("bad.pem");
    fs::write(&bad, "nothing").unwrap();
    let (bad, missing) = (bad.to_str().unwrap(), "/nowhere/a.pem");
    for file in [bad, missing] {
        fails(77, &["--cacert", file, "https://127.0.0.1:1/"]);
        fails(58, &["--cert", file, "https://127.0.0.1:1/"]);
    }
}
