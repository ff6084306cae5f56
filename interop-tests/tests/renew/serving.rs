//! Servers whose certificate is renewed while clients come: no handshake fails.

use std::collections::HashSet;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use wharf_interop_tests::{PATIENCE, Process, peer};
use wharf_pki::validity::DAY;
use wharf_tls::files::{IdentityFiles, ServerFiles, WatchOptions};
use wharf_tls::{ClientTls, ClientTlsOptions, Roots, ServerTlsOptions, Trust};

use super::{Lab, now, word};

/// How many certificates clients have to see in one test.
const CERTIFICATES: usize = 4;

fn client(root: &Path) -> ClientTls {
    let options = ClientTlsOptions {
        roots: Roots::Own(Trust::from_pem(&fs::read(root).unwrap()).unwrap()),
        // Every handshake shows the certificate.
        resumed_servers_max: 0,
        ..ClientTlsOptions::default()
    };
    ClientTls::new(&options).unwrap()
}

/// Connects until enough different certificates were seen; fails with the first handshake that does.
async fn hammer(root: &Path, address: SocketAddr) -> usize {
    let client = client(root);
    let begun = Instant::now();
    let (mut seen, mut handshakes) = (HashSet::new(), 0);
    while seen.len() < CERTIFICATES {
        assert!(
            begun.elapsed() < PATIENCE,
            "only {} certificates",
            seen.len()
        );
        let io = TcpStream::connect(address).await.unwrap();
        let stream = client.connect("localhost", io).await;
        let stream = stream.unwrap_or_else(|error| panic!("handshake {handshakes}: {error:?}"));
        let peer = stream.info().peer().unwrap();
        seen.insert(peer.chain()[0].to_vec());
        handshakes += 1;
    }
    handshakes
}

/// A certificate of ten seconds, and a process that renews it.
fn renewing(exec: &[&str]) -> (Lab, Process) {
    let lab = Lab::new(Duration::from_secs(10), now());
    let args = [&["--watch", "--before", "7s", "--jitter", "0s"], exec].concat();
    let process = Process::spawn(&mut lab.command(&args));
    (lab, process)
}

#[tokio::test(flavor = "multi_thread")]
async fn our_server_takes_what_was_renewed_and_no_handshake_fails() {
    let lab = Lab::new(Duration::from_secs(10), now());
    let files = ServerFiles {
        identities: vec![IdentityFiles::new(&lab.pair.chain, &lab.pair.key)],
        ..ServerFiles::default()
    };
    let options = WatchOptions {
        interval: Duration::from_millis(200),
        settle: Duration::from_millis(50),
        ..WatchOptions::default()
    };
    let (tls, watch) = files
        .watched(&ServerTlsOptions::default(), options)
        .unwrap();
    tokio::spawn(async move { watch.run(|event| eprintln!("{event}")).await });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (io, _) = listener.accept().await.unwrap();
            let tls = tls.clone();
            tokio::spawn(async move {
                if let Ok(mut stream) = tls.accept(io).await {
                    let _ = stream.shutdown().await;
                }
            });
        }
    });
    let args = ["--watch", "--before", "7s", "--jitter", "0s"];
    let process = Process::spawn(&mut lab.command(&args));
    let handshakes = hammer(&lab.home.root(), address).await;
    assert!(handshakes > 50, "{handshakes}");
    process.signal(Signal::TERM);
    let ended = process.finish(PATIENCE);
    assert!(
        ended.stderr.matches("renewed ").count() >= CERTIFICATES - 1,
        "{ended}"
    );
}

/// nginx's master. Killed, it would leave its workers behind; told to end, it takes them along. A single process does not
/// take new certificates on SIGHUP.
struct Master(Process);

impl Drop for Master {
    fn drop(&mut self) {
        self.0.signal(Signal::TERM);
        self.0.wait_within(PATIENCE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nginx_is_reloaded_by_the_command_and_no_handshake_fails() {
    let Some(nginx) = peer::require("nginx", "nginx-light") else {
        return;
    };
    // Shared, so that nobody else gets it between here and there.
    let held = TcpSocket::new_v4().unwrap();
    held.set_reuseport(true).unwrap();
    held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = held.local_addr().unwrap();

    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("nginx.pid");
    let (lab, process) = renewing(&["--exec", &format!("kill -HUP $(cat {})", pid.display())]);
    let conf = folder.path().join("nginx.conf");
    let here = folder.path().display();
    fs::write(
        &conf,
        format!(
            "daemon off; pid {}; error_log stderr notice; events {{}}
             http {{ access_log off;
               client_body_temp_path {here}/b; proxy_temp_path {here}/p; fastcgi_temp_path {here}/f;
               uwsgi_temp_path {here}/u; scgi_temp_path {here}/s;
               server {{ listen {address} ssl reuseport; ssl_session_cache off;
                 ssl_certificate {}; ssl_certificate_key {}; return 204; }} }}",
            pid.display(),
            word(&lab.pair.chain),
            word(&lab.pair.key)
        ),
    )
    .unwrap();
    let mut command = std::process::Command::new(nginx);
    command
        .args(["-e", "stderr", "-p"])
        .arg(folder.path())
        .arg("-c")
        .arg(&conf);
    let server = Master(Process::spawn(&mut command));
    server
        .0
        .wait_for_stderr(|line| line.contains("start worker process ").then_some(()));
    let handshakes = hammer(&lab.home.root(), address).await;
    assert!(handshakes > 50, "{handshakes}");
    process.signal(Signal::TERM);
    let ended = process.finish(PATIENCE);
    assert!(
        ended.stderr.matches("renewed ").count() >= CERTIFICATES - 1,
        "{ended}"
    );
}

#[test]
fn the_cron_form_does_nothing_to_a_server_that_needs_nothing() {
    let lab = Lab::new(90 * DAY, now());
    lab.renew(&["--all", "--if-needed", "--exec", "exit 9"], 3);
}
