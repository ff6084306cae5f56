//! Where a renewal writes: over nothing that it should not, through links, and as accessible as it was.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;

use wharf_interop_tests::Process;
use wharf_pki::validity::DAY;
use wharf_pki::{Key, KeyType};

use super::{Lab, now, text, word};

fn old() -> Lab {
    Lab::new(90 * DAY, now() - 61 * DAY)
}

/// A certificate and a key that stand in files only, without a place in the inventory.
fn by_hand(lab: &Lab) -> (std::path::PathBuf, std::path::PathBuf) {
    let folder = lab.home.folder("by-hand");
    let (chain, key) = (folder.join("a.pem"), folder.join("a.key"));
    fs::rename(&lab.pair.chain, &chain).unwrap();
    fs::rename(&lab.pair.key, &key).unwrap();
    fs::remove_file(lab.home.path().join("ca/wharf.db")).unwrap();
    (chain, key)
}

#[test]
fn a_key_that_is_not_the_certificates_is_not_overwritten() {
    let lab = old();
    let other = Key::generate(KeyType::P256).unwrap().to_pem();
    let notes = lab.home.beside("notes.txt");
    let foreign = lab.home.beside("foreign.key");
    fs::write(&notes, "mine").unwrap();
    fs::write(&foreign, other.as_bytes()).unwrap();
    for (file, content) in [(&notes, "mine"), (&foreign, other.as_str())] {
        let ended = lab.renew(&["localhost", "--key", word(file)], 1);
        assert!(ended.stderr.contains(word(file)), "{ended}");
        assert_eq!(text(file), content);
    }
    // The same where the name is guessed.
    let (chain, key) = by_hand(&lab);
    let right = text(&key);
    fs::write(&key, "mine").unwrap();
    lab.renew(&[word(&chain)], 1);
    assert_eq!(text(&key), "mine");
    fs::write(&key, other.as_bytes()).unwrap();
    lab.renew(&[word(&chain)], 1);
    assert_eq!(text(&key), other.as_str());
    fs::write(&key, right).unwrap();
    lab.renew(&[word(&chain)], 0);
    assert_eq!(lab.records().len(), 2, "nothing was signed in vain");
}

#[test]
fn one_key_is_that_of_one_certificate() {
    let lab = old();
    let key = word(&lab.pair.key).to_owned();
    for args in [
        &["localhost", "127.0.0.1", "--key", &key][..],
        &["--all", "--key", &key],
        &["--watch", "--key", &key],
    ] {
        lab.renew(args, 1);
    }
    assert_eq!(lab.records().len(), 1);
}

#[test]
fn the_recorded_key_is_not_lost_if_it_is_something_else_now() {
    let lab = old();
    fs::write(&lab.pair.key, "mine").unwrap();
    lab.renew(&["localhost"], 1);
    assert_eq!(text(&lab.pair.key), "mine");
    assert_eq!(lab.records().len(), 1);
}

#[test]
fn links_stay_and_what_they_mean_is_renewed() {
    let lab = old();
    let live = lab.home.folder("live");
    let key = live.join("a.key");
    fs::rename(&lab.pair.key, &key).unwrap();
    symlink(&key, &lab.pair.key).unwrap();
    let before = text(&key);
    lab.renew(&["localhost"], 0);
    assert!(lab.pair.key.is_symlink());
    assert_ne!(text(&key), before);
    lab.check_pair();
}

/// The inventory has one file, with both.
fn bundle(lab: &Lab) -> std::path::PathBuf {
    let (chain, key) = by_hand(lab);
    let bundle = lab.home.beside("haproxy.pem");
    fs::write(&bundle, text(&key) + &text(&chain)).unwrap();
    lab.renew(&[word(&bundle)], 0);
    bundle
}

#[test]
fn a_bundle_keeps_its_owner_and_its_mode() {
    let lab = old();
    let bundle = bundle(&lab);
    fs::set_permissions(&bundle, fs::Permissions::from_mode(0o640)).unwrap();
    let is_root = fs::metadata(&bundle).unwrap().uid() == 0;
    if is_root {
        chown(&bundle, Some(33), Some(33)).unwrap();
    }
    let before = fs::metadata(&bundle).unwrap();
    let content = text(&bundle);
    lab.renew(&[word(&bundle)], 0);
    let after = fs::metadata(&bundle).unwrap();
    let access = |of: &fs::Metadata| (of.uid(), of.gid(), of.mode());
    assert_eq!(access(&after), access(&before));
    assert_ne!(text(&bundle), content);
}

/// No file can be made here, by root neither.
const NO_PLACE: &str = "/proc";

#[test]
fn nothing_is_signed_for_a_folder_that_takes_no_file() {
    let lab = old();
    let folder = lab.pair.chain.parent().unwrap();
    fs::remove_dir_all(folder).unwrap();
    symlink(NO_PLACE, folder).unwrap();
    for _ in 0..2 {
        lab.renew(&["localhost"], 1);
    }
    assert_eq!(lab.records().len(), 1);
}

#[test]
fn an_issue_that_failed_is_not_made_up_for_by_a_renewal() {
    let lab = old();
    let issue = ["cert", "issue", "localhost", "--out", NO_PLACE];
    let failed = Process::run(&mut lab.home.wharf(&issue));
    assert_eq!(failed.code(), Some(1), "{failed}");
    assert_eq!(lab.records().len(), 1);
    lab.renew(&["--all"], 0);
    assert!(!Path::new(NO_PLACE).join("localhost.pem").exists());
    lab.check_pair();
}
