use std::sync::{Arc, OnceLock};

use super::ClientConfig;
use super::connection::Connection;
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

    /// How TLS is spoken. What is not configured is made for the first request that needs it.
    pub(super) fn tls(&self) -> Result<&ClientTls, Kind> {
        if let Some(tls) = &self.config.tls {
            return Ok(tls);
        }
        if let Some(tls) = self.default_tls.get() {
            return Ok(tls);
        }
        let made = https::default_client()?;
        Ok(self.default_tls.get_or_init(|| made))
    }

    /// Whether a kept connection is one that would be made now, and the server has not closed it.
    pub(super) fn is_usable(&self, connection: &mut Connection) -> bool {
        let is_current = match &self.config.tls {
            Some(tls) if connection.is_tls() => connection.tls_generation == tls.generation(),
            Some(_) | None => true,
        };
        is_current && connection.is_fresh()
    }
}
