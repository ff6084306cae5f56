use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, ServerName, UnixTime};

use crate::SpkiPin;
use crate::explain::{note, note_for_report, note_no_possession, note_refused};

/// Decides which server certificates are accepted: `base` has to accept them, and then the pins, if there are any. A
/// refusal is noted, with what was refused.
#[derive(Debug)]
pub(super) struct Verifier {
    base: Arc<dyn ServerCertVerifier>,
    pins: Vec<SpkiPin>,
    /// As they are in `base`, for the explanation.
    crls: Arc<[CertificateRevocationListDer<'static>]>,
}

impl Verifier {
    pub(super) fn new(
        base: Arc<dyn ServerCertVerifier>,
        pins: Vec<SpkiPin>,
        crls: Arc<[CertificateRevocationListDer<'static>]>,
    ) -> Self {
        Self { base, pins, crls }
    }

    /// Only the end entity: rustls does not tell which path it found, and of the certificates that are merely presented
    /// anybody can add some that he has no key of.
    fn check_pins(&self, end_entity: &CertificateDer<'_>) -> Result<(), Error> {
        if self.pins.is_empty() {
            return Ok(());
        }
        let found = SpkiPin::of(end_entity).map_err(|_| CertificateError::BadEncoding)?;
        if self.pins.contains(&found) {
            return Ok(());
        }
        let mismatch = OtherError(Arc::new(PinMismatch { found }));
        Err(CertificateError::Other(mismatch).into())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        note_for_report(|noting| noting.presented(end_entity, intermediates, ocsp_response));
        self.base
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .and_then(|verified| self.check_pins(end_entity).map(|()| verified))
            .inspect_err(|_| note_refused(end_entity, intermediates, &self.crls))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        note(|facts| facts.signature_scheme = Some(signature.scheme));
        self.base
            .verify_tls12_signature(message, certificate, signature)
            .inspect_err(note_no_possession)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        note(|facts| facts.signature_scheme = Some(signature.scheme));
        self.base
            .verify_tls13_signature(message, certificate, signature)
            .inspect_err(note_no_possession)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.base.supported_verify_schemes()
    }
}

/// The key of the server is none of those that are pinned.
#[derive(Debug, thiserror::Error)]
#[error("the key of the end entity has the pin {found}")]
pub(crate) struct PinMismatch {
    pub(crate) found: SpkiPin,
}

/// Verifies one name, whatever name is sent to the server. For a single configuration and without resumption: a session
/// is kept by the name that is sent.
#[derive(Debug)]
pub(super) struct OneName {
    pub(super) name: ServerName<'static>,
    pub(super) verifier: Arc<Verifier>,
}

impl ServerCertVerifier for OneName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _sent: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verifier
            .verify_server_cert(end_entity, intermediates, &self.name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
