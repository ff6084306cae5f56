use std::sync::Arc;
use std::time::SystemTime;

use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;

use super::id::Digester;
use super::verifier::Verifier;
use super::{CrlVerdict, Trust, TrustId};
use crate::error::Kind;
use crate::{Error, provider};

/// The longest list of CA names that is sent with a CertificateRequest, in bytes ([RFC 8446 §4.2.4]).
///
/// The field holds no more than 65,535, every handshake carries it, and a client may do without it. A longer list
/// is left out. OpenSSL and nginx send whatever is configured. The limit is 16 KiB.
///
/// [RFC 8446 §4.2.4]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.4
const AUTHORITIES_BYTES_MAX: usize = 16 * 1024;

/// Whether a server asks clients for a certificate ([RFC 8446 §4.3.2]).
///
/// The default is `Off`.
///
/// [RFC 8446 §4.3.2]: https://www.rfc-editor.org/rfc/rfc8446#section-4.3.2
#[derive(Clone, Debug, Default)]
pub enum ClientAuth {
    /// It does not ask.
    #[default]
    Off,
    /// It asks. A client without a certificate is served; one with a certificate that does not verify is refused.
    Optional(Trust),
    /// It asks, and refuses a client without a certificate that verifies.
    Required(Trust),
}

impl ClientAuth {
    /// Whom clients' certificates are believed from.
    pub fn trust(&self) -> Option<&Trust> {
        match self {
            Self::Off => None,
            Self::Optional(trust) | Self::Required(trust) => Some(trust),
        }
    }

    /// What distinguishes this from another: the mode and the trust.
    pub fn id(&self) -> TrustId {
        let digester = Digester::new("wharf client authentication 1:");
        match self {
            Self::Off => digester.octets([0]),
            Self::Optional(trust) => digester.octets([1]).octets(*trust.id().as_bytes()),
            Self::Required(trust) => digester.octets([2]).octets(*trust.id().as_bytes()),
        }
        .finish()
    }

    pub(crate) fn verifier(&self) -> Result<Arc<dyn ClientCertVerifier>, Error> {
        let Some(trust) = self.trust() else {
            return Ok(WebPkiClientVerifier::no_client_auth());
        };
        let roots = trust.root_store();
        let names_length: usize = roots
            .subjects()
            .iter()
            .map(|name| name.as_ref().len() + 2)
            .sum();
        let mut builder = WebPkiClientVerifier::builder_with_provider(roots, provider())
            .with_crls(trust.crls_der());
        builder = trust.crl_policy().apply_to_clients(builder);
        if matches!(self, Self::Optional(_)) {
            builder = builder.allow_unauthenticated();
        }
        if names_length > AUTHORITIES_BYTES_MAX {
            builder = builder.clear_root_hint_subjects();
        }
        let base = builder.build().map_err(Kind::Verifier)?;
        let crls = trust.crls_der().collect();
        Ok(Arc::new(Verifier { base, crls }))
    }

    /// Until when a verdict of this verifier may be relied on without asking it again: when the first CRL expires, if
    /// expired CRLs are enforced.
    pub(crate) fn good_until(&self) -> Option<SystemTime> {
        let trust = self.trust()?;
        if trust.crl_policy().expired == CrlVerdict::Accept {
            return None;
        }
        trust.crls().iter().map(|crl| crl.next_update()).min()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
        IsCa, KeyIdMethod, KeyPair, SerialNumber, date_time_ymd,
    };

    use super::*;
    use crate::{Crl, CrlPolicy};

    #[test]
    fn a_verdict_is_good_until_a_crl_expires() {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let crl_until = |year| {
            let params = CertificateRevocationListParams {
                this_update: date_time_ymd(2025, 1, 1),
                next_update: date_time_ymd(year, 1, 1),
                crl_number: SerialNumber::from(1),
                issuing_distribution_point: None,
                revoked_certs: Vec::new(),
                key_identifier_method: KeyIdMethod::Sha256,
            };
            Crl::from_der(params.signed_by(&ca).unwrap().into()).unwrap()
        };
        let trust = Trust::from_der(vec![ca.der().clone()]).unwrap();
        let good_until = |trust: &Trust| ClientAuth::Required(trust.clone()).good_until();
        assert_eq!(good_until(&trust), None);

        let trust = trust.with_crls(vec![crl_until(2040)]).unwrap();
        assert_eq!(good_until(&trust), Some(date_time_ymd(2040, 1, 1).into()));

        let lenient = trust.with_crl_policy(CrlPolicy {
            expired: CrlVerdict::Accept,
            ..CrlPolicy::default()
        });
        assert_eq!(good_until(&lenient), None);
        assert_eq!(ClientAuth::Off.good_until(), None);
    }
}
