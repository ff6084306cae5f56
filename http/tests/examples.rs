//! The example programs do what they say.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// An example that runs; it is ended however the test ends.
struct Example {
    child: Child,
    stdout: BufReader<ChildStdout>,
    url: String,
}

impl Example {
    fn start(name: &str) -> Self {
        // Test binaries live in target/<profile>/deps, examples beside it.
        let deps = std::env::current_exe().unwrap();
        let program = deps
            .parent()
            .unwrap()
            .parent()
            .unwrap()
            .join("examples")
            .join(name);
        let mut child = Command::new(program)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut url = String::new();
        stdout.read_line(&mut url).unwrap();
        Self { child, stdout, url }
    }

    fn port(&self) -> u16 {
        let address = self.url.trim().trim_end_matches('/');
        address.rsplit(':').next().unwrap().parse().unwrap()
    }

    fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        // Gone already if the test got as far as `stop`.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn hello_greets_and_stops_on_sigterm() {
    let example = Example::start("hello");
    let mut stream = TcpStream::connect(("127.0.0.1", example.port())).unwrap();
    stream
        .write_all(b"GET /bosun HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.ends_with("\r\n\r\nhello, /bosun\n"), "{text}");
    example.stop();
}

#[test]
fn axum_https_serves_a_router_to_those_who_trust_its_root() {
    use tokio_rustls::rustls::pki_types::CertificateDer;
    use tokio_rustls::rustls::pki_types::pem::PemObject;
    use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

    let mut example = Example::start("axum_https");
    let mut pem = String::new();
    while !pem.contains("END CERTIFICATE") {
        assert_ne!(example.stdout.read_line(&mut pem).unwrap(), 0, "{pem}");
    }
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
        .unwrap();
    let config = ClientConfig::builder_with_provider(wharf_tls::provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let conn = ClientConnection::new(std::sync::Arc::new(config), "localhost".try_into().unwrap())
        .unwrap();
    let mut stream = StreamOwned::new(
        conn,
        TcpStream::connect(("127.0.0.1", example.port())).unwrap(),
    );
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.ends_with("\r\n\r\nTLSv1.3"), "{text}");
    drop(stream);
    example.stop();
}
