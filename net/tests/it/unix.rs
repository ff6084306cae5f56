//! Unix sockets: files, permissions, stale ones, abstract names.

use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use wharf_net::{Addr, Bind, Endpoint, Listener, Stale, UnixName, UnixOptions};

fn at(path: &Path) -> Endpoint {
    UnixName::Path(path.into()).into()
}

async fn bind(path: &Path, unix: UnixOptions) -> Result<Listener, ErrorKind> {
    let options = Bind {
        unix,
        ..Bind::default()
    };
    Listener::bind(&at(path), &options)
        .await
        .map_err(|error| error.kind())
}

#[tokio::test]
async fn a_connection_carries_names_and_credentials() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.sock");
    let mut listener = bind(&path, UnixOptions::default()).await.unwrap();
    assert_eq!(
        listener.local_addr().to_string(),
        format!("unix:{}", path.display())
    );

    let mut client = UnixStream::connect(&path).await.unwrap();
    let mut conn = listener.accept().await.unwrap();
    assert_eq!(conn.info().local, listener.local_addr());
    assert_eq!(conn.info().peer, Addr::Unnamed);
    let credentials = conn.info().credentials.unwrap();
    assert_eq!(credentials.uid, rustix::process::getuid().as_raw());
    assert_eq!(credentials.gid, rustix::process::getgid().as_raw());
    assert_eq!(credentials.pid, Some(std::process::id().cast_signed()));

    client.write_all(b"ping").await.unwrap();
    client.shutdown().await.unwrap();
    let mut text = String::new();
    conn.read_to_string(&mut text).await.unwrap();
    // Half-closed by the peer; the other way is still open.
    conn.write_all(text.as_bytes()).await.unwrap();
    conn.shutdown().await.unwrap();
    text.clear();
    client.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "ping");
    assert!(conn.tcp_info().is_err());
}

#[tokio::test]
async fn the_file_has_the_mode_from_its_first_moment_and_goes_with_the_listener() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.sock");
    let mode_of = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let listener = bind(&path, UnixOptions::default()).await.unwrap();
    assert_eq!(mode_of(&path), 0o600);
    drop(listener);
    assert!(!path.exists());

    let unix = UnixOptions {
        mode: 0o666,
        unlink: false,
        ..UnixOptions::default()
    };
    drop(bind(&path, unix).await.unwrap());
    assert_eq!(mode_of(&path), 0o666);
    let left = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(left, 1, "nothing but the socket lies there");
}

#[tokio::test]
async fn the_owner_can_be_given() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.sock");
    let is_root = rustix::process::geteuid().is_root();
    let (uid, gid) = if is_root { (65_534, 65_534) } else { (0, 0) };
    let unix = UnixOptions {
        uid: Some(uid),
        gid: Some(gid),
        ..UnixOptions::default()
    };
    let bound = bind(&path, unix).await;
    if is_root {
        let _listener = bound.unwrap();
        let file = path.metadata().unwrap();
        assert_eq!((file.uid(), file.gid()), (uid, gid));
    } else {
        assert_eq!(bound.unwrap_err(), ErrorKind::PermissionDenied);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn a_dead_socket_is_replaced_and_a_live_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.sock");
    // A server that was killed: the file stays, nobody listens.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let refusing = UnixOptions {
        stale: Stale::Fail,
        ..UnixOptions::default()
    };
    assert_eq!(
        bind(&path, refusing).await.unwrap_err(),
        ErrorKind::AddrInUse
    );

    let mut listener = bind(&path, UnixOptions::default()).await.unwrap();
    let second = bind(&path, UnixOptions::default()).await;
    assert_eq!(second.unwrap_err(), ErrorKind::AddrInUse);
    // The probe of the second is a connection like any other; the first still serves the next one.
    let mut client = UnixStream::connect(&path).await.unwrap();
    client.write_all(b"x").await.unwrap();
    loop {
        let mut conn = listener.accept().await.unwrap();
        if conn.read_u8().await.is_ok() {
            break;
        }
    }
}

#[tokio::test]
async fn a_server_whose_queue_is_full_is_not_dead() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.sock");
    let options = Bind {
        backlog: 0,
        ..Bind::default()
    };
    let _busy = Listener::bind(&at(&path), &options).await.unwrap();
    let mut waiting = Vec::new();
    // Fills the queue without ever blocking.
    loop {
        let client = socket2::Socket::new(
            socket2::Domain::UNIX,
            socket2::Type::STREAM.nonblocking(),
            None,
        )
        .unwrap();
        match client.connect(&socket2::SockAddr::unix(&path).unwrap()) {
            Ok(()) => waiting.push(client),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                break;
            }
        }
        assert!(waiting.len() < 100, "the queue never fills");
    }
    let second = bind(&path, UnixOptions::default()).await;
    assert_eq!(second.unwrap_err(), ErrorKind::AddrInUse);
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_never_touched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("precious");
    std::fs::write(&path, "data").unwrap();
    assert_eq!(
        bind(&path, UnixOptions::default()).await.unwrap_err(),
        ErrorKind::AddrInUse
    );
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert_eq!(
        bind(&link, UnixOptions::default()).await.unwrap_err(),
        ErrorKind::AddrInUse
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "data");
}

#[tokio::test]
async fn somebody_elses_socket_is_not_removed_at_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.sock");
    let listener = bind(&path, UnixOptions::default()).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    let other = std::os::unix::net::UnixListener::bind(&path).unwrap();
    drop(listener);
    assert!(path.exists());
    drop(other);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_start_at_once_one_wins() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..50 {
        let path = dir.path().join(format!("{round}.sock"));
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let start = || {
            let path = path.clone();
            tokio::spawn(async move { bind(&path, UnixOptions::default()).await })
        };
        let (a, b) = (start(), start());
        let outcomes = [a.await.unwrap(), b.await.unwrap()];
        let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(won, 1, "{outcomes:?}");
        UnixStream::connect(&path)
            .await
            .expect("the winner can be reached");
    }
}

#[tokio::test]
async fn a_missing_folder_is_not_found() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing/a.sock");
    assert_eq!(
        bind(&missing, UnixOptions::default()).await.unwrap_err(),
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn an_abstract_name_leaves_no_file_and_is_free_again_at_the_end() {
    let name = format!("wharf-test-{}", std::process::id());
    let endpoint: Endpoint = format!("unix:@{name}").parse().unwrap();
    let mut listener = Listener::bind(&endpoint, &Bind::default()).await.unwrap();
    assert_eq!(listener.local_addr().to_string(), endpoint.to_string());
    let taken = Listener::bind(&endpoint, &Bind::default()).await;
    assert_eq!(taken.unwrap_err().kind(), ErrorKind::AddrInUse);

    let client = std::os::unix::net::UnixStream::connect_addr(&{
        use std::os::linux::net::SocketAddrExt;
        std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap()
    })
    .unwrap();
    let conn = listener.accept().await.unwrap();
    assert_eq!(conn.info().local, listener.local_addr());
    drop((client, conn, listener));
    Listener::bind(&endpoint, &Bind::default()).await.unwrap();
}

#[tokio::test]
async fn a_unix_listener_that_is_handed_over_keeps_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.sock");
    let listener = bind(&path, UnixOptions::default()).await.unwrap();
    let descriptor = listener.into_fds().unwrap().remove(0);
    let mut heir = Listener::from_fd(descriptor, &Bind::default()).unwrap();
    let _client = UnixStream::connect(&path).await.unwrap();
    heir.accept().await.unwrap();
}

#[tokio::test]
async fn somebody_elses_lock_on_the_folder_keeps_nobody_from_listening() {
    let dir = tempfile::tempdir().unwrap();
    let folder = std::fs::File::open(dir.path()).unwrap();
    rustix::fs::flock(&folder, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let path = dir.path().join("a.sock");
    let _listener = bind(&path, UnixOptions::default()).await.unwrap();
    let second = bind(&path, UnixOptions::default()).await;
    assert_eq!(second.unwrap_err(), ErrorKind::AddrInUse);
}

/// A file system that uses inode numbers again makes the old file look like the new one.
#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_closes_never_removes_the_file_of_its_successor() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.sock");
    let mut listener = bind(&path, UnixOptions::default()).await.unwrap();
    for round in 0..200 {
        let old = tokio::task::spawn_blocking(move || drop(listener));
        listener = loop {
            match bind(&path, UnixOptions::default()).await {
                Ok(listener) => break listener,
                Err(kind) => assert_eq!(kind, ErrorKind::AddrInUse),
            }
        };
        old.await.unwrap();
        assert!(path.exists(), "round {round}");
    }
}
