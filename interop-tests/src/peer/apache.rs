use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use tokio::net::TcpSocket;

use super::nginx::hold_port;
use crate::Process;

/// Where Debian has what `apache2` loads.
const MODULES: &str = "/usr/lib/apache2/modules";

/// Apache's HTTP server, with a configuration of its own.
#[derive(Debug)]
pub struct Apache {
    program: PathBuf,
}

/// A running server.
#[derive(Debug)]
pub struct ApacheServing {
    process: Process,
    /// The port of `127.0.0.1` it listens on.
    pub port: u16,
    _held: TcpSocket,
    _folder: TempDir,
}

impl Apache {
    pub(super) fn new(program: PathBuf) -> Self {
        Self { program }
    }

    /// A server of what is in `root`, with TLS if it has the files of a certificate chain and its key; `more` are further
    /// directives. The client's port is in the field `x-port`.
    ///
    /// | path | response |
    /// |---|---|
    /// | `/chunked/FILE` | the file, chunked if it is large |
    /// | `/compressed/FILE` | the file, in gzip for who takes it |
    /// | `/echo` | what was sent, framed as it was; `x-framing` says so if it was chunked |
    /// | `/refuse` | 413 for more than a kilobyte |
    /// | `/empty` | 204 |
    /// | others | the file |
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[track_caller]
    pub fn files(&self, root: &Path, identity: Option<[&Path; 2]>, more: &str) -> ApacheServing {
        readable_by_all(root);
        let root = root.display();
        let modules = ["headers", "filter", "deflate", "include", "reflector"];
        let served = format!(
            "
DocumentRoot {root}
<Directory {root}>
    Require all granted
    Options +Includes
</Directory>
Header always set x-port \"expr=%{{REMOTE_PORT}}\"
Alias /chunked {root}
<Location /chunked>
    # It does not know how long what it includes will be.
    SetOutputFilter INCLUDES
</Location>
Alias /compressed {root}
<Location /compressed>
    SetOutputFilter DEFLATE
</Location>
<Location /echo>
    SetHandler reflector
    Header set x-framing \"expr=%{{HTTP:Transfer-Encoding}}\"
</Location>
<Location /refuse>
    SetHandler reflector
    LimitRequestBody 1000
</Location>
Redirect 204 /empty
{more}"
        );
        self.start(&modules, identity, &served)
    }

    /// An HTTP proxy for whoever is `alice` with the password `hunter2`, itself behind TLS if it has an identity. It says
    /// on its standard output what it was asked for, when that is over.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[track_caller]
    pub fn proxy(&self, identity: Option<[&Path; 2]>) -> ApacheServing {
        let modules = [
            "authn_core",
            "authn_file",
            "auth_basic",
            "authz_user",
            "proxy",
            "proxy_http",
            "proxy_connect",
        ];
        let passwords = "
ProxyRequests On
ProxyVia On
AllowCONNECT 1-65535
CustomLog /dev/stdout \"%r %>s\"
<Proxy *>
    AuthType Basic
    AuthName harbour
    AuthBasicProvider file
    AuthUserFile passwords
    Require valid-user
</Proxy>";
        self.start(&modules, identity, passwords)
    }

    #[track_caller]
    fn start(&self, modules: &[&str], identity: Option<[&Path; 2]>, served: &str) -> ApacheServing {
        let folder = TempDir::new().expect("a temporary folder");
        readable_by_all(folder.path());
        // The digest is SHA-1 of the password; only the test knows it.
        let passwords = "alice:{SHA}87u9ZqY9S/F0eUBXjsPQEDUw4h0=\n";
        fs::write(folder.path().join("passwords"), passwords).expect("a new file");
        let (held, address) = hold_port().expect("a port");
        let file = folder.path().join("httpd.conf");
        let text = configuration(folder.path(), address, modules, identity, served);
        fs::write(&file, text).expect("a new file");
        let mut command = Command::new(&self.program);
        // One process, so that nothing is left when it is killed.
        let process = Process::spawn(command.args(["-X", "-f"]).arg(&file));
        process.wait_for_stderr(|line| line.contains("start_threads").then_some(()));
        ApacheServing {
            process,
            port: address.port(),
            _held: held,
            _folder: folder,
        }
    }
}

impl ApacheServing {
    /// Waits until a proxy has said that it was asked for this.
    ///
    /// # Panics
    ///
    /// When it does not.
    #[track_caller]
    pub fn was_asked(&self, line: &str) {
        self.process.wait_for_stdout(|said| {
            let said = String::from_utf8_lossy(said);
            said.contains(line).then_some(())
        });
    }
}

/// As root, Apache becomes nobody before it serves, and a temporary folder is its owner's alone.
fn readable_by_all(folder: &Path) {
    fs::set_permissions(folder, Permissions::from_mode(0o755)).expect("a folder of the test");
}

fn configuration(
    folder: &Path,
    address: SocketAddr,
    modules: &[&str],
    identity: Option<[&Path; 2]>,
    served: &str,
) -> String {
    let tls = identity.map_or_else(String::new, |[chain, key]| {
        let (chain, key) = (chain.display(), key.display());
        format!("SSLEngine on\nSSLCertificateFile {chain}\nSSLCertificateKeyFile {key}")
    });
    let always = ["mpm_event", "authz_core", "alias", "ssl"];
    let modules: String = always
        .iter()
        .chain(modules)
        .map(|name| format!("LoadModule {name}_module {MODULES}/mod_{name}.so\n"))
        .collect();
    let folder = folder.display();
    format!(
        "
ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/httpd.pid
ServerName 127.0.0.1
User #65534
Group #65534
ErrorLog /dev/stderr
{modules}
# It says at this level when it listens.
LogLevel notice mpm_event:debug
# Any ratio lets it share its port with who holds it: it cannot be told to take any that is free.
ListenCoresBucketsRatio 1000
Listen {address}
<VirtualHost {address}>
    {tls}
    {served}
</VirtualHost>
"
    )
}
