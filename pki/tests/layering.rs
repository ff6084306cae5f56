//! What this crate may not import, and the clock that it may not read.

use std::fs;
use std::path::Path;

const BANNED: &[(&str, &str)] = &[
    ("tokio", "issuing is a function, not a task"),
    ("async fn", "issuing is a function, not a task"),
    (".await", "issuing is a function, not a task"),
    ("TcpStream", "no network here"),
    ("TcpListener", "no network here"),
    ("UdpSocket", "no network here"),
    ("UnixStream", "no network here"),
    ("wharf_net", "pki stands below"),
    ("wharf_tls", "pki stands beside"),
    ("wharf_http", "pki stands below"),
    ("Instant::now", "time is an argument"),
    ("SystemTime::now", "time is an argument"),
    ("now_utc", "time is an argument"),
    ("now_local", "time is an argument"),
    ("ASN1Time::now", "time is an argument"),
    ("env::var", "the command line reads the environment"),
    ("rcgen::KeyPair", "keys are our own type"),
];

const BANNED_PACKAGES: &[&str] = &[
    "tokio",
    "rustls",
    "tokio-rustls",
    "wharf-net",
    "wharf-tls",
    "wharf-http",
    "ring",
    "anyhow",
    "socket2",
];

/// The files that may touch a disk.
const DISK: &str = "src/store/";

#[test]
fn the_sources_import_nothing_that_is_banned() {
    assert_eq!(scan_folder(), Vec::<String>::new());
}

#[test]
fn the_manifest_names_no_banned_package() {
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    assert!(dependencies(&manifest).contains(&"rcgen".to_owned()));
    assert_eq!(banned_packages(&manifest), Vec::<String>::new());
}

#[test]
fn the_scan_reports_a_planted_import() {
    assert_eq!(scan("src/x.rs", "use tokio::net;\n").len(), 1);
    assert_eq!(
        scan(
            "src/x.rs",
            "fn f() { let now = OffsetDateTime::now_utc(); }\n"
        )
        .len(),
        1
    );
    assert_eq!(scan("src/x.rs", "use std::fs::File;\n").len(), 1);
    assert_eq!(scan("src/store/x.rs", "use std::fs::File;\n").len(), 0);
    assert_eq!(
        scan(
            "src/x.rs",
            "/// tokio would be wrong here\n// SystemTime::now too\n"
        )
        .len(),
        0
    );
}

#[test]
fn the_manifest_check_reports_a_planted_package() {
    let manifest =
        "[dependencies]\nrcgen = \"1\"\ntokio.workspace = true\n[dev-dependencies]\nring = \"1\"\n";
    assert_eq!(banned_packages(manifest), ["tokio"]);
}

fn scan_folder() -> Vec<String> {
    let mut folders = vec![Path::new("src").to_path_buf()];
    let (mut files, mut findings) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files += 1;
                findings.extend(scan(
                    path.to_str().unwrap(),
                    &fs::read_to_string(&path).unwrap(),
                ));
            }
        }
    }
    assert!(files >= 10, "only {files} files were read");
    findings
}

fn scan(path: &str, source: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for (number, line) in source.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for (word, reason) in BANNED {
            if code.contains(word) {
                findings.push(format!("{path}:{}: {word}: {reason}", number + 1));
            }
        }
        if !path.starts_with(DISK) && code.contains("std::fs") {
            findings.push(format!(
                "{path}:{}: std::fs: only {DISK} touches a disk",
                number + 1
            ));
        }
    }
    findings
}

fn banned_packages(manifest: &str) -> Vec<String> {
    dependencies(manifest)
        .into_iter()
        .filter(|name| BANNED_PACKAGES.contains(&name.as_str()))
        .collect()
}

fn dependencies(manifest: &str) -> Vec<String> {
    let lines = manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1);
    lines
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}
