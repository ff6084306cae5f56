//! curl reaches `wharf serve` over HTTPS, and is not fooled.

use wharf_interop_tests::{Home, Process, Server, has_ipv6_loopback, peer};

/// curl's exit code for a certificate that it does not accept, for whatever reason.
const CERTIFICATE_REFUSED: i32 = 60;

#[test]
fn a_server_of_our_ca_is_verified_over_tls_1_3() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let fetched = curl.fetch(&home, &[&server.https("/")]);
    assert_eq!(fetched.exit(), 0, "{fetched}");
    assert_eq!(fetched.status(), 200, "{fetched}");
    assert_eq!(fetched.number("ssl_verify_result"), 0, "{fetched}");
    assert_eq!(fetched.tls_version(), Some("TLSv1.3"), "{fetched}");
    assert!(
        fetched
            .field("content-type")
            .unwrap()
            .starts_with("text/plain"),
        "{fetched}"
    );
    assert!(fetched.text().contains("TLSv1.3"), "{fetched}");
}

#[test]
fn a_client_that_stops_at_tls_1_2_is_served() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let fetched = curl.fetch(&home, &["--tls-max", "1.2", &server.https("/")]);
    assert_eq!(fetched.status(), 200, "{fetched}");
    assert_eq!(fetched.number("ssl_verify_result"), 0, "{fetched}");
    assert_eq!(fetched.tls_version(), Some("TLSv1.2"), "{fetched}");
    assert!(fetched.text().contains("TLSv1.2"), "{fetched}");
}

#[test]
fn a_client_that_does_not_trust_the_root_refuses_the_server() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let fetched = curl.fetch_plain(&[&server.https("/")]);
    assert_eq!(fetched.exit(), CERTIFICATE_REFUSED, "{fetched}");
    assert_eq!(fetched.status(), 0, "{fetched}");
    // 19 of OpenSSL is a self-signed certificate in the chain, 20 an issuer that is not there.
    assert_eq!(fetched.number("ssl_verify_result"), 20, "{fetched}");
}

#[test]
fn the_root_of_another_home_does_not_vouch_for_the_server() {
    let Some(curl) = peer::curl() else { return };
    let (home, other) = (Home::new(), Home::new());
    let server = Server::start(&home, &[]);
    let _ = Process::run(&mut other.wharf(&["ca", "init"])).success();
    let fetched = curl.fetch(&other, &[&server.https("/")]);
    assert_eq!(fetched.exit(), CERTIFICATE_REFUSED, "{fetched}");
}

#[test]
fn a_name_that_the_certificate_does_not_have_is_refused() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let resolve = format!("other.test:{}:127.0.0.1", server.port());
    let url = format!("https://other.test:{}/", server.port());
    let fetched = curl.fetch(&home, &["--resolve", &resolve, &url]);
    assert_eq!(fetched.exit(), CERTIFICATE_REFUSED, "{fetched}");
}

#[test]
fn further_names_and_addresses_are_in_the_certificate() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let names = [
        "--name",
        "app.test",
        "--name",
        "*.wild.test",
        "--name",
        "192.0.2.7",
    ];
    let server = Server::start(&home, &names);
    for host in ["app.test", "one.wild.test", "192.0.2.7", "localhost"] {
        let target = format!("{host}:{}:127.0.0.1:{}", server.port(), server.port());
        let url = format!("https://{host}:{}/", server.port());
        let fetched = curl.fetch(&home, &["--connect-to", &target, &url]);
        assert_eq!(fetched.status(), 200, "{host}: {fetched}");
    }
    // A wildcard stands for one label.
    for host in ["wild.test", "a.b.wild.test", "192.0.2.8"] {
        let target = format!("{host}:{}:127.0.0.1:{}", server.port(), server.port());
        let url = format!("https://{host}:{}/", server.port());
        let fetched = curl.fetch(&home, &["--connect-to", &target, &url]);
        assert_eq!(fetched.exit(), CERTIFICATE_REFUSED, "{host}: {fetched}");
    }
}

#[test]
fn the_loopback_address_is_verified_as_an_address() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let url = format!("https://127.0.0.1:{}/", server.port());
    let fetched = curl.fetch(&home, &[&url]);
    assert_eq!(fetched.status(), 200, "{fetched}");
}

#[test]
fn one_listener_on_every_address_serves_both_families() {
    let Some(curl) = peer::curl() else { return };
    if !has_ipv6_loopback() {
        return peer::skip("this machine has no ::1");
    }
    let home = Home::new();
    let server = Server::start(&home, &["--listen", "[::]:0"]);
    for host in ["[::1]", "127.0.0.1", "localhost"] {
        let url = format!("https://{host}:{}/", server.port());
        let fetched = curl.fetch(&home, &[&url]);
        assert_eq!(fetched.status(), 200, "{host}: {fetched}");
    }
}

#[test]
fn an_ipv6_listener_is_verified_as_an_address() {
    let Some(curl) = peer::curl() else { return };
    if !has_ipv6_loopback() {
        return peer::skip("this machine has no ::1");
    }
    let home = Home::new();
    let server = Server::start(&home, &["--listen", "[::1]:0"]);
    let url = format!("https://[::1]:{}/", server.port());
    let fetched = curl.fetch(&home, &[&url]);
    assert_eq!(fetched.status(), 200, "{fetched}");
}

#[test]
fn plain_http_is_sent_on_to_the_same_path_and_query() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let fetched = curl.fetch_plain(&[&server.http("/a%20b/c?d=e&f=%2F")]);
    assert_eq!(fetched.status(), 308, "{fetched}");
    let location = server.https("/a%20b/c?d=e&f=%2F");
    assert_eq!(
        fetched.field("location"),
        Some(location.as_str()),
        "{fetched}"
    );
}

#[test]
fn a_post_survives_the_redirect_with_its_content() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let fetched = curl.fetch(
        &home,
        &["--location", "--data", "kept", &server.http("/echo")],
    );
    assert_eq!(fetched.status(), 200, "{fetched}");
    assert_eq!(fetched.number("num_redirects"), 1, "{fetched}");
    assert_eq!(fetched.text(), "kept", "{fetched}");
}

#[test]
fn the_plain_listener_can_be_turned_off() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let server = Server::start(&home, &["--http", "off"]);
    let fetched = curl.fetch(&home, &[&server.https("/")]);
    assert_eq!(fetched.status(), 200, "{fetched}");
}

#[test]
fn plain_http_at_the_https_port_is_told_what_is_wrong() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let url = format!("http://localhost:{}/", server.port());
    let fetched = curl.fetch_plain(&[&url]);
    assert_eq!(fetched.exit(), 0, "{fetched}");
    assert_eq!(fetched.status(), 400, "{fetched}");
    assert!(fetched.text().to_lowercase().contains("https"), "{fetched}");
    // The listener serves on.
    let fetched = curl.fetch(&home, &[&server.https("/")]);
    assert_eq!(fetched.status(), 200, "{fetched}");
}

#[test]
fn head_has_the_fields_of_get_and_no_content() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let got = curl.fetch(&home, &[&server.https("/")]);
    let head = curl.fetch(&home, &["--head", &server.https("/")]);
    assert_eq!(head.status(), 200, "{head}");
    assert_eq!(head.number("size_download"), 0, "{head}");
    assert_eq!(
        head.field("content-type"),
        got.field("content-type"),
        "{head}"
    );
}

#[test]
fn an_http_1_0_client_is_served() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    // With this flag curl offers `http/1.0` in ALPN, and nothing else.
    for alpn in ["--alpn", "--no-alpn"] {
        let fetched = curl.fetch(&home, &["--http1.0", alpn, &server.https("/")]);
        assert_eq!(fetched.status(), 200, "{alpn}: {fetched}");
        assert_eq!(fetched.field("connection"), Some("close"), "{fetched}");
    }
}

#[test]
fn what_is_not_there_is_404_and_a_wrong_method_405() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let fetched = curl.fetch(&home, &[&server.https("/nothing")]);
    assert_eq!(fetched.status(), 404, "{fetched}");
    let fetched = curl.fetch(&home, &["--data", "x", &server.https("/")]);
    assert_eq!(fetched.status(), 405, "{fetched}");
    assert!(fetched.field("allow").unwrap().contains("GET"), "{fetched}");
}

#[test]
fn the_line_on_stderr_can_be_pasted_into_a_shell() {
    if peer::curl().is_none() {
        return;
    }
    // What people's home folders are really called.
    let home = Home::named("Zoë's data $HOME `x`");
    let server = Server::start(&home, &[]);
    let line = server
        .process()
        .wait_for_stderr(|line| line.starts_with("curl --cacert ").then(|| line.to_owned()));
    assert!(line.ends_with(&server.https("/")), "{line}");
    let mut shell = std::process::Command::new("sh");
    shell.args([
        "-c",
        &format!("{line} --disable --noproxy '*' --max-time 30"),
    ]);
    let pasted = Process::run(&mut shell).success();
    assert!(pasted.text().contains("TLSv1.3"), "{pasted}");
}

#[test]
fn every_url_on_stdout_leads_to_the_server() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    for listen in ["127.0.0.1:0", "localhost:0", "127.0.0.2:0"] {
        let mut starting = Server::spawn(&home, &["--listen", listen, "--http", "off"]);
        let url = starting.process.wait_for_stdout(|bytes| {
            let text = String::from_utf8_lossy(bytes);
            text.split_once('\n').map(|(url, _)| url.to_owned())
        });
        let fetched = curl.fetch(&home, &[&url]);
        assert_eq!(fetched.status(), 200, "{listen}: {fetched}");
        starting.process.signal(rustix::process::Signal::TERM);
        starting.process.wait_within(wharf_interop_tests::PATIENCE);
    }
}
