//! The key of a successor: a new one of the same type, or the same one.

use std::path::Path;

use anyhow::{Context, bail};
use wharf_pki::{Certificate, Key, KeyType, Password};
use zeroize::Zeroizing;

use super::disk;
use super::find::Candidate;
use super::replace::Plan;
use crate::keys;
use crate::password::PasswordArg;
use crate::ui::Advised;

/// A key, and its file's content.
pub(super) struct NewKey {
    pub(super) key: Key,
    pub(super) pem: Zeroizing<String>,
}

/// A key that is replaced or kept, and the password of its file.
struct OldKey {
    key: Key,
    password: Option<Password>,
}

/// The key of the successor; `None` if only its holder has it.
pub(super) fn successor(
    plan: &Plan,
    candidate: &Candidate,
    keep: bool,
) -> anyhow::Result<Option<NewKey>> {
    let Some(path) = candidate.key() else {
        if keep {
            return Ok(None);
        }
        return Err(Advised {
            message: "its key is not kept here".into(),
            hint:
                "--key FILE says where it is; --reuse-key renews the certificate for the same key"
                    .into(),
        }
        .into());
    };
    // Also where a new key is made: a password that does not open the old file would lock its readers out, and what is
    // no key is not to be lost.
    let old = old_key(plan, path)?;
    let public_key = candidate.certificate.public_key()?;
    let matches = |old: &Option<OldKey>| {
        let old = old.as_ref();
        old.is_some_and(|old| *old.key.public_key() == public_key)
    };
    if let Some(claimed) = &candidate.claimed_key
        && !matches(&old_key(plan, claimed)?)
    {
        return Err(Advised {
            message: format!("{} is not the key of this certificate", claimed.display()),
            hint: "--key FILE says where it is".into(),
        }
        .into());
    }
    if keep && !matches(&old) {
        bail!("{} is not the key of this certificate", path.display());
    }
    let (old, password) = match old {
        Some(old) => (Some(old.key), old.password),
        None => (None, None),
    };
    let key = match old.filter(|_| keep) {
        Some(old) => old,
        None => Key::generate(key_type(&candidate.certificate)?)?,
    };
    let pem = match password {
        Some(password) => Zeroizing::new(key.to_encrypted_pem(&password)?),
        None => key.to_pem(),
    };
    Ok(Some(NewKey { key, pem }))
}

/// What the key's file holds; `None` if that is nothing yet.
fn old_key(plan: &Plan, path: &Path) -> anyhow::Result<Option<OldKey>> {
    let bytes = disk::read(path)?;
    let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else {
        return Ok(None);
    };
    let password = match keys::parse_private(&bytes, None) {
        Err(error) if error.is_password() => Some(password_of(plan, path)?),
        _ => None,
    };
    let key = keys::parse_private(&bytes, password.as_ref())
        .with_context(|| format!("cannot read the private key of {}", path.display()))?;
    Ok(Some(OldKey { key, password }))
}

fn password_of(plan: &Plan, key: &Path) -> anyhow::Result<Password> {
    let (what, flags) = (key.display().to_string(), PasswordArg::default());
    match &plan.password {
        Some(password) => Ok(password.clone()),
        None if plan.asks => flags.for_reading(&what),
        None => Err(flags.missing(&what, "and nobody is asked for it").into()),
    }
}

/// The type of its key. RSA of another length becomes the next longer one.
fn key_type(certificate: &Certificate) -> anyhow::Result<KeyType> {
    use wharf_pki::key::KeyAlgorithm;
    Ok(match certificate.public_key()?.algorithm() {
        KeyAlgorithm::P256 => KeyType::P256,
        KeyAlgorithm::P384 => KeyType::P384,
        KeyAlgorithm::P521 => KeyType::P521,
        KeyAlgorithm::Ed25519 => KeyType::Ed25519,
        KeyAlgorithm::Rsa { bits: ..=2048 } => KeyType::Rsa2048,
        KeyAlgorithm::Rsa { bits: ..=3072 } => KeyType::Rsa3072,
        KeyAlgorithm::Rsa { .. } => KeyType::Rsa4096,
        KeyAlgorithm::MlDsa44 => KeyType::MlDsa44,
        KeyAlgorithm::MlDsa65 => KeyType::MlDsa65,
        KeyAlgorithm::MlDsa87 => KeyType::MlDsa87,
        other => bail!("no key of the type {other} is made here; --reuse-key keeps the old one"),
    })
}
