use std::collections::BTreeMap;

use super::source::File;

/// The name of several examples: `cargo run -p PACKAGE --example echo` has no other way to be the same for all. Each is
/// a few lines around a program with a name of its own, which the tests start.
const SHARED: &str = "echo.rs";

/// Examples of two crates with one name: both are built to the same path, and a test starts whichever came last.
pub(crate) fn check(files: &[File]) -> Vec<String> {
    let mut first = BTreeMap::new();
    let mut faults = Vec::new();
    for file in files {
        let Some((_, name)) = file.path.split_once("/examples/") else {
            continue;
        };
        if name == SHARED {
            continue;
        }
        if let Some(other) = first.insert(name, &file.path) {
            faults.push(format!("{}: {other} has the same name", file.path));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(paths: &[&str]) -> usize {
        let file = |path: &&str| File {
            path: (*path).into(),
            text: String::new(),
        };
        check(&paths.iter().map(file).collect::<Vec<_>>()).len()
    }

    #[test]
    fn two_examples_with_one_name_are_reported() {
        assert_eq!(faults(&["dgram/examples/nc.rs", "net/examples/nc.rs"]), 1);
    }

    #[test]
    fn examples_with_their_own_names_and_other_files_pass() {
        assert_eq!(
            faults(&["dgram/examples/udp_echo.rs", "net/examples/echo.rs"]),
            0
        );
        assert_eq!(
            faults(&["http/examples/echo.rs", "net/examples/echo.rs"]),
            0
        );
        assert_eq!(faults(&["net/src/lib.rs", "dgram/src/lib.rs"]), 0);
    }
}
