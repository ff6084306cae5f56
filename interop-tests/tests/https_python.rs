//! Python's standard library: `ssl` with every check on, `http.client`, and a reader of HTML.

use std::fs;

use wharf_interop_tests::{Home, Process, Server, peer};

/// A strict context, which refuses what RFC 5280 forbids and OpenSSL lets through by default.
const STRICT: &str = "
import http.client, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[1])
context.verify_flags |= ssl.VERIFY_X509_STRICT
";

#[test]
fn the_strict_context_accepts_the_server() {
    let Some(python) = peer::python() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let program = format!(
        "{STRICT}
for host in ('localhost', '127.0.0.1'):
    connection = http.client.HTTPSConnection(host, int(sys.argv[2]), context=context, timeout=30)
    for turn in range(3):
        connection.request('GET', '/')
        response = connection.getresponse()
        assert response.status == 200, response.status
        assert response.version == 11, response.version
        assert b'TLSv1.3' in response.read()
    assert connection.sock.version() == 'TLSv1.3', connection.sock.version()
    connection.close()
print('accepted')
"
    );
    let args = [
        home.root().to_str().unwrap().to_owned(),
        server.port().to_string(),
    ];
    let done = python.run(&program, &[&args[0], &args[1]]).success();
    assert_eq!(done.text().trim(), "accepted", "{done}");
}

#[test]
fn the_end_of_a_response_without_length_is_no_cut() {
    let Some(python) = peer::python() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    // With `suppress_ragged_eofs` off, an end of stream before close_notify is an error. HTTP/1.0 is where it matters:
    // there, the end of the connection is the end of the content.
    let program = format!(
        "{STRICT}
import socket
raw = socket.create_connection(('127.0.0.1', int(sys.argv[2])), timeout=30)
tls = context.wrap_socket(raw, server_hostname='localhost', suppress_ragged_eofs=False)
tls.sendall(b'GET / HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n')
answer = b''
while piece := tls.recv(65536):
    answer += piece
assert answer.startswith(b'HTTP/1.1 200'), answer
tls.unwrap()
print('closed')
"
    );
    let args = [
        home.root().to_str().unwrap().to_owned(),
        server.port().to_string(),
    ];
    let done = python.run(&program, &[&args[0], &args[1]]).success();
    assert_eq!(done.text().trim(), "closed", "{done}");
}

#[test]
fn the_strict_context_accepts_an_issued_certificate_on_a_python_server() {
    let Some(python) = peer::python() else { return };
    let home = Home::new();
    let out = home.folder("out");
    let issue = [
        "cert",
        "issue",
        "api.test",
        "127.0.0.1",
        "--out",
        out.to_str().unwrap(),
    ];
    let _ = Process::run(&mut home.wharf(&issue)).success();
    let program = format!(
        "{STRICT}
import socket, threading
server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_context.load_cert_chain(sys.argv[2], sys.argv[3])
listener = socket.create_server(('127.0.0.1', 0))
listener.settimeout(30)
def serve():
    for turn in range(3):
        connection, _ = listener.accept()
        connection.settimeout(30)
        try:
            with server_context.wrap_socket(connection, server_side=True) as tls:
                tls.sendall(b'hello')
        except (ssl.SSLError, OSError):
            pass
threading.Thread(target=serve, daemon=True).start()
def visit(name):
    raw = socket.create_connection(listener.getsockname(), timeout=30)
    with context.wrap_socket(raw, server_hostname=name) as tls:
        return tls.recv(5)
assert visit('api.test') == b'hello'
assert visit('127.0.0.1') == b'hello'
try:
    visit('other.test')
except ssl.SSLCertVerificationError as error:
    print('refused', error.verify_message)
"
    );
    let file = |name: &str| out.join(name).to_str().unwrap().to_owned();
    let root = home.root().to_str().unwrap().to_owned();
    let done = python
        .run(
            &program,
            &[&root, &file("api.test.pem"), &file("api.test.key")],
        )
        .success();
    assert!(done.text().contains("refused"), "{done}");
    assert!(done.text().contains("other.test"), "{done}");
}

#[test]
fn every_link_of_a_listing_leads_to_its_file() {
    let Some(python) = peer::python() else { return };
    let home = Home::new();
    let folder = home.folder("site");
    let names = [
        "plain.txt",
        "two words.txt",
        "100%.txt",
        "%41.txt",
        "a:b.txt",
        "javascript:alert(1)",
        "question?.txt",
        "hash#.txt",
        "<script>alert(1)<",
        "\"quotes'&amp;.txt",
        "back\\slash.txt",
        "umlaut-ü-日本.txt",
        "-dash",
        "line\nbreak.txt",
    ];
    for name in names {
        fs::write(folder.join(name), format!("content of {name}")).unwrap();
    }
    fs::create_dir(folder.join("sub folder")).unwrap();
    fs::write(folder.join("sub folder/inner.txt"), "content of inner.txt").unwrap();
    let server = Server::of_folder(&home, &folder);
    // Reads as a browser does: entities, then the URL relative to the page.
    let program = format!(
        "{STRICT}
import html.parser, urllib.parse, urllib.request
class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.links = []
    def handle_starttag(self, tag, attributes):
        assert tag != 'script', 'a name became a script'
        if tag == 'a':
            self.links.append(dict(attributes)['href'])
opener = urllib.request.build_opener(
    urllib.request.HTTPSHandler(context=context), urllib.request.ProxyHandler({{}}))
def fetch(url):
    request = urllib.request.Request(url, headers={{'Accept': 'text/html'}})
    return opener.open(request, timeout=30).read().decode()
def walk(url):
    links = Links()
    links.feed(fetch(url))
    for link in links.links:
        target = urllib.parse.urljoin(url, link)
        assert target.startswith(sys.argv[2]), target
        if target == url or url.startswith(target):
            continue
        if target.endswith('/'):
            walk(target)
        else:
            print(repr(fetch(target)))
walk(sys.argv[2])
"
    );
    let root = home.root().to_str().unwrap().to_owned();
    let done = python.run(&program, &[&root, &server.https("/")]).success();
    let found: Vec<_> = done.text().lines().map(str::to_owned).collect();
    assert_eq!(found.len(), names.len() + 1, "{done}");
    for name in names.iter().chain(&["inner.txt"]) {
        // Python's `repr` of a text without both kinds of quotes is the text but for its escapes.
        let wanted = name.split(['\n', '\\', '\'', '"']).next().unwrap();
        assert!(
            found
                .iter()
                .any(|line| line.contains(&format!("content of {wanted}"))),
            "{name}: {done}"
        );
    }
}
