//! Where the databases are. A browser makes its own when it starts for the first time.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::{Places, Trouble};

/// The file that makes a folder a database.
pub(super) const DATABASE: &str = "cert9.db";

/// Below the home. A star is any one name.
const IN_HOME: &[&str] = &[
    // Chromium and its kin, which before version 146 knew no other place, and still go where they find it.
    ".pki/nssdb",
    // Chromium since then.
    ".local/share/pki/nssdb",
    // Firefox until version 146, and since.
    ".mozilla/firefox/*",
    ".config/mozilla/firefox/*",
    // Either as a snap.
    "snap/*/current/.pki/nssdb",
    "snap/*/current/.local/share/pki/nssdb",
    "snap/*/common/.mozilla/firefox/*",
    "snap/*/common/.config/mozilla/firefox/*",
    // Either as a flatpak.
    ".var/app/*/.pki/nssdb",
    ".var/app/*/data/pki/nssdb",
    ".var/app/*/.mozilla/firefox/*",
    ".var/app/*/config/mozilla/firefox/*",
];

/// The database of everyone on a machine, which some distributions have.
const OF_SYSTEM: &str = "etc/pki/nssdb";

/// The most names of one folder that are looked at. The limit is 1024.
const NAMES_MAX: usize = 1024;

/// The most databases. A developer with five profiles in each of four browsers has 20. The limit is 64.
const DATABASES_MAX: usize = 64;

/// The longest `profiles.ini` that is read, in bytes. A profile takes about 100. The limit is 1 MiB.
const PROFILES_BYTES_MAX: u64 = 1024 * 1024;

/// The folders of all databases, each once; at least one.
pub(crate) fn find(places: &Places) -> Result<Vec<PathBuf>, Trouble> {
    let mut candidates = Vec::new();
    if let Some(home) = &places.home {
        for pattern in IN_HOME {
            candidates.extend(expand(home, pattern)?);
        }
    }
    if let Some(data) = &places.data_home {
        candidates.push(data.join("pki/nssdb"));
    }
    if let Some(config) = &places.config_home {
        candidates.extend(expand(config, "mozilla/firefox/*")?);
    }
    candidates.push(places.system(OF_SYSTEM));

    let mut found = Vec::new();
    let mut known = Vec::new();
    for folder in candidates {
        // A link may lead to a folder that was found by its own name.
        let Ok(real) = fs::canonicalize(folder.join(DATABASE)) else {
            continue;
        };
        if !known.contains(&real) {
            known.push(real);
            found.push(folder);
        }
    }
    if found.len() > DATABASES_MAX {
        return Err(Trouble::new(format!(
            "there are more than {DATABASES_MAX} databases"
        )));
    }
    if found.is_empty() {
        return Err(nothing(places));
    }
    Ok(found)
}

fn nothing(places: &Places) -> Trouble {
    let none = Trouble::absence("no browser has made a database");
    let Some(home) = &places.home else {
        return none.advise("the home folder is not known: set HOME".to_owned());
    };
    let folder = home.join(".local/share/pki/nssdb").display().to_string();
    let folder = crate::ui::shell_word(&folder);
    none.advise(format!(
        "start Firefox or Chromium once, or make Chromium's: mkdir -p {folder} && certutil -N --empty-password -d sql:{folder}"
    ))
}

/// The paths that a pattern stands for.
fn expand(base: &Path, pattern: &str) -> Result<Vec<PathBuf>, Trouble> {
    let mut paths = vec![base.to_owned()];
    for name in pattern.split('/') {
        let mut next = Vec::new();
        for path in paths {
            if name == "*" {
                next.extend(children(&path)?);
                next.extend(profiles(&path));
            } else {
                next.push(path.join(name));
            }
        }
        paths = next;
    }
    Ok(paths)
}

/// What is in a folder, sorted; nothing, if there is no such folder.
fn children(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(Vec::new());
    };
    let mut children: Vec<_> = entries
        .flatten()
        .take(NAMES_MAX + 1)
        .map(|entry| entry.path())
        .collect();
    if children.len() > NAMES_MAX {
        let folder = folder.display();
        return Err(Trouble::new(format!(
            "{folder} has more than {NAMES_MAX} entries"
        )));
    }
    children.sort();
    Ok(children)
}

/// The profiles that Firefox was told to keep elsewhere.
fn profiles(folder: &Path) -> Vec<PathBuf> {
    let file = folder.join("profiles.ini");
    if fs::metadata(&file).is_ok_and(|metadata| metadata.len() > PROFILES_BYTES_MAX) {
        return Vec::new();
    }
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("Path="))
        .map(|path| folder.join(path))
        .collect()
}
