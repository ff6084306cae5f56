//! Keys in files: private ones, which may be encrypted, and the public key of anything that has one.

use std::path::Path;

use anyhow::Context;
use wharf_pki::key::AgreementKey;
use wharf_pki::store::Mode;
use wharf_pki::{Certificate, CertificateRequest, Error, Key, Password, PublicKey};
use zeroize::Zeroizing;

use crate::files;
use crate::password::PasswordArg;
use crate::ui::{self, Advised};

/// The longest file with a private key, in bytes: 64 KiB of DER as PEM, and as much text beside it. A longer one is refused.
const PRIVATE_BYTES_MAX: usize = 256 * 1024;

/// A private key out of a file, `-` for stdin. A password is asked for if it needs one.
pub(crate) fn private(file: &Path, password: &PasswordArg) -> anyhow::Result<Key> {
    read_with(file, password, parse_private)
}

/// A private key, PEM or DER.
pub(crate) fn parse_private(bytes: &[u8], password: Option<&Password>) -> Result<Key, Error> {
    match (pem(bytes), password) {
        (Some(text), None) => Key::from_pem(text),
        (Some(text), Some(password)) => Key::from_encrypted_pem(text, password),
        (None, None) => Key::from_der(bytes),
        (None, Some(password)) => Key::from_encrypted_der(bytes, password),
    }
}

/// A private key with which something can be opened.
pub(crate) fn agreement(file: &Path, password: &PasswordArg) -> anyhow::Result<AgreementKey> {
    read_with(file, password, |bytes, password| match pem(bytes) {
        Some(text) => AgreementKey::from_pem(text, password),
        None => AgreementKey::from_der(bytes, password),
    })
}

pub(crate) fn read_with<T>(
    file: &Path,
    password: &PasswordArg,
    parse: impl Fn(&[u8], Option<&Password>) -> Result<T, Error>,
) -> anyhow::Result<T> {
    let bytes = secret(file)?;
    let shown = file.display();
    match parse(&bytes, None) {
        Err(error) if error.is_password() => {
            let password = password.for_reading(&shown.to_string())?;
            parse(&bytes, Some(&password))
        }
        read => read,
    }
    .with_context(|| format!("cannot read the private key of {shown}"))
}

/// What holds a public key.
#[derive(Debug)]
pub(crate) enum Holder {
    Certificate(Certificate),
    Request(Box<CertificateRequest>),
    Key(PublicKey),
}

impl Holder {
    /// Its public key.
    pub(crate) fn public_key(&self) -> anyhow::Result<PublicKey> {
        Ok(match self {
            Self::Certificate(certificate) => certificate.public_key()?,
            Self::Request(request) => request.public_key().clone(),
            Self::Key(key) => key.clone(),
        })
    }
}

/// A certificate, a request or a public key, PEM or DER, `-` for stdin.
pub(crate) fn holder(file: &Path) -> anyhow::Result<Holder> {
    let bytes = files::read(file)?;
    parse_holder(&bytes).with_context(|| {
        format!(
            "cannot read a certificate, a request or a public key from {}",
            file.display()
        )
    })
}

/// The same out of octets.
pub(crate) fn parse_holder(bytes: &[u8]) -> Result<Holder, Error> {
    let request = |request| Holder::Request(Box::new(request));
    let Some(text) = pem(bytes) else {
        return Certificate::from_der(bytes)
            .map(Holder::Certificate)
            .or_else(|_| PublicKey::from_der(bytes).map(Holder::Key))
            .or_else(|_| CertificateRequest::from_der(bytes).map(request));
    };
    if text.contains(" CERTIFICATE REQUEST-----") {
        CertificateRequest::from_pem(text).map(request)
    } else if !text.contains("-----BEGIN CERTIFICATE-----")
        && text.contains("-----BEGIN PUBLIC KEY-----")
    {
        // Beside a certificate it would be a way around what the certificate says.
        PublicKey::from_pem(text).map(Holder::Key)
    } else {
        Certificate::from_pem(text).map(Holder::Certificate)
    }
}

/// Whether it holds a private key, which is not to be read as anything else.
pub(crate) fn is_private(bytes: &[u8]) -> bool {
    pem(bytes).is_some_and(|text| text.contains("PRIVATE KEY-----"))
        || matches!(Key::from_der(bytes), Ok(_) | Err(Error::Key { .. }))
            && parse_holder(bytes).is_err()
}

/// The text, if it is PEM: DER has no such line.
pub(crate) fn pem(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.contains("-----BEGIN ").then_some(text)
}

/// What a file with a private key holds, wiped when dropped.
pub(crate) fn secret(file: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let bytes = files::read_within(file, PRIVATE_BYTES_MAX)?;
    if bytes.len() > PRIVATE_BYTES_MAX {
        anyhow::bail!(
            "{} is longer than {PRIVATE_BYTES_MAX} bytes, which no key is",
            file.display()
        );
    }
    Ok(bytes)
}

/// Writes a private key, 0600, or to stdout if that is no screen.
pub(crate) fn write_private(file: &Path, bytes: &[u8], force: bool) -> anyhow::Result<()> {
    if files::is_dash(file) && ui::is_terminal() {
        return Err(Advised {
            message: "a private key is not shown on a screen".into(),
            hint: "--out FILE writes it for its owner alone; or send stdout somewhere".into(),
        }
        .into());
    }
    files::write(file, bytes, Mode::Private, force)
}
