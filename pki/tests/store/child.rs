//! This test binary, started once more as another process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use wharf_pki::{Home, inspect::inspect_der};

use crate::support::{now, options};

/// Starts a process that does one of the things of [`child_process`] in a folder.
pub(crate) fn start(what: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child::child_process", "--nocapture"])
        .env("CHILD_PROCESS", what)
        .env("CHILD_FOLDER", folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Not a test by itself: what [`start`] starts.
#[test]
#[expect(clippy::print_stdout, reason = "the parent reads it")]
fn child_process() {
    let (Ok(what), Some(folder)) = (
        std::env::var("CHILD_PROCESS"),
        std::env::var_os("CHILD_FOLDER"),
    ) else {
        return;
    };
    let folder = PathBuf::from(folder);
    match what.as_str() {
        "load_or_create" => {
            let (ca, _) = Home::at(folder)
                .load_or_create_ca(&options(), now())
                .unwrap();
            println!("\nroot {}", inspect_der(ca.root().der()).unwrap().sha256);
        }
        "create_until_killed" => {
            // The bound is for a parent that has gone.
            for n in 0..10_000 {
                Home::at(folder.join(n.to_string()))
                    .load_or_create_ca(&options(), now())
                    .unwrap();
                println!("\nmade {n}");
            }
        }
        "open" => crate::opening::open_once(&folder),
        "work_until_killed" => crate::crashes::work(&folder),
        other => panic!("{other}"),
    }
}
