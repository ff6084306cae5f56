//! `tls` works over any stream: it names neither `net` nor `http`.

use std::fs;
use std::path::Path;

/// Words that would mean an import against an arrow of the architecture.
const BANNED: &[(&str, &str)] = &[
    ("wharf_", "tls knows no other layer"),
    ("tokio::net", "tls works over any stream"),
    ("std::net", "tls works over any stream"),
    ("std::env", "nothing in the environment changes security"),
    ("::fs", "identities are handed over as bytes"),
    ("danger", "nothing here can weaken verification"),
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

#[test]
fn tls_names_neither_sockets_nor_http() {
    let mut files = 0;
    let mut found = Vec::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap() {
        let path = entry.unwrap().path();
        found.extend(scan(
            &path.display().to_string(),
            &fs::read_to_string(&path).unwrap(),
        ));
        files += 1;
    }
    assert!(files > 4, "the sources were not found");
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_scan_reports_a_planted_import() {
    assert_eq!(scan("x.rs", "use tokio::net::TcpStream;").len(), 1);
    assert_eq!(scan("x.rs", "// as over tokio::net").len(), 0);
}
