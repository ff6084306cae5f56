use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};

use crate::explain::{note_no_possession, note_refused};

/// Decides as `base` does, and notes what was refused, so that the error can say it.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) base: Arc<dyn ClientCertVerifier>,
    /// As they are in `base`.
    pub(super) crls: Arc<[CertificateRevocationListDer<'static>]>,
}

impl ClientCertVerifier for Verifier {
    fn offer_client_auth(&self) -> bool {
        self.base.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.base.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.base.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.base
            .verify_client_cert(end_entity, intermediates, now)
            .inspect_err(|_| note_refused(end_entity, intermediates, &self.crls))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
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
        self.base
            .verify_tls13_signature(message, certificate, signature)
            .inspect_err(note_no_possession)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.base.supported_verify_schemes()
    }
}
