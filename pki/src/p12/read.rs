//! From octets to bags: structure, MAC, parts, in this order.

use der::asn1::AnyRef;
use der::{Decode, Tag, Tagged};

use super::asn1::{ContentInfo, EncryptedData, Pfx, decode};
use super::fault::Pkcs12Fault;
use super::mac::Mac;
use super::password::Secret;
use super::safe::{self, BAGS_MAX, Bag, Entry};
use super::scheme::{Scheme, unsupported};
use super::work::Work;

/// The longest file that is read, in bytes.
///
/// Java's truststore of all public roots is about 200 kB. A longer file is refused. The limit is 4 MiB.
pub const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A file whose outer layers were read. Nothing is checked yet.
#[derive(Debug)]
pub(crate) struct Opened {
    /// AuthenticatedSafe, which the MAC is over.
    content: Vec<u8>,
    pub(crate) mac: Option<Mac>,
    pub(crate) parts: Vec<Part>,
}

/// One ContentInfo of the AuthenticatedSafe.
#[derive(Debug)]
pub(crate) enum Part {
    Plain(Vec<u8>),
    Encrypted { scheme: Scheme, octets: Vec<u8> },
}

const VERSION: u8 = 3;

/// Reads what a file shows without its password.
pub(crate) fn look(file: &[u8]) -> Result<Opened, Pkcs12Fault> {
    if file.len() > FILE_BYTES_MAX {
        let limit_bytes = FILE_BYTES_MAX;
        return Err(Pkcs12Fault::TooLong { limit_bytes });
    }
    let pfx: Pfx = decode(file)?;
    if pfx.version != VERSION {
        return Err(Pkcs12Fault::Malformed);
    }
    let content = match pfx.auth_safe {
        ContentInfo::Data(octets) => Vec::from(octets.into_bytes()),
        ContentInfo::Encrypted(_) => return Err(Pkcs12Fault::Malformed),
        ContentInfo::Other(content_type) => return Err(unsupported(&content_type)),
    };
    let parts: Vec<ContentInfo> = decode(&content)?;
    if parts.len() > BAGS_MAX {
        return Err(Pkcs12Fault::TooMany { limit: BAGS_MAX });
    }
    Ok(Opened {
        mac: pfx.mac_data.map(Mac::read).transpose()?,
        parts: parts
            .into_iter()
            .map(Part::read)
            .collect::<Result<_, _>>()?,
        content,
    })
}

impl Part {
    fn read(info: ContentInfo) -> Result<Self, Pkcs12Fault> {
        match info {
            ContentInfo::Data(octets) => Ok(Self::Plain(octets.into_bytes().into())),
            ContentInfo::Encrypted(EncryptedData { content, .. }) => Ok(Self::Encrypted {
                scheme: Scheme::read(&content.algorithm)?,
                octets: Vec::from(content.octets.ok_or(Pkcs12Fault::Malformed)?.into_bytes()),
            }),
            ContentInfo::Other(content_type) => Err(unsupported(&content_type)),
        }
    }
}

impl Opened {
    /// The bags of each part that is not encrypted as a whole.
    pub(crate) fn plain(&self) -> Result<Vec<Option<Vec<Entry>>>, Pkcs12Fault> {
        let mut room = BAGS_MAX;
        let parts = self.parts.iter().map(|part| match part {
            Part::Plain(octets) => safe::read(octets, &mut room).map(Some),
            Part::Encrypted { .. } => Ok(None),
        });
        parts.collect()
    }

    /// The bags of each part, with every key in plain.
    pub(crate) fn unlock(&self, password: &str) -> Result<Vec<Vec<Entry>>, Pkcs12Fault> {
        let mut work = Work::new();
        let readings = Secret::readings(password);
        for secret in &readings {
            match &self.mac {
                None => {
                    if let Some(parts) = self.decrypt(secret, &mut work)? {
                        return Ok(parts);
                    }
                }
                Some(mac) => {
                    if mac.fits(&self.content, secret, &mut work)? {
                        let parts = self.decrypt(secret, &mut work)?;
                        return parts.ok_or(Pkcs12Fault::DifferentPasswords);
                    }
                }
            }
        }
        // The MAC of a changed file fits no password, and a wrong password decrypts nothing.
        let is_right = |secret| self.decrypts_something(secret, &mut work);
        Err(match self.mac {
            Some(_) if readings.iter().any(is_right) => Pkcs12Fault::Damaged,
            _ => Pkcs12Fault::WrongPassword,
        })
    }

    /// `None` if a part is not decrypted by this password.
    fn decrypt(
        &self,
        secret: &Secret<'_>,
        work: &mut Work,
    ) -> Result<Option<Vec<Vec<Entry>>>, Pkcs12Fault> {
        let mut room = BAGS_MAX;
        let mut parts = Vec::new();
        for part in &self.parts {
            let Some(mut entries) = part.entries(secret, &mut room, work)? else {
                return Ok(None);
            };
            for entry in &mut entries {
                if !entry.decrypt(secret, work)? {
                    return Ok(None);
                }
            }
            parts.push(entries);
        }
        Ok(Some(parts))
    }

    fn decrypts_something(&self, secret: &Secret<'_>, work: &mut Work) -> bool {
        let mut room = BAGS_MAX;
        self.parts.iter().any(|part| {
            let entries = part.entries(secret, &mut room, work);
            let Ok(Some(mut entries)) = entries else {
                return false;
            };
            let mut is_decrypted = |entry: &mut Entry| {
                let is_encrypted = matches!(entry.bag, Bag::EncryptedKey(_));
                is_encrypted && entry.decrypt(secret, work) == Ok(true)
            };
            matches!(part, Part::Encrypted { .. }) || entries.iter_mut().any(&mut is_decrypted)
        })
    }
}

impl Part {
    /// `None` if this password does not decrypt it.
    fn entries(
        &self,
        secret: &Secret<'_>,
        room: &mut usize,
        work: &mut Work,
    ) -> Result<Option<Vec<Entry>>, Pkcs12Fault> {
        match self {
            Self::Plain(octets) => safe::read(octets, room).map(Some),
            Self::Encrypted { scheme, octets } => match scheme.decrypt(octets, secret, work)? {
                // Every 256th wrong password leaves a padding that looks right.
                Ok(plain) if is_sequence(&plain) => safe::read(&plain, room).map(Some),
                _ => Ok(None),
            },
        }
    }
}

impl Entry {
    /// Puts a key in plain in the place of an encrypted one; `false` if this password does not decrypt it.
    fn decrypt(&mut self, secret: &Secret<'_>, work: &mut Work) -> Result<bool, Pkcs12Fault> {
        let Bag::EncryptedKey(info) = &self.bag else {
            return Ok(true);
        };
        let scheme = info.scheme()?;
        match scheme.decrypt(info.octets.as_bytes(), secret, work)? {
            Ok(pkcs8) if is_sequence(&pkcs8) => {
                let scheme = Some(scheme);
                self.bag = Bag::Key { pkcs8, scheme };
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

/// Whether this is one SEQUENCE and nothing else.
fn is_sequence(octets: &[u8]) -> bool {
    AnyRef::from_ber(octets).is_ok_and(|any| any.tag() == Tag::Sequence)
}
