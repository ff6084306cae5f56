use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::Process;

/// nginx, with a configuration of its own.
#[derive(Debug)]
pub struct Nginx {
    program: PathBuf,
}

impl Nginx {
    pub(super) fn new(program: PathBuf) -> Self {
        Self { program }
    }

    /// A reverse proxy in front of `server`; `location` holds further directives.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[track_caller]
    pub fn front(&self, server: SocketAddr, location: &str) -> Front {
        let folder = TempDir::new().expect("a temporary folder");
        let socket = folder.path().join("front.sock");
        let file = folder.path().join("nginx.conf");
        fs::write(&file, configuration(folder.path(), server, location)).expect("a new file");
        let mut command = Command::new(&self.program);
        command
            .args(["-e", "stderr", "-p"])
            .arg(folder.path())
            .arg("-c")
            .arg(&file);
        let process = Process::spawn(&mut command);
        // It says this when its sockets listen.
        process.wait_for_stderr(|line| line.contains("event method").then_some(()));
        Front {
            process,
            socket,
            _folder: folder,
        }
    }
}

/// A running reverse proxy.
#[derive(Debug)]
pub struct Front {
    /// The process.
    pub process: Process,
    /// The Unix socket it listens on: unlike a port, nobody else can have it.
    pub socket: PathBuf,
    _folder: TempDir,
}

/// One process, so that nothing is left when it is killed.
fn configuration(folder: &Path, server: SocketAddr, location: &str) -> String {
    let folder = folder.display();
    format!(
        "
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr notice;
events {{ worker_connections 500; }}
http {{
    access_log off;
    client_max_body_size 0;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream ours {{
        server {server};
        keepalive 4;
    }}
    server {{
        listen unix:{folder}/front.sock;
        location / {{
            proxy_pass http://ours;
            {location}
        }}
    }}
}}
"
    )
}
