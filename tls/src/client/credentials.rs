use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;

use crate::{Identity, explain};

/// What is sent when a server asks for a certificate. rustls resumes no session under another value of this, by the
/// address of it: so each identity gets a new one.
#[derive(Debug)]
pub(super) struct Credentials(Option<Arc<CertifiedKey>>);

impl Credentials {
    pub(super) fn of(identity: Option<&Identity>) -> Self {
        Self(identity.map(Identity::certified_key))
    }
}

impl ResolvesClientCert for Credentials {
    /// The CAs that the server says it trusts are not looked at: many servers send a list that is not whole, or none.
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let usable = self
            .0
            .as_ref()
            .filter(|key| key.key.choose_scheme(schemes).is_some());
        if usable.is_none() {
            explain::note(|facts| facts.sent_no_certificate = true);
        }
        usable.cloned()
    }

    fn has_certs(&self) -> bool {
        self.0.is_some()
    }
}
