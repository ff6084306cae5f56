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

/// Words that would mean that the PROXY parser does more than parse.
const BANNED_IN_PROXY: &[(&str, &str)] = &[
    (
        "tokio",
        "the parser does no I/O; whoever reads the stream drives it",
    ),
    (
        "std::io",
        "the parser does no I/O; whoever reads the stream drives it",
    ),
    ("async", "nothing waits"),
    ("await", "nothing waits"),
    ("std::time", "a deadline is the reader's"),
];

fn scan(file: &str, source: &str, banned: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in source.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for (word, reason) in banned {
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

/// What [`scan`] finds in every file below `folder`, `expected` among them.
fn scan_folder(folder: &str, expected: &str, banned: &[(&str, &str)]) -> Vec<String> {
    let mut files = Vec::new();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
        &mut files,
    );
    assert!(
        files.iter().any(|path| path.ends_with(expected)),
        "the sources were not found"
    );
    let scan_file = |path: &PathBuf| {
        let source = fs::read_to_string(path).unwrap();
        scan(&path.display().to_string(), &source, banned)
    };
    files.iter().flat_map(scan_file).collect()
}

#[test]
fn net_imports_nothing_from_above() {
    let found = scan_folder("src", "proxy/v2.rs", BANNED);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_proxy_parser_imports_nothing_that_waits() {
    let found = scan_folder("src/proxy", "v2.rs", BANNED_IN_PROXY);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_scan_reports_a_planted_import() {
    assert_eq!(scan("x.rs", "use rustls::ServerConfig;", BANNED).len(), 1);
    assert_eq!(scan("x.rs", "// rustls would stand above", BANNED).len(), 0);
    let planted = "use tokio::io::AsyncRead;";
    assert_eq!(scan("x.rs", planted, BANNED_IN_PROXY).len(), 1);
}
