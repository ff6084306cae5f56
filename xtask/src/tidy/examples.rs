use std::collections::BTreeMap;

use super::source::File;

/// Examples of two crates with one name: both are built to the same path, and a test starts whichever came last.
pub(crate) fn check(files: &[File]) -> Vec<String> {
    let mut first = BTreeMap::new();
    let mut faults = Vec::new();
    for file in files {
        let Some((_, name)) = file.path.split_once("/examples/") else {
            continue;
        };
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
        assert_eq!(
            faults(&["dgram/examples/echo.rs", "net/examples/echo.rs"]),
            1
        );
    }

    #[test]
    fn examples_with_their_own_names_and_other_files_pass() {
        assert_eq!(
            faults(&["dgram/examples/udp_echo.rs", "net/examples/echo.rs"]),
            0
        );
        assert_eq!(faults(&["net/src/lib.rs", "dgram/src/lib.rs"]), 0);
    }
}
