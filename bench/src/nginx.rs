//! nginx as a server of the bench.

use std::ffi::OsStr;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::process::{ServerProcess, pinned};

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
    server {SITE}
}
";

/// What `tcp` asks of it.
pub const TCP: &str = "
        listen ADDRESS backlog=1024;
        location / { return 204; }
    ";

/// What `tls` asks of it. TLS 1.3 is not among the defaults of old versions; all the rest of TLS is as it comes:
/// tickets, no session cache, groups and suites by OpenSSL's own list.
///
/// To an upload it answers at once, and throws away what arrives; the client sees from the answer to its next request
/// that all of it has been read.
pub const TLS: &str = "
        listen ADDRESS ssl backlog=1024;
        ssl_certificate FOLDER/chain.pem;
        ssl_certificate_key FOLDER/key.pem;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_session_tickets on;
        client_max_body_size 0;
        default_type text/plain;
        location = /bulk { alias FOLDER/bulk; }
        location / { return 200 'Hello, World!'; }
    ";

/// What `http` asks of it. A download is a file; an upload is answered at once, and thrown away as it arrives.
pub const HTTP: &str = "
        listen ADDRESS backlog=1024;
        client_max_body_size 0;
        sendfile on;
        default_type text/plain;
        location /dl/ { alias FOLDER/; }
        location = /up { return 200 $content_length; }
        location / { return 200 'Hello, World!'; }
    ";

/// How long it may take to listen.
const START_MAX: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_millis(5);

/// Starts nginx on a free port, with its files in `folder`, and waits until it listens.
pub fn start(name: &'static str, folder: &Path, site: &str) -> anyhow::Result<ServerProcess> {
    std::fs::create_dir_all(folder)?;
    // nginx cannot be told to take any port: it gets one that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let config = folder.join("nginx.conf");
    let text = CONFIG
        .replace("SITE", site)
        .replace("FOLDER", &folder.display().to_string())
        .replace("ADDRESS", &address.to_string());
    std::fs::write(&config, text)?;
    let [program, prefix, conf] = ["nginx", "-p", "-c"].map(OsStr::new);
    let child = pinned(&[
        program,
        prefix,
        folder.as_os_str(),
        conf,
        config.as_os_str(),
    ])
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

/// Its version, and that of the OpenSSL it was built with.
pub fn versions() -> Option<(String, String)> {
    let output = Command::new("nginx").arg("-V").output().ok()?;
    parse_versions(&String::from_utf8_lossy(&output.stderr))
}

/// `nginx version: nginx/1.22.1`, and on a later line `built with OpenSSL 3.0.22 25 Aug 2026`.
fn parse_versions(text: &str) -> Option<(String, String)> {
    let word_after = |label: &str| {
        let rest = text.split_once(label)?.1;
        Some(rest.split_whitespace().next()?.to_owned())
    };
    Some((word_after("nginx/")?, word_after("built with OpenSSL ")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_found() {
        let text = "nginx version: nginx/1.22.1\nbuilt with OpenSSL 3.0.22 25 Aug 2026\nTLS SNI support enabled\n";
        assert_eq!(
            parse_versions(text),
            Some(("1.22.1".to_owned(), "3.0.22".to_owned()))
        );
        assert_eq!(parse_versions("nginx: not found"), None);
    }
}
