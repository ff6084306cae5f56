//! What is run when a certificate was renewed: what reloads a server.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Command;
use tokio::time::timeout;

use super::report::Renewed;
use wharf_pki::store::FileKind;

/// How long a command may take. A reload takes seconds; one that hangs must not keep the other certificates from being renewed.
const TIME_MAX: Duration = Duration::from_secs(5 * 60);

/// Runs a command in a shell. What it says goes to stderr: stdout is for results. `secrets` are the variables of the
/// environment that hold passwords.
pub(super) async fn run(
    command: &str,
    renewed: &Renewed,
    secrets: impl IntoIterator<Item = &str>,
) -> anyhow::Result<()> {
    let mut shell = Command::new("/bin/sh");
    for secret in secrets {
        shell.env_remove(secret);
    }
    shell
        .arg("-c")
        .arg(command)
        .stdin(Stdio::null())
        .stdout(Stdio::from(io::stderr()))
        .process_group(0)
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
    let status = within(TIME_MAX, &mut shell).await?;
    if !status.success() {
        bail!("the command of --exec failed: {status}");
    }
    Ok(())
}

/// Waits for the end of a command that leads a group of its own; after the limit all of the group are killed.
async fn within(limit: Duration, command: &mut Command) -> anyhow::Result<ExitStatus> {
    let cannot = "cannot run the command of --exec";
    let mut child = command.spawn().context(cannot)?;
    if let Ok(status) = timeout(limit, child.wait()).await {
        return status.context(cannot);
    }
    // It has not been awaited, so its number is still its own, and that of its group.
    let group = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(group) = group.and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait().await;
    bail!(
        "the command of --exec ran for {} seconds and was stopped",
        limit.as_secs()
    )
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn a_command_that_hangs_is_stopped_with_all_that_it_started() {
        let (ours, theirs) = io::pipe().unwrap();
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", "sleep 1000 & sleep 1000; true"])
            .stdout(Stdio::from(theirs))
            .process_group(0);
        let ended = within(Duration::from_millis(100), &mut shell).await;
        assert!(ended.unwrap_err().to_string().contains("was stopped"));
        drop(shell);
        // Ends once nobody has the other end any more.
        let mut ours = tokio::net::unix::pipe::Receiver::from_owned_fd(ours.into()).unwrap();
        let mut said = Vec::new();
        let end = timeout(Duration::from_secs(60), ours.read_to_end(&mut said));
        end.await.expect("a process was left behind").unwrap();
    }
}
