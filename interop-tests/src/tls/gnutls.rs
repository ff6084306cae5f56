use std::fs;

use tempfile::TempDir;

use super::ask::text;
use super::{Ask, Fault, Feature, Pair, Role, Seen, Serving, TlsPeer, Version, content};
use crate::peer::GnuTls;
use crate::{PATIENCE, Process};

/// `gnutls-cli`. Content goes through its standard input and output; what it says itself goes to a file.
#[derive(Debug)]
pub struct GnuTlsTls {
    gnutls: GnuTls,
    name: String,
}

impl GnuTlsTls {
    /// The peer of a GnuTLS that was found.
    #[track_caller]
    #[must_use]
    pub fn new(gnutls: GnuTls) -> Self {
        let version = Process::run(&mut gnutls.command(&["--version"])).text();
        let first = version.lines().next().unwrap_or_default();
        let number = first.split_whitespace().last().unwrap_or("?");
        Self {
            name: format!("GnuTLS {number}"),
            gnutls,
        }
    }
}

impl TlsPeer for GnuTlsTls {
    fn name(&self) -> &str {
        &self.name
    }

    fn client(&self, port: u16, ask: &Ask) -> Vec<Seen> {
        let folder = TempDir::new().expect("a temporary folder");
        let log = folder.path().join("log");
        let mut command = self.gnutls.command(&["--port", &port.to_string()]);
        command.args([
            "--logfile",
            text(&log),
            "--sni-hostname",
            ask.name,
            "--verify-hostname",
            ask.name,
            "--priority",
            &format!("NORMAL:-VERS-ALL:+VERS-TLS{}", ask.version.number()),
        ]);
        if let Some(trust) = &ask.trust {
            command.args(["--x509cafile", text(trust)]);
        }
        if let Some(Pair { chain, key }) = &ask.identity {
            command.args(["--x509certfile", text(chain), "--x509keyfile", text(key)]);
        }
        for protocol in &ask.alpn {
            command.args(["--alpn", protocol]);
        }
        if ask.connections > 1 {
            // The first connection is for the session alone.
            command.args(["--resume", "--waitresumption"]);
        }
        if ask.key_update {
            command.arg("--inline-commands");
        }
        command.arg("127.0.0.1");
        let mut process = Process::spawn_with_stdin(&mut command);
        if ask.key_update {
            process.offer(b"^rekey^\n");
        }
        process.offer(&content(ask.bytes));
        let whole = content(ask.bytes);
        if ask.closes_first {
            process.sees_on_stdout(|bytes| (bytes == whole).then_some(()));
            process.close_stdin();
        }
        let finished = process.finish(PATIENCE);
        let log = fs::read_to_string(log).unwrap_or_default();
        let said = format!("{log}\n{}", finished.stderr);
        let after = |label: &str| {
            let (_, rest) = said.rsplit_once(label)?;
            Some(rest.split(['\n', '(', ')']).next()?.trim().to_owned())
        };
        let complaints: Vec<_> = said
            .lines()
            .filter(|line| line.starts_with("***") && !line.contains("resumed session"))
            .collect();
        let failed = !complaints.is_empty() || !finished.status.success();
        vec![Seen {
            version: after("Description: (TLS").map(|number| {
                let number = number.split('-').next().unwrap_or_default().to_owned();
                format!("TLSv{number}")
            }),
            group: None,
            alpn: after("Application protocol: "),
            name: None,
            resumed: Some(said.contains("This is a resumed session")),
            subject: after("subject `"),
            content: finished.stdout == whole,
            clean: Some(said.contains("Peer has closed the GnuTLS connection")),
            key_update: None,
            error: failed.then(|| complaints.join("\n")),
            said: format!("{finished}\n{log}"),
        }]
    }

    fn server(&self, _: &Ask) -> Serving {
        unreachable!("the grid asks first what a peer is unable to do")
    }

    fn alert(&self, _: Fault) -> &'static [&'static str] {
        &["BadCertificate"]
    }

    fn unable(&self, role: Role, _: Version, feature: Feature) -> Option<&'static str> {
        match feature {
            _ if role == Role::Server => {
                Some("gnutls-serv listens on every address of the machine")
            }
            Feature::PostQuantum | Feature::MlDsa => {
                Some("Debian 12's GnuTLS 3.7 has neither ML-KEM nor ML-DSA")
            }
            Feature::CloseSecond => Some("gnutls-cli answers close_notify by closing the socket"),
            Feature::SmallRecords => Some("it writes what it reads, not what it is told"),
            _ => None,
        }
    }
}
