//! The model: everything that is decided about a kind of certificate.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ExtendedKeyUsage, KeyKind, KeyUsage};
use crate::lifetime;
use crate::name::NameKind;

/// A kind of certificate. Fields can be changed before it is used; what contradicts itself is refused when it is.
///
/// ```
/// use wharf_pki::{Profile, validity::DAY};
/// let short = Profile { default_lifetime: DAY, longest_lifetime: 7 * DAY, ..Profile::server() };
/// assert_eq!(short.extended_key_usages, Profile::server().extended_key_usages);
/// ```
///
/// In TOML and JSON the fields have the same names; lifetimes are texts such as `90d` or `12h`. The default is
/// [`Profile::server`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What errors call it, and what it is found by in [`Profiles`](super::Profiles).
    pub name: String,
    /// Whether it is for CAs: basicConstraints ([RFC 5280 §4.2.1.9]).
    ///
    /// [RFC 5280 §4.2.1.9]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9
    pub role: Role,
    /// For a CA: how many CAs may stand between it and an end entity, unless asked for otherwise. `None` is as many as its
    /// issuer leaves room for, and none below an issuer that does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_len: Option<u8>,
    /// What the key may do ([RFC 5280 §4.2.1.3]). At least one.
    ///
    /// [RFC 5280 §4.2.1.3]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3
    pub key_usages: Vec<KeyUsage>,
    /// What an RSA key may do beside that.
    pub rsa_key_usages: Vec<KeyUsage>,
    /// What for ([RFC 5280 §4.2.1.12]); a request can add others. None leaves the extension out: for anything.
    ///
    /// [RFC 5280 §4.2.1.12]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12
    pub extended_key_usages: Vec<ExtendedKeyUsage>,
    /// How long it is valid, unless asked for otherwise.
    #[serde(with = "lifetime::text")]
    pub default_lifetime: Duration,
    /// The longest lifetime that may be asked for.
    #[serde(with = "lifetime::text")]
    pub longest_lifetime: Duration,
    /// The kinds of keys it takes; none means any that this crate can sign for.
    pub keys: Vec<KeyKind>,
    /// The kinds of names it takes.
    pub names: Vec<NameKind>,
    /// Of these kinds there has to be at least one name. None means that names may be missing, if there is a subject.
    pub required_names: Vec<NameKind>,
    /// Who decides the subject.
    pub subject: SubjectRule,
    /// Whether it says that a client need not ask for the status of this certificate: id-pkix-ocsp-nocheck
    /// ([RFC 6960 §4.2.2.2.1]).
    ///
    /// [RFC 6960 §4.2.2.2.1]: https://www.rfc-editor.org/rfc/rfc6960#section-4.2.2.2.1
    pub ocsp_no_check: bool,
}

/// Whether a certificate is a CA's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Role {
    /// It may issue.
    Ca,
    /// It may not.
    EndEntity,
}

/// Who decides the subject. Clients read names from the subjectAltName; a subject is for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SubjectRule {
    /// What the request says, else the first name as commonName, if it fits; an IP address only beside a DNS name.
    FirstName,
    /// It is empty, and a request that says otherwise is refused.
    Empty,
    /// What the request says, and a request that says nothing is refused.
    Required,
}

impl Default for Profile {
    fn default() -> Self {
        Self::server()
    }
}

impl Profile {
    /// What the key may do. The only place where the kind of key decides about an extension.
    pub(crate) fn key_usages_for(&self, kind: KeyKind) -> Vec<KeyUsage> {
        let mut usages = self.key_usages.clone();
        if kind == KeyKind::Rsa {
            usages.extend(&self.rsa_key_usages);
        }
        usages.sort();
        usages.dedup();
        usages
    }

    /// The first thing in it that contradicts something else: the field, and why.
    pub(crate) fn contradiction(&self) -> Option<(&'static str, &'static str)> {
        let signs = self.key_usages.contains(&KeyUsage::KeyCertSign)
            || self.rsa_key_usages.contains(&KeyUsage::KeyCertSign);
        let is_ca = self.role == Role::Ca;
        let required_but_refused = |kind| !self.names.contains(kind);
        let checks = [
            (
                self.key_usages.is_empty(),
                "key_usages",
                "there is none, so the key could do nothing",
            ),
            (
                is_ca && !signs,
                "key_usages",
                "a CA needs keyCertSign (RFC 5280 §4.2.1.3)",
            ),
            (
                !is_ca && signs,
                "key_usages",
                "keyCertSign is for CAs alone (RFC 5280 §4.2.1.3)",
            ),
            (
                !is_ca && self.path_len.is_some(),
                "path_len",
                "it is for CAs alone (RFC 5280 §4.2.1.9)",
            ),
            (
                self.default_lifetime.is_zero(),
                "default_lifetime",
                "it is zero",
            ),
            (
                self.default_lifetime > self.longest_lifetime,
                "default_lifetime",
                "it is longer than longest_lifetime",
            ),
            (
                self.required_names.iter().any(required_but_refused),
                "required_names",
                "a kind in it is missing in names",
            ),
            (
                is_ca && !self.names.is_empty(),
                "names",
                "a CA has a subject and no other names",
            ),
            (
                is_ca && self.subject != SubjectRule::Required,
                "subject",
                "a CA needs one (RFC 5280 §4.1.2.6): required",
            ),
        ];
        checks
            .into_iter()
            .find(|(is_wrong, ..)| *is_wrong)
            .map(|(_, field, why)| (field, why))
    }
}
