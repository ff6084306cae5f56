//! `net` knows sockets and nothing above them.

use std::fs;
use std::path::{Path, PathBuf};

/// Words that would mean an import against an arrow of the architecture.
const BANNED: &[(&str, &str)] = &[
    ("wharf_", "net is the lowest layer"),
    ("rustls", "TLS stands above net"),
    ("http::", "HTTP stands above net"),
    ("std::env", "options are arguments"),
];

fn scan(file: &str, source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in source.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for (word, reason) in BANNED {
            if code.contains(word) {
                found.push(format!("{file}:{}: `{word}`: {reason}", number + 1));
            }
        }
    }
    found
}

/// Every file below a folder.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

#[test]
fn net_imports_nothing_from_above() {
    let mut files = Vec::new();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    assert!(files.len() > 5, "the sources were not found");
    let mut found = Vec::new();
    for path in files {
        found.extend(scan(
            &path.display().to_string(),
            &fs::read_to_string(&path).unwrap(),
        ));
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_scan_reports_a_planted_import() {
    assert_eq!(scan("x.rs", "use rustls::ServerConfig;").len(), 1);
    assert_eq!(scan("x.rs", "// rustls would stand above").len(), 0);
}
