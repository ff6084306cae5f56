//! `wharf cert p12`: what it writes, imported by others; what others write, shown and taken out.

mod importers;
mod read;
mod write;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use wharf_interop_tests::{Finished, Home, Process};

/// In the environment of the command, as `SECRET`.
const SECRET: &str = "pässwörd";

const WITH_SECRET: [&str; 2] = ["--p12-password-env", "SECRET"];

/// A folder in which the command runs, and a home beside it.
struct Desk {
    home: Home,
    folder: PathBuf,
}

impl Desk {
    fn new() -> Self {
        let home = Home::new();
        let folder = home.folder("desk");
        Self { home, folder }
    }

    /// With a certificate for `api.test` and its key.
    #[track_caller]
    fn issued() -> Self {
        let desk = Self::new();
        let _ = desk.wharf(&["cert", "issue", "api.test"]).success();
        desk
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.home.wharf(args);
        command.current_dir(&self.folder).env("SECRET", SECRET);
        command
    }

    fn wharf(&self, args: &[&str]) -> Finished {
        let ran = Process::run(&mut self.command(args));
        assert!(!ran.stderr.contains(SECRET), "{ran}");
        ran
    }

    /// `wharf cert p12` with the secret as the password of the file.
    fn p12(&self, args: &[&str]) -> Finished {
        self.wharf(&[&["cert", "p12"], args, &WITH_SECRET].concat())
    }

    /// Its exit status is 1, nothing is on stdout, and what it says holds this.
    #[track_caller]
    fn fails(&self, args: &[&str], said: &str) {
        let ran = self.wharf(args);
        assert_eq!((ran.code(), ran.text().as_str()), (Some(1), ""), "{ran}");
        assert!(ran.stderr.contains(said), "{said}: {ran}");
    }

    /// A foreign program in the folder.
    #[track_caller]
    fn foreign(&self, command: &mut Command) -> Finished {
        Process::run(command.current_dir(&self.folder)).success()
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.join(name)).unwrap()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.folder.join(name), content).unwrap();
    }

    fn mode(&self, name: &str) -> u32 {
        let about = fs::metadata(self.folder.join(name)).unwrap();
        about.permissions().mode() & 0o777
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}
