use std::net::IpAddr;

use rustls_pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use super::text::quoted;

/// What an explanation needs of a certificate. `Certificate` is stricter, and what is explained here was refused: odd
/// names in it are passed over, and the rest is still told.
pub(super) struct Presented {
    subject: String,
    issuer: String,
    pub(super) raw_subject: Vec<u8>,
    pub(super) raw_issuer: Vec<u8>,
    pub(super) serial: Vec<u8>,
    /// Unix time, in seconds.
    pub(super) not_before: i64,
    pub(super) not_after: i64,
    pub(super) common_name: Option<String>,
    pub(super) dns_names: Vec<String>,
    pub(super) addresses: Vec<IpAddr>,
}

impl Presented {
    fn parse(der: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let (mut dns_names, mut addresses) = (Vec::new(), Vec::new());
        if let Ok(Some(names)) = certificate.subject_alternative_name() {
            for name in &names.value.general_names {
                match name {
                    GeneralName::DNSName(name) => dns_names.push((*name).to_owned()),
                    GeneralName::IPAddress(octets) => addresses.extend(address(octets)),
                    _ => {}
                }
            }
        }
        Some(Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            raw_subject: certificate.subject().as_raw().to_vec(),
            raw_issuer: certificate.issuer().as_raw().to_vec(),
            serial: certificate.raw_serial().to_vec(),
            not_before: certificate.validity().not_before.timestamp(),
            not_after: certificate.validity().not_after.timestamp(),
            common_name: certificate
                .subject()
                .iter_common_name()
                .next()
                .and_then(|name| name.as_str().ok())
                .map(str::to_owned),
            dns_names,
            addresses,
        })
    }

    /// The subject, or a name that stands in for an empty one.
    pub(super) fn subject(&self) -> String {
        match (self.subject.as_str(), self.dns_names.first()) {
            ("", Some(name)) => quoted(name),
            ("", None) => "without a subject".to_owned(),
            (subject, _) => quoted(subject),
        }
    }

    pub(super) fn issuer(&self) -> String {
        quoted(&self.issuer)
    }

    /// Issued by its own subject: a root, or a self-signed end entity.
    pub(super) fn is_self_issued(&self) -> bool {
        self.raw_subject == self.raw_issuer
    }

    /// The serial number as OpenSSL prints it: `4f:00:1b`.
    pub(super) fn serial(&self) -> String {
        let octets: Vec<_> = self
            .serial
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect();
        octets.join(":")
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(octets)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from))
        .ok()
}

/// The certificates of a peer in the order of the certification path, as far as it can be followed.
pub(super) struct Chain {
    /// From the end entity upwards.
    pub(super) path: Vec<Presented>,
    /// How many of the certificates that were presented are not in it.
    pub(super) unrelated: usize,
}

impl Chain {
    pub(super) fn of(presented: &[CertificateDer<'static>]) -> Self {
        let mut rest: Vec<_> = presented.iter().filter_map(Presented::parse).collect();
        if rest.is_empty() {
            return Self {
                path: rest,
                unrelated: 0,
            };
        }
        let mut top = rest.remove(0);
        let mut path = Vec::new();
        while !top.is_self_issued()
            && let Some(at) = rest
                .iter()
                .position(|next| next.raw_subject == top.raw_issuer)
        {
            path.push(std::mem::replace(&mut top, rest.swap_remove(at)));
        }
        path.push(top);
        Self {
            path,
            unrelated: rest.len(),
        }
    }

    pub(super) fn end_entity(&self) -> Option<&Presented> {
        self.path.first()
    }

    pub(super) fn top(&self) -> Option<&Presented> {
        self.path.last()
    }
}
