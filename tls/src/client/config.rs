use std::sync::Arc;

use rustls::client::{
    ClientConfig, EchConfig, EchGreaseConfig, EchMode, Resumption, VerifierBuilderError,
    WebPkiServerVerifier,
};
use rustls::crypto::aws_lc_rs::hpke;
use rustls::crypto::hpke::Hpke;
use rustls::{ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_pki_types::CertificateRevocationListDer;

use super::credentials::Credentials;
use super::exchange;
use super::native::{self, Reading};
use super::verifier::Verifier;
use super::{ClientTlsOptions, Ech, Roots, Sni};
use crate::error::Kind;
use crate::provider::{provider, provider_with};
use crate::stream::key_log;
use crate::{CrlPolicy, Error, Trust, danger};

/// What a server's certificate has to prove, before pins are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// A certification path to a trust anchor, and the name. All that is outside of [`danger`].
    Path,
    /// Nothing, and there have to be pins.
    Pins,
    /// Nothing.
    Nothing,
}

/// The configuration for rustls, and the verifier in it.
pub(super) fn build(
    options: &ClientTlsOptions,
    base: Base,
    reading: Reading,
) -> Result<(ClientConfig, Arc<Verifier>), Error> {
    if matches!(
        (&options.sni, &options.ech),
        (Sni::Other(_), Ech::Config(_))
    ) {
        return Err(Kind::Options("another server name and ECH exclude each other").into());
    }
    let verifier = Arc::new(verifier(options, base, reading)?);
    let mut config = danger::with_verifier(versions(options)?, Arc::clone(&verifier) as Arc<_>)
        .with_client_cert_resolver(Arc::new(Credentials::of(options.identity.as_ref())));
    config.alpn_protocols.clone_from(&options.alpn);
    config.enable_sni = options.sni != Sni::Off;
    config.resumption = resumption(options);
    config.key_log = key_log(options.key_log.clone());
    Ok((config, verifier))
}

/// An empty store for sessions.
pub(super) fn resumption(options: &ClientTlsOptions) -> Resumption {
    match (options.resumed_servers_max, &options.sni) {
        (0, _) | (_, Sni::Other(_)) => Resumption::disabled(),
        (servers, _) => Resumption::in_memory_sessions(servers),
    }
}

fn versions(
    options: &ClientTlsOptions,
) -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Error> {
    let mut provider = provider_with(&options.groups);
    if provider.kx_groups.is_empty() {
        return Err(Kind::Options("there is no named group to exchange keys with").into());
    }
    if options.tell_shared_secret {
        exchange::tell(&mut provider);
    }
    if options.force_hello_retry {
        exchange::retry(&mut provider);
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(provider));
    let builder = match &options.ech {
        Ech::Off => builder.with_protocol_versions(options.versions.supported()),
        Ech::Grease => builder.with_ech(EchMode::Grease(grease()?)),
        Ech::Config(list) => {
            let config = EchConfig::new(list.as_slice().into(), hpke::ALL_SUPPORTED_SUITES);
            builder.with_ech(config.map_err(Kind::Config)?.into())
        }
    };
    Ok(builder.map_err(Kind::Config)?)
}

/// The suite that is in use nearly everywhere, and a key that nobody has.
fn grease() -> Result<EchGreaseConfig, Error> {
    let suite = hpke::DH_KEM_X25519_HKDF_SHA256_AES_128;
    let (placeholder, _) = suite.generate_key_pair().map_err(Kind::Config)?;
    Ok(EchGreaseConfig::new(suite, placeholder))
}

fn verifier(options: &ClientTlsOptions, base: Base, reading: Reading) -> Result<Verifier, Error> {
    let pins = options.pins.clone();
    match base {
        Base::Path => {
            let (anchors, crls, policy) = trust(options, reading)?;
            let builder = WebPkiServerVerifier::builder_with_provider(anchors, provider());
            let path = policy
                .apply_to_servers(builder.with_crls(crls.iter().cloned()))
                .build()
                .map_err(|error| match error {
                    VerifierBuilderError::InvalidCrl(crl) => Kind::Config(crl.into()),
                    _ => Kind::NoTrustAnchors,
                })?;
            Ok(Verifier::new(path, pins, crls.into()))
        }
        Base::Pins if pins.is_empty() => {
            Err(Kind::Options("there is no pin, so that no server would be accepted").into())
        }
        Base::Pins | Base::Nothing => {
            Ok(Verifier::new(danger::any_certificate(), pins, Arc::new([])))
        }
    }
}

type AnchorsAndCrls = (
    Arc<RootCertStore>,
    Vec<CertificateRevocationListDer<'static>>,
    CrlPolicy,
);

fn trust(options: &ClientTlsOptions, reading: Reading) -> Result<AnchorsAndCrls, Error> {
    let anchors = match &options.roots {
        Roots::Own(_) | Roots::NativeAnd(_) if !options.crls.is_empty() => {
            return Err(
                Kind::Options("CRLs for roots of one's own belong into their Trust").into(),
            );
        }
        Roots::Own(trust) => return Ok(of_trust(trust.root_store(), trust)),
        Roots::NativeAnd(trust) => {
            let own = trust.root_store();
            let anchors = match native::roots(reading) {
                Ok(native) => {
                    let all = native.roots.iter().chain(&own.roots);
                    Arc::new(all.cloned().collect())
                }
                // It has none, which is the only way to fail.
                Err(_) => own,
            };
            return Ok(of_trust(anchors, trust));
        }
        Roots::Native => native::roots(reading)?,
        Roots::Mozilla => Arc::new(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()),
    };
    Ok((anchors, options.crls.clone(), options.crl_policy))
}

fn of_trust(anchors: Arc<RootCertStore>, trust: &Trust) -> AnchorsAndCrls {
    (anchors, trust.crls_der().collect(), trust.crl_policy())
}
