use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, CaSubject, Key, KeyType};

use crate::trust::{Choice, Kind, Places, Report, Root, Wanted, install, remove, status};

/// A system below a temporary folder, with a home, and with programs that only note how they are called.
pub(super) struct Machine {
    dir: TempDir,
    pub(super) places: Places,
}

impl Machine {
    /// One on which nothing is installed.
    pub(super) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let at = |name: &str| {
            let path = dir.path().join(name);
            fs::create_dir(&path).unwrap();
            path
        };
        let places = Places {
            root: at("root"),
            home: Some(at("home")),
            data_home: None,
            config_home: None,
            java_home: None,
            path: vec![at("bin")],
            this_program: "/opt/my programs/wharf".into(),
        };
        Self { dir, places }
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    fn bin(&self) -> &Path {
        &self.places.path[0]
    }

    /// Installs a program that does nothing.
    pub(super) fn stub(&self, name: &str) {
        // A link, since a program that was just written may still be open for writing in another test's child process, and
        // then cannot be run.
        let stub = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/trust/tests/stub.sh");
        symlink(stub, self.bin().join(name)).unwrap();
    }

    /// Installs a program that does this.
    pub(super) fn program(&self, name: &str, script: &str) {
        self.stub(name);
        self.script(name, script);
    }

    /// Has a program do this from now on.
    pub(super) fn script(&self, name: &str, script: &str) {
        fs::write(self.bin().join(format!("{name}.do")), script).unwrap();
    }

    /// How the programs were called since this was last asked.
    pub(super) fn calls(&self) -> Vec<String> {
        let calls = self.bin().join("calls");
        let text = fs::read_to_string(&calls).unwrap_or_default();
        let _ = fs::remove_file(calls);
        let here = format!("{}/", self.path().display());
        text.lines().map(|line| line.replace(&here, "")).collect()
    }

    /// Makes a folder of the system or of the home.
    pub(super) fn folder(&self, path: &str) -> PathBuf {
        let folder = self.path().join(path);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// Makes a file with its folder.
    pub(super) fn file(&self, path: &str, content: &str) -> PathBuf {
        let file = self.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, content).unwrap();
        file
    }

    /// A new root in a file of this name.
    pub(super) fn root(&self, name: &str) -> Root {
        let key = Key::generate(KeyType::P256).unwrap();
        let now = std::time::SystemTime::now().into();
        let subject = CaSubject::new("Test root");
        let root = Authority::root(key, &subject, 10 * DAY, 1, now).unwrap();
        Root::read(&self.file(name, &root.certificate().to_pem())).unwrap()
    }

    /// The files below the system and the home, with their content.
    pub(super) fn files(&self) -> Vec<(String, String)> {
        let mut files = Vec::new();
        let mut folders = vec![self.places.root.clone(), self.places.home.clone().unwrap()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.path()).unwrap();
                    let content = fs::read_to_string(&path).unwrap_or_default();
                    files.push((name.display().to_string(), content));
                }
            }
        }
        files.sort();
        files
    }

    pub(super) fn install(&self, kind: Kind, root: &Root) -> Vec<String> {
        self.said(&install(&self.places, &choice(kind), root))
    }

    pub(super) fn remove(&self, kind: Kind, root: &Root) -> Vec<String> {
        let wanted = Wanted::Fingerprint(root.fingerprint);
        self.said(&remove(&self.places, &choice(kind), &wanted))
    }

    pub(super) fn status(&self, kind: Kind, root: &Root) -> Vec<Report> {
        let wanted = Wanted::Fingerprint(root.fingerprint);
        status(&self.places, &choice(kind), &wanted)
    }

    /// The lines of the reports and of their steps, with paths below the machine.
    pub(super) fn said(&self, reports: &[Report]) -> Vec<String> {
        let here = format!("{}/", self.path().display());
        let lines = reports
            .iter()
            .flat_map(|report| [&[report.to_string()], &report.steps[..]].concat());
        lines.map(|line| line.replace(&here, "")).collect()
    }
}

pub(super) fn choice(kind: Kind) -> Choice {
    Choice {
        kinds: vec![kind],
        ..Choice::default()
    }
}
