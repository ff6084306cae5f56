//! `--explain`: what it tells of servers that no one here wrote, and of ours.

mod failures;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use wharf_interop_tests::{Finished, Home, Process, Server, peer};

use crate::raw::{Raw, ok};
use crate::{command, fails, fetch};

/// What standard output says in JSON.
#[track_caller]
fn json(ended: &Finished) -> Value {
    serde_json::from_slice(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended}"))
}

/// What is at this place. There has to be something.
#[track_caller]
fn at<'a>(json: &'a Value, path: &str) -> &'a Value {
    let found = json.pointer(path).filter(|found| !found.is_null());
    found.unwrap_or_else(|| panic!("nothing at {path}: {json:#}"))
}

#[track_caller]
fn number(json: &Value, path: &str) -> u64 {
    let found = at(json, path).as_u64();
    found.unwrap_or_else(|| panic!("no number at {path}: {json:#}"))
}

/// A certificate for this machine, of the CA in this home: its chain and its key.
fn identity(home: &Home) -> [PathBuf; 2] {
    let folder = home.folder("identity");
    let out = folder.to_str().unwrap();
    let names = ["cert", "issue", "localhost", "127.0.0.1", "--out", out];
    let _ = Process::run(&mut home.wharf(&names)).success();
    ["localhost.pem", "localhost.key"].map(|name| folder.join(name))
}

/// Checks that each layer of one request to this URL is told, in each form.
fn check(home: &Home, name: &str, url: &str, content_bytes: u64) {
    let page = home.beside("page.html");
    let html = ["--html", page.to_str().unwrap(), "--force"];
    let args = [&["--explain", "--json", url][..], &html].concat();
    let told = json(&Process::run(&mut command(home, &args)).success());
    assert_eq!(*at(&told, "/outcome/status"), 200, "{name}");
    assert_eq!(*at(&told, "/outcome/exit_status"), 0, "{name}");
    assert_eq!(number(&told, "/content/bytes"), content_bytes, "{name}");
    let hop = at(&told, "/hops/0");
    assert_eq!(*at(hop, "/dials/0/attempts/0/ending"), "done", "{name}");
    assert!(
        number(hop, "/transfer/received_bytes") > content_bytes,
        "{name}"
    );
    assert!(number(hop, "/tcp/congestion_window_segments") > 0, "{name}");
    assert!(
        number(hop, "/tcp/received_bytes") >= content_bytes,
        "{name}"
    );
    let sent = at(hop, "/request/lines/0").as_str().unwrap();
    assert!(sent.starts_with("GET /"), "{name}: {sent}");
    let received = at(hop, "/responses/0/lines/0").as_str().unwrap();
    assert!(received.starts_with("HTTP/1.1 200"), "{name}: {received}");
    in_order(&told, name);
    if url.starts_with("https:") {
        secured(at(hop, "/handshakes/0"), name);
    }
    well_formed(&page);
    let text = Process::run(&mut command(home, &["--explain", url]))
        .success()
        .text();
    for line in [
        "Where the time went",
        "  Connection\n",
        "    > GET /",
        "  Transfer\n",
    ] {
        assert!(text.contains(line), "{name}: {line}\n{text}");
    }
}

/// What was chosen was offered, and the chain is told.
fn secured(handshake: &Value, name: &str) {
    for (chosen, offered) in [
        ("version", "versions"),
        ("cipher_suite", "cipher_suites"),
        ("named_group", "named_groups"),
        ("signature_scheme", "signature_schemes"),
    ] {
        let value = at(handshake, &format!("/chosen/{chosen}"));
        let values = at(handshake, &format!("/offered/{offered}"))
            .as_array()
            .unwrap();
        assert!(
            values.contains(value),
            "{name}: {chosen} {value} of {values:?}"
        );
    }
    assert_eq!(*at(handshake, "/chosen/kind"), "full", "{name}");
    signed_by_p256(handshake, name);
    assert_eq!(*at(handshake, "/offered/alpn/0"), "http/1.1", "{name}");
    let chain = at(handshake, "/certificates").as_array().unwrap();
    assert_eq!(chain.len(), 2, "{name}: {chain:?}");
    assert!(
        number(handshake, "/certificates/0/days_left") > 80,
        "{name}"
    );
    assert_eq!(
        *at(handshake, "/certificates/0/names/0"),
        "DNS:localhost",
        "{name}"
    );
}

/// The key of the server is one of P-256. In TLS 1.2 the scheme tells the hash alone, and OpenSSL likes longer ones.
fn signed_by_p256(handshake: &Value, name: &str) {
    let scheme = at(handshake, "/chosen/signature_scheme").as_str().unwrap();
    match at(handshake, "/chosen/version").as_str() {
        Some("TLSv1.3") => assert_eq!(scheme, "ecdsa_secp256r1_sha256", "{name}"),
        _ => assert!(scheme.starts_with("ecdsa_"), "{name}: {scheme}"),
    }
}

/// Every phase begins and ends within the time of all.
fn in_order(told: &Value, name: &str) {
    let total = number(told, "/duration_us");
    for hop in at(told, "/hops").as_array().unwrap() {
        let phases = at(hop, "/phases").as_array().unwrap();
        let times = phases.iter().map(|phase| number(phase, "/at_us"));
        assert!(times.is_sorted(), "{name}: {phases:?}");
        for phase in phases {
            let end = number(phase, "/at_us") + number(phase, "/duration_us");
            assert!(end <= total, "{name}: {total} {phase}");
        }
    }
}

/// Reads a page as strictly as Python can: all that is begun is ended, nothing runs, nothing is from elsewhere, and the
/// style is the only one that its policy allows.
const READER: &str = "
import base64, hashlib, sys
from html.parser import HTMLParser
VOID = {'meta', 'br', 'hr', 'rect'}
class Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.style, self.policy, self.links, self.ids = [], '', '', [], []
    def handle_starttag(self, tag, attrs):
        assert tag not in ('script', 'link', 'img', 'iframe', 'object', 'embed', 'base', 'form'), tag
        for name, value in attrs:
            assert name not in ('src', 'srcset', 'style', 'action') and not name.startswith('on'), (tag, name)
            if name == 'href': self.links.append(value)
            if name == 'id': self.ids.append(value)
            if dict(attrs).get('http-equiv') == 'Content-Security-Policy' and name == 'content': self.policy = value
        if tag not in VOID: self.open.append(tag)
    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
    def handle_endtag(self, tag):
        assert self.open.pop() == tag, (tag, self.getpos())
    def handle_data(self, data):
        if self.open[-1:] == ['style']: self.style += data
text = open(sys.argv[1], encoding='utf-8', newline='').read()
assert not [c for c in text if ord(c) < 32 and c != '\\n']
reader = Reader()
reader.feed(text)
reader.close()
assert reader.open == [], reader.open
assert all(link[0] == '#' and link[1:] in reader.ids for link in reader.links), reader.links
assert len(set(reader.ids)) == len(reader.ids), reader.ids
digest = base64.b64encode(hashlib.sha256(reader.style.encode()).digest()).decode()
assert reader.policy == f\"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\", reader.policy
assert 'url(' not in reader.style and '@import' not in reader.style
print('read')
";

#[track_caller]
fn well_formed(page: &Path) {
    let Some(python) = peer::python() else { return };
    let read = python.run(READER, &[page.to_str().unwrap()]).success();
    assert_eq!(read.text().trim(), "read");
}

#[test]
fn our_own_server_is_explained() {
    let home = Home::new();
    let folder = home.folder("site");
    fs::write(folder.join("a"), vec![b'a'; 100_000]).unwrap();
    fs::create_dir(folder.join("sub")).unwrap();
    fs::write(folder.join("sub/index.html"), "here").unwrap();
    let server = Server::of_folder(&home, &folder);
    check(&home, "wharf", &server.https("/a"), 100_000);

    // From http to https, and to the folder's page over the connection that was kept.
    let args = ["-L", "--explain=json", &server.http("/sub")];
    let told = json(&Process::run(&mut command(&home, &args)).success());
    let hops = at(&told, "/hops").as_array().unwrap();
    assert_eq!(hops.len(), 3, "{told:#}");
    assert_eq!(*at(&hops[0], "/reason"), "first");
    assert_eq!(*at(&hops[0], "/handshakes"), Value::Array(Vec::new()));
    assert_eq!(*at(&hops[1], "/reason"), "redirect");
    assert_eq!(*at(&hops[1], "/connection/is_kept"), false);
    assert_eq!(*at(&hops[2], "/connection/is_kept"), true);
    assert_eq!(*at(&hops[2], "/connection/made_for_hop"), 2);
    assert_eq!(number(&told, "/content/bytes"), 4);
    in_order(&told, "redirects");
    let args = ["-L", "--explain", &server.http("/sub")];
    let text = Process::run(&mut command(&home, &args)).success().text();
    assert!(text.contains("kept from request 2"), "{text}");
}

#[test]
fn nginx_is_explained() {
    let Some(nginx) = peer::nginx() else { return };
    let home = Home::new();
    let [chain, key] = identity(&home);
    let folder = home.folder("site");
    fs::write(folder.join("a"), vec![b'a'; 1_000_000]).unwrap();
    for (scheme, identity) in [("http", None), ("https", Some([&*chain, &*key]))] {
        let files = nginx.files(&folder, identity);
        let url = format!("{scheme}://127.0.0.1:{}/a", files.port);
        check(&home, "nginx", &url, 1_000_000);
    }
}

#[test]
fn go_and_node_are_explained() {
    for server in [peer::go_server(), peer::node_server()]
        .into_iter()
        .flatten()
    {
        let home = Home::new();
        let [chain, key] = identity(&home);
        for (scheme, identity) in [("http", None), ("https", Some([&*chain, &*key]))] {
            let serving = server.start(identity);
            for framing in ["length", "chunked"] {
                let url = format!("{scheme}://localhost:{}/{framing}/200000", serving.port);
                check(&home, server.name(), &url, 200_000);
            }
            let url = format!("{scheme}://localhost:{}/hints", serving.port);
            let args = ["--explain=json", &url];
            let told = json(&Process::run(&mut command(&home, &args)).success());
            assert_eq!(
                *at(&told, "/hops/0/responses/0/status"),
                103,
                "{}",
                server.name()
            );
            assert_eq!(
                *at(&told, "/hops/0/responses/1/status"),
                200,
                "{}",
                server.name()
            );
        }
    }
}

/// `openssl s_server` with these arguments, for a certificate of this home; and its port.
fn openssl(home: &Home, args: &[&str]) -> Option<(Process, u16)> {
    let openssl = peer::openssl()?;
    let [chain, key] = identity(home).map(|path| path.to_str().unwrap().to_owned());
    let mut command = openssl.command(&["s_server", "-www", "-accept", "127.0.0.1:0"]);
    command
        .args(["-cert", &chain, "-cert_chain", &chain, "-key", &key])
        .args(args);
    let process = Process::spawn(&mut command);
    let port = process.wait_for_stdout(|said| {
        let said = String::from_utf8_lossy(said).into_owned();
        let (_, rest) = said.split_once("ACCEPT 127.0.0.1:")?;
        rest.split_once('\n')?.0.trim().parse().ok()
    });
    Some((process, port))
}

#[test]
fn an_old_version_and_a_second_hello_are_told() {
    for (args, version, kind) in [
        (&["-tls1_2"][..], "TLSv1.2", "full"),
        (&["-groups", "P-384"], "TLSv1.3", "hello_retried"),
    ] {
        let home = Home::new();
        let Some((_process, port)) = openssl(&home, args) else {
            return;
        };
        let url = format!("https://localhost:{port}/");
        let ended = Process::run(&mut command(&home, &["--explain=json", &url])).success();
        let told = json(&ended);
        let handshake = at(&told, "/hops/0/handshakes/0");
        assert_eq!(*at(handshake, "/chosen/version"), version);
        assert_eq!(*at(handshake, "/chosen/kind"), kind);
        signed_by_p256(handshake, "openssl");
        if kind == "hello_retried" {
            assert_eq!(*at(handshake, "/chosen/named_group"), "secp384r1");
            let args = ["--explain", &url];
            let text = Process::run(&mut command(&home, &args)).success().text();
            assert!(text.contains("HelloRetryRequest"), "{text}");
        }
    }
}

#[test]
fn a_session_that_is_resumed_says_what_it_does_without() {
    for server in [peer::go_server(), peer::node_server()]
        .into_iter()
        .flatten()
    {
        let home = Home::new();
        let [chain, key] = identity(&home);
        let serving = server.start(Some([&*chain, &*key]));
        let url = format!("https://localhost:{}/moved", serving.port);
        let args = ["-L", "--explain=json", &url];
        let told = json(&Process::run(&mut command(&home, &args)).success());
        let first = at(&told, "/hops/0/handshakes/0");
        let second = at(&told, "/hops/1/handshakes/0");
        assert_eq!(*at(first, "/chosen/kind"), "full");
        assert_eq!(*at(first, "/offered/has_session"), false);
        assert_eq!(*at(second, "/chosen/kind"), "resumed");
        assert_eq!(*at(second, "/offered/has_session"), true);
        assert_eq!(second["chosen"]["signature_scheme"], Value::Null);
        assert_eq!(*at(second, "/are_of_session"), true);
        assert_eq!(*at(&told, "/hops/1/reason"), "redirect");
        let args = ["-L", "--explain", &url];
        let text = Process::run(&mut command(&home, &args)).success().text();
        let remark = "nothing is signed: a session was resumed";
        assert!(text.contains(remark), "{text}");
    }
}

#[test]
fn a_proxy_is_told_of() {
    let proxy = Raw::new(|request| match request.starts_with("CONNECT ") {
        true => "HTTP/1.1 200 OK\r\n\r\n".to_owned(),
        false => ok("by proxy"),
    });
    let through = format!("http://me:secret@127.0.0.1:{}", proxy.port);
    let told = json(&fetch(&["--explain=json", "-x", &through, "http://a.test/"]).success());
    let place = format!("127.0.0.1:{}", proxy.port);
    assert_eq!(*at(&told, "/hops/0/dials/0/endpoint"), place);
    let lines = at(&told, "/hops/0/request/lines").as_array().unwrap();
    assert!(
        lines.contains(&"proxy-authorization: [redacted]".into()),
        "{lines:?}"
    );

    // The tunnel is made, and what is behind it is gone.
    let ended = fails(35, &["--explain=json", "-x", &through, "https://a.test/"]);
    let told = json(&ended);
    number(&told, "/hops/0/proxies/0/duration_us");
    assert_eq!(
        *at(&told, "/hops/0/proxies/0/proxy"),
        format!("http://{place}")
    );
    assert_eq!(told["hops"][0]["handshakes"][0]["chosen"], Value::Null);
    assert!(!ended.text().contains("secret"), "{ended}");
}

#[test]
fn credentials_are_left_out_unless_asked_for() {
    let server =
        Raw::saying("HTTP/1.1 200 OK\r\nset-cookie: sid=hidden\r\ncontent-length: 2\r\n\r\nhi");
    let url = server.url("/");
    // me:secret
    let secrets = ["bWU6c2VjcmV0", "sid=hidden", "a=hidden"];
    for (more, is_shown) in [(&[][..], false), (&["--show-credentials"], true)] {
        let home = Home::new();
        let page = home.beside("page.html");
        let args = ["-v", "-u", "me:secret", "-H", "Cookie: a=hidden", &url];
        let html = ["--html", page.to_str().unwrap()];
        for form in ["--explain", "--explain=json"] {
            let args = [&args[..], &html, more, &[form, "--force"]].concat();
            let ended = Process::run(&mut command(&home, &args)).success();
            let page = fs::read_to_string(&page).unwrap();
            for told in [&ended.text(), &ended.stderr, &page] {
                for secret in secrets {
                    assert_eq!(told.contains(secret), is_shown, "{secret}\n{told}");
                }
                assert_eq!(told.contains("[redacted]"), !is_shown, "{told}");
            }
        }
    }
}

#[test]
fn what_a_server_says_is_neither_markup_nor_a_command_to_the_terminal() {
    let head =
        "HTTP/1.1 200 <b>Fine</b>\r\nx: <script>alert(1)</script>\r\ny: \u{9b}2J\"'&amp;\r\n";
    let server = Raw::saying(&format!("{head}content-length: 2\r\n\r\nhi"));
    let home = Home::new();
    let page = home.beside("page.html");
    let args = [
        "--explain",
        "--html",
        page.to_str().unwrap(),
        &server.url("/"),
    ];
    let text = Process::run(&mut command(&home, &args)).success().text();
    assert!(text.contains("< x: <script>alert(1)</script>"), "{text}");
    assert!(
        text.contains("\\u{9b}2J") && !text.contains('\u{9b}'),
        "{text}"
    );
    let html = fs::read_to_string(&page).unwrap();
    assert!(
        html.contains("&lt;script&gt;") && !html.contains("<script"),
        "{html}"
    );
    well_formed(&page);
}

#[test]
fn content_goes_where_it_is_told_to_and_nowhere_else() {
    let server = Raw::with_content("hello");
    let home = Home::new();
    let (file, page) = (home.beside("file"), home.beside("page.html"));
    let (file_arg, page_arg) = (file.to_str().unwrap(), page.to_str().unwrap());
    let args = ["--explain=json", "-o", file_arg, &server.url("/")];
    let told = json(&Process::run(&mut command(&home, &args)).success());
    assert_eq!(*at(&told, "/content/written_to"), file_arg);
    assert_eq!(number(&told, "/content/bytes"), 5);
    assert_eq!(fs::read_to_string(&file).unwrap(), "hello");

    // The page alone; and no file is replaced unasked.
    let ended = Process::run(&mut command(&home, &["--html", page_arg, &server.url("/")]));
    assert_eq!(ended.success().text(), "");
    let before = fs::read(&page).unwrap();
    let ended = Process::run(&mut command(&home, &["--html", page_arg, &server.url("/")]));
    assert_eq!(ended.code(), Some(23), "{ended}");
    assert_eq!(fs::read(&page).unwrap(), before);
    let args = ["--html", "-", &server.url("/")];
    let html = Process::run(&mut command(&home, &args)).success().text();
    assert!(html.starts_with("<!doctype html>"), "{html}");
}

#[test]
fn json_is_content_unless_it_has_none() {
    let server = Raw::with_content("hello");
    let told = json(&fetch(&["--explain", "--json", &server.url("/a")]).success());
    assert_eq!(*at(&told, "/method"), "GET");
    assert!(server.request().starts_with("GET /a "));
    let told = json(&fetch(&["--explain=json", "--json", "{}", &server.url("/b")]).success());
    assert_eq!(*at(&told, "/method"), "POST");
    assert!(server.request().ends_with("\r\n\r\n{}"));
    let ended = fails(2, &["--json", "--silent", &server.url("/")]);
    assert!(ended.stderr.contains("hint: --json TEXT"), "{ended}");
}
