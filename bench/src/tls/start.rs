//! The servers of `tls`, all with the same files.

use std::ffi::OsStr;
use std::path::PathBuf;

use anyhow::Context;

use super::client::{Client, Terms};
use super::files::Files;
use crate::process::ServerProcess;
use crate::{bulk, nginx, node};

/// The name of nginx in the tables.
pub const NGINX: &str = "nginx";
/// The name of Node.
pub const NODE: &str = "node";

/// What is needed to start any of them.
#[derive(Debug)]
pub struct Start {
    programs: PathBuf,
    files: Files,
    bulk_bytes: u64,
}

impl Start {
    /// Makes the files, in a folder beside the programs.
    pub fn new(bulk_bytes: u64) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?;
        let programs = program.parent().context("a folder of programs")?.to_owned();
        let files = Files::make(programs.join("tls-files"), bulk_bytes)?;
        Ok(Self {
            programs,
            files,
            bulk_bytes,
        })
    }

    /// Starts the server of that name, with [`bulk::congestion`].
    pub fn server(&self, name: &'static str) -> anyhow::Result<ServerProcess> {
        let folder = self.files.folder();
        let server = match name {
            NGINX => nginx::start(name, folder, nginx::TLS),
            NODE => node::start(name, folder, self.bulk_bytes),
            _ => {
                let program = self.programs.join(format!("server-{name}"));
                let bulk_bytes = self.bulk_bytes.to_string();
                let command_line = [
                    program.as_os_str(),
                    folder.as_os_str(),
                    OsStr::new(&bulk_bytes),
                ];
                ServerProcess::run(name, &command_line)
            }
        }?;
        server.set_congestion(bulk::congestion()?)?;
        Ok(server)
    }

    /// A client that trusts them all.
    pub fn client(&self, terms: Terms) -> anyhow::Result<Client> {
        Client::new(self.files.roots()?, terms)
    }
}

/// Whether a server can agree on X25519MLKEM768: one with rustls can, and OpenSSL since 3.5.
pub fn has_ml_kem(name: &str) -> bool {
    let versions = match name {
        NGINX => nginx::versions(),
        NODE => node::versions(),
        _ => return true,
    };
    versions.is_some_and(|(_, openssl)| is_3_5(&openssl))
}

fn is_3_5(openssl: &str) -> bool {
    let mut numbers = openssl
        .split('.')
        .map_while(|part| part.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(3), Some(5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ml_kem_came_with_openssl_3_5() {
        for version in ["3.5.8", "3.10.0", "4.0.0"] {
            assert!(is_3_5(version), "{version}");
        }
        for version in ["3.0.22", "3.4.9", "1.1.1w", "3", ""] {
            assert!(!is_3_5(version), "{version}");
        }
    }
}
