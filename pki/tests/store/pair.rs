//! A chain and its key change together, or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use wharf_pki::Error;
use wharf_pki::store::{Overwrite, Pair, Recovered};

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
