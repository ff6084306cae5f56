use std::fs;

use tempfile::TempDir;

use super::super::ask::text;
use super::super::{Ask, Pair, Seen, content};
use crate::peer::GnuTls;
use crate::{PATIENCE, Process};

/// `gnutls-cli`: content goes through its standard input and output, what it says itself goes to a file.
pub(super) fn run(gnutls: &GnuTls, port: u16, ask: &Ask) -> Vec<Seen> {
    let folder = TempDir::new().expect("a temporary folder");
    let log = folder.path().join("log");
    let mut command = gnutls.command(&["--port", &port.to_string()]);
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
