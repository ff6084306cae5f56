//! Large and many: what goes in comes out, byte for byte, and connections are used again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use wharf_interop_tests::content::{MIB, random_file, sha256_of_file};
use wharf_interop_tests::{Home, PATIENCE, Process, Server, peer};

const LARGE: usize = 100 * MIB;

#[test]
fn a_large_file_comes_down_unchanged() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let folder = home.folder("site");
    let sent = random_file(&folder.join("large.bin"), 11, LARGE);
    let server = Server::of_folder(&home, &folder);
    for version in ["1.2", "1.3"] {
        let got = home.beside("got.bin");
        let mut command = curl.command();
        command.arg("--cacert").arg(home.root());
        command.args(["--tls-max", version, "--output"]).arg(&got);
        let _ = Process::run(command.arg(server.https("/large.bin"))).success();
        assert_eq!(sha256_of_file(&got), sent, "TLS {version}");
        fs::remove_file(&got).unwrap();
    }
}

/// Sends a large file to `/echo` and compares what comes back.
#[track_caller]
fn echo(args: &[&str], sends: &str) {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let file = home.beside("large.bin");
    let sent = random_file(&file, 13, LARGE);
    let got = home.beside("got.bin");
    let server = Server::start(&home, &[]);
    let mut command = curl.command();
    command.arg("--cacert").arg(home.root());
    command.args(["--verbose", "--output"]).arg(&got).args(args);
    command.args([sends.replace("FILE", file.to_str().unwrap()).as_str()]);
    let done = Process::run(command.arg(server.https("/echo"))).success();
    assert!(done.stderr.contains("< HTTP/1.1 200"), "{done}");
    let is_chunked = done.stderr.contains("> Transfer-Encoding: chunked");
    assert_eq!(
        is_chunked,
        args.contains(&"Transfer-Encoding: chunked"),
        "{done}"
    );
    assert_eq!(sha256_of_file(&got), sent);
}

#[test]
fn a_large_upload_with_a_length_is_echoed_unchanged() {
    echo(&["--upload-file"], "FILE");
}

#[test]
fn a_large_post_with_a_length_is_echoed_unchanged() {
    echo(&["--request", "POST", "--data-binary"], "@FILE");
}

#[test]
fn a_large_chunked_upload_is_echoed_unchanged() {
    echo(
        &["--header", "Transfer-Encoding: chunked", "--upload-file"],
        "FILE",
    );
}

#[test]
fn a_client_that_waits_for_100_is_told_to_go_on() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    // curl would send after a second all the same; others wait for as long as it takes.
    let patient = ["--expect100-timeout", "60", "--max-time", "10"];
    for sends in [
        &["--data", "small"][..],
        &["--request", "PUT", "--data", "small"],
    ] {
        let url = server.https("/echo");
        let expect = ["--header", "Expect: 100-continue", &url];
        let fetched = curl.fetch(&home, &[&patient[..], &expect, sends].concat());
        assert_eq!(fetched.text(), "small", "{fetched}");
        assert!(fetched.log().contains("< HTTP/1.1 100"), "{fetched}");
    }
}

#[test]
fn a_refused_upload_is_answered_before_it_is_sent() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let args = [
        "--expect100-timeout",
        "60",
        "--max-time",
        "10",
        "--data",
        "small",
    ];
    let expect = [
        "--header",
        "Expect: 100-continue",
        &server.https("/nothing"),
    ];
    let fetched = curl.fetch(&home, &[&args[..], &expect].concat());
    assert_eq!(fetched.status(), 404, "{fetched}");
    assert_eq!(fetched.number("size_upload"), 0, "{fetched}");
}

/// A file of options for curl: this many URLs, their content thrown away.
fn requests(path: &Path, url: &str, count: usize) {
    let line = format!("url = \"{url}\"\noutput = \"/dev/null\"\n");
    fs::write(path, line.repeat(count)).unwrap();
}

#[test]
fn five_hundred_parallel_requests_are_all_answered() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let config = home.beside("requests");
    requests(&config, &server.https("/"), 500);
    let mut command = curl.command();
    command.args(["--parallel", "--parallel-max", "50", "--write-out"]);
    command.arg("%{http_code} %{num_connects}\n");
    command.arg("--cacert").arg(home.root());
    let done = Process::run(command.arg("--config").arg(&config)).success();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for line in done.text().lines() {
        *seen.entry(line.to_owned()).or_default() += 1;
    }
    let answered: usize = seen.values().sum();
    let connects = seen.get("200 1").copied().unwrap_or(0);
    let reused = seen.get("200 0").copied().unwrap_or(0);
    assert_eq!((answered, connects + reused), (500, 500), "{seen:?}");
    assert!(connects <= 50, "connections were not kept: {seen:?}");
}

#[test]
fn each_of_many_connections_is_used_again_and_again() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let folder = home.folder("site");
    fs::write(folder.join("small.txt"), "small").unwrap();
    let server = Server::of_folder(&home, &folder);
    let config = home.beside("requests");
    requests(&config, &server.https("/small.txt"), 20);
    let clients: Vec<_> = (0..16)
        .map(|_| {
            let mut command = curl.command();
            command.args(["--write-out", "%{http_code} %{num_connects}\n"]);
            command.arg("--cacert").arg(home.root());
            Process::spawn(command.arg("--config").arg(&config))
        })
        .collect();
    let mut expected = String::from("200 1\n");
    for _ in 1..20 {
        let _ = expected.write_str("200 0\n");
    }
    for client in clients {
        assert_eq!(client.finish(PATIENCE).success().text(), expected);
    }
}

#[test]
fn many_large_transfers_at_once_do_not_mix() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let transfers: Vec<_> = (0..8)
        .map(|seed| {
            let file = home.beside(&format!("{seed}.bin"));
            let got = home.beside(&format!("{seed}.got"));
            let sent = random_file(&file, seed, 4 * MIB);
            let mut command = curl.command();
            command.arg("--cacert").arg(home.root());
            command
                .arg("--upload-file")
                .arg(&file)
                .arg("--output")
                .arg(&got);
            (
                Process::spawn(command.arg(server.https("/echo"))),
                got,
                sent,
            )
        })
        .collect();
    for (process, got, sent) in transfers {
        let _ = process.finish(PATIENCE).success();
        assert_eq!(sha256_of_file(&got), sent);
    }
}
