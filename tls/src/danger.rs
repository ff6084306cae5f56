//! Everything that verifies less than it should, and nothing else.
//!
//! Each of these makes a [`ClientTls`] that does without something; what is lost is said there. They all keep what costs
//! nothing: the server has to prove that it has the private key of the certificate it presents.
//!
//! rustls calls dangerous whatever sets a verifier of one's own, the stricter ones too, so that is done here as well.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, WantsClientCert};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::{ConfigBuilder, DigitallySignedStruct, SignatureScheme, WantsVerifier};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::SpkiPin;
use crate::client::Base;
use crate::{ClientTls, ClientTlsOptions, Error, provider};

/// A client that accepts a server for its key alone: one of `pins` must be that of the certificate which it presents. For
/// servers with a self-signed certificate, whose key is known beforehand.
///
/// Lost are the name, the validity, revocation and everything that a CA vouches for: a certificate that expired long ago
/// is accepted under any name. A key that was stolen is good until the pin is taken out here. The trust anchors, CRLs
/// and pins of `options` are not used.
///
/// # Errors
///
/// When there are no pins, and as of [`ClientTls::new`].
pub fn pin_only(pins: &[SpkiPin], options: &ClientTlsOptions) -> Result<ClientTls, Error> {
    let options = ClientTlsOptions {
        pins: pins.to_vec(),
        ..options.clone()
    };
    ClientTls::with_base(&options, Base::Pins)
}

/// A client that accepts every server. For a look at what a server presents, and for tests.
///
/// Lost is the knowledge of who is at the other end: whoever is on the way can be it, and read and change everything. The
/// trust anchors and CRLs of `options` are not used; its pins are, if it has any.
///
/// # Errors
///
/// As of [`ClientTls::new`].
pub fn accept_any_certificate(options: &ClientTlsOptions) -> Result<ClientTls, Error> {
    ClientTls::with_base(options, Base::Nothing)
}

/// Sets a verifier. Outside of this module it is one that asks for more than rustls's own, never for less.
pub(crate) fn with_verifier(
    builder: ConfigBuilder<ClientConfig, WantsVerifier>,
    verifier: Arc<dyn ServerCertVerifier>,
) -> ConfigBuilder<ClientConfig, WantsClientCert> {
    builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
}

/// Replaces a verifier, under the same rule as [`with_verifier`].
pub(crate) fn set_verifier(config: &mut ClientConfig, verifier: Arc<dyn ServerCertVerifier>) {
    config.dangerous().set_certificate_verifier(verifier);
}

/// The verifier of a client that looks at no path.
pub(crate) fn any_certificate() -> Arc<dyn ServerCertVerifier> {
    Arc::new(AnyCertificate(provider().signature_verification_algorithms))
}

/// Accepts every certificate, from a server that has its key.
#[derive(Debug)]
struct AnyCertificate(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
