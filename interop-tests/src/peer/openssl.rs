use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Finished, Process};

/// The command of OpenSSL, without its configuration file.
#[derive(Debug)]
pub struct OpenSsl {
    program: PathBuf,
}

impl OpenSsl {
    pub(super) fn new(program: PathBuf) -> Self {
        Self { program }
    }

    /// `openssl` with these arguments.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(args)
            .env("OPENSSL_CONF", "/dev/null")
            .env_remove("SSL_CERT_FILE")
            .env_remove("SSL_CERT_DIR");
        command
    }

    /// Runs `openssl` with these arguments.
    ///
    /// # Panics
    ///
    /// When it does not end.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Finished {
        Process::run(&mut self.command(args))
    }

    /// `openssl s_client` that verifies the peer and ends at the first fault of its certificate. It keeps its standard
    /// input open until the caller closes it.
    pub fn client(&self, authority: &str, root: &Path, args: &[&str]) -> Command {
        let mut command = self.command(&["s_client", "-connect", authority]);
        if !args.contains(&"-noservername") {
            command.args(["-servername", "localhost"]);
        }
        command
            .args(["-verify_hostname", "localhost", "-verify_return_error"])
            .args(["-no-CApath", "-no-CAstore", "-CAfile"])
            .arg(root)
            .args(args);
        command
    }

    /// One request over `s_client`, which reads until the server closes.
    ///
    /// # Panics
    ///
    /// When it does not end.
    #[track_caller]
    pub fn request(&self, authority: &str, root: &Path, args: &[&str]) -> Finished {
        let mut command = self.client(authority, root, &[&["-ign_eof"], args].concat());
        let mut process = Process::spawn_with_stdin(&mut command);
        process.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        process.close_stdin();
        process.finish(crate::PATIENCE)
    }

    /// The certificates that the server sends, in PEM, the end entity first.
    ///
    /// # Panics
    ///
    /// When there is no handshake.
    #[track_caller]
    pub fn chain(&self, authority: &str, root: &Path) -> Vec<String> {
        let shown = self.request(authority, root, &["-showcerts"]).success();
        certificates(&shown.text())
    }
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The certificates among other text. `s_client` shows the first one again after the chain.
fn certificates(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in text.split(BEGIN).skip(1) {
        if let Some((base64, _)) = part.split_once(END) {
            let pem = format!("{BEGIN}{base64}{END}\n");
            if !found.contains(&pem) {
                found.push(pem);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_picked_out_of_other_text_once_each() {
        let (a, b) = (
            format!("{BEGIN}\nA\n{END}\n"),
            format!("{BEGIN}\nB\n{END}\n"),
        );
        let text = format!("depth=2\n0 s:\n{a}1 s:\n{b}Server certificate\n{a}subject=\n");
        assert_eq!(certificates(&text), [a, b]);
    }
}
