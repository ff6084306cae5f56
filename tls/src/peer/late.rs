use std::sync::OnceLock;

use rustls_pki_types::CertificateDer;

use super::PeerIdentity;

/// The peer of a connection, read when somebody asks: most clients verify a server and never do, and to read its certificate
/// is work for each connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct LatePeer {
    chain: Vec<CertificateDer<'static>>,
    read: OnceLock<Option<PeerIdentity>>,
}

impl LatePeer {
    /// Who showed this chain, if it showed one.
    pub(crate) fn of_chain(chain: Option<&[CertificateDer<'static>]>) -> Self {
        Self {
            chain: chain.unwrap_or_default().to_vec(),
            read: OnceLock::new(),
        }
    }

    /// `None` if there is no certificate, or none that can be read: then [`danger`](crate::danger) alone accepted it.
    pub(crate) fn get(&self) -> Option<&PeerIdentity> {
        let read = || PeerIdentity::new(&self.chain).ok();
        self.read.get_or_init(read).as_ref()
    }
}

impl From<PeerIdentity> for LatePeer {
    fn from(peer: PeerIdentity) -> Self {
        Self {
            chain: Vec::new(),
            read: OnceLock::from(Some(peer)),
        }
    }
}
