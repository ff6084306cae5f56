//! TLS peers in both roles, all told the same and all telling the same: the rows of the grid in `tests/tls_grid`.
//!
//! | file | holds |
//! |---|---|
//! | `ask.rs` | `Ask`: what a side of a connection shall do |
//! | `seen.rs` | `Seen`: what a peer says came of it |
//! | `script.rs` | the programs in `interop-tests/peers`: Go, Java, Node, Python |
//! | `openssl.rs` | `openssl s_client` and `s_server` |
//! | `gnutls/` | `gnutls-cli` and `gnutls-serv` |
//! | `curl.rs` | curl, which talks HTTP |

mod ask;
mod curl;
mod gnutls;
mod openssl;
pub(crate) mod script;
mod seen;

use std::io;
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

pub use ask::{Ask, ClientAuth, Pair, Resumption, Version, content};
pub use curl::CurlTls;
pub use gnutls::GnuTlsTls;
pub use openssl::OpenSslTls;
pub use seen::Seen;

/// Which side the peer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The peer connects to us.
    Client,
    /// We connect to the peer.
    Server,
}

/// What a peer may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// The role, in this version, at all.
    Handshake,
    /// A certificate of its own as a client, or of its clients as a server.
    ClientAuth,
    /// Resumption by ticket.
    Ticket,
    /// Resumption of a session that the server keeps.
    Stateful,
    /// ALPN with any name.
    Alpn,
    /// To refuse a client that offers other protocols only.
    AlpnRefusal,
    /// A server that tells which name it was asked for.
    ServerName,
    /// Update of the keys.
    KeyUpdate,
    /// To close first.
    CloseFirst,
    /// To answer `close_notify` with its own.
    CloseSecond,
    /// To choose the size of its records.
    SmallRecords,
    /// The group X25519MLKEM768.
    PostQuantum,
    /// Certificates with ML-DSA.
    MlDsa,
}

/// What may be wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The server's root is none that the client trusts.
    UnknownCa,
    /// The server's is not valid any more.
    Expired,
    /// The server's is for another name.
    WrongName,
    /// The client has none, and the server requires one.
    NoClient,
    /// The client's root is none that the server trusts.
    UnknownClient,
}

/// A foreign program that speaks TLS.
pub trait TlsPeer: Send + Sync {
    /// Its name and version.
    fn name(&self) -> &str;

    /// Connects to a port of 127.0.0.1 and runs to its end. One report for each connection.
    fn client(&self, port: u16, ask: &Ask) -> Vec<Seen>;

    /// Starts a server that only this machine can reach.
    fn server(&self, ask: &Ask) -> Serving;

    /// Why it cannot do this; `None` if it can.
    fn unable(&self, role: Role, version: Version, feature: Feature) -> Option<&'static str>;

    /// The alert that it sends for a fault of the other side, as rustls names it: one of these, or none if there are none.
    ///
    /// What OpenSSL sends is what [RFC 8446 §6.2] has for the fault. Others are less exact.
    ///
    /// [RFC 8446 §6.2]: https://www.rfc-editor.org/rfc/rfc8446#section-6.2
    fn alert(&self, fault: Fault) -> &'static [&'static str] {
        match fault {
            Fault::UnknownCa | Fault::UnknownClient => &["UnknownCA"],
            Fault::Expired => &["CertificateExpired"],
            Fault::WrongName => &["BadCertificate"],
            // The first is TLS 1.3's.
            Fault::NoClient => &["CertificateRequired", "HandshakeFailure"],
        }
    }

    /// Whether it talks HTTP around the content: a POST, and a response that ends with the connection.
    fn speaks_http(&self) -> bool {
        false
    }
}

/// A peer's server, which listens.
pub struct Serving {
    dial: Dial,
    finish: Finish,
}

/// Makes a connection to a peer's server.
pub type Dial = Arc<dyn Fn() -> io::Result<TcpStream> + Send + Sync>;

type Finish = Box<dyn FnOnce(Receiver<bool>) -> Vec<Seen> + Send>;

impl Serving {
    /// A server on 127.0.0.1 that ends by itself.
    fn new(port: u16, finish: impl FnOnce() -> Vec<Seen> + Send + 'static) -> Self {
        Self {
            dial: Arc::new(move || TcpStream::connect((Ipv4Addr::LOCALHOST, port))),
            finish: Box::new(move |_client| finish()),
        }
    }

    /// How one connects to it.
    pub fn dial(&self) -> Dial {
        Arc::clone(&self.dial)
    }

    /// Plays the server's part and waits for its end. One report for each connection. `client` tells, for servers that
    /// have to be ended, when the client has, and whether it failed.
    ///
    /// # Panics
    ///
    /// When it does not end.
    pub fn finish(self, client: Receiver<bool>) -> Vec<Seen> {
        (self.finish)(client)
    }
}

impl std::fmt::Debug for Serving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Serving").finish_non_exhaustive()
    }
}
