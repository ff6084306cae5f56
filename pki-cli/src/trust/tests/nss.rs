use std::os::unix::fs::symlink;

use super::machine::Machine;
use crate::trust::Kind;

/// The folders that the reports name.
fn found(machine: &Machine) -> Vec<String> {
    let root = machine.root("root.crt");
    machine
        .said(&machine.status(Kind::Nss, &root))
        .iter()
        .filter_map(|line| {
            let (place, outcome) = line.strip_prefix("nss ")?.split_once(": ")?;
            assert_eq!(outcome, "not trusted");
            Some(place.to_owned())
        })
        .collect()
}

fn databases(machine: &Machine, folders: &[&str]) {
    for folder in folders {
        machine.file(&format!("{folder}/cert9.db"), "");
    }
}

#[test]
fn the_databases_of_every_kind_of_browser_are_found() {
    let machine = Machine::new();
    machine.stub("certutil");
    let folders = [
        "home/.pki/nssdb",
        "home/.local/share/pki/nssdb",
        "home/.mozilla/firefox/1.default",
        "home/.mozilla/firefox/2.dev-edition-default",
        "home/.config/mozilla/firefox/3.default-release",
        "home/snap/chromium/current/.pki/nssdb",
        "home/snap/chromium/current/.local/share/pki/nssdb",
        "home/snap/firefox/common/.mozilla/firefox/4.default",
        "home/snap/firefox/common/.config/mozilla/firefox/5.default",
        "home/.var/app/org.chromium.Chromium/.pki/nssdb",
        "home/.var/app/com.brave.Browser/data/pki/nssdb",
        "home/.var/app/org.mozilla.firefox/.mozilla/firefox/6.default",
        "home/.var/app/org.mozilla.firefox/config/mozilla/firefox/7.default",
        "root/etc/pki/nssdb",
    ];
    databases(&machine, &folders);
    // Neither is a database.
    machine.folder("home/.mozilla/firefox/Crash Reports");
    machine.file("home/.mozilla/firefox/old/cert8.db", "");
    let mut found = found(&machine);
    let mut folders = folders.to_vec();
    found.sort();
    folders.sort_unstable();
    assert_eq!(found, folders);
}

#[test]
fn the_folders_of_the_environment_and_of_profiles_ini_are_searched_too() {
    let mut machine = Machine::new();
    machine.stub("certutil");
    machine.places.data_home = Some(machine.folder("data"));
    machine.places.config_home = Some(machine.folder("config"));
    let elsewhere = machine.folder("elsewhere/profile");
    databases(
        &machine,
        &[
            "data/pki/nssdb",
            "config/mozilla/firefox/a",
            "elsewhere/profile",
            "home/.mozilla/firefox/Profiles/b",
        ],
    );
    let profiles = format!(
        "[Profile0]\nName=x\nIsRelative=0\nPath={}\n[Profile1]\nIsRelative=1\nPath=Profiles/b\n",
        elsewhere.display()
    );
    machine.file("home/.mozilla/firefox/profiles.ini", &profiles);
    assert_eq!(
        found(&machine),
        [
            "elsewhere/profile",
            "home/.mozilla/firefox/Profiles/b",
            "data/pki/nssdb",
            "config/mozilla/firefox/a"
        ]
    );
}

#[test]
fn a_database_with_two_names_is_visited_once() {
    let mut machine = Machine::new();
    machine.stub("certutil");
    databases(
        &machine,
        &[
            "home/snap/chromium/123/.pki/nssdb",
            "home/.local/share/pki/nssdb",
        ],
    );
    symlink("123", machine.path().join("home/snap/chromium/current")).unwrap();
    symlink("snap/chromium/123/.pki", machine.path().join("home/.pki")).unwrap();
    machine.places.data_home = Some(machine.path().join("home/.local/share"));
    assert_eq!(
        found(&machine),
        ["home/.pki/nssdb", "home/.local/share/pki/nssdb"]
    );
}

#[test]
fn a_missing_certutil_is_named_with_what_installs_it() {
    for (manager, line) in [
        ("apt-get", "; sudo apt-get install libnss3-tools"),
        ("dnf", "; sudo dnf install nss-tools"),
        ("zypper", "; sudo zypper install mozilla-nss-tools"),
        ("pacman", "; sudo pacman -S nss"),
        ("apk", "; sudo apk add nss-tools"),
        ("emerge", ""),
    ] {
        let machine = Machine::new();
        machine.stub(manager);
        databases(&machine, &["home/.pki/nssdb"]);
        let root = machine.root("root.crt");
        let expected = format!("nss home/.pki/nssdb: failed: certutil is not installed{line}");
        assert_eq!(machine.install(Kind::Nss, &root), [expected]);
    }
}

#[test]
fn without_a_database_nothing_is_made() {
    let machine = Machine::new();
    machine.stub("certutil");
    let root = machine.root("root.crt");
    let folder = "home/.local/share/pki/nssdb";
    assert_eq!(
        machine.install(Kind::Nss, &root),
        [format!(
            "nss: not found: no browser has made a database; start Firefox or Chromium once, or make Chromium's: mkdir -p {folder} && certutil -N --empty-password -d sql:{folder}"
        )]
    );
    assert_eq!(machine.calls(), [""; 0]);
    assert_eq!(machine.files(), []);
}

#[test]
fn more_databases_than_anyone_has_are_refused_as_a_whole() {
    let machine = Machine::new();
    machine.stub("certutil");
    for number in 0..65 {
        databases(&machine, &[&format!("home/.mozilla/firefox/{number}")]);
    }
    let root = machine.root("root.crt");
    assert_eq!(
        machine.install(Kind::Nss, &root),
        ["nss: failed: there are more than 64 databases"]
    );
}
