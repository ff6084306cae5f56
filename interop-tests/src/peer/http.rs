//! Programs in `interop-tests/peers` that speak HTTP or read it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::Process;

/// A foreign HTTP client that goes through a list of scenarios.
#[derive(Debug)]
pub struct HttpClient {
    pub(super) name: String,
    /// The program and what comes before its arguments, such as the path of the script.
    pub(super) command: Vec<PathBuf>,
}

impl HttpClient {
    /// Its name and version.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Goes through its scenarios with the server at `url`, which a root in the file `ca` vouches for. The result is
    /// the name of each and what it saw.
    ///
    /// # Panics
    ///
    /// When it fails as a program.
    #[track_caller]
    pub fn run(&self, url: &str, ca: Option<&Path>) -> Vec<(String, String)> {
        let [program, before @ ..] = &self.command[..] else {
            unreachable!("a client has a program");
        };
        let mut command = Command::new(program);
        command
            .args(before)
            .arg(format!("url={url}"))
            .env_remove("SSL_CERT_FILE")
            .env_remove("SSL_CERT_DIR")
            .env_remove("NODE_EXTRA_CA_CERTS")
            .env_remove("NODE_OPTIONS")
            .env_remove("GODEBUG");
        if let Some(ca) = ca {
            command.arg(format!("ca={}", ca.display()));
        }
        let text = Process::run(&mut command).success().text();
        let reports = text.lines().map(|line| {
            let report: Value = serde_json::from_str(line).expect("a line of JSON");
            let text = |name: &str| report[name].as_str().unwrap_or_default().to_owned();
            (text("name"), text("saw"))
        });
        reports.collect()
    }
}

/// A foreign HTTP server that can be started.
#[derive(Debug)]
pub struct HttpServer {
    pub(super) name: String,
    /// The program and what comes before its arguments.
    pub(super) command: Vec<PathBuf>,
}

/// A foreign HTTP server that listens on a port of its own choice.
#[derive(Debug)]
pub struct Serving {
    _process: Process,
    /// Where.
    pub port: u16,
}

impl HttpServer {
    /// Its name and version.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Starts it; with TLS if it has the files of a certificate chain and its key.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[track_caller]
    pub fn start(&self, identity: Option<[&Path; 2]>) -> Serving {
        let [program, before @ ..] = &self.command[..] else {
            unreachable!("a server has a program");
        };
        let mut command = Command::new(program);
        command
            .args(before)
            .env_remove("NODE_OPTIONS")
            .env_remove("GODEBUG");
        if let Some([chain, key]) = identity {
            command.arg(format!("cert={}", chain.display()));
            command.arg(format!("key={}", key.display()));
        }
        let process = Process::spawn(&mut command);
        let port = process.wait_for_stdout(|said| {
            let line = str::from_utf8(said).ok()?.strip_suffix('\n')?;
            line.strip_prefix("port ")?.parse().ok()
        });
        Serving {
            _process: process,
            port,
        }
    }
}

/// Foreign parsers of responses.
#[derive(Debug)]
pub struct HttpParsers {
    pub(super) python: PathBuf,
    pub(super) program: PathBuf,
    pub(super) libraries: [PathBuf; 2],
}

impl HttpParsers {
    /// What each parser makes of each case. `interop-tests/peers/parsers.py` says what a case is, and what a result.
    ///
    /// # Panics
    ///
    /// When the program fails.
    #[track_caller]
    pub fn read(&self, cases: &Value) -> Vec<Value> {
        let folder = TempDir::new().expect("a temporary folder");
        let file = folder.path().join("cases.json");
        fs::write(&file, cases.to_string()).expect("a new file");
        let mut command = Command::new(&self.python);
        command
            .args(["-I", "-B"])
            .arg(&self.program)
            .arg(&file)
            .args(&self.libraries);
        let text = Process::run(&mut command).success().text();
        let results = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line of JSON"));
        results.collect()
    }
}
