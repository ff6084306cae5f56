use std::sync::Arc;
use std::time::Duration;

use rustls::NamedGroup;
use rustls_pki_types::CertificateRevocationListDer;

use crate::provider;
use crate::{CrlPolicy, KeyLogSink, SpkiPin, Trust};
use crate::{Identity, TlsVersions};

/// How a client speaks TLS.
#[derive(Clone, Debug)]
pub struct ClientTlsOptions {
    /// Which trust anchors a server's certification path may end at. The default is [`Roots::Native`].
    pub roots: Roots,
    /// Certificates that were revoked before their time ([RFC 5280 §5]), for [`Roots::Native`] and [`Roots::Mozilla`]; a
    /// [`Trust`] has its own, and where there is one these have to stay empty. The default is none: then nothing is checked for
    /// revocation.
    ///
    /// [RFC 5280 §5]: https://www.rfc-editor.org/rfc/rfc5280#section-5
    pub crls: Vec<CertificateRevocationListDer<'static>>,
    /// How [`crls`](Self::crls) are used. The default is the strictest.
    pub crl_policy: CrlPolicy,
    /// The keys that servers may have: one of these must be that of the end entity, whose path is verified all the same,
    /// so that a pin never accepts what would be refused without it. Keys of CAs do not count: a CA that is alone to be
    /// trusted is alone in [`Roots::Own`]. Pin a spare key too, or a server that loses its key is lost to its clients.
    /// The default is none: any key will do.
    pub pins: Vec<SpkiPin>,
    /// Who we are, for servers that ask. The default is nobody: a server that asks gets no certificate.
    pub identity: Option<Identity>,
    /// The protocols offered by ALPN ([RFC 7301]), the preferred one first. The default is none, and then a server that
    /// speaks several takes the one it likes.
    ///
    /// [RFC 7301]: https://www.rfc-editor.org/rfc/rfc7301
    pub alpn: Vec<Vec<u8>>,
    /// Which versions are spoken. The default is TLS 1.3 and 1.2.
    pub versions: TlsVersions,
    /// The named groups that are offered for the key exchange ([RFC 8446 §4.2.7]), the preferred one first. A group that the
    /// [`provider`](crate::provider()) does not have is passed over; to be left with none is an error. TLS 1.2 passes over
    /// X25519MLKEM768, which is for TLS 1.3 alone, and takes the list for the curves of ECDSA
    /// certificates as well ([RFC 8422 §5.1.1]): who leaves out P-256 gets no such certificate. The default is all that there are, X25519MLKEM768 first.
    ///
    /// [RFC 8422 §5.1.1]: https://www.rfc-editor.org/rfc/rfc8422#section-5.1.1
    /// [RFC 8446 §4.2.7]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.7
    pub groups: Vec<NamedGroup>,
    /// Which server name is sent. What is verified is always the name given to
    /// [`ClientTls::connect`](super::ClientTls::connect). The default is that very name.
    pub sni: Sni,
    /// Of how many servers sessions are kept in memory, to resume them ([RFC 8446 §2.2]). A session is resumed only under
    /// the trust and the identity under which it began. 0 keeps none, and every handshake is a full one. Others: rustls
    /// 256 servers, Go 64 sessions, curl 25. The default is 256.
    ///
    /// [RFC 8446 §2.2]: https://www.rfc-editor.org/rfc/rfc8446#section-2.2
    pub resumed_servers_max: usize,
    /// Whether the server name is encrypted. The default is [`Ech::Off`].
    pub ech: Ech,
    /// How long a handshake may take. Others: Go's http 10 s, Node and curl none of their own. The default is 10 s.
    pub handshake_timeout: Duration,
    /// Where the secrets of connections are written, for a debugger that reads what is encrypted. Whoever can read that
    /// can read the connections. No variable of the environment turns this on. The default is nowhere.
    pub key_log: Option<Arc<KeyLogSink>>,
    /// Whether the [`HandshakeReport`](super::HandshakeReport) tells the secret that the key exchange gave, from which everything
    /// else is derived: for who shows how it works. As with a key log, whoever reads it can read the connection. The default is
    /// `false`.
    pub tell_shared_secret: bool,
    /// Whether the first key share is of a reserved group that no server has, so that it has to ask for another one with a
    /// HelloRetryRequest ([RFC 8446 §4.1.4]). It costs a round trip and gains nothing but a look at it. The default is `false`.
    ///
    /// [RFC 8446 §4.1.4]: https://www.rfc-editor.org/rfc/rfc8446#section-4.1.4
    pub force_hello_retry: bool,
}

impl Default for ClientTlsOptions {
    fn default() -> Self {
        Self {
            roots: Roots::default(),
            crls: Vec::new(),
            crl_policy: CrlPolicy::default(),
            pins: Vec::new(),
            identity: None,
            alpn: Vec::new(),
            versions: TlsVersions::default(),
            groups: provider::groups(),
            sni: Sni::default(),
            resumed_servers_max: 256,
            ech: Ech::default(),
            handshake_timeout: Duration::from_secs(10),
            key_log: None,
            tell_shared_secret: false,
            force_hello_retry: false,
        }
    }
}

/// The trust anchors.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Roots {
    /// Those of the operating system. It is the default, as in Go and curl: the CAs that an administrator added or took
    /// out count here too, and they are kept up to date without a new build.
    ///
    /// They are read from the places where systems keep them, such as `/etc/ssl/certs/ca-certificates.crt`, and not from
    /// where `SSL_CERT_FILE` says: nothing in the environment changes what is trusted. The first
    /// [`ClientTls`](super::ClientTls) of a process reads them, which blocks for some milliseconds; later ones share them
    /// until one reloads. A system without any is an error. Read on Linux and the BSDs; Windows has no such file.
    #[default]
    Native,
    /// Those of Mozilla, as they were when this program was built: the same everywhere, in an empty container too. A
    /// program that runs for years has to be built anew when Mozilla distrusts a CA.
    Mozilla,
    /// These, and no others.
    Own(Trust),
    /// Those of the operating system, and these: for a tool that also talks to servers of a CA of its own. The CRLs are those
    /// of the [`Trust`]. A system without any is no error here, for then there are these.
    NativeAnd(Trust),
}

/// The server name sent in the ClientHello ([RFC 6066 §3]). Except under [`Ech`], everybody on the way can read it.
///
/// [RFC 6066 §3]: https://www.rfc-editor.org/rfc/rfc6066#section-3
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sni {
    /// The name that is verified; none for an IP address, which the RFC does not allow there.
    #[default]
    Same,
    /// Another name, for a server behind a front that routes by it. The name given to `connect` is verified as ever.
    /// Such connections are not resumed: sessions are kept by the name that is sent, so one that was verified for one
    /// server could be taken for another.
    Other(String),
    /// No name. Servers of many names answer with the certificate of their default one.
    Off,
}

/// Encrypted Client Hello ([RFC 9849]): the server name is hidden from everybody on the way.
///
/// [RFC 9849]: https://www.rfc-editor.org/rfc/rfc9849
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ech {
    /// The server name is sent in the clear.
    #[default]
    Off,
    /// It is sent in the clear, with something that looks like ECH beside it, so that those who use it do not stand out.
    /// Only TLS 1.3 is spoken then.
    Grease,
    /// It is encrypted to this ECHConfigList: the `ech` parameter of the server's HTTPS record, decoded from base64. It
    /// is good for the servers of that record only, so they need a [`ClientTls`](super::ClientTls) of their own. Only TLS
    /// 1.3 is spoken then, and a server that does not know the configuration any more is refused.
    Config(Vec<u8>),
}
