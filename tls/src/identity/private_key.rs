//! The private key out of a PEM file: PKCS#8, SEC1 and PKCS#1, and PKCS#8 encrypted.

use data_encoding::BASE64;
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

use super::{IdentityFault, Password, encrypted};
use crate::Error;
use crate::error::Kind;

/// The first private key of `pem`, in the clear.
pub(super) fn read(
    pem: &[u8],
    password: Option<&Password>,
) -> Result<Zeroizing<PrivateKeyDer<'static>>, Error> {
    match first(pem) {
        Form::Plain => plain(pem),
        Form::OldEncryption { algorithm } => Err(IdentityFault::OldEncryption { algorithm }.into()),
        Form::Encrypted(section) => {
            let der = decode(section).ok_or(IdentityFault::MalformedEncryption)?;
            let password = password.ok_or(IdentityFault::PasswordMissing)?;
            let key = encrypted::decrypt(&der, password)?;
            let key = PrivatePkcs8KeyDer::from(key.to_vec());
            Ok(Zeroizing::new(PrivateKeyDer::Pkcs8(key)))
        }
    }
}

fn plain(pem: &[u8]) -> Result<Zeroizing<PrivateKeyDer<'static>>, Error> {
    match PrivateKeyDer::from_pem_slice(pem) {
        Ok(key) => Ok(Zeroizing::new(key)),
        Err(pem::Error::NoItemsFound) => Err(IdentityFault::NoPrivateKey.into()),
        Err(source) => Err(Kind::Pem {
            what: "private key",
            source,
        }
        .into()),
    }
}

/// What the first private key of a file looks like.
enum Form<'a> {
    /// Not encrypted, or there is none.
    Plain,
    /// PKCS#8, with the lines of the section.
    Encrypted(&'a [u8]),
    /// Encrypted within its PEM section, which is OpenSSL's own form from before 2000: a key from one round of MD5.
    OldEncryption { algorithm: String },
}

fn first(pem: &[u8]) -> Form<'_> {
    let mut rest = pem;
    while let Some((line, behind)) = next_line(rest) {
        rest = behind;
        match line {
            b"-----BEGIN ENCRYPTED PRIVATE KEY-----" => return Form::Encrypted(behind),
            b"-----BEGIN RSA PRIVATE KEY-----" | b"-----BEGIN EC PRIVATE KEY-----" => {
                return old_encryption(behind)
                    .map_or(Form::Plain, |algorithm| Form::OldEncryption { algorithm });
            }
            b"-----BEGIN PRIVATE KEY-----" => return Form::Plain,
            _ => {}
        }
    }
    Form::Plain
}

/// The cipher of `DEK-Info: AES-256-CBC,…` below `Proc-Type: 4,ENCRYPTED` ([RFC 1421 §4.6]).
///
/// [RFC 1421 §4.6]: https://www.rfc-editor.org/rfc/rfc1421#section-4.6
fn old_encryption(section: &[u8]) -> Option<String> {
    let (header, rest) = next_line(section)?;
    let header = header.strip_prefix(b"Proc-Type:")?;
    if !header.trim_ascii().ends_with(b",ENCRYPTED") {
        return None;
    }
    let cipher = next_line(rest).and_then(|(line, _)| line.strip_prefix(b"DEK-Info:"));
    let cipher = cipher.and_then(|info| info.split(|octet| *octet == b',').next());
    let known = cipher.is_some_and(|cipher| cipher.len() <= 32 && cipher.is_ascii());
    let cipher = String::from_utf8_lossy(cipher.filter(|_| known).unwrap_or_default());
    Some(
        format!("PEM encryption {}", cipher.trim().escape_debug())
            .trim_end()
            .to_owned(),
    )
}

/// The octets of a section up to its end line.
fn decode(mut section: &[u8]) -> Option<Vec<u8>> {
    let mut base64 = Vec::new();
    while let Some((line, rest)) = next_line(section) {
        if line == b"-----END ENCRYPTED PRIVATE KEY-----" {
            return BASE64.decode(&base64).ok();
        }
        base64.extend_from_slice(line);
        section = rest;
    }
    None
}

/// A line without white space around it, and what follows. `None` at the end.
fn next_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.is_empty() {
        return None;
    }
    let end = text.iter().position(|octet| *octet == b'\n');
    let (line, rest) = text.split_at(end.map_or(text.len(), |end| end + 1));
    Some((line.trim_ascii(), rest))
}
