use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::{Finished, Home, Process};

/// curl, without its configuration file and without proxies.
#[derive(Debug)]
pub struct Curl {
    program: PathBuf,
}

impl Curl {
    pub(super) fn new(program: PathBuf) -> Self {
        Self { program }
    }

    /// curl with a deadline, and nothing else said.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        // `--disable` counts only as the first argument.
        command
            .args(["--disable", "--silent", "--show-error", "--noproxy", "*"])
            .args(["--max-time", "50"])
            .env_remove("SSL_CERT_FILE")
            .env_remove("SSL_CERT_DIR")
            .env_remove("CURL_CA_BUNDLE")
            .env_remove("SSLKEYLOGFILE");
        command
    }

    /// One exchange with a server that a home's CA vouches for.
    ///
    /// # Panics
    ///
    /// When curl does not end.
    #[track_caller]
    pub fn fetch(&self, home: &Home, args: &[&str]) -> Fetched {
        let root = home.root();
        let root = root.to_str().expect("temporary paths are text");
        self.fetch_plain(&[&["--cacert", root], args].concat())
    }

    /// One exchange: what was answered, or why there is no answer.
    ///
    /// # Panics
    ///
    /// When curl does not end.
    #[track_caller]
    pub fn fetch_plain(&self, args: &[&str]) -> Fetched {
        let dir = TempDir::new().expect("a temporary folder");
        let (head, body) = (dir.path().join("head"), dir.path().join("body"));
        let mut command = self.command();
        command
            .args(["--verbose", "--write-out", "%{json}"])
            .arg("--dump-header")
            .arg(&head)
            .arg("--output")
            .arg(&body)
            .args(args);
        let finished = Process::run(&mut command);
        Fetched {
            report: serde_json::from_slice(&finished.stdout).unwrap_or_default(),
            fields: fields(&fs::read_to_string(head).unwrap_or_default()),
            body: fs::read(body).unwrap_or_default(),
            finished,
        }
    }
}

/// What became of one exchange.
#[derive(Clone, Debug)]
pub struct Fetched {
    finished: Finished,
    report: Value,
    fields: Vec<(String, String)>,
    /// The content of the response.
    pub body: Vec<u8>,
}

impl Fetched {
    /// The exit code: 0 when there was a response, whatever its status; 60 when the certificate was refused.
    pub fn exit(&self) -> i32 {
        self.finished.code().unwrap_or(-1)
    }

    /// The status of the last response; 0 when there was none.
    pub fn status(&self) -> u64 {
        self.number("http_code")
    }

    /// A number of curl's report, such as `num_connects` or `ssl_verify_result`.
    ///
    /// # Panics
    ///
    /// When the report has no such number.
    #[track_caller]
    pub fn number(&self, name: &str) -> u64 {
        self.report[name]
            .as_u64()
            .unwrap_or_else(|| panic!("no number {name} in the report\n{self}"))
    }

    /// A field of the last response, by its name in lower case.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut found = self.fields.iter().filter(|(field, _)| field == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// The content as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// What curl logged.
    pub fn log(&self) -> &str {
        &self.finished.stderr
    }

    /// The TLS version that curl logged, such as `TLSv1.3`.
    pub fn tls_version(&self) -> Option<&str> {
        let (_, rest) = self.log().split_once("SSL connection using ")?;
        rest.split_whitespace().next()
    }
}

impl fmt::Display for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body: String = self.text().chars().take(2000).collect();
        write!(f, "{}\n--- content\n{body}\n---", self.finished)
    }
}

/// The field section of the last response; informational ones and redirects come before it.
fn fields(head: &str) -> Vec<(String, String)> {
    let last = head
        .trim_end()
        .rsplit("\r\n\r\n")
        .next()
        .unwrap_or_default();
    last.lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_field_section_counts() {
        let head =
            "HTTP/1.1 100 Continue\r\nA: 1\r\n\r\nHTTP/1.1 200 OK\r\nB: 2 \r\nX-Y: a:b\r\n\r\n";
        let expected = [("b", "2"), ("x-y", "a:b")];
        assert_eq!(fields(head), expected.map(|(n, v)| (n.into(), v.into())));
    }
}
