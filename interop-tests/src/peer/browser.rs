use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::{Finished, Process};

/// Chromium with a profile and a trust store (NSS) of its own: what the user's browser trusts has no part in it.
#[derive(Debug)]
pub struct Browser {
    program: PathBuf,
    certutil: PathBuf,
    home: TempDir,
    store: &'static str,
}

impl Browser {
    pub(super) fn new(program: PathBuf, certutil: PathBuf, store: &'static str) -> Self {
        let home = tempfile::Builder::new()
            .prefix("wharf-interop-")
            .tempdir()
            .expect("a temporary folder");
        let browser = Self {
            program,
            certutil,
            home,
            store,
        };
        fs::create_dir_all(browser.store()).expect("a new folder");
        browser.certutil(&["-N", "--empty-password"]);
        browser
    }

    /// The folder of the trust store, where Chromium looks for it below `HOME`.
    pub fn store(&self) -> PathBuf {
        self.home.path().join(self.store)
    }

    /// Its `HOME`.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    #[track_caller]
    fn certutil(&self, args: &[&str]) {
        let store = format!("sql:{}", self.store().display());
        let mut command = Command::new(&self.certutil);
        command.args(["-d", &store]).args(args);
        let _ = Process::run(&mut command).success();
    }

    /// Puts a root into the trust store.
    ///
    /// # Panics
    ///
    /// When `certutil` refuses it.
    #[track_caller]
    pub fn trust(&self, root: &Path) {
        let root = root.to_str().expect("temporary paths are text");
        self.certutil(&["-A", "-t", "C,,", "-n", "wharf-interop", "-i", root]);
    }

    /// Opens a page and returns its document, after scripts, on standard output.
    ///
    /// # Panics
    ///
    /// When the browser does not end.
    #[track_caller]
    pub fn open(&self, url: &str) -> Finished {
        let profile = format!(
            "--user-data-dir={}",
            self.home.path().join("profile").display()
        );
        let mut command = Command::new(&self.program);
        command
            .env("HOME", self.home.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME")
            .env_remove("SSLKEYLOGFILE")
            .args(QUIET)
            .args([&profile, "--dump-dom", url]);
        Process::run(&mut command)
    }
}

/// No window, no sandbox (it does not start as root or in a container), and no word to anyone but the page.
const QUIET: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
];
