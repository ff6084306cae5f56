//! Node as a server of the bench.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use crate::process::ServerProcess;

/// Next to this package's manifest: the bench runs where it was built.
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/node/tls.js");

/// The program that `WHARF_NODE` names, otherwise `node` on the path.
fn program() -> OsString {
    std::env::var_os("WHARF_NODE").unwrap_or_else(|| "node".into())
}

/// Starts Node on the files of `folder`.
pub fn start(name: &'static str, folder: &Path, bulk_bytes: u64) -> anyhow::Result<ServerProcess> {
    let program = program();
    let bulk_bytes = bulk_bytes.to_string();
    ServerProcess::run(
        name,
        &[
            &program,
            OsStr::new(SCRIPT),
            folder.as_os_str(),
            OsStr::new(&bulk_bytes),
        ],
    )
}

/// Its version, and that of its OpenSSL; `None` where there is no Node.
pub fn versions() -> Option<(String, String)> {
    let output = Command::new(program())
        .args([
            "-p",
            "process.versions.node + ' ' + process.versions.openssl",
        ])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (node, openssl) = text.trim().split_once(' ')?;
    Some((node.to_owned(), openssl.to_owned()))
}
