use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use super::ServerConfig;
use super::observer::Observed;
use crate::h1::{KeepAlive, Limits};

/// A [`ServerConfig`], and what else all connections share.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    config: ServerConfig,
    pub(super) limits: Arc<Limits>,
    pub(super) keep_alive: KeepAlive,
    /// How long an idle connection is held.
    pub(super) idle_held: Duration,
    pub(super) observed: Observed,
}

impl Settings {
    pub(super) fn new(config: ServerConfig, observed: Observed) -> Self {
        let idle = config.idle_timeout;
        // A day is for ever to a client.
        let told = Some(idle.as_secs()).filter(|seconds| (1..=86_400).contains(seconds));
        // One that was told gets a second more: it may ask in the last moment.
        let more = Duration::from_secs(u64::from(told.is_some()));
        Self {
            limits: Arc::new(config.limits.clone()),
            keep_alive: told.map(KeepAlive::seconds).unwrap_or_default(),
            idle_held: idle.saturating_add(more),
            config,
            observed,
        }
    }
}

impl Settings {
    /// The same with another observer.
    pub(super) fn observed_by(&self, observed: Observed) -> Self {
        Self {
            observed,
            ..self.clone()
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::new(ServerConfig::default(), Observed::default())
    }
}

impl Deref for Settings {
    type Target = ServerConfig;

    fn deref(&self) -> &ServerConfig {
        &self.config
    }
}
