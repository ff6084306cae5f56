use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;

use crate::Process;

/// A cold build compiles the whole workspace, and another cargo may hold the lock on the target folder.
const BUILD_TIME_MAX: Duration = Duration::from_secs(15 * 60);

/// The command under test, built with the profile of the tests, once per test process.
#[track_caller]
pub(crate) fn wharf() -> &'static Path {
    static BUILT: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build(&["--package=wharf-pki-cli", "--bin=wharf"]));
    &built["wharf"]
}

/// The program of an example of `wharf-net`, built like the command.
///
/// # Panics
///
/// When there is no such example.
#[track_caller]
pub fn example(name: &str) -> &'static Path {
    static BUILT: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build(&["--package=wharf-net", "--examples"]));
    let program = built.get(name);
    program.unwrap_or_else(|| panic!("no example {name}, but {:?}", built.keys()))
}

/// Builds, and returns the programs by their names.
fn build(what: &[&str]) -> HashMap<String, PathBuf> {
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("build")
        .args(what)
        .args(["--locked", "--message-format=json-render-diagnostics"]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let built = Process::spawn(&mut command)
        .finish(BUILD_TIME_MAX)
        .success();
    let programs: HashMap<_, _> = built.text().lines().filter_map(executable).collect();
    assert!(!programs.is_empty(), "cargo names no executable\n{built}");
    programs
}

/// The name and the path of the program in one of cargo's messages.
fn executable(message: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(message).ok()?;
    let name = message["target"]["name"].as_str()?;
    let path = message["executable"].as_str()?;
    Some((name.to_owned(), path.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_executable_is_found_among_the_messages() {
        let of = |name: &str, path: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"name":"{name}"}},"executable":{path}}}"#
            )
        };
        assert_eq!(
            executable(&of("wharf", r#""/t/wharf""#)),
            Some(("wharf".into(), "/t/wharf".into()))
        );
        assert_eq!(executable(&of("wharf", "null")), None);
        assert_eq!(executable("not json"), None);
    }
}
