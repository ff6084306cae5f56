//! The foreign programs. Each function finds one, or skips the test by name:
//!
//! ```no_run
//! # fn test() {
//! use wharf_interop_tests::peer;
//! let Some(curl) = peer::curl() else { return };
//! # }
//! ```

mod apache;
mod asgi;
mod browser;
mod curl;
mod datagrams;
mod gnutls;
mod haproxy;
mod http;
mod languages;
mod microsocks;
mod ncat;
mod nginx;
mod openssl;
mod python;
mod socat;

use std::env;
use std::io::{self, Write};
use std::panic::Location;
use std::path::PathBuf;
use std::thread;

pub use apache::{Apache, ApacheServing};
pub use asgi::uvicorn_server;
pub use browser::Browser;
pub use curl::{Curl, Fetched};
pub use datagrams::{DatagramPeer, datagram_peers};
pub use gnutls::GnuTls;
pub use haproxy::HaProxy;
pub use http::{HttpClient, HttpParsers, HttpServer, Serving};
pub use languages::{
    certbot, go, go_crl, go_csr, go_http, go_pki, go_server, h11_server, http_parsers, java,
    java_program, keytool, node, node_http, node_program, node_server, program,
    python_cryptography, python_tls,
};
pub use microsocks::{Microsocks, MicrosocksServing};
pub use ncat::Ncat;
pub use nginx::{Files, Front, Nginx};
pub use openssl::OpenSsl;
pub use python::Python;
pub use socat::Socat;

/// curl.
#[track_caller]
pub fn curl() -> Option<Curl> {
    require("curl", "curl").map(Curl::new)
}

/// The command of OpenSSL.
#[track_caller]
pub fn openssl() -> Option<OpenSsl> {
    require("openssl", "openssl").map(OpenSsl::new)
}

/// The commands of GnuTLS.
#[track_caller]
pub fn gnutls() -> Option<GnuTls> {
    require("gnutls-cli", "gnutls-bin").map(GnuTls::new)
}

/// NSS's command for PKCS#12 files; `certutil` is beside it.
#[track_caller]
pub fn pk12util() -> Option<PathBuf> {
    require("pk12util", "libnss3-tools")
}

/// Python and its standard library.
#[track_caller]
pub fn python() -> Option<Python> {
    require("python3", "python3").map(Python::new)
}

/// socat.
#[track_caller]
pub fn socat() -> Option<Socat> {
    require("socat", "socat").map(Socat::new)
}

/// Ncat, the netcat of the Nmap project.
#[track_caller]
pub fn ncat() -> Option<Ncat> {
    require("ncat", "ncat").map(Ncat::new)
}

/// HAProxy.
#[track_caller]
pub fn haproxy() -> Option<HaProxy> {
    require("haproxy", "haproxy").map(HaProxy::new)
}

/// nginx.
#[track_caller]
pub fn nginx() -> Option<Nginx> {
    require("nginx", "nginx-light").map(Nginx::new)
}

/// Apache's HTTP server.
#[track_caller]
pub fn apache() -> Option<Apache> {
    require("apache2", "apache2-bin").map(Apache::new)
}

/// microsocks.
#[track_caller]
pub fn microsocks() -> Option<Microsocks> {
    require("microsocks", "microsocks").map(Microsocks::new)
}

/// Chromium, with a trust store of its own.
#[track_caller]
pub fn browser() -> Option<Browser> {
    browser_with_store(".pki/nssdb")
}

/// The same with its trust store in this folder below its home.
#[track_caller]
pub fn browser_with_store(store: &'static str) -> Option<Browser> {
    let certutil = require("certutil", "libnss3-tools")?;
    let chromium = require("chromium", "chromium")?;
    Some(Browser::new(chromium, certutil, store))
}

/// The path of a program, or `None` after saying so.
///
/// # Panics
///
/// When it is missing although `REQUIRE_PEERS` is `1`.
#[track_caller]
pub fn require(program: &str, package: &str) -> Option<PathBuf> {
    let found = on_path(program);
    if found.is_none() {
        skip(&format!(
            "{program} is not installed (apt-get install {package})"
        ));
    }
    found
}

/// Says that the running test is skipped.
///
/// # Panics
///
/// When `REQUIRE_PEERS` is `1`.
#[track_caller]
pub fn skip(reason: &str) {
    assert!(
        env::var_os("REQUIRE_PEERS").is_none_or(|value| value != "1"),
        "{}",
        complaint(reason)
    );
    skip_unable(reason);
}

/// Says that the running test is skipped, for a reason that installing a program does not mend: a privilege or a device
/// that this machine does not give. `REQUIRE_PEERS` does not turn that into a failure.
#[track_caller]
pub fn skip_unable(reason: &str) {
    // Not `eprintln!`: the test runner would keep that to itself when the test passes.
    let _ = writeln!(io::stderr(), "{}", complaint(reason));
}

#[track_caller]
fn complaint(reason: &str) -> String {
    format!("SKIPPED {}: {reason}", test_name())
}

/// The test runner names the thread after the test; with one thread only, it runs tests on the main thread.
#[track_caller]
fn test_name() -> String {
    match thread::current().name() {
        Some(name) if name != "main" => name.to_owned(),
        _ => Location::caller().to_string(),
    }
}

pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Debian leaves the folders of the administrator's programs out of everyone else's path.
    let sbin = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    env::split_paths(&path)
        .chain(sbin)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_exists_is_found_and_another_is_not() {
        assert!(on_path("sh").is_some());
        assert_eq!(on_path("no-such-program-anywhere"), None);
    }

    #[test]
    fn a_test_knows_its_name() {
        let name = test_name();
        assert!(
            name.ends_with("a_test_knows_its_name") || name.contains("mod.rs"),
            "{name}"
        );
    }
}
