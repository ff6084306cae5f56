use rustls::client::ServerCertVerifierBuilder;
use rustls::server::ClientCertVerifierBuilder;

/// How CRLs are used. It has no effect without CRLs: then nothing is checked for revocation.
///
/// The default is strict throughout: who loads CRLs wants revoked certificates kept out, and each leniency is a way in
/// for them. rustls itself ignores a CRL's `nextUpdate` unless asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CrlPolicy {
    /// Which certificates of a path are looked up. The default is [`CrlDepth::Path`].
    pub depth: CrlDepth,
    /// What becomes of a certificate whose issuer none of the CRLs speaks for. A missing CRL is more often a mistake in
    /// the configuration than a wish. The default is [`CrlVerdict::Refuse`].
    pub unknown: CrlVerdict,
    /// What becomes of a certificate when the CRL that speaks for it is past its `nextUpdate`. Whoever can hold back
    /// the new CRL keeps a revoked certificate alive by it ([RFC 5280 §6.3.3]). With `Refuse`, an expired CRL shuts out
    /// everybody whom its issuer issued to: watch [`Trust::expiries`](super::Trust::expiries). The default is
    /// [`CrlVerdict::Refuse`].
    ///
    /// [RFC 5280 §6.3.3]: https://www.rfc-editor.org/rfc/rfc5280#section-6.3.3
    pub expired: CrlVerdict,
}

/// Which certificates of a certification path are looked up in the CRLs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CrlDepth {
    /// The end entity and every intermediate; so each of their issuers needs a CRL.
    #[default]
    Path,
    /// Only the end entity.
    EndEntity,
}

/// What becomes of a certificate that the CRLs leave in doubt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CrlVerdict {
    /// It is refused, as if it were revoked.
    #[default]
    Refuse,
    /// It is accepted, as if it were not revoked.
    Accept,
}

/// rustls has a builder for each side's verifier, with the same methods and no trait in common.
macro_rules! apply {
    ($policy:expr, $builder:expr) => {{
        let (policy, mut builder) = ($policy, $builder);
        if policy.depth == CrlDepth::EndEntity {
            builder = builder.only_check_end_entity_revocation();
        }
        if policy.unknown == CrlVerdict::Accept {
            builder = builder.allow_unknown_revocation_status();
        }
        if policy.expired == CrlVerdict::Refuse {
            builder = builder.enforce_revocation_expiration();
        }
        builder
    }};
}

impl CrlPolicy {
    pub(super) fn apply_to_clients(
        self,
        builder: ClientCertVerifierBuilder,
    ) -> ClientCertVerifierBuilder {
        apply!(self, builder)
    }

    pub(crate) fn apply_to_servers(
        self,
        builder: ServerCertVerifierBuilder,
    ) -> ServerCertVerifierBuilder {
        apply!(self, builder)
    }

    /// One octet per field, in their order.
    pub(super) fn octets(self) -> [u8; 3] {
        let verdict = |verdict| match verdict {
            CrlVerdict::Refuse => 0,
            CrlVerdict::Accept => 1,
        };
        let depth = match self.depth {
            CrlDepth::Path => 0,
            CrlDepth::EndEntity => 1,
        };
        [depth, verdict(self.unknown), verdict(self.expired)]
    }
}
