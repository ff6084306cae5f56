//! What no compiler checks. Each check is a function from text to faults, and has a test with a planted fault.
//!
//! | file | what it holds |
//! |---|---|
//! | `source.rs` | which files there are; Rust text without comments, strings and test modules |
//! | `sizes.rs` | no file past 500 code lines |
//! | `words.rs` | banned words, who may spawn; `forbid(unsafe_code)` at each crate root |
//! | `layers.rs` | which crate of ours may depend on which |
//! | `examples.rs` | no two examples with one name |
//! | `links.rs` | relative links in Markdown resolve |

mod examples;
mod layers;
mod links;
mod sizes;
mod source;
mod words;

use std::path::Path;

use crate::process::root;

/// Runs every check over the workspace and prints the faults. Whether there were none.
pub(crate) fn run() -> anyhow::Result<bool> {
    let (looked_at, faults) = check(root())?;
    for fault in &faults {
        println!("{fault}");
    }
    println!("tidy: {looked_at} files, {} faults", faults.len());
    Ok(faults.is_empty())
}

/// The number of files that were read, and the faults, sorted.
fn check(root: &Path) -> anyhow::Result<(usize, Vec<String>)> {
    let sources = source::read(root, "rs")?;
    let manifests = source::read(root, "toml")?;
    let pages = source::read(root, "md")?;
    // A walk that finds nothing would pass forever.
    anyhow::ensure!(
        !sources.is_empty() && !manifests.is_empty(),
        "no sources below {}",
        root.display()
    );

    let mut faults = Vec::new();
    for file in &sources {
        faults.extend(sizes::check(file));
        faults.extend(words::check(file));
    }
    faults.extend(examples::check(&sources));
    for file in &manifests {
        faults.extend(layers::check(file));
    }
    for file in &pages {
        faults.extend(links::check(root, file));
    }
    faults.sort();
    Ok((sources.len() + manifests.len() + pages.len(), faults))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plant(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn a_planted_fault_of_each_kind_is_found_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        plant(
            dir.path(),
            "net/Cargo.toml",
            "[dependencies]\nwharf-tls.workspace = true\n",
        );
        plant(
            dir.path(),
            "net/src/lib.rs",
            "#![forbid(unsafe_code)]\nmod spin;\n",
        );
        plant(dir.path(), "net/src/spin.rs", "fn f() {\n    todo!()\n}\n");
        plant(
            dir.path(),
            "http/src/lib.rs",
            &format!("#![forbid(unsafe_code)]\n{}", "fn f() {}\n".repeat(501)),
        );
        plant(dir.path(), "README.md", "See [the map](MAP.md).\n");
        plant(dir.path(), "target/debug/junk.rs", "todo!()\n");
        let (_, faults) = check(dir.path()).unwrap();
        let places: Vec<_> = faults
            .iter()
            .map(|fault| fault.split(": ").next().unwrap())
            .collect();
        assert_eq!(
            places,
            [
                "README.md:1",
                "http/src/lib.rs",
                "net/Cargo.toml:2",
                "net/src/spin.rs:2"
            ],
            "{faults:#?}"
        );
    }

    #[test]
    fn an_empty_tree_is_an_error_and_not_a_pass() {
        let dir = tempfile::tempdir().unwrap();
        assert!(check(dir.path()).is_err());
    }
}
