use std::io;
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use rustix::process::{Signal, geteuid};

use super::super::ask::text;
use super::super::{Ask, ClientAuth, Pair, Resumption, Seen, Serving};
use crate::netns::Namespace;
use crate::peer::{GnuTls, on_path};
use crate::{Finished, PATIENCE, Process};

/// Where `gnutls-serv` runs. It cannot be told an address to listen on, so it is given a network of its own.
#[derive(Debug)]
pub(super) struct Servers {
    namespace: Arc<Namespace>,
    /// Nobody else takes ports there.
    port: AtomicU16,
}

impl Servers {
    /// `None` for anyone but root, and where root may not make a network namespace.
    pub(super) fn new() -> Option<Self> {
        if !geteuid().is_root() || on_path("ip").is_none() {
            return None;
        }
        Some(Self {
            namespace: Arc::new(Namespace::add("gnutls").ok()?),
            port: AtomicU16::new(5000),
        })
    }

    /// Starts an echo server, which has to be ended.
    pub(super) fn start(&self, gnutls: &GnuTls, ask: &Ask) -> Serving {
        let port = self.port.fetch_add(1, Ordering::Relaxed);
        let mut command = gnutls.server(&["--echo", "--port", &port.to_string()]);
        let version = ask.version.number();
        command.arg(format!("--priority=NORMAL:-VERS-ALL:+VERS-TLS{version}"));
        if let Some(Pair { chain, key }) = &ask.identity {
            command.args(["--x509certfile", text(chain), "--x509keyfile", text(key)]);
        }
        if let Some(trust) = &ask.trust {
            command.args(["--x509cafile", text(trust)]);
        }
        command.args(match ask.client_auth {
            ClientAuth::Off => &["--disable-client-cert"][..],
            ClientAuth::Optional => &["--verify-client-cert"],
            ClientAuth::Required => &["--require-client-cert", "--verify-client-cert"],
        });
        for protocol in &ask.alpn {
            command.args(["--alpn-fatal", "--alpn", protocol]);
        }
        if ask.resumption == Resumption::Stateful {
            command.arg("--noticket");
        }
        let process = self.namespace.run(|| Process::spawn(&mut command));
        process.says_on_stderr(&format!("IPv4 0.0.0.0 port {port}...done"));
        let namespace = Arc::clone(&self.namespace);
        let connect = move || TcpStream::connect((Ipv4Addr::LOCALHOST, port));
        let dial = move || -> io::Result<TcpStream> { namespace.run(connect) };
        Serving {
            dial: Arc::new(dial),
            finish: Box::new(move |client| {
                // An error is the end that is waited for; the client has deadlines of its own.
                let failed = client.recv_timeout(2 * PATIENCE).unwrap_or(true);
                if failed {
                    // It has sent its alert, or got ours, and is about to write so.
                    process.says_on_stderr("Error");
                }
                process.signal(Signal::TERM);
                vec![seen(&process.finish(PATIENCE))]
            }),
        }
    }
}

fn seen(finished: &Finished) -> Seen {
    let said = finished.text();
    let after = |label: &str| {
        let (_, rest) = said.split_once(label)?;
        Some(rest.lines().next()?.trim().to_owned())
    };
    let log = &finished.stderr;
    let errors: Vec<_> = said
        .lines()
        .chain(log.lines())
        .filter(|line| line.starts_with("Error"))
        .collect();
    Seen {
        version: after("- Version: TLS").map(|number| format!("TLSv{number}")),
        alpn: after("- Application protocol: "),
        name: after("- Given server name[1]: "),
        resumed: Some(said.contains("This is a resumed session")),
        subject: after("Subject: "),
        // What it got is what it echoed; that is for the client to judge.
        content: log.contains("Processing"),
        error: (!errors.is_empty()).then(|| errors.join("\n")),
        said: finished.to_string(),
        ..Seen::default()
    }
}
