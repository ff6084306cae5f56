//! A private key in a file: the one function through which keys are loaded, so that it is the one that asks for a
//! password.

use std::io;
use std::path::Path;

use zeroize::Zeroizing;

use super::ca;
use super::file::{self, io_error};
use crate::error::{Error, IoAction};
use crate::key::{Key, KeyFault, Password};

/// Who knows the password of a key's file. It is asked once for each file that needs one; `None` means that there is none.
///
/// The library asks no terminal and reads no environment variable.
pub type PasswordFor<'a> = &'a mut dyn FnMut(&Path) -> Result<Option<Password>, Error>;

/// For who has no password: a key that needs one is refused.
///
/// # Errors
///
/// None.
pub fn no_password(_: &Path) -> Result<Option<Password>, Error> {
    Ok(None)
}

/// Reads a key, and asks for the password if it needs one.
pub(super) fn load(path: &Path, password: PasswordFor<'_>) -> Result<Key, Error> {
    of(path, &ca::read(path)?, password)
}

/// The key in what was read from a file.
pub(super) fn of(path: &Path, bytes: &[u8], password: PasswordFor<'_>) -> Result<Key, Error> {
    let text = ca::checked(path, bytes)?;
    let key = if is_encrypted_pem(bytes) {
        let Some(password) = password(path)? else {
            return Err(KeyFault::Encrypted.into());
        };
        Key::from_encrypted_pem(text, &password)
    } else {
        Key::from_pem(text)
    };
    key.map_err(|error| match error.is_password() {
        // The file is as it should be; who asked has to ask again.
        true => error,
        false => ca::content(path.into(), error),
    })
}

/// What stands in a key's file: PKCS#8, encrypted if there is a password.
pub(super) fn text(key: &Key, password: Option<&Password>) -> Result<Zeroizing<String>, Error> {
    match password {
        Some(password) => key.to_encrypted_pem(password).map(Zeroizing::new),
        None => Ok(key.to_pem()),
    }
}

/// Whether a key's file needs a password. One that is not there does not.
pub(super) fn is_encrypted(path: &Path) -> Result<bool, Error> {
    match file::read_bounded(path).map(Zeroizing::new) {
        Ok(bytes) => Ok(is_encrypted_pem(&bytes)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(io_error(IoAction::Read, path, cause)),
    }
}

/// PKCS#8 has a label for encrypted keys, the older forms a header.
pub(super) fn is_encrypted_pem(text: &[u8]) -> bool {
    let text = str::from_utf8(text).unwrap_or_default();
    text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")
        || text.contains("Proc-Type: 4,ENCRYPTED")
}
