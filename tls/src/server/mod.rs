//! The server side of TLS.
//!
//! | file | what it holds |
//! |---|---|
//! | `options.rs` | [`ServerTlsOptions`]: how a server speaks |
//! | `names.rs` | [`Identities`]: who it is, by name and signature scheme |
//! | `settings.rs` | both together, checked, and what rustls makes of them |
//! | `accept.rs` | one handshake, from the first byte to the stream |
//! | `selector.rs` | [`ServerTls::with_selector`]: another server for this hello |
//! | `handshakes.rs` | how many at once |
//! | `snapshot.rs` | [`Snapshot`]: what is loaded, and until when it will do |

mod accept;
mod handshakes;
mod names;
mod options;
mod selector;
mod settings;
mod snapshot;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::{Error, Finding, HandshakeError, TlsStream, Trust};

use handshakes::Handshakes;
pub use names::{Identities, UnknownName};
pub use options::{ServerTlsOptions, TlsVersions};
pub use selector::SelectError;
use selector::Selector;
use settings::Compiled;
pub use settings::ServerTlsSettings;
use snapshot::Counters;
pub use snapshot::{Expiring, Expiry, HandshakeCounts, Snapshot};

/// The side of TLS that accepts: a cheap handle that turns streams into [`TlsStream`]s.
///
/// Clones share everything: what one reloads, all serve.
#[derive(Clone)]
pub struct ServerTls {
    core: Arc<Core>,
    /// Protocols of this handle alone.
    alpn: Option<Arc<[Vec<u8>]>>,
    selector: Option<Arc<dyn Selector>>,
}

struct Core {
    current: ArcSwap<Compiled>,
    /// One reload at a time, so that none is lost.
    reloading: Mutex<()>,
    reloads_refused: AtomicU64,
    handshakes: Handshakes,
    counters: Counters,
}

/// What a reload did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reloaded {
    /// How often the settings have been put in force, the first time included.
    pub generation: u64,
    /// Whether it changed which clients are accepted. Then no session from before can be resumed.
    pub trust_changed: bool,
    /// What is not wrong with the identities, but worth a warning.
    pub warnings: Vec<Finding>,
}

impl ServerTls {
    /// A server with these identities.
    ///
    /// # Errors
    ///
    /// When an identity is not fit for a server (expired, a CA, not for servers), or the options contradict each other.
    pub fn new(
        identities: impl Into<Identities>,
        options: &ServerTlsOptions,
    ) -> Result<Self, Error> {
        let settings = ServerTlsSettings {
            identities: identities.into(),
            options: options.clone(),
        };
        let (compiled, _warnings) = Compiled::new(settings, None, SystemTime::now())?;
        Ok(Self {
            core: Arc::new(Core {
                current: ArcSwap::from_pointee(compiled),
                reloading: Mutex::new(()),
                reloads_refused: AtomicU64::new(0),
                handshakes: Handshakes::default(),
                counters: Counters::default(),
            }),
            alpn: None,
            selector: None,
        })
    }

    /// Changes the settings of a running server. `change` gets a copy of those in force; when it is done, they are
    /// checked as a whole, and put in force for all handshakes that begin from then on, of every clone. Connections
    /// that are there go on as they are.
    ///
    /// When the change is one of trust (client authentication, its trust anchors, its CRLs), no session from before can
    /// be resumed: a client that would not be let in today does not come in on yesterday's ticket. When it is one of
    /// identities only, sessions stay good.
    ///
    /// ```
    /// # fn example(tls: wharf_tls::ServerTls, renewed: wharf_tls::Identity) -> Result<(), wharf_tls::Error> {
    /// let reloaded = tls.reload(|settings| settings.identities = renewed.into())?;
    /// assert!(!reloaded.trust_changed);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Whatever [`ServerTls::new`] would refuse. Then everything stays as it was.
    pub fn reload(&self, change: impl FnOnce(&mut ServerTlsSettings)) -> Result<Reloaded, Error> {
        let core = &self.core;
        let _one_at_a_time = core
            .reloading
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = core.current.load_full();
        let mut settings = before.settings.clone();
        change(&mut settings);
        match Compiled::new(settings, Some(&before), SystemTime::now()) {
            Ok((compiled, warnings)) => {
                let reloaded = Reloaded {
                    generation: compiled.generation,
                    trust_changed: compiled.trust != before.trust,
                    warnings,
                };
                core.current.store(Arc::new(compiled));
                Ok(reloaded)
            }
            Err(error) => {
                self.refuse_reload();
                Err(error)
            }
        }
    }

    /// Counts a reload that came to nothing.
    pub(crate) fn refuse_reload(&self) {
        self.core.reloads_refused.fetch_add(1, Ordering::Relaxed);
    }

    /// What is loaded, until when each part of it is good, and how handshakes have ended.
    pub fn snapshot(&self) -> Snapshot {
        let core = &self.core;
        let current = core.current.load();
        let settings = &current.settings;
        let trust = settings.options.client_auth.trust();
        let mut expiries: Vec<_> = settings
            .identities
            .iter()
            .flat_map(|identity| identity.expiries())
            .chain(trust.into_iter().flat_map(Trust::expiries))
            .collect();
        expiries.sort();
        expiries.dedup();
        Snapshot {
            generation: current.generation,
            trust_generation: current.trust_generation,
            loaded_at: current.loaded_at,
            reloads_refused: core.reloads_refused.load(Ordering::Relaxed),
            expiries,
            handshakes: core.handshakes.count(),
            counts: core.counters.read(),
        }
    }

    /// A handle on the same server that offers `protocols` by ALPN.
    #[must_use]
    pub fn with_alpn(&self, protocols: &[&[u8]]) -> Self {
        Self {
            alpn: Some(protocols.iter().map(|name| name.to_vec()).collect()),
            ..self.clone()
        }
    }

    /// The protocols offered by ALPN, the preferred one first.
    pub fn alpn(&self) -> Vec<Vec<u8>> {
        match &self.alpn {
            Some(alpn) => alpn.to_vec(),
            None => self.core.current.load().settings.options.alpn.clone(),
        }
    }

    /// Whether one of the certificates is for all of these names, wildcards included: then what is asked of one of them
    /// may be asked over a connection that was made to another ([RFC 9110 §7.4]). An IP address is looked for among
    /// those of the certificate.
    ///
    /// What a [selector](Self::with_selector) would choose is not looked at.
    ///
    /// [RFC 9110 §7.4]: https://www.rfc-editor.org/rfc/rfc9110#section-7.4
    pub fn covers(&self, names: &[&str]) -> bool {
        let current = self.core.current.load();
        current.settings.identities.has_one_for(names)
    }

    /// Performs the handshake on `io` ([RFC 8446 §2]).
    ///
    /// When it fails, the alert is sent, and what the client still sends is read for a bounded while: a socket closed
    /// with unread bytes in it is reset, and the reset would overtake the alert.
    ///
    /// # Errors
    ///
    /// [`HandshakeError`]; if the client spoke plain text, it holds the stream, so that the caller can answer.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops `io` in the middle of the handshake, without an alert.
    ///
    /// [RFC 8446 §2]: https://www.rfc-editor.org/rfc/rfc8446#section-2
    pub async fn accept<IO>(&self, io: IO) -> Result<TlsStream<IO>, HandshakeError<IO>>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let accepted = accept::accept(self, io).await;
        self.core.counters.count(&accepted);
        accepted
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let current = self.core.current.load();
        f.debug_struct("ServerTls")
            .field("generation", &current.generation)
            .field("settings", &current.settings)
            .finish_non_exhaustive()
    }
}
