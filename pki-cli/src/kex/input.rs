//! Keys out of files.

use std::path::Path;

use anyhow::Context;
use wharf_pki::kex::{ExchangeKey, ExchangePublicKey};

use crate::password::PasswordArg;
use crate::{files, keys};

/// A private key, `-` for stdin.
pub(crate) fn private(file: &Path, password: &PasswordArg) -> anyhow::Result<ExchangeKey> {
    keys::read_with(file, password, |bytes, password| match keys::pem(bytes) {
        Some(text) => ExchangeKey::from_pem(text, password),
        None => ExchangeKey::from_der(bytes, password),
    })
}

/// The public key of a file, which may be that of a certificate or a request, `-` for stdin.
pub(crate) fn public(file: &Path) -> anyhow::Result<ExchangePublicKey> {
    let bytes = files::read(file)?;
    let read = || match keys::pem(&bytes) {
        // Only so are the two keys of X25519MLKEM768 found.
        Some(text) if text.contains("-----BEGIN PUBLIC KEY-----") => {
            Ok(ExchangePublicKey::from_pem(text)?)
        }
        _ => {
            let key = keys::parse_holder(&bytes)?.public_key()?;
            anyhow::Ok(ExchangePublicKey::try_from(&key)?)
        }
    };
    read().with_context(|| format!("cannot read a public key from {}", file.display()))
}
