//! The state on disk: made once, private, never half, never overwritten.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use wharf_interop_tests::{Finished, Home, PATIENCE, Process, Server, Tree, peer};

/// Starts the server where it must not start, and waits for its word.
#[track_caller]
fn refused(home: &Home, args: &[&str]) -> Finished {
    let ended = Server::spawn(home, args).process.finish(PATIENCE);
    assert_eq!(ended.code(), Some(1), "{ended}");
    assert_eq!(ended.text(), "", "a URL where no one listens: {ended}");
    assert!(ended.stderr.contains("error: "), "{ended}");
    ended
}

fn stop(server: Server) -> Finished {
    let ended = server.terminate(PATIENCE);
    assert_eq!(ended.code(), Some(0), "{ended}");
    ended
}

/// A home that one run has filled.
fn used_home() -> Home {
    let home = Home::new();
    stop(Server::start(&home, &[]));
    home
}

/// What must never change by itself: not the lock, not what may be issued again, not the inventory of that.
fn ca_of(home: &Home) -> Tree {
    let mut tree = home.tree();
    tree.retain(|path, _| path.starts_with("ca") && !path.ends_with("wharf.db"));
    tree
}

#[test]
fn the_second_run_uses_what_the_first_one_made() {
    let home = used_home();
    let first = home.tree();
    stop(Server::start(&home, &[]));
    assert_eq!(home.tree(), first);
}

#[test]
fn further_names_renew_the_certificate_and_not_the_ca() {
    let home = used_home();
    let (ca, all) = (ca_of(&home), home.tree());
    let ended = stop(Server::start(&home, &["--name", "app.test"]));
    assert!(ended.stderr.contains("app.test"), "{ended}");
    assert_eq!(ca_of(&home), ca);
    assert_ne!(home.tree(), all);
}

#[test]
fn keys_are_private_and_so_is_the_home() {
    let home = used_home();
    let tree = home.tree();
    assert_eq!(tree[Path::new("")].mode, 0o700);
    assert_eq!(tree[Path::new("ca")].mode, 0o700);
    let mut keys = 0;
    for (path, entry) in &tree {
        let Some(content) = &entry.content else {
            continue;
        };
        if String::from_utf8_lossy(content).contains("PRIVATE KEY") {
            assert_eq!(entry.mode, 0o600, "{}", path.display());
            keys += 1;
        }
    }
    assert_eq!(keys, 3, "root, intermediate, server: {:?}", tree.keys());
}

#[test]
fn the_first_run_leaves_nothing_temporary() {
    let home = used_home();
    let tree = home.tree();
    for path in tree.keys() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        assert!(!name.starts_with('.'), "{}", path.display());
    }
}

#[test]
fn servers_that_start_at_once_agree_on_one_ca() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let starting: Vec<_> = (0..6).map(|_| Server::spawn(&home, &[])).collect();
    let servers: Vec<_> = starting.into_iter().map(|one| one.ready()).collect();
    for server in &servers {
        let fetched = curl.fetch(&home, &[&server.https("/")]);
        assert_eq!(fetched.status(), 200, "{fetched}");
    }
    let made: usize = servers
        .into_iter()
        .map(|server| stop(server).stderr.matches("made a development CA").count())
        .sum();
    assert_eq!(made, 1);
    // Whoever starts next finds everything in order.
    let tree = home.tree();
    let server = Server::start(&home, &[]);
    let fetched = curl.fetch(&home, &[&server.https("/")]);
    assert_eq!(fetched.status(), 200, "{fetched}");
    assert_eq!(home.tree(), tree);
}

/// Does something to the files of the CA, and expects the server to name one of them, to advise, and to touch nothing.
#[track_caller]
fn damage(named: &str, harm: impl FnOnce(&Path)) {
    let home = used_home();
    harm(&home.path().join("ca"));
    let before = home.tree();
    let ended = refused(&home, &[]);
    let file = home.path().join("ca").join(named);
    assert!(ended.stderr.contains(file.to_str().unwrap()), "{ended}");
    assert!(ended.stderr.contains("\nhint: "), "{ended}");
    assert!(!ended.stderr.contains("PRIVATE KEY"), "{ended}");
    assert_eq!(home.tree(), before, "{ended}");
    // Nor does any other command make it worse.
    let out = home.beside("out");
    let issue = ["cert", "issue", "a.test", "--out", out.to_str().unwrap()];
    for args in [&["ca", "show"][..], &["ca", "init"], &issue] {
        let ended = Process::run(&mut home.wharf(args));
        assert_eq!(ended.code(), Some(1), "{args:?}: {ended}");
        assert_eq!(home.tree(), before, "{args:?}: {ended}");
    }
}

fn truncate(path: &Path, len: usize) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..len]).unwrap();
}

#[test]
fn an_empty_key_is_reported() {
    damage("intermediate.key", |ca| {
        truncate(&ca.join("intermediate.key"), 0)
    });
}

#[test]
fn a_missing_key_is_reported() {
    damage("intermediate.key", |ca| {
        fs::remove_file(ca.join("intermediate.key")).unwrap()
    });
}

#[test]
fn without_the_key_of_the_root_the_server_starts_all_the_same() {
    let home = used_home();
    fs::remove_file(home.path().join("ca/root.key")).unwrap();
    stop(Server::start(&home, &["--name", "app.test"]));
}

#[test]
fn a_missing_certificate_is_reported() {
    damage("intermediate.crt", |ca| {
        fs::remove_file(ca.join("intermediate.crt")).unwrap();
    });
}

#[test]
fn a_truncated_certificate_is_reported() {
    damage("root.crt", |ca| truncate(&ca.join("root.crt"), 200));
}

#[test]
fn a_truncated_key_is_reported() {
    damage("intermediate.key", |ca| {
        truncate(&ca.join("intermediate.key"), 100)
    });
}

#[test]
fn swapped_keys_are_reported() {
    damage("intermediate.key", |ca| {
        let (root, intermediate) = (ca.join("root.key"), ca.join("intermediate.key"));
        let key = fs::read(&root).unwrap();
        fs::copy(&intermediate, &root).unwrap();
        fs::write(&intermediate, key).unwrap();
    });
}

#[test]
fn an_intermediate_of_another_root_is_reported() {
    let other = used_home();
    damage("intermediate.crt", |ca| {
        for name in ["intermediate.crt", "intermediate.key"] {
            fs::copy(other.path().join("ca").join(name), ca.join(name)).unwrap();
        }
    });
}

#[test]
fn an_empty_folder_in_place_of_the_ca_is_reported() {
    damage("root.crt", |ca| {
        fs::remove_dir_all(ca).unwrap();
        fs::create_dir(ca).unwrap();
    });
}

#[test]
fn a_damaged_certificate_of_the_server_is_issued_again() {
    let Some(curl) = peer::curl() else { return };
    let home = used_home();
    let ca = ca_of(&home);
    let identity = home.path().join("wharf-serve.pem");
    for len in [0, 100, 400] {
        truncate(&identity, len);
        let server = Server::start(&home, &[]);
        let fetched = curl.fetch(&home, &[&server.https("/")]);
        assert_eq!(fetched.status(), 200, "{fetched}");
        stop(server);
        assert_eq!(ca_of(&home), ca);
    }
}

#[test]
fn a_key_that_others_can_read_is_pointed_out() {
    let home = used_home();
    let key = home.path().join("ca/root.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let ended = stop(Server::start(&home, &[]));
    assert!(ended.stderr.contains("warning: "), "{ended}");
    assert!(
        ended
            .stderr
            .contains(&format!("chmod 600 {}", key.display())),
        "{ended}"
    );
}

#[test]
fn a_second_init_leaves_the_first_ca_alone() {
    let home = Home::new();
    let _ = Process::run(&mut home.wharf(&["ca", "init"])).success();
    let before = home.tree();
    let ended = Process::run(&mut home.wharf(&["ca", "init"]));
    assert_eq!(ended.code(), Some(1), "{ended}");
    assert!(
        ended
            .stderr
            .contains(home.path().join("ca").to_str().unwrap()),
        "{ended}"
    );
    assert_eq!(home.tree(), before);
}

#[test]
fn a_port_that_is_taken_is_named_and_nothing_is_made() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for flag in ["--listen", "--http"] {
        let home = Home::new();
        let ended = refused(&home, &[flag, &address]);
        assert!(ended.stderr.contains(&address), "{ended}");
        assert!(ended.stderr.contains("\nhint: "), "{ended}");
        assert!(ended.stderr.contains(flag), "{ended}");
        assert!(home.tree().is_empty(), "{ended}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_named_and_nothing_is_made() {
    let home = Home::new();
    let (missing, file) = (home.beside("missing"), home.beside("file"));
    fs::write(&file, "no folder").unwrap();
    for path in [&missing, &file] {
        let path = path.to_str().unwrap();
        let ended = refused(&home, &[path]);
        assert!(ended.stderr.contains(path), "{ended}");
        assert!(ended.stderr.contains("\nhint: "), "{ended}");
        assert!(home.tree().is_empty(), "{ended}");
    }
}

#[test]
fn a_home_that_cannot_be_made_is_named() {
    // Permissions do not stop root; a regular file stops everyone.
    let home = Home::named("file/home");
    fs::write(home.beside("file"), "no folder").unwrap();
    let ended = refused(&home, &[]);
    assert!(
        ended.stderr.contains(home.path().to_str().unwrap()),
        "{ended}"
    );
    assert!(ended.stderr.contains("\nhint: "), "{ended}");
}

#[test]
fn a_first_run_that_was_killed_anywhere_does_not_spoil_the_next() {
    let Some(curl) = peer::curl() else { return };
    // How long a first run takes here, to spread the moments over it.
    let started = Instant::now();
    stop(Server::start(&Home::new(), &[]));
    let whole = started.elapsed();
    let mut interrupted = 0;
    for moment in 0..24 {
        let home = Home::new();
        let mut starting = Server::spawn(&home, &[]);
        // Not a wait for something: the moment of the blow is arbitrary, and every one must do.
        starting.process.wait_within(whole * moment / 24);
        starting.process.signal(Signal::KILL);
        starting
            .process
            .wait_within(PATIENCE)
            .expect("it was killed");
        let left = home.tree();
        interrupted += usize::from(!left.contains_key(Path::new("wharf-serve.pem")));

        let server = Server::start(&home, &[]);
        let fetched = curl.fetch(&home, &[&server.https("/")]);
        assert_eq!(fetched.status(), 200, "{:?}: {fetched}", left.keys());
        stop(server);
        for path in home.tree().keys() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            assert!(!name.starts_with('.'), "left behind: {}", path.display());
        }
    }
    assert!(interrupted > 0, "every blow came too late");
}

#[test]
fn a_killed_server_can_be_started_again_on_its_port() {
    let Some(curl) = peer::curl() else { return };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let address = format!("127.0.0.1:{}", server.port());
    let url = server.https("/");
    // A connection that the server closes leaves the port in TIME-WAIT.
    let fetched = curl.fetch(&home, &["--header", "Connection: close", &url]);
    assert_eq!(fetched.status(), 200, "{fetched}");
    server.process().signal(Signal::KILL);
    let ended = server.finish(Duration::from_secs(10));
    assert_eq!(ended.code(), None, "{ended}");
    let server = Server::start(&home, &["--listen", &address]);
    let fetched = curl.fetch(&home, &[&server.https("/")]);
    assert_eq!(fetched.status(), 200, "{fetched}");
}
