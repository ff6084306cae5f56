use rustls_pki_types::CertificateDer;

use super::SharedSecret;
use crate::hello::{HelloReader, Progress};
use crate::{ClientHello, TlsInfo};

/// What was seen of a client's handshake, whether it succeeded or not: for who explains it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct HandshakeReport {
    /// What was offered: the first ClientHello, read from the bytes that were sent. With [`Ech`](super::Ech) it is the outer
    /// one, which everybody on the way can read. `None` if the transport has not taken all of it.
    pub hello: Option<ClientHello>,
    /// The certificates that the server presented, as they came, end entity first, whether they were accepted or not. Empty
    /// if it did not come to that, and when a session was resumed: no certificates are sent then.
    pub presented: Vec<CertificateDer<'static>>,
    /// The OCSP response that the server stapled to its certificate ([RFC 6066 §8]), as it came: nobody has looked at it. Empty
    /// if there was none, and when a session was resumed.
    ///
    /// [RFC 6066 §8]: https://www.rfc-editor.org/rfc/rfc6066#section-8
    pub stapled: Vec<u8>,
    /// Of a handshake that failed, what had been agreed on by then. Nobody has proved anything yet: whoever is on the way may
    /// have said it. `None` if it did not come to that; and of one that succeeded, where the stream tells it.
    pub agreed: Option<TlsInfo>,
    /// What the key exchange gave, if the options have
    /// [`tell_shared_secret`](super::ClientTlsOptions::tell_shared_secret), and it came to that.
    pub shared_secret: Option<SharedSecret>,
}

/// What is noted for a report while the handshake goes on.
#[derive(Debug, Default)]
pub(crate) struct Noting {
    sending: Sending,
    presented: Vec<CertificateDer<'static>>,
    stapled: Vec<u8>,
    pub(super) agreed: Option<TlsInfo>,
    pub(super) shared_secret: Option<SharedSecret>,
}

/// How far the ClientHello has been sent.
#[derive(Debug)]
enum Sending {
    Partly(HelloReader),
    Hello(Box<ClientHello>),
    Unreadable,
}

impl Default for Sending {
    fn default() -> Self {
        Self::Partly(HelloReader::default())
    }
}

impl Noting {
    /// The transport has taken these bytes.
    pub(super) fn sent(&mut self, bytes: &[u8]) {
        let Sending::Partly(reader) = &mut self.sending else {
            return;
        };
        reader.buffer().extend_from_slice(bytes);
        self.sending = match reader.advance() {
            Progress::NeedMore => return,
            Progress::Hello(hello) => Sending::Hello(Box::new(hello)),
            Progress::Plaintext | Progress::Refused(..) => Sending::Unreadable,
        };
    }

    /// The server has presented these.
    pub(super) fn presented(
        &mut self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        ocsp_response: &[u8],
    ) {
        self.stapled = ocsp_response.to_vec();
        self.presented = std::iter::once(end_entity)
            .chain(intermediates)
            .map(|der| der.clone().into_owned())
            .collect();
    }
}

impl From<Noting> for HandshakeReport {
    fn from(noting: Noting) -> Self {
        Self {
            hello: match noting.sending {
                Sending::Hello(hello) => Some(*hello),
                Sending::Partly(_) | Sending::Unreadable => None,
            },
            presented: noting.presented,
            stapled: noting.stapled,
            agreed: noting.agreed,
            shared_secret: noting.shared_secret,
        }
    }
}
