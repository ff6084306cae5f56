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
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(build)
}

fn build() -> PathBuf {
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["build", "--package=wharf-pki-cli", "--bin=wharf"])
        .args(["--locked", "--message-format=json-render-diagnostics"]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let built = Process::spawn(&mut command)
        .finish(BUILD_TIME_MAX)
        .success();
    let path = built.text().lines().find_map(executable);
    path.unwrap_or_else(|| panic!("cargo names no executable\n{built}"))
}

/// The path of the program in one of cargo's messages.
fn executable(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    if message["target"]["name"] != "wharf" {
        return None;
    }
    message["executable"].as_str().map(PathBuf::from)
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
            Some("/t/wharf".into())
        );
        assert_eq!(executable(&of("wharf", "null")), None);
        assert_eq!(executable(&of("build-script-build", r#""/t/b""#)), None);
        assert_eq!(executable("not json"), None);
    }
}
