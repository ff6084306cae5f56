//! The languages whose TLS and HTTP the programs in `interop-tests/peers` use.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use tempfile::TempDir;

use super::http::{HttpClient, HttpParsers, HttpServer};
use super::{on_path, require, skip};
use crate::Process;
use crate::tls::TlsPeer;
use crate::tls::script::{Language, Script};

/// Go compiles its standard library first: 16 s on two idle cores.
const BUILD_TIME_MAX: Duration = Duration::from_secs(10 * 60);

/// The oldest Go that has X25519MLKEM768 and ML-DSA in `crypto/tls`.
const GO_MIN: (u32, u32) = (1, 27);
/// The oldest Node that the tests ask about both.
const NODE_MIN: (u32, u32) = (26, 0);

/// Python and its standard library, as a TLS peer.
#[track_caller]
pub fn python_tls() -> Option<Box<dyn TlsPeer>> {
    let python = require("python3", "python3")?;
    let about = "import platform, ssl; print(platform.python_version(), ssl.OPENSSL_VERSION)";
    let about = said(Command::new(&python).args(["-I", "-c", about]));
    let mut words = about.split_whitespace();
    let version = words.next().unwrap_or_default();
    let openssl = words.nth(1).unwrap_or_default();
    Some(Box::new(Script {
        name: format!("Python {version} (OpenSSL {openssl})"),
        command: vec![python, "-I".into(), program("tls.py")],
        language: Language::Python,
    }))
}

/// Node, of the gate's choice or the system's.
#[track_caller]
pub fn node() -> Option<Box<dyn TlsPeer>> {
    let node = node_program()?;
    let about =
        "console.log(process.version.slice(1) + ' (OpenSSL ' + process.versions.openssl + ')')";
    let about = said(Command::new(&node).args(["-e", about]));
    Some(Box::new(Script {
        name: format!("Node {}", about.trim()),
        command: vec![node, program("tls.js")],
        language: Language::Node,
    }))
}

/// Go, of the gate's choice or the system's.
#[track_caller]
pub fn go() -> Option<Box<dyn TlsPeer>> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let go = go_program()?;
    Some(Box::new(Script {
        name: go_name(&go),
        command: vec![BUILT.get_or_init(|| go_build(&go, "tls")).clone()],
        language: Language::Go,
    }))
}

/// Go's `net/http` as a client.
#[track_caller]
pub fn go_http() -> Option<HttpClient> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let go = go_program()?;
    Some(HttpClient {
        name: go_name(&go),
        command: vec![BUILT.get_or_init(|| go_build(&go, "http")).clone()],
    })
}

/// Go's `crypto/x509` as a reader of CRLs: the program `crl.go`, built.
#[track_caller]
pub fn go_crl() -> Option<PathBuf> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let go = go_program()?;
    Some(BUILT.get_or_init(|| go_build(&go, "crl")).clone())
}

/// Go's `crypto/x509` as a reader of certificates, requests and keys: the program `pki.go`, built.
#[track_caller]
pub fn go_pki() -> Option<PathBuf> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let go = go_program()?;
    Some(BUILT.get_or_init(|| go_build(&go, "pki")).clone())
}

/// Go's `crypto/x509` as who asks for certificates: the program `csr.go`, built.
#[track_caller]
pub fn go_csr() -> Option<PathBuf> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let go = go_program()?;
    Some(BUILT.get_or_init(|| go_build(&go, "csr")).clone())
}

/// Node's `http` as a client.
#[track_caller]
pub fn node_http() -> Option<HttpClient> {
    let node = node_program()?;
    let version = said(Command::new(&node).arg("--version"));
    Some(HttpClient {
        name: format!("Node {}", version.trim().trim_start_matches('v')),
        command: vec![node, program("http.js")],
    })
}

/// Go's `net/http` as a server.
#[track_caller]
pub fn go_server() -> Option<HttpServer> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let go = go_program()?;
    Some(HttpServer {
        name: go_name(&go),
        command: vec![BUILT.get_or_init(|| go_build(&go, "serve")).clone()],
    })
}

/// Node's `http` as a server.
#[track_caller]
pub fn node_server() -> Option<HttpServer> {
    let node = node_program()?;
    let version = said(Command::new(&node).arg("--version"));
    Some(HttpServer {
        name: format!("Node {}", version.trim().trim_start_matches('v')),
        command: vec![node, program("serve.js")],
    })
}

/// A server on h11, in Python.
#[track_caller]
pub fn h11_server() -> Option<HttpServer> {
    let parsers = http_parsers()?;
    let [h11, _] = parsers.libraries;
    let options = ["-I", "-B"].map(PathBuf::from);
    Some(HttpServer {
        name: "h11".to_owned(),
        command: [parsers.python]
            .into_iter()
            .chain(options)
            .chain([program("serve.py"), h11])
            .collect(),
    })
}

/// The parsers h11 and httptools, in Python.
#[track_caller]
pub fn http_parsers() -> Option<HttpParsers> {
    let python = require("python3", "python3")?;
    let libraries = peers_folder().map(|folder| ["h11", "httptools"].map(|name| folder.join(name)));
    let found = libraries.filter(|libraries| libraries.iter().all(|library| library.is_dir()));
    if found.is_none() {
        skip("h11 and httptools are not here (cargo xtask peers)");
    }
    Some(HttpParsers {
        python,
        program: program("parsers.py"),
        libraries: found?,
    })
}

/// certbot: its command, whose arguments follow.
#[track_caller]
pub fn certbot() -> Option<impl Fn() -> Command> {
    let python = python_cryptography()?;
    let folder = peers_folder().map(|folder| folder.join("certbot"));
    let found = folder.filter(|folder| folder.is_dir());
    if found.is_none() {
        skip("certbot is not here (cargo xtask peers)");
    }
    let folder = found?;
    Some(move || {
        let mut command = python("import sys; from certbot.main import main; sys.exit(main())");
        let path = command.get_envs().find(|(name, _)| *name == "PYTHONPATH");
        let path = path.and_then(|(_, value)| value).unwrap_or_default();
        let more = env::split_paths(path).chain([folder.clone()]);
        let path = env::join_paths(more).expect("no folder of ours has a colon");
        command.env("PYTHONPATH", path);
        command
    })
}

/// Python with the module `cryptography`: the command that runs a program text, whose arguments follow.
#[track_caller]
pub fn python_cryptography() -> Option<impl Fn(&str) -> Command> {
    let python = require("python3", "python3")?;
    let libraries = ["cffi", "typing_extensions", "cryptography"];
    let folders = peers_folder().map(|folder| libraries.map(|name| folder.join(name)));
    let found = folders.filter(|folders| folders.iter().all(|folder| folder.is_dir()));
    if found.is_none() {
        skip("cryptography is not here (cargo xtask peers)");
    }
    let path = env::join_paths(found?).expect("no folder of ours has a colon");
    Some(move |program: &str| {
        let mut command = Command::new(&python);
        command
            .args(["-B", "-s", "-c", program])
            .env("PYTHONPATH", &path);
        command
    })
}

/// The keytool of Java.
#[track_caller]
pub fn keytool() -> Option<PathBuf> {
    require("keytool", "default-jdk-headless")
}

/// `java` for a program of one source file.
#[track_caller]
pub fn java_program() -> Option<PathBuf> {
    require("javac", "default-jdk-headless")?;
    require("java", "default-jdk-headless")
}

/// Node, for a program text.
#[track_caller]
pub fn node_program() -> Option<PathBuf> {
    recent("node/package/bin/node", "node", "--version", NODE_MIN)
}

#[track_caller]
fn go_program() -> Option<PathBuf> {
    recent("go/go/bin/go", "go", "version", GO_MIN)
}

/// `go version go1.27.3 linux/amd64` is called Go 1.27.3.
#[track_caller]
fn go_name(go: &Path) -> String {
    let version = said(Command::new(go).arg("version"));
    let number = version.split_whitespace().nth(2).unwrap_or("go?");
    number.replacen("go", "Go ", 1)
}

/// Builds one of the Go programs.
#[track_caller]
fn go_build(go: &Path, name: &str) -> PathBuf {
    let folder = peers_folder()
        .unwrap_or_else(env::temp_dir)
        .join("go-build");
    let built = folder.join(name);
    let mut command = Command::new(go);
    command
        .args(["build", "-o"])
        .arg(&built)
        .arg(program(&format!("{name}.go")))
        // Nothing is fetched, and nothing is written elsewhere.
        .envs([
            ("GOPROXY", "off"),
            ("GOTOOLCHAIN", "local"),
            ("GOENV", "off"),
        ])
        .envs([
            ("GO111MODULE", "off"),
            ("GOFLAGS", ""),
            ("GOTELEMETRY", "off"),
        ])
        .env("GOCACHE", folder.join("cache"))
        .env("GOPATH", folder.join("path"))
        .env_remove("GOROOT");
    let _ = Process::spawn(&mut command)
        .finish(BUILD_TIME_MAX)
        .success();
    built
}

/// Java, of the system's choice. The program is compiled once, and gone with the test process.
#[track_caller]
pub fn java() -> Option<Box<dyn TlsPeer>> {
    static CLASSES: OnceLock<TempDir> = OnceLock::new();
    let javac = require("javac", "default-jdk-headless")?;
    let java = require("java", "default-jdk-headless")?;
    let version = said(Command::new(&javac).arg("-version"));
    let classes = CLASSES.get_or_init(|| {
        let folder = TempDir::new().expect("a temporary folder");
        let mut command = Command::new(&javac);
        command
            .arg("-d")
            .arg(folder.path())
            .arg(program("Tls.java"));
        let _ = Process::spawn(&mut command)
            .finish(BUILD_TIME_MAX)
            .success();
        folder
    });
    let options = [
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Xshare:auto",
        "-cp",
    ];
    let command = [java].into_iter().chain(options.map(PathBuf::from));
    Some(Box::new(Script {
        name: format!("Java {}", version.trim().trim_start_matches("javac ")),
        command: command
            .chain([classes.path().to_owned(), "Tls".into()])
            .collect(),
        language: Language::Java,
    }))
}

/// A file of `interop-tests/peers`.
pub fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("peers")
        .join(name)
}

/// Where the gate puts what it fetches: `peers` in the target folder that this test lies in.
pub(super) fn peers_folder() -> Option<PathBuf> {
    let here = env::current_exe().ok()?;
    here.ancestors()
        .map(|folder| folder.join("peers"))
        .find(|folder| folder.is_dir())
}

/// A program that is at least so new: the gate's, or the one on the path.
#[track_caller]
fn recent(fetched: &str, program: &str, argument: &str, min: (u32, u32)) -> Option<PathBuf> {
    let fetched = peers_folder().map(|folder| folder.join(fetched));
    let found = fetched.into_iter().chain(on_path(program)).find(|program| {
        program.is_file() && version(&said(Command::new(program).arg(argument))) >= Some(min)
    });
    if found.is_none() {
        let (major, minor) = min;
        skip(&format!(
            "{program} {major}.{minor} or newer is not here (cargo xtask peers)"
        ));
    }
    found
}

#[track_caller]
fn said(command: &mut Command) -> String {
    Process::run(command).text()
}

/// The first two numbers: `v26.10.0`, `go version go1.27.3 linux/amd64`.
fn version(text: &str) -> Option<(u32, u32)> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let (_, text) = text.split_at(start);
    let mut numbers = text.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say_of_themselves() {
        assert_eq!(version("v26.10.0\n"), Some((26, 10)));
        assert_eq!(version("go version go1.27.3 linux/amd64"), Some((1, 27)));
        assert_eq!(version("no version"), None);
        assert!(version("v20.1.0") < Some(NODE_MIN));
    }
}
