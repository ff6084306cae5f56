#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;

use rustls_pki_types::CertificateDer;

use super::SpiffeId;
use crate::certificate::{Certificate, CertificateError, SpkiPin};

/// What the peer's certificate says. Cheap to clone.
///
/// When it comes from a connection, the chain was verified there. The commonName is not offered as a name: nothing
/// constrains what a CA's customer writes into it.
#[derive(Clone, PartialEq, Eq)]
pub struct PeerIdentity(Arc<Peer>);

#[derive(PartialEq, Eq)]
struct Peer {
    chain: Vec<CertificateDer<'static>>,
    end_entity: Certificate,
    spiffe_id: Option<SpiffeId>,
}

impl PeerIdentity {
    /// Reads the end entity of a chain, which comes first. The others are kept as they are.
    ///
    /// # Errors
    ///
    /// When the chain is empty or the end entity's certificate is not readable.
    pub fn new(chain: &[CertificateDer<'static>]) -> Result<Self, CertificateError> {
        let first = chain.first().ok_or(CertificateError::Missing)?;
        let end_entity = Certificate::parse(first)?;
        Ok(Self(Arc::new(Peer {
            chain: chain.to_vec(),
            spiffe_id: spiffe_id(&end_entity),
            end_entity,
        })))
    }

    /// The certificates as the peer sent them, end entity first.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.0.chain
    }

    /// Everything that the end entity's certificate says.
    pub fn certificate(&self) -> &Certificate {
        &self.0.end_entity
    }

    /// The subject ([RFC 4514]), escaped. For people and logs.
    ///
    /// [RFC 4514]: https://www.rfc-editor.org/rfc/rfc4514
    pub fn subject(&self) -> &str {
        self.0.end_entity.subject()
    }

    /// The DNS names among the subjectAltNames.
    pub fn dns_names(&self) -> &[String] {
        &self.0.end_entity.names().dns
    }

    /// The IP addresses among the subjectAltNames.
    pub fn ip_addresses(&self) -> &[IpAddr] {
        &self.0.end_entity.names().ip
    }

    /// The URIs among the subjectAltNames.
    pub fn uris(&self) -> &[String] {
        &self.0.end_entity.names().uri
    }

    /// The mailboxes among the subjectAltNames.
    pub fn emails(&self) -> &[String] {
        &self.0.end_entity.names().email
    }

    /// The SPIFFE ID: there is exactly one URI, and it is one. With two URIs the peer has none, so that nobody has to
    /// guess which counts ([X.509-SVID §2]).
    ///
    /// [X.509-SVID §2]: https://spiffe.io/docs/latest/spiffe-specs/x509-svid/
    pub fn spiffe_id(&self) -> Option<&SpiffeId> {
        self.0.spiffe_id.as_ref()
    }

    /// SHA-256 of the certificate.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.0.end_entity.fingerprint()
    }

    /// SHA-256 of the public key.
    pub fn spki_pin(&self) -> SpkiPin {
        self.0.end_entity.spki_pin()
    }

    /// The serial number in hexadecimal. Unique for its issuer only.
    pub fn serial_hex(&self) -> String {
        self.0.end_entity.serial_hex()
    }

    /// From when the certificate is valid.
    pub fn not_before(&self) -> SystemTime {
        self.0.end_entity.not_before()
    }

    /// Until when the certificate is valid. A long connection may outlive it.
    pub fn not_after(&self) -> SystemTime {
        self.0.end_entity.not_after()
    }
}

impl fmt::Debug for PeerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerIdentity")
            .field("certificates", &self.0.chain.len())
            .field("end_entity", &self.0.end_entity)
            .finish()
    }
}

fn spiffe_id(end_entity: &Certificate) -> Option<SpiffeId> {
    let names = end_entity.names();
    match names.uri.as_slice() {
        // A malformed name may have been the second URI.
        [only] if names.malformed == 0 => only.parse().ok(),
        _ => None,
    }
}
