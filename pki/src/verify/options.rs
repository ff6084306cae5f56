//! What is to be verified, for what, and how strictly.

use std::fmt;

use rustls_pki_types::ServerName;

use crate::certificate::Certificate;
use crate::crl::Crl;
use crate::lint::RuleSet;

/// What a path is made of.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// The certificate at the beginning of the path.
    pub end_entity: &'a Certificate,
    /// CA certificates that may stand in between, in any order, as a TLS server sends them. What does not belong is passed
    /// over.
    pub intermediates: &'a [Certificate],
    /// The trust anchors, as certificates.
    pub anchors: &'a [Certificate],
    /// CRLs, in any order. Of several with the same issuer, the one with the highest number counts.
    pub crls: &'a [Crl],
}

/// What the end entity is to be good for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// A TLS server: serverAuth, if there is an extendedKeyUsage ([RFC 5280 §4.2.1.12]).
    ///
    /// [RFC 5280 §4.2.1.12]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12
    Server {
        /// The name or address that the client connects to: the reference identifier ([RFC 9525 §6.1]). With `None` no name
        /// is checked.
        ///
        /// [RFC 9525 §6.1]: https://www.rfc-editor.org/rfc/rfc9525#section-6.1
        name: Option<ServerName<'static>>,
    },
    /// A TLS client: clientAuth, if there is an extendedKeyUsage.
    Client,
    /// Anything: the extendedKeyUsage does not matter.
    Any,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server { name: Some(name) } => write!(f, "TLS server {}", name.to_str()),
            Self::Server { name: None } => f.write_str("TLS server of any name"),
            Self::Client => f.write_str("TLS client"),
            Self::Any => f.write_str("any purpose"),
        }
    }
}

/// How strictly to verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyOptions {
    /// What is asked of CRLs. The default is [`RevocationPolicy::default`].
    pub revocation: RevocationPolicy,
    /// Which rules each certificate of the path, and each CRL that counts, is held against. The default is
    /// [`RuleSet::Rfc5280`] alone.
    pub rule_sets: Vec<RuleSet>,
    /// What a broken rule means. The default is [`LintPolicy::Refuse`].
    pub lint: LintPolicy,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self {
            revocation: RevocationPolicy::default(),
            rule_sets: vec![RuleSet::default()],
            lint: LintPolicy::default(),
        }
    }
}

/// What a broken rule of [`lint`](crate::lint) means for the path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LintPolicy {
    /// A rule whose severity is error refuses the path. The default.
    #[default]
    Refuse,
    /// Broken rules are only told.
    Report,
}

/// What is asked of CRLs. Each default is the strict one, as far as there are CRLs at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RevocationPolicy {
    /// Whether CRLs are looked at. The default is [`WhenToCheck::WithCrls`].
    pub when: WhenToCheck,
    /// How much of the path. The default is [`RevocationDepth::Path`].
    pub depth: RevocationDepth,
    /// What a certificate means that no CRL covers. The default is [`UnknownStatus::Refuse`].
    pub unknown: UnknownStatus,
    /// What a CRL means whose nextUpdate is past. The default is [`CrlExpiry::Refuse`].
    pub expired: CrlExpiry,
}

/// Whether CRLs are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenToCheck {
    /// If any are given. The default.
    #[default]
    WithCrls,
    /// Always: without CRLs the status is unknown.
    Always,
    /// Never.
    Never,
}

/// How much of the path is looked up in CRLs. The trust anchor never is: to revoke it is to trust it no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RevocationDepth {
    /// The end entity and the intermediates. The default.
    #[default]
    Path,
    /// The end entity only.
    EndEntity,
}

/// What a certificate means that no CRL covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownStatus {
    /// It may be revoked: refuse it. The default.
    #[default]
    Refuse,
    /// Accept it.
    Accept,
}

/// What a CRL means whose nextUpdate is past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrlExpiry {
    /// Much may be revoked since: refuse every certificate that it covers. The default.
    #[default]
    Refuse,
    /// Use it as it is.
    Accept,
}
