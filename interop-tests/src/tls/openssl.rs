use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::ask::text;
use super::{
    Ask, ClientAuth, Feature, Pair, Resumption, Role, Seen, Serving, TlsPeer, Version, content,
};
use crate::peer::OpenSsl;
use crate::{Finished, PATIENCE, Process};

/// `openssl s_client` and `s_server`. Content goes through their standard input and output.
#[derive(Debug)]
pub struct OpenSslTls {
    openssl: OpenSsl,
    name: String,
}

impl OpenSslTls {
    /// The peer of an OpenSSL that was found.
    #[track_caller]
    #[must_use]
    pub fn new(openssl: OpenSsl) -> Self {
        let version = openssl.run(&["version"]).text();
        let number = version.split_whitespace().nth(1).unwrap_or("?");
        Self {
            name: format!("OpenSSL {number}"),
            openssl,
        }
    }

    fn command(&self, tool: &[&str], ask: &Ask) -> Command {
        let mut command = self.openssl.command(tool);
        command.arg(match ask.version {
            Version::Tls12 => "-tls1_2",
            Version::Tls13 => "-tls1_3",
        });
        // Beside the output, which has the content in it; and as they come, which the output is not.
        command.args(["-msg", "-msgfile", "/dev/stderr"]);
        command.args(["-no-CApath", "-no-CAstore"]);
        if let Some(trust) = &ask.trust {
            command.args(["-CAfile", text(trust)]);
        }
        if let Some(Pair { chain, key }) = &ask.identity {
            command.args(["-cert", text(chain), "-cert_chain", text(chain)]);
            command.args(["-key", text(key)]);
        }
        if !ask.alpn.is_empty() {
            command.args(["-alpn", &ask.alpn.join(",")]);
        }
        command
    }

    fn connect(&self, port: u16, ask: &Ask, folder: &Path, connection: usize) -> Seen {
        let authority = format!("127.0.0.1:{port}");
        let session = folder.join("session");
        let mut command = self.command(&["s_client", "-connect", &authority], ask);
        command.args(["-servername", ask.name, "-verify_hostname", ask.name]);
        command.arg("-verify_return_error");
        command.args(["-sess_out", text(&session)]);
        if connection > 0 {
            command.args(["-sess_in", text(&session)]);
        }
        let mut process = Process::spawn_with_stdin(&mut command);
        if ask.key_update {
            process.sees_on_stdout(|bytes| has(bytes, "Verify return code").then_some(()));
            process.offer(b"K\n");
            // What comes in the same read as the command is dropped.
            process.says_on_stderr("KEYUPDATE");
        }
        process.offer(&content(ask.bytes));
        if ask.closes_first {
            process.sees_on_stdout(|bytes| has_content(bytes, ask.bytes).then_some(()));
            process.close_stdin();
        }
        seen(&process.finish(PATIENCE), ask)
    }
}

impl TlsPeer for OpenSslTls {
    fn name(&self) -> &str {
        &self.name
    }

    fn client(&self, port: u16, ask: &Ask) -> Vec<Seen> {
        let folder = TempDir::new().expect("a temporary folder");
        (0..ask.connections)
            .map(|connection| self.connect(port, ask, folder.path(), connection))
            .collect()
    }

    fn server(&self, ask: &Ask) -> Serving {
        let mut command = self.command(&["s_server", "-accept", "127.0.0.1:0"], ask);
        command.args(["-naccept", &ask.connections.to_string()]);
        match ask.client_auth {
            ClientAuth::Off => {}
            ClientAuth::Optional => _ = command.args(["-verify", "3", "-verify_return_error"]),
            ClientAuth::Required => _ = command.args(["-Verify", "3", "-verify_return_error"]),
        }
        if ask.resumption == Resumption::Stateful {
            command.arg("-no_ticket");
        }
        let mut process = Process::spawn_with_stdin(&mut command);
        let port = process.wait_for_stdout(|bytes| {
            let said = String::from_utf8_lossy(bytes);
            let (_, rest) = said.split_once("ACCEPT 127.0.0.1:")?;
            rest.split_once('\n')?.0.parse().ok()
        });
        let ask = ask.clone();
        Serving::new(port, move || {
            let mut before = 0;
            for _ in 0..ask.connections {
                let came = process.sees_on_stdout(|bytes| {
                    has_content(&bytes[before..], ask.bytes).then_some(bytes.len())
                });
                let Some(length) = came else { break };
                before = length;
                if ask.key_update {
                    process.offer(b"K\n");
                    // What comes in the same read as the command is dropped.
                    process.says_on_stderr(", KeyUpdate");
                }
                process.offer(&content(ask.bytes));
            }
            let finished = process.finish(PATIENCE);
            vec![seen(&finished, &ask); ask.connections]
        })
    }

    fn unable(&self, role: Role, _: Version, feature: Feature) -> Option<&'static str> {
        match feature {
            Feature::PostQuantum | Feature::MlDsa => {
                Some("Debian 12's OpenSSL 3.0 has neither ML-KEM nor ML-DSA")
            }
            Feature::SmallRecords => Some("it writes what it reads, not what it is told"),
            Feature::CloseFirst if role == Role::Server => {
                Some("s_server told to close closes its socket without close_notify")
            }
            Feature::ServerName if role == Role::Server => {
                Some("it tells the server name only to its own second context")
            }
            _ => None,
        }
    }
}

fn seen(finished: &Finished, ask: &Ask) -> Seen {
    let said = finished.text();
    let log = &finished.stderr;
    let came = |what: &str| {
        log.lines()
            .any(|line| line.starts_with("<<<") && line.contains(what))
    };
    let after = |label: &str| {
        let (_, rest) = said.rsplit_once(label)?;
        Some(rest.split([',', '\n']).next()?.trim().to_owned())
    };
    let resumed = said.contains("Reused, TLSv1") || said.contains("Reused session-id");
    // `<<< TLS 1.3, Handshake [length 007a], ServerHello`
    let hello = log.lines().find(|line| line.ends_with(", ServerHello"));
    let version = hello.and_then(|line| line.get(4..)?.split(',').next());
    Seen {
        version: version.map(|version| version.replacen(' ', "v", 1)),
        group: after("Server Temp Key: "),
        alpn: after("ALPN protocol: ").or_else(|| after("ALPN protocols selected: ")),
        name: None,
        resumed: Some(resumed),
        subject: after("subject="),
        content: has_content(&finished.stdout, ask.bytes),
        // Having closed first, neither tool waits for the other side.
        clean: (!ask.closes_first).then(|| came("close_notify")),
        key_update: Some(came("KeyUpdate")),
        error: said_error(log),
        said: finished.to_string(),
    }
}

fn said_error(stderr: &str) -> Option<String> {
    let lines: Vec<_> = stderr
        .lines()
        .filter(|line| line.contains(":error:"))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn has(bytes: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(text)
}

/// Whether the content is there, among what the tool says itself.
fn has_content(stdout: &[u8], bytes: usize) -> bool {
    // The whole need not be searched as long as it cannot be there.
    if stdout.len() < bytes {
        return false;
    }
    let said = String::from_utf8_lossy(stdout).replace("read R BLOCK\n", "");
    said.contains(&*String::from_utf8_lossy(&content(bytes)))
}
