use super::fault::Pkcs12Fault;
use super::{chain, read, write};
use crate::certificate::Certificate;
use crate::error::Error;
use crate::key::Key;

/// How many iterations each key derivation of a written file takes: one for the MAC, one for the certificates, one for the
/// key.
///
/// OpenSSL writes 2 048, Java 10 000, NSS and GnuTLS 600 000. Some importers have bounds of their own, which are said to be
/// as low as 600 000 for a whole file. It costs about 0.1 s of one core. The number is 100 000.
pub const ITERATIONS: u32 = 100_000;

/// What a PKCS#12 file holds ([RFC 7292]).
///
/// ```
/// use wharf_pki::p12::{Pkcs12, Pkcs12Encryption};
/// # use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType, validity::DAY};
/// # fn main() -> Result<(), wharf_pki::Error> {
/// # let now = std::time::SystemTime::now().into();
/// # let ca = Authority::root(Key::generate(KeyType::P256)?, &CaSubject::new("Root"), 365 * DAY, 1, now)?;
/// # let key = Key::generate(KeyType::P256)?;
/// # let request = EndEntity { names: vec!["localhost".parse()?], ..EndEntity::default() };
/// # let certificate = ca.issue(&request, &key, now)?.certificate;
/// let p12 = Pkcs12 {
///     key: Some(key),
///     chain: vec![certificate, ca.certificate().clone()],
///     friendly_name: Some("localhost".into()),
/// };
/// let file = p12.to_der("changeit", Pkcs12Encryption::Modern)?;
/// let again = Pkcs12::from_der(&file, "changeit")?;
/// assert_eq!(again.chain, p12.chain);
/// # Ok(())
/// # }
/// ```
///
/// [RFC 7292]: https://www.rfc-editor.org/rfc/rfc7292
#[derive(Debug)]
pub struct Pkcs12 {
    /// The private key; `None` in a truststore.
    pub key: Option<Key>,
    /// With a key: its certificate first, then each issuer behind what it issued, then what belongs to no one. Without a
    /// key: certificates to trust, in any order. Java takes them as such because they are marked so.
    pub chain: Vec<Certificate>,
    /// What importers show, Java's alias: the name of the key and of the first certificate. A name that was read is somebody
    /// else's text; it has to be escaped before it is shown.
    pub friendly_name: Option<String>,
}

/// How a file is encrypted. What can be read is not limited to these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pkcs12Encryption {
    /// AES-256-CBC, PBKDF2 and a MAC, all three with HMAC-SHA-256, as OpenSSL 3 and Java 17 write it. The default.
    #[default]
    Modern,
    /// 3DES and a MAC, both with SHA-1: for old systems that import nothing else, and what `openssl pkcs12 -legacy` reads.
    /// 3DES has 112 bits of strength and small blocks; a long password and a short life make up for it.
    Legacy,
}

impl Pkcs12 {
    /// Writes a file. `password` protects certificates and key; without a character, it protects nothing.
    ///
    /// # Errors
    ///
    /// An [`Error::Pkcs12`] with [`Pkcs12Fault::Empty`] if there is nothing to write; [`Error::KeyMismatch`] if there is a
    /// key, and the first certificate is not its own; [`Error::Crypto`] if the cryptographic library fails.
    pub fn to_der(&self, password: &str, encryption: Pkcs12Encryption) -> Result<Vec<u8>, Error> {
        match (&self.key, self.chain.first()) {
            (None, None) => return Err(Pkcs12Fault::Empty.into()),
            (Some(key), Some(leaf)) if leaf.parsed()?.public_key().raw != key.spki_der() => {
                return Err(Error::KeyMismatch);
            }
            _ => {}
        }
        write::write(self, password, encryption)
    }

    /// Reads a file of at most [`FILE_BYTES_MAX`](super::FILE_BYTES_MAX), with at most [`BAGS_MAX`](super::BAGS_MAX) things
    /// in it, at the cost of at most [`WORK_MAX`](super::WORK_MAX).
    ///
    /// No password and an empty one are the same here, although not in the files. A file without a MAC is read too; where
    /// nothing is encrypted either, any password opens it.
    ///
    /// # Errors
    ///
    /// An [`Error::Pkcs12`] that says why; [`Error::MalformedCertificate`] and the errors of [`Key::from_pem`] if that is
    /// what the file holds; [`Error::KeyMismatch`] if it has certificates, and none of them is the key's.
    pub fn from_der(file: &[u8], password: &str) -> Result<Self, Error> {
        let parts = read::look(file)?.unlock(password)?;
        chain::assemble(parts.into_iter().flatten().collect())
    }
}
