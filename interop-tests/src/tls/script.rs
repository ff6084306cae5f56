use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::{Ask, Fault, Feature, Resumption, Role, Seen, Serving, TlsPeer, Version};
use crate::process::whole_lines;
use crate::{PATIENCE, Process};

/// One of the programs in `interop-tests/peers`, which all take the same arguments and report in the same way.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) name: String,
    /// The program and what comes before the role, such as the path of the script.
    pub(crate) command: Vec<PathBuf>,
    pub(crate) language: Language,
}

/// What a script is written in, and so which library speaks TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Go,
    Java,
    Node,
    Python,
}

impl Script {
    fn command(&self, role: &str, ask: &Ask) -> Command {
        let [program, before @ ..] = &self.command[..] else {
            unreachable!("a script has a program");
        };
        let mut command = Command::new(program);
        if self.language == Language::Java && ask.resumption == Resumption::Stateful {
            // Java has this for the whole process only.
            command.arg("-Djdk.tls.server.enableSessionTicketExtension=false");
        }
        command
            .args(before)
            .arg(role)
            .args(ask.arguments())
            .env_remove("SSL_CERT_FILE")
            .env_remove("SSL_CERT_DIR")
            .env_remove("SSLKEYLOGFILE")
            .env_remove("NODE_EXTRA_CA_CERTS")
            .env_remove("NODE_OPTIONS")
            .env_remove("GODEBUG")
            .env_remove("JAVA_TOOL_OPTIONS");
        command
    }
}

impl TlsPeer for Script {
    fn name(&self) -> &str {
        &self.name
    }

    fn client(&self, port: u16, ask: &Ask) -> Vec<Seen> {
        let mut command = self.command("client", ask);
        command.arg(format!("port={port}"));
        Seen::of_script(&Process::run(&mut command))
    }

    fn server(&self, ask: &Ask) -> Serving {
        let process = Process::spawn(&mut self.command("server", ask));
        let port = process.wait_for_stdout(|bytes| {
            let first = whole_lines(bytes);
            let said: Value = serde_json::from_str(first.lines().next()?).ok()?;
            said["port"].as_u64()?.try_into().ok()
        });
        Serving::new(port, move || Seen::of_script(&process.finish(PATIENCE)))
    }

    fn alert(&self, fault: Fault) -> &'static [&'static str] {
        match (self.language, fault) {
            (Language::Go, Fault::UnknownCa | Fault::Expired | Fault::WrongName) => {
                &["BadCertificate"]
            }
            // It verifies after the handshake, and closes.
            (Language::Node, Fault::NoClient) => &["CertificateRequired", "HandshakeFailure"],
            (Language::Node, _) => &[],
            (Language::Java, Fault::Expired) => &["CertificateExpired", "CertificateUnknown"],
            (Language::Java, Fault::NoClient) => &["BadCertificate"],
            (Language::Java, _) => &["CertificateUnknown"],
            (_, Fault::UnknownCa | Fault::UnknownClient) => &["UnknownCA"],
            (_, Fault::Expired) => &["CertificateExpired"],
            (_, Fault::WrongName) => &["BadCertificate"],
            (_, Fault::NoClient) => &["CertificateRequired", "HandshakeFailure"],
        }
    }

    fn unable(&self, role: Role, version: Version, feature: Feature) -> Option<&'static str> {
        match (self.language, feature) {
            (Language::Node, Feature::KeyUpdate) => Some("Node has no call for a key update"),
            (Language::Go, Feature::KeyUpdate) => Some("Go has no call for a key update"),
            (Language::Python, Feature::KeyUpdate) => Some("Python has no call for a key update"),
            (Language::Python, Feature::AlpnRefusal) if role == Role::Server => {
                Some("Python's server goes on without ALPN when no protocol is shared")
            }
            (Language::Python, Feature::PostQuantum | Feature::MlDsa) => {
                Some("Debian 12's OpenSSL 3.0 has neither ML-KEM nor ML-DSA")
            }
            (Language::Java, Feature::PostQuantum | Feature::MlDsa) => {
                Some("Java 17 has neither ML-KEM nor ML-DSA")
            }
            (Language::Go, Feature::Stateful)
                if role == Role::Client && version == Version::Tls12 =>
            {
                Some("Go's client resumes TLS 1.2 by ticket only")
            }
            (Language::Node, Feature::Stateful)
                if role == Role::Server && version == Version::Tls13 =>
            {
                Some("Node's server resumes TLS 1.3 by ticket only")
            }
            (Language::Go, Feature::Stateful) if role == Role::Server => {
                Some("Go's server resumes by ticket only")
            }
            _ => None,
        }
    }
}
