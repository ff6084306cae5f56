use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use tokio::net::TcpSocket;

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
        let process = Process::spawn(&mut self.command(folder.path(), &file));
        // It says this when its sockets listen.
        process.wait_for_stderr(|line| line.contains("event method").then_some(()));
        Front {
            process,
            socket,
            _folder: folder,
        }
    }
}

impl Nginx {
    /// A server of what is in `root`, with TLS if it has the files of a certificate chain and its key.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[track_caller]
    pub fn files(&self, root: &Path, identity: Option<[&Path; 2]>) -> Files {
        let tls = identity.map_or_else(String::new, certified);
        self.serve(root, identity, &tls)
    }

    /// The same with TLS 1.3 alone, which the nginx of Debian 12 has to be told.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[track_caller]
    pub fn files_of_tls13(&self, root: &Path, identity: [&Path; 2]) -> Files {
        let tls = format!("{} ssl_protocols TLSv1.3;", certified(identity));
        self.serve(root, Some(identity), &tls)
    }

    /// The same with TLS, for clients that a root in the file `clients` vouches for. It says in the fields `x-subject` and
    /// `x-serial` who they are.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[track_caller]
    pub fn files_for(&self, root: &Path, identity: [&Path; 2], clients: &Path) -> Files {
        let tls = format!(
            "{}
                ssl_client_certificate {};
                ssl_verify_client on;
                add_header x-subject $ssl_client_s_dn;
                add_header x-serial $ssl_client_serial;",
            certified(identity),
            clients.display()
        );
        self.serve(root, Some(identity), &tls)
    }

    #[track_caller]
    fn serve(&self, root: &Path, identity: Option<[&Path; 2]>, tls: &str) -> Files {
        let folder = TempDir::new().expect("a temporary folder");
        let (held, address) = hold_port().expect("a port");
        let ssl = if identity.is_some() { " ssl" } else { "" };
        let server = format!(
            "server {{
                listen {address}{ssl} reuseport;
                {tls}
                root {};
                sendfile on;
                add_header x-port $remote_port;
                location /upload {{
                    # It has to read all of it for this.
                    dav_methods PUT;
                    create_full_put_path on;
                }}
                location /refuse {{ return 413; }}
                location /close {{ keepalive_timeout 0; }}
            }}",
            root.display()
        );
        let file = folder.path().join("nginx.conf");
        fs::write(&file, around(folder.path(), &server)).expect("a new file");
        let process = Process::spawn(&mut self.command(folder.path(), &file));
        process.wait_for_stderr(|line| line.contains("event method").then_some(()));
        Files {
            _process: process,
            _held: held,
            port: address.port(),
            _folder: folder,
        }
    }

    fn command(&self, folder: &Path, file: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(["-e", "stderr", "-p"])
            .arg(folder)
            .arg("-c")
            .arg(file);
        command
    }
}

fn certified([chain, key]: [&Path; 2]) -> String {
    let (chain, key) = (chain.display(), key.display());
    format!("ssl_certificate {chain}; ssl_certificate_key {key};")
}

/// A running server of files.
#[derive(Debug)]
pub struct Files {
    _process: Process,
    _held: TcpSocket,
    /// The port of `127.0.0.1` it listens on.
    pub port: u16,
    _folder: TempDir,
}

/// A port that nobody else can have but who shares it. nginx cannot be told to take any that is free.
pub(super) fn hold_port() -> io::Result<(TcpSocket, SocketAddr)> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseport(true)?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let address = socket.local_addr()?;
    Ok((socket, address))
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

fn configuration(folder: &Path, server: SocketAddr, location: &str) -> String {
    let socket = folder.join("front.sock");
    let http = format!(
        "upstream ours {{
            server {server};
            keepalive 4;
        }}
        server {{
            listen unix:{};
            location / {{
                proxy_pass http://ours;
                {location}
            }}
        }}",
        socket.display()
    );
    around(folder, &http)
}

/// One process, so that nothing is left when it is killed.
fn around(folder: &Path, http: &str) -> String {
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
    {http}
}}
"
    )
}
