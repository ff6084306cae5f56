//! The store of the system, covered by copies: what is changed in it, is changed for a command and its children only.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use wharf_interop_tests::{Process, peer};

/// What a command sees in place of the machine's own.
const COVERED: [(&str, &str); 3] = [
    ("certs", "/etc/ssl/certs"),
    ("local", "/usr/local/share/ca-certificates"),
    ("hooks", "/etc/ca-certificates/update.d"),
];

/// Copies of the folders of Debian's store. They keep what commands do to them until this is dropped.
pub(super) struct Mounts {
    dir: TempDir,
}

impl Mounts {
    /// Copies with no hooks, or `None` after saying why not.
    #[track_caller]
    pub(super) fn new() -> Option<Self> {
        // Before the programs: only root needs them.
        if !rustix::process::geteuid().is_root() {
            peer::skip_unable("a mount namespace takes root");
            return None;
        }
        peer::require("update-ca-certificates", "ca-certificates")?;
        peer::require("unshare", "util-linux")?;
        if !COVERED.iter().all(|(_, folder)| Path::new(folder).is_dir()) {
            peer::skip_unable("this is not the store of Debian");
            return None;
        }
        let dir = TempDir::new().expect("a temporary folder");
        for (name, folder) in COVERED {
            let copy = dir.path().join(name);
            if name == "hooks" {
                // Debian's own would change dpkg's state.
                fs::create_dir(copy).expect("a new folder");
            } else {
                let _ = Process::run(Command::new("cp").arg("-a").arg(folder).arg(copy)).success();
            }
        }
        let mounts = Self { dir };
        let tried = Process::run(&mut mounts.enter(&Command::new("true")));
        if !tried.status.success() {
            peer::skip_unable(&format!("no mount namespace: {}", tried.stderr.trim()));
            return None;
        }
        // What the machine has may not be what an update makes of it.
        let _ = Process::run(&mut mounts.enter(&Command::new("update-ca-certificates"))).success();
        Some(mounts)
    }

    /// Has updates run a hook.
    pub(super) fn hook(&self, file: &Path) {
        // By a process of its own: who runs it must not find it open for writing. run-parts takes no name with a dot.
        let mut copy = Command::new("cp");
        let _ = Process::run(copy.arg(file).arg(self.folder("hooks").join("java"))).success();
    }

    /// One of the copies, by its name.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The command among the copies.
    pub(super) fn enter(&self, command: &Command) -> Command {
        let mut script = String::from("set -e\n");
        for (name, folder) in COVERED {
            script += &format!("mount --bind \"$0/{name}\" {folder}\n");
        }
        script += "exec \"$@\"";
        let mut entered = Command::new("unshare");
        entered
            .args(["--mount", "--propagation", "private", "sh", "-c", &script])
            .arg(self.dir.path())
            .arg(command.get_program())
            .args(command.get_args());
        if let Some(folder) = command.get_current_dir() {
            entered.current_dir(folder);
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => entered.env(name, value),
                None => entered.env_remove(name),
            };
        }
        entered
    }

    /// Every name in the store with where it leads to, and the bundle.
    pub(super) fn state(&self) -> Vec<String> {
        let mut state = Vec::new();
        for name in ["certs", "local"] {
            let folder = self.folder(name);
            for entry in fs::read_dir(&folder).expect("a folder of ours") {
                let path = entry.expect("a folder of ours").path();
                let leads_to = fs::read_link(&path).unwrap_or_default();
                state.push(format!("{} -> {}", path.display(), leads_to.display()));
            }
        }
        state.sort();
        let bundle = self.folder("certs").join("ca-certificates.crt");
        state.push(fs::read_to_string(bundle).expect("a bundle"));
        state
    }
}
