//! nginx as a server of the bench.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::SERVER_CORE;
use crate::process::ServerProcess;

/// One process, one thread of work, nothing written; a connection may idle for an hour.
const CONFIG: &str = "\
daemon off;
master_process off;
worker_rlimit_nofile 20000;
pid FOLDER/nginx.pid;
error_log stderr crit;
events { worker_connections 19900; }
http {
    access_log off;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
    client_header_timeout 1h;
    lingering_close off;
    client_body_temp_path FOLDER/body;
    proxy_temp_path FOLDER/proxy;
    fastcgi_temp_path FOLDER/fastcgi;
    uwsgi_temp_path FOLDER/uwsgi;
    scgi_temp_path FOLDER/scgi;
    server {
        listen ADDRESS backlog=1024;
        location / { return 204; }
    }
}
";

/// How long it may take to listen.
const START_MAX: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_millis(5);

/// Starts nginx on a free port, with its files in `folder`, and waits until it listens.
pub fn start(name: &'static str, folder: &Path) -> anyhow::Result<ServerProcess> {
    std::fs::create_dir_all(folder)?;
    // nginx cannot be told to take any port: it gets one that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let config = folder.join("nginx.conf");
    let text = CONFIG
        .replace("FOLDER", &folder.display().to_string())
        .replace("ADDRESS", &address.to_string());
    std::fs::write(&config, text)?;
    let child = Command::new("taskset")
        .args(["-c", &SERVER_CORE.to_string(), "nginx", "-p"])
        .arg(folder)
        .arg("-c")
        .arg(&config)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .context("taskset")?;
    let mut server = ServerProcess::new(name, address, child);
    let began = Instant::now();
    while TcpStream::connect(address).is_err() {
        ensure!(!server.has_ended()?, "nginx ended: see above");
        ensure!(began.elapsed() < START_MAX, "nginx does not listen");
        std::thread::park_timeout(RETRY);
    }
    Ok(server)
}
