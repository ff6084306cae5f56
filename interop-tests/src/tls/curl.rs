use std::fs;

use tempfile::TempDir;

use super::ask::text;
use super::{Ask, Fault, Feature, Pair, Role, Seen, Serving, TlsPeer, Version, content};
use crate::Process;
use crate::peer::Curl;

/// curl: a POST with the content, and the same back in a response that ends with the connection.
#[derive(Debug)]
pub struct CurlTls {
    curl: Curl,
    name: String,
}

impl CurlTls {
    /// The peer of a curl that was found.
    #[track_caller]
    #[must_use]
    pub fn new(curl: Curl) -> Self {
        let version = Process::run(curl.command().arg("--version")).text();
        let number = version.split_whitespace().nth(1).unwrap_or("?");
        Self {
            name: format!("curl {number}"),
            curl,
        }
    }
}

impl TlsPeer for CurlTls {
    fn name(&self) -> &str {
        &self.name
    }

    fn client(&self, port: u16, ask: &Ask) -> Vec<Seen> {
        let folder = TempDir::new().expect("a temporary folder");
        let upload = folder.path().join("upload");
        fs::write(&upload, content(ask.bytes)).expect("room on the disk");
        let number = ask.version.number();
        let mut command = self.curl.command();
        command.args(["--verbose", "--fail-early", "--tls-max", number]);
        command.arg(format!("--tlsv{number}"));
        command.arg("--resolve").arg(format!("*:{port}:127.0.0.1"));
        // Otherwise curl waits for a 100 before it sends larger content.
        command.args(["--header", "Expect:", "--data-binary"]);
        command.arg(format!("@{}", text(&upload)));
        if let Some(trust) = &ask.trust {
            command.args(["--cacert", text(trust)]);
        }
        if let Some(Pair { chain, key }) = &ask.identity {
            command.args(["--cert", text(chain), "--key", text(key)]);
        }
        command.arg(if ask.alpn.contains(&"h2") {
            "--http2"
        } else {
            "--http1.1"
        });
        if ask.alpn.is_empty() {
            command.arg("--no-alpn");
        }
        let answer = |i: usize| folder.path().join(format!("answer{i}"));
        for i in 0..ask.connections {
            command
                .arg("--output")
                .arg(answer(i))
                .arg(format!("https://{}:{port}/", ask.name));
        }
        let finished = Process::run(&mut command);
        let log = &finished.stderr;
        let after = |label: &str| {
            let (_, rest) = log.split_once(label)?;
            Some(rest.split_whitespace().next()?.to_owned())
        };
        let error = log.lines().find(|line| line.starts_with("curl: ("));
        (0..ask.connections)
            .map(|i| Seen {
                version: after("SSL connection using "),
                alpn: after("ALPN: server accepted "),
                subject: after("subject: "),
                content: fs::read(answer(i)).is_ok_and(|bytes| bytes == content(ask.bytes)),
                // Its response has no length, so that an end without close_notify is an error.
                clean: Some(finished.status.success()),
                error: error.map(str::to_owned),
                said: finished.to_string(),
                ..Seen::default()
            })
            .collect()
    }

    fn server(&self, _: &Ask) -> Serving {
        unreachable!("the grid asks first what a peer is unable to do")
    }

    fn alert(&self, fault: Fault) -> &'static [&'static str] {
        match fault {
            Fault::Expired => &["CertificateExpired"],
            // It looks at the name after the handshake, and closes.
            Fault::WrongName => &[],
            _ => &["UnknownCA"],
        }
    }

    fn speaks_http(&self) -> bool {
        true
    }

    fn unable(&self, role: Role, version: Version, feature: Feature) -> Option<&'static str> {
        match feature {
            _ if role == Role::Server => Some("curl is a client only"),
            Feature::PostQuantum | Feature::MlDsa => {
                Some("Debian 12's OpenSSL 3.0 has neither ML-KEM nor ML-DSA")
            }
            Feature::SmallRecords => Some("it writes what it reads, not what it is told"),
            Feature::KeyUpdate => Some("curl has no option for a key update"),
            Feature::Ticket if version == Version::Tls12 => {
                Some("curl tells OpenSSL to ask for no tickets in TLS 1.2")
            }
            Feature::CloseFirst => Some("HTTP's end is the server's to make"),
            _ => None,
        }
    }
}
