use std::sync::{Arc, OnceLock};

use super::ClientConfig;
use super::connection::{Connection, TlsGenerations};
use super::pool::Pool;
use super::retries::Budget;
use crate::error::Kind;
use crate::https::{self, ClientTls};

/// What the clones of a client share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) config: ClientConfig,
    pub(super) pool: Arc<Pool>,
    /// How many retries there may be. `None` if there are none anyway.
    pub(super) budget: Option<Budget>,
    default_tls: OnceLock<ClientTls>,
}

impl Shared {
    pub(super) fn new(config: ClientConfig) -> Self {
        Self {
            budget: config.retries.as_ref().map(Budget::new),
            pool: Arc::new(Pool::new(&config)),
            config,
            default_tls: OnceLock::new(),
        }
    }

    /// How TLS is spoken with origins.
    pub(super) fn tls(&self) -> Result<&ClientTls, Kind> {
        self.or_default(self.config.tls.as_ref())
    }

    /// How TLS is spoken with proxies.
    pub(super) fn proxy_tls(&self) -> Result<&ClientTls, Kind> {
        self.or_default(self.config.proxy_tls.as_ref())
    }

    /// What is not configured is made for the first request that needs it. It has no identity, so both sides may have it.
    fn or_default<'a>(&'a self, configured: Option<&'a ClientTls>) -> Result<&'a ClientTls, Kind> {
        if let Some(tls) = configured.or_else(|| self.default_tls.get()) {
            return Ok(tls);
        }
        let made = https::default_client()?;
        Ok(self.default_tls.get_or_init(|| made))
    }

    /// Whether a kept connection is one that would be made now, and the server has not closed it.
    pub(super) fn is_usable(&self, connection: &mut Connection) -> bool {
        let TlsGenerations { origin, proxy } = connection.tls_generations;
        is_current(origin, self.config.tls.as_ref())
            && is_current(proxy, self.config.proxy_tls.as_ref())
            && connection.is_fresh()
    }
}

fn is_current(made: Option<u64>, tls: Option<&ClientTls>) -> bool {
    made.is_none() || made == tls.map(ClientTls::generation)
}
