//! Private keys, public keys, signatures and certification requests, exchanged with programs that no one here wrote: OpenSSL
//! and GnuTLS on the command line, Python's cryptography, Java and Node.
//!
//! Each reads what we write, in every form that it knows; we read what each writes; and the public key that comes out is the
//! same octet for octet.

mod gnutls;
mod java;
mod node;
mod openssl;
mod python;
mod requests;

use std::collections::HashMap;
use std::fs;
use std::sync::{Mutex, OnceLock};

use tempfile::TempDir;
use wharf_interop_tests::Finished;
use wharf_pki::key::KeyEncoding;
use wharf_pki::{Key, KeyType, Password};

const SECRET: &str = "correct horse";

/// All but ML-DSA.
const CLASSIC: [KeyType; 7] = [
    KeyType::P256,
    KeyType::P384,
    KeyType::P521,
    KeyType::Ed25519,
    KeyType::Rsa2048,
    KeyType::Rsa3072,
    KeyType::Rsa4096,
];

const ML_DSA: [KeyType; 3] = [KeyType::MlDsa44, KeyType::MlDsa65, KeyType::MlDsa87];

/// A key of each type, made once: RSA takes its time.
fn key(key_type: KeyType) -> Key {
    static MADE: OnceLock<Mutex<HashMap<KeyType, String>>> = OnceLock::new();
    let mut made = MADE.get_or_init(Mutex::default).lock().unwrap();
    let text = made
        .entry(key_type)
        .or_insert_with(|| Key::generate(key_type).unwrap().to_pem().to_string());
    Key::from_pem(text).unwrap()
}

/// A key of [`key`] in each form that it has, with a name for the form: the last one is encrypted with [`SECRET`].
fn forms(key_type: KeyType) -> Vec<(String, String)> {
    static ENCRYPTED: OnceLock<Mutex<HashMap<KeyType, String>>> = OnceLock::new();
    let key = key(key_type);
    let all = [KeyEncoding::Pkcs8, KeyEncoding::Sec1, KeyEncoding::Pkcs1];
    let plain = all.into_iter().filter_map(|encoding| {
        let text = key.to_pem_as(encoding).ok()?;
        Some((format!("{key_type} {encoding}"), text.to_string()))
    });
    let mut encrypted = ENCRYPTED.get_or_init(Mutex::default).lock().unwrap();
    let encrypted = encrypted
        .entry(key_type)
        .or_insert_with(|| key.to_encrypted_pem(&Password::new(SECRET)).unwrap());
    let encrypted = (format!("{key_type} encrypted"), encrypted.clone());
    plain.chain([encrypted]).collect()
}

/// Reads a key that may be encrypted with [`SECRET`].
#[track_caller]
fn read(text: &str) -> Key {
    Key::from_encrypted_pem(text, &Password::new(SECRET))
        .unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A folder for the files that other programs want, gone when dropped.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }
}

/// The PEM section in what a program said, among other text.
#[track_caller]
fn section(said: &Finished) -> String {
    let text = said.text();
    let begin = text.find("-----BEGIN").unwrap_or_else(|| panic!("{said}"));
    text[begin..].to_owned()
}
