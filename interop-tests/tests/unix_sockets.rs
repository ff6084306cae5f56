//! Socket files that other programs left behind or still use, where `wharf-net` is to listen.

use std::io::ErrorKind;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use rustix::process::Signal;
use tempfile::TempDir;
use wharf_interop_tests::{Echo, PATIENCE, Process, peer};
use wharf_net::{Bind, Listener, UnixName};

async fn refusal(path: &Path) -> ErrorKind {
    let endpoint = UnixName::Path(path.into()).into();
    let bound = Listener::bind(&endpoint, &Bind::default()).await;
    bound.unwrap_err().kind()
}

fn is_socket(path: &Path) -> bool {
    path.symlink_metadata()
        .is_ok_and(|file| file.file_type().is_socket())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_socket_of_a_killed_server_is_replaced() {
    let (Some(socat), Some(ncat)) = (peer::socat(), peer::ncat()) else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("s");
    let text = path.to_str().unwrap();
    let from_socat = || socat.server(&format!("UNIX-LISTEN:{text}"), "STDIO").0;
    let from_ncat = || ncat.server_at(text);
    for start in [&from_socat as &dyn Fn() -> Process, &from_ncat] {
        let mut server = start();
        server.signal(Signal::KILL);
        server.wait_within(PATIENCE).expect("killed");
        assert!(is_socket(&path), "the file stays");

        let echo = Echo::start(&format!("unix:{text}")).await;
        let mut client = Process::spawn_with_stdin(&mut socat.client(&echo.address, ""));
        client.write(b"hello");
        client.close_stdin();
        assert_eq!(client.finish(PATIENCE).success().text(), "hello");
        echo.stop().await;
        assert!(!path.exists(), "ours goes with its listener");
    }
}

#[tokio::test]
async fn a_live_socket_is_left_alone_whoever_owns_it() {
    let Some(socat) = peer::socat() else { return };
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("s");
    let mut owners = vec![""];
    if rustix::process::geteuid().is_root() {
        owners.push(",user=nobody");
    }
    for owner in owners {
        // `unlink-early`: the one before was killed and left its file.
        let listening = format!(
            "UNIX-LISTEN:{},fork,unlink-early,mode=600{owner}",
            path.display()
        );
        let (_server, _) = socat.server(&listening, "OPEN:/dev/null");
        // The question whether it lives is a connection; it outlives that too.
        assert_eq!(refusal(&path).await, ErrorKind::AddrInUse, "{owner}");
        assert_eq!(refusal(&path).await, ErrorKind::AddrInUse, "{owner}");
        assert!(is_socket(&path));
    }
}
