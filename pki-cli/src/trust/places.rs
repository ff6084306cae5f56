//! Where the files and the programs of this machine are: the only part of `trust/` that reads the environment.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// All that the trust stores of a machine are found by. A test makes one up.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// What every path of the system begins with: `/`.
    pub(crate) root: PathBuf,
    /// The user's home.
    pub(crate) home: Option<PathBuf>,
    /// `XDG_DATA_HOME`, if it is set.
    pub(crate) data_home: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`, if it is set.
    pub(crate) config_home: Option<PathBuf>,
    /// `JAVA_HOME`, if it is set.
    pub(crate) java_home: Option<PathBuf>,
    /// The folders with programs, in the order of the search.
    pub(crate) path: Vec<PathBuf>,
    /// This program, for lines that a user is to run.
    pub(crate) this_program: PathBuf,
}

impl Places {
    /// Those of this machine and this user.
    pub(crate) fn here() -> Self {
        let mut path: Vec<_> = env::var_os("PATH")
            .map(|path| env::split_paths(&path).collect())
            .unwrap_or_default();
        // Debian leaves the folders of the administrator's programs out of everyone else's path.
        path.extend(["/usr/sbin", "/sbin"].map(PathBuf::from));
        // A relative folder would be another one in another folder; the XDG specification has such values ignored.
        path.retain(|folder| folder.is_absolute());
        Self {
            root: "/".into(),
            home: env::home_dir().filter(|home| home.is_absolute()),
            data_home: absolute("XDG_DATA_HOME"),
            config_home: absolute("XDG_CONFIG_HOME"),
            java_home: absolute("JAVA_HOME"),
            path,
            this_program: env::current_exe().unwrap_or_else(|_| "wharf".into()),
        }
    }

    /// A path of the system, which is named without its first slash.
    pub(crate) fn system(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The program of this name, if it is installed.
    pub(crate) fn program(&self, name: &str) -> Option<PathBuf> {
        self.path
            .iter()
            .map(|folder| folder.join(name))
            .find(|file| is_program(file))
    }

    /// The line that installs something here: the package manager decides what it is called.
    pub(crate) fn install_line(&self, packages: &[(&str, &str)]) -> Option<String> {
        packages
            .iter()
            .find(|(manager, _)| self.program(manager).is_some())
            .map(|(manager, package)| {
                let verb = match *manager {
                    "pacman" => "-S",
                    "apk" => "add",
                    _ => "install",
                };
                format!("sudo {manager} {verb} {package}")
            })
    }
}

fn absolute(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
}

/// Whether this is a file that somebody may run.
pub(crate) fn is_program(file: &Path) -> bool {
    fs::metadata(file)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
