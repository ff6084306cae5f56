//! A chain and its key change together, or not at all.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use wharf_pki::Error;
use wharf_pki::store::{Mode, Overwrite, Pair, Recovered, check_replaceable, replace};

use crate::support::{entries, mode};

fn pair() -> (tempfile::TempDir, Pair) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let pair = Pair {
        chain: file("a.crt"),
        key: file("a.key"),
    };
    (folder, pair)
}

fn read(pair: &Pair) -> (String, String) {
    let text = |path: &PathBuf| fs::read_to_string(path).unwrap();
    (text(&pair.chain), text(&pair.key))
}

fn texts(chain: &str, key: &str) -> (String, String) {
    (chain.into(), key.into())
}

#[test]
fn a_pair_is_written_with_its_modes_and_replaced_only_when_asked() {
    let (folder, pair) = pair();
    pair.write("chain 1", "key 1", Overwrite::Never).unwrap();
    assert_eq!([mode(&pair.chain), mode(&pair.key)], [0o644, 0o600]);
    let refused = pair.write("chain 2", "key 2", Overwrite::Never);
    let path = pair.key.clone();
    assert_eq!(refused, Err(Error::FileExists { path }));
    fs::remove_file(&pair.key).unwrap();
    let refused = pair.write("chain 2", "key 2", Overwrite::Never);
    let path = pair.chain.clone();
    assert_eq!(refused, Err(Error::FileExists { path }));
    pair.write("chain 2", "key 2", Overwrite::Always).unwrap();
    assert_eq!(read(&pair), texts("chain 2", "key 2"));
    assert_eq!(entries(folder.path()), ["a.crt", "a.key"]);
    assert_eq!(pair.recover(), Ok(Recovered::Nothing));
}

fn next(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}.wharf-next", path.display()))
}

#[test]
fn wherever_a_process_is_cut_off_one_pair_is_whole_afterwards() {
    // The steps that a process may have done, in their order.
    let steps: [fn(&Pair); 4] = [
        |pair| fs::write(next(&pair.key), "key 2").unwrap(),
        |pair| fs::write(next(&pair.chain), "chain 2").unwrap(),
        |pair| fs::rename(next(&pair.key), &pair.key).unwrap(),
        |pair| fs::rename(next(&pair.chain), &pair.chain).unwrap(),
    ];
    let outcomes = [
        (Recovered::Nothing, "1"),
        (Recovered::Old, "1"),
        (Recovered::Old, "1"),
        (Recovered::New, "2"),
        (Recovered::Nothing, "2"),
    ];
    for (done, (recovered, stands)) in outcomes.into_iter().enumerate() {
        let (folder, pair) = pair();
        pair.write("chain 1", "key 1", Overwrite::Never).unwrap();
        for step in &steps[..done] {
            step(&pair);
        }
        assert_eq!(pair.recover(), Ok(recovered), "after {done} steps");
        let expected = texts(&format!("chain {stands}"), &format!("key {stands}"));
        assert_eq!(read(&pair), expected, "after {done} steps");
        assert_eq!(entries(folder.path()), ["a.crt", "a.key"]);
        // The next writer recovers by itself.
        for step in &steps[..done.min(3)] {
            step(&pair);
        }
        pair.write("chain 3", "key 3", Overwrite::Always).unwrap();
        assert_eq!(read(&pair), texts("chain 3", "key 3"));
    }
}

#[test]
fn writers_at_once_leave_the_pair_of_one_of_them() {
    let (folder, pair) = pair();
    std::thread::scope(|scope| {
        for n in 0..4 {
            let pair = &pair;
            scope.spawn(move || {
                for _ in 0..10 {
                    let (chain, key) = (format!("chain {n}"), format!("key {n}"));
                    pair.write(&chain, &key, Overwrite::Always).unwrap();
                }
            });
        }
    });
    let (chain, key) = read(&pair);
    assert_eq!(chain.replace("chain", "key"), key);
    assert_eq!(entries(folder.path()), ["a.crt", "a.key"]);
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let (_folder, pair) = pair();
    let pair = Pair {
        chain: pair.chain,
        key: "/nowhere/a.key".into(),
    };
    assert!(matches!(
        pair.write("c", "k", Overwrite::Never),
        Err(Error::Io { .. })
    ));
}

#[test]
fn symbolic_links_are_followed_and_stay() {
    let (folder, pair) = pair();
    let live = folder.path().join("live");
    fs::create_dir(&live).unwrap();
    // The second one leads to nothing yet.
    fs::write(live.join("key"), "key 1").unwrap();
    fs::set_permissions(live.join("key"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("live/key", &pair.key).unwrap();
    symlink(live.join("chain"), &pair.chain).unwrap();
    let refused = pair.write("chain 2", "key 2", Overwrite::Never);
    assert!(matches!(refused, Err(Error::FileExists { .. })));
    pair.write("chain 2", "key 2", Overwrite::Always).unwrap();
    assert_eq!(read(&pair), texts("chain 2", "key 2"));
    for link in [&pair.key, &pair.chain] {
        assert!(link.is_symlink());
    }
    assert_eq!(mode(&live.join("key")), 0o640);
    assert_eq!(entries(&live), ["chain", "key"]);
    // What a process that was killed has left is beside the file, not beside the link.
    fs::write(next(&live.join("chain")), "chain 3").unwrap();
    assert_eq!(pair.recover(), Ok(Recovered::New));
    assert_eq!(read(&pair), texts("chain 3", "key 2"));
}

#[test]
fn what_is_no_regular_file_is_left_alone() {
    let (folder, pair) = pair();
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let device = folder.path().join("device");
    symlink("/dev/null", &device).unwrap();
    for path in [&socket, &device, &PathBuf::from("/")] {
        let refused = Err(Error::NotAFile { path: path.clone() });
        assert_eq!(replace(path, b"x", Mode::Public), refused);
        assert_eq!(check_replaceable(path, Mode::Public), refused);
        let pair = Pair {
            chain: path.clone(),
            key: pair.key.clone(),
        };
        assert_eq!(pair.write("c", "k", Overwrite::Always), refused);
        assert!(!pair.key.exists());
    }
    check_replaceable(&pair.key, Mode::Private).unwrap();
    assert_eq!(entries(folder.path()), ["device", "socket"]);
}

/// Whoever is not root cannot act for two.
fn is_root() -> bool {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if !is_root {
        eprintln!("skipped: it takes root to be two users");
    }
    is_root
}

const NOBODY: u32 = 65_534;

#[test]
fn a_link_of_another_user_leads_only_to_what_is_theirs() {
    if !is_root() {
        return;
    }
    let (folder, pair) = pair();
    let target = folder.path().join("target");
    fs::write(&target, "secret").unwrap();
    symlink(&target, &pair.key).unwrap();
    lchown(&pair.key, Some(NOBODY), Some(NOBODY)).unwrap();
    let refused = pair.write("c", "k", Overwrite::Always);
    assert!(matches!(refused, Err(Error::Io { .. })), "{refused:?}");
    assert_eq!(fs::read(&target).unwrap(), b"secret");
    chown(&target, Some(NOBODY), Some(NOBODY)).unwrap();
    pair.write("c", "k", Overwrite::Always).unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"k");
    assert_eq!(fs::metadata(&target).unwrap().uid(), NOBODY);
}

/// The owner of the folder puts links in the way, again and again, while root replaces a pair in it.
#[test]
fn nobody_is_given_a_file_that_a_link_leads_to() {
    if !is_root() {
        return;
    }
    let (folder, pair) = pair();
    let victim = folder.path().join("victim");
    fs::write(&victim, "secret").unwrap();
    fs::set_permissions(&victim, fs::Permissions::from_mode(0o600)).unwrap();
    let before = fs::metadata(&victim).unwrap();
    let prepared = folder.path().join("prepared");
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                symlink(&victim, &prepared).unwrap();
                lchown(&prepared, Some(NOBODY), Some(NOBODY)).unwrap();
                fs::rename(&prepared, next(&pair.key)).unwrap();
            }
        });
        for _ in 0..200 {
            // A file of theirs, again after each time that a link took its place.
            let _ = fs::remove_file(&pair.key);
            fs::write(&pair.key, "old").unwrap();
            chown(&pair.key, Some(NOBODY), Some(NOBODY)).unwrap();
            // It may fail: what matters is what it did.
            let _ = pair.write("c", "k", Overwrite::Always);
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let after = fs::metadata(&victim).unwrap();
    let access = |of: &fs::Metadata| (of.uid(), of.gid(), of.mode());
    assert_eq!(access(&after), access(&before));
    assert_eq!(fs::read(&victim).unwrap(), b"secret");
}
