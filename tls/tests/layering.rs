//! `tls` works over any stream: it names neither `net` nor `http`.

use std::fs;
use std::path::{Path, PathBuf};

/// Words that would mean an import against an arrow of the architecture: the word, why, and the one place that may.
const BANNED: &[(&str, &str, &str)] = &[
    ("wharf_", "tls knows no other layer", ""),
    ("tokio::net", "tls works over any stream", ""),
    ("std::net::Tcp", "tls works over any stream", ""),
    ("std::net::Udp", "tls works over any stream", ""),
    ("std::os", "tls works over any stream", ""),
    (
        "std::env",
        "nothing in the environment changes security",
        "",
    ),
    (
        "::fs",
        "identities are handed over as bytes; what watches files reads them",
        "src/files/",
    ),
    (
        "dangerous()",
        "only this module can weaken verification",
        "src/danger.rs",
    ),
];

fn scan(file: &str, source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in source.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for (word, reason, place) in BANNED {
            let allowed = !place.is_empty() && file.contains(place);
            if code.contains(word) && !allowed {
                found.push(format!("{file}:{}: `{word}`: {reason}", number + 1));
            }
        }
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn tls_names_neither_sockets_nor_http() {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    assert!(files.len() > 4, "the sources were not found");
    let mut found = Vec::new();
    for path in files {
        let source = fs::read_to_string(&path).unwrap();
        found.extend(scan(&path.display().to_string(), &source));
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_scan_reports_a_planted_import() {
    assert_eq!(scan("x.rs", "use tokio::net::TcpStream;").len(), 1);
    assert_eq!(scan("x.rs", "// as over tokio::net").len(), 0);
    assert_eq!(scan("tls/src/files/x.rs", "std::fs::read(path)").len(), 0);
    assert_eq!(scan("tls/src/server.rs", "std::fs::read(path)").len(), 1);
}
