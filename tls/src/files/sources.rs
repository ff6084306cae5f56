use std::path::{Path, PathBuf};

use crate::{CrlPolicy, Password};

/// The files that a server's settings come from.
///
/// ```no_run
/// use wharf_tls::files::{IdentityFiles, ServerFiles, WatchOptions};
/// use wharf_tls::ServerTlsOptions;
///
/// # async fn example() -> Result<(), wharf_tls::Error> {
/// let files = ServerFiles {
///     identities: vec![IdentityFiles::new("/etc/app/tls.crt", "/etc/app/tls.key")],
///     ..ServerFiles::default()
/// };
/// let (tls, watch) = files.watched(&ServerTlsOptions::default(), WatchOptions::default())?;
/// let watching = watch.run(|event| eprintln!("{event}"));
/// # watching.await
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct ServerFiles {
    /// Pairs of certificate and key. The first one is the default identity.
    pub identities: Vec<IdentityFiles>,
    /// Folders with any number of pairs: for each `NAME.key` the certificates in `NAME.chain.crt`, `NAME.crt` or
    /// `NAME.pem`, the first of these that is there. They come after `identities`, in the order of their names. Files that
    /// belong to no key are left alone, and so is what begins with a dot.
    pub folders: Vec<PathBuf>,
    /// Whether clients are asked for a certificate, and what says which ones are accepted. `None` leaves that to the
    /// options.
    pub client_auth: Option<ClientAuthFiles>,
    /// Keys for tickets, shared by all servers that read the same: files of 48 or 80 random bytes, as nginx has them. The
    /// first encrypts, all of them decrypt. None leaves the matter to the options.
    ///
    /// To rotate: write a new key, put it first and the one used so far second; drop that one when its tickets are over.
    pub ticket_keys: Vec<PathBuf>,
}

/// The files of one identity.
#[derive(Clone, Debug)]
pub struct IdentityFiles {
    /// PEM: the certificates, end entity first.
    pub certificates: PathBuf,
    /// PEM: the private key. May be the same file.
    pub private_key: PathBuf,
    /// DER: the OCSP response to staple.
    pub ocsp_staple: Option<PathBuf>,
    /// The password of an encrypted key.
    pub password: Option<Password>,
    /// The names it is served for. Those in the certificate, if there are none here.
    pub names: Vec<String>,
}

impl IdentityFiles {
    /// Certificates and key, without anything else.
    pub fn new(certificates: impl Into<PathBuf>, private_key: impl Into<PathBuf>) -> Self {
        Self {
            certificates: certificates.into(),
            private_key: private_key.into(),
            ocsp_staple: None,
            password: None,
            names: Vec::new(),
        }
    }

    /// The folder of a Kubernetes secret of type `kubernetes.io/tls`: `tls.crt` and `tls.key`.
    pub fn in_folder(folder: impl AsRef<Path>) -> Self {
        let folder = folder.as_ref();
        Self::new(folder.join("tls.crt"), folder.join("tls.key"))
    }
}

/// The files that say which clients are accepted.
#[derive(Clone, Debug)]
pub struct ClientAuthFiles {
    /// Whether a client may come without.
    pub mode: ClientAuthMode,
    /// PEM: trust anchors, each file any number of them.
    pub trust_anchors: Vec<PathBuf>,
    /// PEM or DER: CRLs. A folder stands for all files in it, but those that begin with a dot.
    pub crls: Vec<PathBuf>,
    /// What the CRLs are good for.
    pub crl_policy: CrlPolicy,
}

/// Whether a client has to show a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuthMode {
    /// It may; then it has to be a good one.
    Optional,
    /// It has to.
    Required,
}
