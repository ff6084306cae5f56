//! What is run when a certificate was renewed: what reloads a server.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::process::Command;
use tokio::time::timeout;

use super::report::Renewed;
use wharf_pki::store::FileKind;

/// How long a command may take. A reload takes seconds; one that hangs must not keep the other certificates from being renewed.
const TIME_MAX: Duration = Duration::from_secs(5 * 60);

/// Runs a command in a shell. What it says goes to stderr: stdout is for results.
pub(super) async fn run(command: &str, renewed: &Renewed) -> anyhow::Result<()> {
    let mut shell = Command::new("/bin/sh");
    shell
        .arg("-c")
        .arg(command)
        .stdin(Stdio::null())
        .stdout(Stdio::from(io::stderr()))
        .kill_on_drop(true)
        .env("WHARF_NAMES", renewed.plain_names.join(" "));
    let chain = renewed
        .place(FileKind::Chain)
        .or_else(|| renewed.place(FileKind::Certificate));
    let bundle = renewed.place(FileKind::Bundle);
    for (name, path) in [
        ("WHARF_CERT", chain.or(bundle)),
        ("WHARF_KEY", renewed.place(FileKind::Key).or(bundle)),
    ] {
        match path {
            Some(path) => shell.env(name, path),
            None => shell.env_remove(name),
        };
    }
    let ended = timeout(TIME_MAX, shell.status()).await;
    let status = match ended {
        Ok(status) => status.context("cannot run the command of --exec")?,
        Err(_) => bail!(
            "the command of --exec ran for {} seconds and was stopped",
            TIME_MAX.as_secs()
        ),
    };
    if !status.success() {
        bail!("the command of --exec failed: {status}");
    }
    Ok(())
}
