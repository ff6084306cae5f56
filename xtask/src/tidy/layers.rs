use super::source::File;

/// The arrows: which crate of ours may depend on which. Tests may reach sideways, so only what ships is checked.
const ARROWS: &[(&str, &[&str])] = &[
    ("net/Cargo.toml", &[]),
    ("dgram/Cargo.toml", &[]),
    ("tls/Cargo.toml", &[]),
    ("pki/fuzz/Cargo.toml", &["wharf-pki"]),
    ("tls/fuzz/Cargo.toml", &[]),
    ("http/Cargo.toml", &["wharf-net", "wharf-tls"]),
    ("http/fuzz/Cargo.toml", &[]),
    ("http/instructions/Cargo.toml", &[]),
    ("pki/Cargo.toml", &[]),
    (
        "pki-cli/Cargo.toml",
        &["wharf-pki", "wharf-http", "wharf-tls", "wharf-net"],
    ),
    ("xtask/Cargo.toml", &[]),
    // For tests: a dev-dependency of net, tls and http, and of nothing that ships.
    ("faults/Cargo.toml", &[]),
    // These two may import everything; nothing imports them.
    (
        "interop-tests/Cargo.toml",
        &[
            "wharf-net",
            "wharf-dgram",
            "wharf-tls",
            "wharf-http",
            "wharf-pki",
            "wharf-pki-cli",
        ],
    ),
    (
        "bench/Cargo.toml",
        &[
            "wharf-net",
            "wharf-dgram",
            "wharf-tls",
            "wharf-http",
            "wharf-pki",
        ],
    ),
];

/// Dependencies of ours that point against an arrow, and a crate that the table does not know.
pub(crate) fn check(file: &File) -> Vec<String> {
    let is_crate = file.text.lines().any(|line| line.trim() == "[package]")
        || file.text.contains("[dependencies]");
    let Some((_, allowed)) = ARROWS.iter().find(|(path, _)| *path == file.path) else {
        let unknown = is_crate && file.path.ends_with("Cargo.toml");
        return unknown
            .then(|| {
                format!(
                    "{}: a crate that the table of layers does not know",
                    file.path
                )
            })
            .into_iter()
            .collect();
    };
    let mut faults = Vec::new();
    for (number, line) in shipped_dependencies(&file.text) {
        for name in packages_of_ours(line).filter(|name| !allowed.contains(name)) {
            faults.push(format!(
                "{}:{number}: {name}: against the arrows of the layers",
                file.path
            ));
        }
    }
    faults
}

/// The lines of each dependency section but `dev-dependencies`, with their numbers; the headers of
/// `[dependencies.name]` too.
fn shipped_dependencies(manifest: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut inside = false;
    manifest.lines().enumerate().filter_map(move |(at, line)| {
        let line = line.split('#').next().unwrap_or_default().trim();
        if let Some(header) = line.strip_prefix('[') {
            // `[target.'cfg(unix)'.dependencies]` and `[build-dependencies]` ship as well.
            inside = header.contains("dependencies") && !header.contains("dev-dependencies");
        }
        inside.then_some((at + 1, line))
    })
}

/// Every `wharf-…` in a line: as a key, as a path, or behind `package =`.
fn packages_of_ours(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'))
        .filter(|word| word.starts_with("wharf-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn faults(path: &str, text: &str) -> usize {
        check(&File {
            path: path.into(),
            text: text.into(),
        })
        .len()
    }

    #[test]
    fn a_dependency_against_an_arrow_is_reported_in_each_form() {
        assert_eq!(
            faults(
                "net/Cargo.toml",
                "[dependencies]\nwharf-tls.workspace = true\n"
            ),
            1
        );
        assert_eq!(
            faults(
                "net/Cargo.toml",
                "[dependencies]\ntls = { package = \"wharf-tls\", path = \"../tls\" }\n"
            ),
            1
        );
        assert_eq!(
            faults(
                "net/Cargo.toml",
                "[dependencies.wharf-tls]\nworkspace = true\n"
            ),
            1
        );
        assert_eq!(
            faults(
                "net/Cargo.toml",
                "[target.'cfg(unix)'.dependencies]\nwharf-tls.workspace = true\n"
            ),
            1
        );
        assert_eq!(
            faults(
                "pki/Cargo.toml",
                "[build-dependencies]\nwharf-tls.workspace = true\n"
            ),
            1
        );
        assert_eq!(
            faults(
                "tls/Cargo.toml",
                "[dependencies]\nwharf-net.workspace = true\nwharf-http.workspace = true\n"
            ),
            2
        );
    }

    #[test]
    fn a_dependency_along_an_arrow_passes_and_so_does_one_of_the_tests() {
        assert_eq!(
            faults(
                "http/Cargo.toml",
                "[dependencies]\nwharf-net.workspace = true\nwharf-tls.workspace = true\n"
            ),
            0
        );
        assert_eq!(
            faults(
                "tls/Cargo.toml",
                "[dependencies]\nrustls = \"1\"\n[dev-dependencies]\nwharf-pki.workspace = true\n"
            ),
            0
        );
        assert_eq!(
            faults(
                "net/Cargo.toml",
                "[package]\nname = \"wharf-net\"\n[dependencies]\n# wharf-tls\n"
            ),
            0
        );
    }

    #[test]
    fn nothing_may_depend_on_the_tests_or_the_benches() {
        assert_eq!(
            faults(
                "pki-cli/Cargo.toml",
                "[dependencies]\nwharf-interop-tests = { path = \"x\" }\n"
            ),
            1
        );
    }

    #[test]
    fn a_crate_that_no_one_gave_a_layer_is_reported() {
        assert_eq!(
            faults("web/Cargo.toml", "[package]\nname = \"wharf-web\"\n"),
            1
        );
        assert_eq!(faults("Cargo.toml", "[workspace]\nmembers = []\n"), 0);
    }
}
