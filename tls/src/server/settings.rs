//! From what a server is told to what rustls needs, checked as a whole.

use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwapOption;
use rustls::ServerConfig;

use super::{Identities, ServerTlsOptions};
use crate::error::Kind;
use crate::identity::{Finding, Role};
use crate::stream::key_log;
use crate::{Error, Resumption, TrustId, provider};

/// Everything that [`ServerTls::reload`](super::ServerTls::reload) can change.
#[derive(Clone, Debug)]
pub struct ServerTlsSettings {
    /// Who the server is.
    pub identities: Identities,
    /// How it speaks.
    pub options: ServerTlsOptions,
}

/// Settings that have been checked, in the form that handshakes use. Never changed, only replaced.
#[derive(Debug)]
pub(super) struct Compiled {
    /// Counts from 1, one more with each reload.
    pub(super) generation: u64,
    /// One more with each reload that changed which clients are accepted.
    pub(super) trust_generation: u64,
    pub(super) trust: TrustId,
    pub(super) settings: ServerTlsSettings,
    pub(super) loaded_at: SystemTime,
    config: Arc<ServerConfig>,
    /// The same with the protocols of a handle that offers others. Nearly always there is one such handle.
    variant: ArcSwapOption<Variant>,
}

#[derive(Debug)]
struct Variant {
    alpn: Arc<[Vec<u8>]>,
    config: Arc<ServerConfig>,
}

impl Compiled {
    /// Checks `settings` and turns them into what rustls needs. `before` is what they replace.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with them.
    pub(super) fn new(
        settings: ServerTlsSettings,
        before: Option<&Self>,
        now: SystemTime,
    ) -> Result<(Self, Vec<Finding>), Error> {
        let warnings = check(&settings.identities, now)?;
        let options = &settings.options;
        if options.early_data_bytes_max > 0
            && !matches!(options.resumption, Resumption::Sessions(_))
        {
            return Err(Kind::EarlyDataWithoutSessions.into());
        }
        let trust = options.client_auth.id();
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(options.versions.supported())
            .map_err(Kind::Config)?
            .with_client_cert_verifier(options.client_auth.verifier()?)
            .with_cert_resolver(Arc::new(settings.identities.resolver()));
        config.alpn_protocols.clone_from(&options.alpn);
        options
            .resumption
            .bind(&options.client_auth)
            .apply(&mut config);
        config.max_early_data_size = options.early_data_bytes_max;
        // What is sent before the client's Finished is only sent in answer to early data.
        config.send_half_rtt_data = options.early_data_bytes_max > 0;
        config.key_log = key_log(options.key_log.clone());
        let trust_generation = before.map_or(1, |before| {
            before.trust_generation + u64::from(before.trust != trust)
        });
        let compiled = Self {
            generation: before.map_or(1, |before| before.generation + 1),
            trust_generation,
            trust,
            settings,
            loaded_at: now,
            config: Arc::new(config),
            variant: ArcSwapOption::empty(),
        };
        Ok((compiled, warnings))
    }

    /// The configuration for a handshake, with the protocols of the handle if it has its own.
    pub(super) fn config(&self, alpn: Option<&Arc<[Vec<u8>]>>) -> Arc<ServerConfig> {
        let Some(alpn) = alpn else {
            return Arc::clone(&self.config);
        };
        if let Some(variant) = &*self.variant.load()
            && Arc::ptr_eq(&variant.alpn, alpn)
        {
            return Arc::clone(&variant.config);
        }
        let mut config = ServerConfig::clone(&self.config);
        config.alpn_protocols = alpn.to_vec();
        let config = Arc::new(config);
        self.variant.store(Some(Arc::new(Variant {
            alpn: Arc::clone(alpn),
            config: Arc::clone(&config),
        })));
        config
    }
}

/// What stands against serving these identities; what only gives cause to warn is returned.
fn check(identities: &Identities, now: SystemTime) -> Result<Vec<Finding>, Error> {
    let mut warnings = Vec::new();
    for identity in identities.iter() {
        for finding in identity.check(Role::Server, now) {
            if finding.is_fatal() {
                return Err(Kind::Unfit(finding).into());
            }
            warnings.push(finding);
        }
    }
    Ok(warnings)
}
