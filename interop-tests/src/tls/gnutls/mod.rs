//! GnuTLS: `gnutls-cli`, and `gnutls-serv` in a network namespace.

mod client;
mod server;

use super::{Ask, Fault, Feature, Role, Seen, Serving, TlsPeer, Version};
use crate::Process;
use crate::peer::GnuTls;
use server::Servers;

/// `gnutls-cli` and `gnutls-serv`.
#[derive(Debug)]
pub struct GnuTlsTls {
    gnutls: GnuTls,
    name: String,
    /// None where there are no network namespaces to be had.
    servers: Option<Servers>,
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
            servers: Servers::new(),
        }
    }
}

impl TlsPeer for GnuTlsTls {
    fn name(&self) -> &str {
        &self.name
    }

    fn client(&self, port: u16, ask: &Ask) -> Vec<Seen> {
        client::run(&self.gnutls, port, ask)
    }

    fn server(&self, ask: &Ask) -> Serving {
        let servers = self.servers.as_ref();
        let servers = servers.expect("the grid asks first what a peer is unable to do");
        servers.start(&self.gnutls, ask)
    }

    fn alert(&self, fault: Fault) -> &'static [&'static str] {
        match fault {
            Fault::UnknownCa | Fault::Expired | Fault::WrongName => &["BadCertificate"],
            Fault::NoClient => &["CertificateRequired", "DecodeError"],
            Fault::UnknownClient => &["AccessDenied"],
        }
    }

    fn unable(&self, role: Role, version: Version, feature: Feature) -> Option<&'static str> {
        match feature {
            _ if role == Role::Server && self.servers.is_none() => Some(
                "gnutls-serv listens on every address, and this user gets no network namespace for it",
            ),
            Feature::PostQuantum | Feature::MlDsa => {
                Some("Debian 12's GnuTLS 3.7 has neither ML-KEM nor ML-DSA")
            }
            Feature::KeyUpdate | Feature::CloseFirst if role == Role::Server => {
                Some("gnutls-serv takes no commands: it answers, and closes after its client")
            }
            Feature::Stateful if role == Role::Server && version == Version::Tls13 => {
                Some("GnuTLS's server resumes TLS 1.3 by ticket only")
            }
            Feature::CloseSecond if role == Role::Client => {
                Some("gnutls-cli answers close_notify by closing the socket")
            }
            Feature::SmallRecords => Some("it writes what it reads, not what it is told"),
            _ => None,
        }
    }
}
