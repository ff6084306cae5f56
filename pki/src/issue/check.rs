//! The names, subject, key and lifetime of a request, against its profile.

use std::time::Duration;

use rcgen::{DistinguishedName, DnType, PublicKeyData};
use time::OffsetDateTime;

use crate::error::Error;
use crate::name::{NameKind, SubjectAltName};
use crate::profile::{KeyKind, Profile, ProfileFault, Role, SubjectRule};
use crate::subject::{ATTRIBUTE_CHARS_MAX, Subject};
use crate::validity::Validity;

/// The most names in one certificate.
///
/// Every handshake carries them all. Let's Encrypt allows 100; more are refused. The limit is 100.
pub const NAMES_MAX: usize = 100;

/// Refuses a profile that contradicts itself, or that is for the other kind of certificate.
pub(super) fn profile(profile: &Profile, role: Role) -> Result<(), Error> {
    if let Some((field, why)) = profile.contradiction() {
        return Err(Error::Profile {
            profile: profile.name.clone(),
            fault: ProfileFault::contradiction(field, why),
        });
    }
    if profile.role == role {
        Ok(())
    } else {
        Err(Error::WrongRole {
            profile: profile.name.clone(),
            wanted: role,
        })
    }
}

/// The kind of a public key, if the profile takes it.
pub(super) fn key_kind(profile: &Profile, key: &impl PublicKeyData) -> Result<KeyKind, Error> {
    let kind =
        KeyKind::of_spki(&key.subject_public_key_info()).ok_or(Error::UnsupportedPublicKey)?;
    if profile.keys.is_empty() || profile.keys.contains(&kind) {
        Ok(kind)
    } else {
        Err(Error::KeyKind {
            kind,
            profile: profile.name.clone(),
            allowed: profile.keys.clone(),
        })
    }
}

/// The names, each once.
pub(super) fn names(
    profile: &Profile,
    asked: &[SubjectAltName],
) -> Result<Vec<SubjectAltName>, Error> {
    let names = each_once(asked)?;
    for name in &names {
        let kind = name.kind();
        if !profile.names.contains(&kind) {
            return Err(Error::NameKind {
                name: name.to_string(),
                kind,
                profile: profile.name.clone(),
                allowed: profile.names.clone(),
            });
        }
    }
    required_names(profile, &names)?;
    one_uri_beside_a_spiffe_id(&names)?;
    Ok(names)
}

/// Names that may stand in a certificate, each once.
fn each_once(asked: &[SubjectAltName]) -> Result<Vec<SubjectAltName>, Error> {
    let mut names = Vec::new();
    for name in asked {
        let name = name.checked()?;
        if names.contains(&name) {
            continue;
        }
        if names.len() == NAMES_MAX {
            return Err(Error::TooManyNames { limit: NAMES_MAX });
        }
        names.push(name);
    }
    Ok(names)
}

/// The names of a certification request, at least one. Whoever issues decides which of them its profile takes.
pub(super) fn requested(asked: &[SubjectAltName]) -> Result<Vec<SubjectAltName>, Error> {
    let names = each_once(asked)?;
    if names.is_empty() {
        Err(Error::NoNames)
    } else {
        Ok(names)
    }
}

fn required_names(profile: &Profile, names: &[SubjectAltName]) -> Result<(), Error> {
    let is_required = |name: &SubjectAltName| profile.required_names.contains(&name.kind());
    if profile.required_names.is_empty() || names.iter().any(is_required) {
        Ok(())
    } else if names.is_empty() {
        Err(Error::NoNames)
    } else {
        Err(Error::MissingName {
            profile: profile.name.clone(),
            required: profile.required_names.clone(),
        })
    }
}

/// An X.509-SVID has exactly one URI; whoever verifies one refuses it with more.
fn one_uri_beside_a_spiffe_id(names: &[SubjectAltName]) -> Result<(), Error> {
    let is_uri = |kind| matches!(kind, NameKind::Uri | NameKind::Spiffe);
    let uris = names.iter().filter(|name| is_uri(name.kind())).count();
    let has_id = names.iter().any(|name| name.kind() == NameKind::Spiffe);
    if has_id && uris > 1 {
        Err(Error::SpiffeIdNotAlone)
    } else {
        Ok(())
    }
}

/// The subject of an end entity. Clients read only the subjectAltName; a subject is for people who list certificates.
///
/// A first name that is too long for a commonName leaves the subject empty, and rcgen then marks the subjectAltName
/// critical.
pub(super) fn subject(
    profile: &Profile,
    asked: Option<&Subject>,
    names: &[SubjectAltName],
) -> Result<DistinguishedName, Error> {
    match (profile.subject, asked) {
        (SubjectRule::Empty, Some(_)) => Err(Error::SubjectGiven {
            profile: profile.name.clone(),
        }),
        (SubjectRule::Required, None) => Err(Error::SubjectMissing {
            profile: profile.name.clone(),
        }),
        (_, Some(subject)) => subject.to_distinguished_name(),
        (SubjectRule::FirstName, None) => Ok(first_name(names)),
        (SubjectRule::Empty, None) => Ok(DistinguishedName::new()),
    }
}

/// An IP address only beside a DNS name: without one OpenSSL takes it for a host, and below a CA that is permitted some
/// domains alone it then refuses the certificate.
pub(super) fn first_name(names: &[SubjectAltName]) -> DistinguishedName {
    let has_dns = names
        .iter()
        .any(|name| matches!(name, SubjectAltName::Dns(_)));
    let mut subject = DistinguishedName::new();
    if let Some(first) = names.first()
        && (has_dns || !matches!(first, SubjectAltName::Ip(_)))
        && first.to_string().len() <= ATTRIBUTE_CHARS_MAX
    {
        subject.push(DnType::CommonName, first.to_string());
    }
    subject
}

/// From when to when, as asked for.
pub(super) fn validity(
    profile: &Profile,
    lifetime: Duration,
    not_after: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Result<Validity, Error> {
    let validity = match not_after {
        Some(not_after) => Validity::until(not_after, now)?,
        None => Validity::of(lifetime, now)?,
    };
    let asked = Duration::try_from(validity.not_after - now).map_err(|_| Error::Lifetime)?;
    if asked > profile.longest_lifetime {
        return Err(Error::LifetimeTooLong {
            asked,
            limit: profile.longest_lifetime,
            profile: profile.name.clone(),
        });
    }
    Ok(validity)
}
