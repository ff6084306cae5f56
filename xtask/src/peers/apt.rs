use std::process::{Command, Stdio};

use crate::process::{on_path, stream};

/// Installs packages, if apt may be asked at all.
pub(super) fn install(packages: &[&str]) -> anyhow::Result<()> {
    let apt = may_install();
    if apt == Apt::No {
        return Ok(());
    }
    stream(&mut apt_get(apt, &["update"]))?;
    if stream(&mut apt_get(apt, &[&INSTALL[..], packages].concat())).is_ok() {
        return Ok(());
    }
    // One package that this distribution does not have must not keep the others away.
    for package in packages {
        if let Err(error) = stream(&mut apt_get(apt, &[&INSTALL[..], &[package]].concat())) {
            eprintln!("{error:#}");
        }
    }
    Ok(())
}

/// Who may ask apt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Apt {
    Root,
    Sudo,
    /// There is no apt, or it would ask for a password.
    No,
}

fn may_install() -> Apt {
    if !on_path("apt-get") {
        return Apt::No;
    }
    if rustix::process::geteuid().is_root() {
        return Apt::Root;
    }
    let quiet = Command::new("sudo")
        .args(["-n", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if quiet.is_ok_and(|status| status.success()) {
        Apt::Sudo
    } else {
        Apt::No
    }
}

const INSTALL: [&str; 3] = ["install", "--yes", "--no-install-recommends"];

fn apt_get(apt: Apt, args: &[&str]) -> Command {
    let mut command = if apt == Apt::Sudo {
        let mut sudo = Command::new("sudo");
        // sudo clears the environment, so the variable is part of its command line.
        sudo.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    } else {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    command.args(args).stdin(Stdio::null());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apt_never_asks_a_question() {
        let root = apt_get(Apt::Root, &["update"]);
        assert!(
            root.get_envs()
                .any(|(name, value)| name == "DEBIAN_FRONTEND"
                    && value == Some("noninteractive".as_ref()))
        );
        let sudo = apt_get(Apt::Sudo, &["update"]);
        let args: Vec<_> = sudo.get_args().collect();
        assert_eq!(
            args,
            ["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get", "update"]
        );
    }
}
