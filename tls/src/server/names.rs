//! Which identity a client gets to see: by the name that it asked for, and by the signatures that it can check.

use std::collections::HashMap;
use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::error::Kind;
use crate::{Error, Identity};

/// The identities of a server.
///
/// An identity is served to clients that ask for one of the names in its certificate, a wildcard included
/// ([RFC 9525 §6.3]), or for a name that it was given here. When several match, as with an ML-DSA certificate beside a
/// P-256 one for the same names, the first added wins whose signatures the client says it can check
/// ([RFC 8446 §4.2.3]).
///
/// The first identity is also the default: for clients that send no name, as those do that connect to an IP address,
/// and for names that match nothing. Other identities for exactly the same names stand in for it where its signatures
/// cannot be checked.
///
/// [RFC 9525 §6.3]: https://www.rfc-editor.org/rfc/rfc9525#section-6.3
/// [RFC 8446 §4.2.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.3
#[derive(Clone, Debug)]
pub struct Identities {
    entries: Vec<Entry>,
    unknown_name: UnknownName,
}

/// What a client gets that asks for a name which no identity has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownName {
    /// The default identity. The client decides whether that will do.
    #[default]
    Default,
    /// The alert `access_denied`, and no certificate to look at.
    Refuse,
}

#[derive(Clone, Debug)]
struct Entry {
    /// Lower case. A wildcard is its first label: `*.example.test`.
    names: Vec<String>,
    identity: Identity,
}

impl Identities {
    /// One identity, for all clients.
    pub fn new(default: Identity) -> Self {
        let names = names_of(&default);
        Self {
            entries: vec![Entry {
                names,
                identity: default,
            }],
            unknown_name: UnknownName::default(),
        }
    }

    /// One more, for the names in its certificate.
    #[must_use]
    pub fn with(mut self, identity: Identity) -> Self {
        let names = names_of(&identity);
        self.entries.push(Entry { names, identity });
        self
    }

    /// One more, for `name` alone, whatever its certificate says: `api.example.test`, or `*.example.test` for every
    /// name with one label in front.
    ///
    /// # Errors
    ///
    /// When that is no DNS name, or a wildcard elsewhere than as the whole first label.
    pub fn with_name(mut self, name: &str, identity: Identity) -> Result<Self, Error> {
        let names = vec![pattern(name).ok_or_else(|| Kind::NamePattern(name.to_owned()))?];
        self.entries.push(Entry { names, identity });
        Ok(self)
    }

    /// What clients get that ask for another name. The default is the default identity.
    #[must_use]
    pub fn unknown_name(self, unknown_name: UnknownName) -> Self {
        Self {
            unknown_name,
            ..self
        }
    }

    /// All of them, the default first.
    pub fn iter(&self) -> impl Iterator<Item = &Identity> {
        self.entries.iter().map(|entry| &entry.identity)
    }

    /// Whether one identity is for all of `names`.
    pub(crate) fn has_one_for(&self, names: &[&str]) -> bool {
        self.entries
            .iter()
            .any(|entry| names.iter().all(|name| entry.is_for(name)))
    }

    /// The table that rustls asks.
    pub(crate) fn resolver(&self) -> Resolver {
        let mut by_name: HashMap<String, Vec<Identity>> = HashMap::new();
        for Entry { names, identity } in &self.entries {
            for name in names {
                let same = by_name.entry(name.clone()).or_default();
                same.push(identity.clone());
            }
        }
        let first = self.entries.first().map(|entry| &entry.names);
        let default = self
            .entries
            .iter()
            .filter(|entry| Some(&entry.names) == first)
            .map(|entry| entry.identity.clone())
            .collect();
        Resolver {
            by_name,
            default,
            unknown_name: self.unknown_name,
        }
    }
}

impl From<Identity> for Identities {
    fn from(identity: Identity) -> Self {
        Self::new(identity)
    }
}

impl Entry {
    fn is_for(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let wildcard = name
            .split_once('.')
            .map(|(_, parent)| format!("*.{parent}"));
        let is_listed = |wanted: &String| self.names.contains(wanted);
        is_listed(&name)
            || wildcard.as_ref().is_some_and(is_listed)
            || name
                .parse()
                .is_ok_and(|address| self.identity.names().ip.contains(&address))
    }
}

/// The names in a certificate, in lower case.
fn names_of(identity: &Identity) -> Vec<String> {
    let names = identity.names().dns.iter();
    names.map(|name| name.to_ascii_lowercase()).collect()
}

/// `name` as it stands in the table. Names in certificates have been checked; those that a program gives have not.
fn pattern(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let rest = name.strip_prefix("*.").unwrap_or(&name);
    let valid = !rest.is_empty()
        && rest.len() <= 253
        && rest.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        });
    valid.then_some(name)
}

/// The identities by name.
#[derive(Debug)]
pub(crate) struct Resolver {
    by_name: HashMap<String, Vec<Identity>>,
    default: Vec<Identity>,
    unknown_name: UnknownName,
}

impl Resolver {
    fn candidates(&self, server_name: Option<&str>) -> &[Identity] {
        let Some(name) = server_name else {
            return &self.default;
        };
        // rustls hands the name over in the client's spelling.
        let lower;
        let name = if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            lower = name.to_ascii_lowercase();
            lower.as_str()
        } else {
            name
        };
        let wildcard = || {
            let (_, parent) = name.split_once('.')?;
            self.by_name.get(&format!("*.{parent}"))
        };
        match (self.by_name.get(name).or_else(wildcard), self.unknown_name) {
            (Some(found), _) => found,
            (None, UnknownName::Default) => &self.default,
            (None, UnknownName::Refuse) => &[],
        }
    }

    fn choose(&self, server_name: Option<&str>, schemes: &[SignatureScheme]) -> Option<&Identity> {
        self.candidates(server_name)
            .iter()
            .find(|identity| identity.can_sign(schemes))
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.choose(hello.server_name(), hello.signature_schemes())
            .map(Identity::certified_key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_dns_name_or_a_leading_wildcard_is_a_pattern() {
        for name in ["a.test", "*.a.test", "A.Test", "localhost", "x_y.test"] {
            assert_eq!(pattern(name), Some(name.to_ascii_lowercase()), "{name}");
        }
        let label = "a".repeat(64);
        for name in [
            "", "*", "*.", "a.*.test", "a*.test", "*.*.test", ".a", "a.", "a..b", "a b", &label,
        ] {
            assert_eq!(pattern(name), None, "{name}");
        }
    }
}
