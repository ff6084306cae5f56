//! What this crate must not import, read from its sources and its manifest.

#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};

/// Names that no source of this crate may hold.
const BANNED: &[(&str, &str)] = &[
    ("wharf_net", "streams and datagrams do not know each other"),
    ("wharf_tls", "a layer above"),
    ("wharf_http", "a layer above"),
    ("wharf_pki", "not a matter of sockets"),
    ("TcpStream", "streams live in wharf-net"),
    ("TcpListener", "streams live in wharf-net"),
    (
        "tokio::spawn",
        "every wait is a future that the caller owns",
    ),
    (
        "env::var",
        "no environment variable changes a library by itself",
    ),
];

/// Packages that the manifest may not name, for tests either.
const BANNED_PACKAGES: &[&str] = &[
    "wharf-net",
    "wharf-tls",
    "wharf-http",
    "wharf-pki",
    "rustls",
    "http",
    "hyper",
];

fn scan(file: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for (word, why) in BANNED {
            if code.contains(word) {
                found.push(format!("{file}:{}: {word}: {why}", at + 1));
            }
        }
    }
    found
}

fn scan_manifest(text: &str) -> Vec<String> {
    let names = text.lines().filter_map(|line| {
        let key = line.split('#').next()?.split(['=', '.']).next()?.trim();
        BANNED_PACKAGES
            .iter()
            .find(|banned| **banned == key)
            .map(|banned| (*banned).to_owned())
    });
    names.collect()
}

/// The files of a folder, and of the folders in it.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false => vec![path],
        })
        .collect()
}

#[test]
fn no_source_imports_against_the_arrows() {
    let files = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(
        files.iter().any(|path| path.ends_with("batch/socket.rs")),
        "a scan of less proves less: {files:?}"
    );
    let found: Vec<_> = files
        .iter()
        .flat_map(|path| {
            scan(
                &path.display().to_string(),
                &std::fs::read_to_string(path).unwrap(),
            )
        })
        .collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_manifest_names_no_banned_package() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    assert_eq!(
        scan_manifest(&std::fs::read_to_string(path).unwrap()),
        Vec::<String>::new()
    );
}

#[test]
fn the_scan_reports_a_planted_import() {
    assert_eq!(scan("x.rs", "use wharf_net::Listener;").len(), 1);
    assert_eq!(
        scan(
            "x.rs",
            "let stream = tokio::net::TcpStream::connect(a).await;"
        )
        .len(),
        1
    );
    assert_eq!(
        scan(
            "x.rs",
            "// use wharf_net::Listener;\nuse tokio::net::UdpSocket;"
        )
        .len(),
        0
    );
}

#[test]
fn the_scan_reports_a_planted_package() {
    assert_eq!(
        scan_manifest("[dependencies]\nwharf-net.workspace = true\nhttp = \"1\"\n"),
        ["wharf-net", "http"]
    );
    assert_eq!(
        scan_manifest("[dependencies]\ntokio = \"1\"\n# wharf-net\n"),
        Vec::<String>::new()
    );
}
