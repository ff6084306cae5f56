//! The codec waits for nothing; only `https.rs` names TLS; hyper is not here.

use std::fs;
use std::path::{Path, PathBuf};

/// Words banned from `src/h1`.
const CODEC: &[(&str, &str)] = &[
    ("tokio", "the codec does no I/O"),
    ("std::net::Tcp", "the codec does no I/O"),
    ("std::io::Read", "the codec does no I/O"),
    ("Instant", "time is an argument"),
    ("SystemTime", "time is an argument"),
    ("async ", "the codec never waits"),
    (".await", "the codec never waits"),
    ("wharf_", "the codec knows no other crate of ours"),
];

/// Words banned from everything but the files named.
const CRATE: &[(&str, &[&str], &str)] = &[
    (
        "wharf_tls",
        &["https.rs", "server/serve.rs"],
        "the composition with TLS is in https.rs; serve.rs takes it as an argument",
    ),
    ("rustls", &[], "TLS is reached through wharf-tls"),
    (
        "hyper",
        &[
            "server/mod.rs",
            "server/exchange.rs",
            "hyper_compat/on.rs",
            "hyper_compat/off.rs",
        ],
        "this is the HTTP library; only for `OnUpgrade` there is no other way",
    ),
    (
        "tokio::spawn",
        &["pool/sweeper.rs"],
        "wharf_net::serve spawns, and the client's pool",
    ),
    ("std::env", &[], "configuration is an argument"),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// The lines with `word`, outside comments and unit tests.
fn scan(file: &str, source: &str, word: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().enumerate();
    let hits = lines.filter(|(_, line)| line.split("//").next().unwrap_or_default().contains(word));
    hits.map(|(number, _)| format!("{file}:{}: {word}", number + 1))
        .collect()
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[test]
fn h1_imports_nothing_that_waits() {
    let files = sources(&src().join("h1"));
    assert!(files.len() > 8, "the sources were not found");
    for path in files {
        let source = fs::read_to_string(&path).unwrap();
        for (word, reason) in CODEC {
            assert_eq!(
                scan(&path.display().to_string(), &source, word),
                Vec::<String>::new(),
                "{reason}"
            );
        }
    }
}

#[test]
fn each_import_has_its_place() {
    let files = sources(&src());
    assert!(files.len() > 20, "the sources were not found");
    for path in files {
        let source = fs::read_to_string(&path).unwrap();
        for (word, allowed, reason) in CRATE {
            if !allowed.iter().any(|file| path.ends_with(file)) {
                assert_eq!(
                    scan(&path.display().to_string(), &source, word),
                    Vec::<String>::new(),
                    "{reason}"
                );
            }
        }
    }
}

#[test]
fn the_library_depends_on_hyper_only_where_it_was_asked_to() {
    let manifest = fs::read_to_string(src().parent().unwrap().join("Cargo.toml")).unwrap();
    let (_, behind) = manifest.split_once("[dependencies]").unwrap();
    let (dependencies, _) = behind.split_once("[dev-dependencies]").unwrap();
    assert!(
        dependencies.contains("httparse"),
        "the manifest was not found"
    );
    let required = dependencies
        .lines()
        .filter(|line| line.starts_with("hyper") && !line.contains("optional = true"));
    assert_eq!(required.count(), 0, "{dependencies}");
}

#[test]
fn the_scan_reports_a_planted_import() {
    assert_eq!(scan("x.rs", "use tokio::net::TcpStream;", "tokio").len(), 1);
    assert_eq!(
        scan(
            "x.rs",
            "// no tokio\n#[cfg(test)]\nuse tokio::test;",
            "tokio"
        )
        .len(),
        0
    );
}
