//! What was found, checked and put into a home that has no CA.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use zeroize::Zeroizing;

use super::{ImportFault, Index, Layout, Source, find, read_bounded, refused};
use crate::authority::Authority;
use crate::certificate::Certificate;
use crate::error::Error;
use crate::inspect::inspect_der;
use crate::key::Key;
use crate::store::audit::{Stamp, append};
use crate::store::authorities::{self, AuthorityId};
use crate::store::ca::{self, Ca};
use crate::store::certificate_record::NewCertificate;
use crate::store::certificates;
use crate::store::crls;
use crate::store::file::{FILE_BYTES_MAX, Mode, write_new};
use crate::store::home::{Home, intermediate_subject};
use crate::store::key_file::{self, PasswordFor};
use crate::store::open::Store;
use crate::store::revocations::{self, Revocation};
use crate::store::rotate::common_name;
use crate::store::serials;
use crate::store::sql::Failure;

/// What was taken over.
#[derive(Debug)]
#[non_exhaustive]
pub struct Imported {
    /// Whose folder it was.
    pub layout: Layout,
    /// The CA, as it is now in its home.
    pub ca: Ca,
    /// Whether an intermediate was made below the root. None is if there was one, or if the root leaves no room for one.
    pub made_intermediate: bool,
    /// How many certificates are now in the inventory.
    pub certificates: usize,
    /// How many revocations.
    pub revocations: usize,
    /// Serial numbers of the index whose certificate was not found. They are never given out again.
    pub without_certificate: Vec<String>,
}

impl Home {
    /// Takes over the CA of another program, found by the shape of its folder, into a home that has none. The folder is
    /// only read. A root that has no intermediate gets one, valid for `intermediate_lifetime`, if it leaves room for one.
    ///
    /// # Errors
    ///
    /// [`Error::CaExists`]; [`StoreError::Import`](crate::store::StoreError::Import) for a folder that cannot be taken over; [`Error::KeyMismatch`],
    /// [`Error::NotACa`], [`Error::Key`] for its CA; [`Error::BadSignature`] if the
    /// intermediate is not the root's; those of [`Store::open`].
    pub fn import(
        &self,
        stamp: &Stamp<'_>,
        folder: &Path,
        intermediate_lifetime: Duration,
        password: PasswordFor<'_>,
    ) -> Result<Imported, Error> {
        let source = find(folder).ok_or_else(|| refused(folder, ImportFault::UnknownLayout))?;
        let _lock = self.lock()?;
        if self.ca_exists()? {
            let path = self.ca_path();
            return Err(Error::CaExists { path });
        }
        let root = Found::read(&source.root, password)?;
        let certificate = root.authority.certificate();
        if certificate.check_signed_by(certificate).is_err() {
            return Err(refused(&source.root.0, ImportFault::NotARoot));
        }
        let intermediate = match &source.intermediate {
            Some(files) => Some(Found::read(files, password)?),
            None => None,
        };
        if let Some(found) = &intermediate {
            found.authority.certificate().check_signed_by(certificate)?;
        }
        let has_room = root.authority.path_len() != Some(0);
        let made_intermediate = intermediate.is_none() && has_room;
        let intermediate = match intermediate {
            None if has_room => Some(make_intermediate(
                &root.authority,
                intermediate_lifetime,
                stamp,
            )?),
            found => found,
        };
        let history = History::read(&source)?;
        let mut taken = Taken::default();
        self.put_ca(|folder| {
            root.write(folder, ca::ROOT_CERTIFICATE, ca::ROOT_KEY)?;
            if let Some(found) = &intermediate {
                found.write(folder, ca::INTERMEDIATE_CERTIFICATE, ca::INTERMEDIATE_KEY)?;
            }
            let mut store = Store::create(folder, stamp)?;
            taken = store.write(|sql| history.record(sql, stamp, certificate))?;
            Ok(())
        })?;
        let ca = Ca::read(&self.ca_path(), password)?;
        Ok(Imported {
            layout: source.layout,
            ca,
            made_intermediate,
            certificates: taken.certificates,
            revocations: taken.revocations,
            without_certificate: taken.without_certificate,
        })
    }
}

/// A CA's certificate and key, which belong together, and the key's text as it was.
struct Found {
    authority: Authority,
    key_text: Zeroizing<Vec<u8>>,
}

impl Found {
    fn read(files: &(PathBuf, PathBuf), password: PasswordFor<'_>) -> Result<Self, Error> {
        let certificate = ca::parsed(&files.0, Certificate::from_pem)?;
        let key = key_file::load(&files.1, password)?;
        let key_text = read_bounded(&files.1, FILE_BYTES_MAX)?.unwrap_or_default();
        Ok(Self {
            authority: Authority::new(certificate, key)?,
            key_text,
        })
    }

    fn write(&self, folder: &Path, certificate_name: &str, key_name: &str) -> Result<(), Error> {
        let certificate = self.authority.certificate().to_pem();
        write_new(&folder.join(key_name), &self.key_text, Mode::Private)?;
        write_new(
            &folder.join(certificate_name),
            certificate.as_bytes(),
            Mode::Public,
        )
    }
}

/// Named after the root, with a key of the same type.
fn make_intermediate(
    root: &Authority,
    lifetime: Duration,
    stamp: &Stamp<'_>,
) -> Result<Found, Error> {
    let subject = inspect_der(root.certificate().der())?.subject;
    let name = common_name(&subject);
    let key = Key::generate(root.key().key_type())?;
    let key_text = Zeroizing::new(key.to_pem().as_bytes().to_vec());
    let authority = root.intermediate(key, &intermediate_subject(name), lifetime, stamp.at)?;
    Ok(Found {
        authority,
        key_text,
    })
}

/// What the other program knew.
struct History {
    index: Index,
    by_serial: Vec<PathBuf>,
    /// The last CRL number that it gave out.
    crl_number: u64,
}

#[derive(Default)]
struct Taken {
    certificates: usize,
    revocations: usize,
    without_certificate: Vec<String>,
}

impl History {
    fn read(source: &Source) -> Result<Self, Error> {
        Ok(Self {
            index: match &source.index {
                Some(path) => Index::read(path)?,
                None => Index::default(),
            },
            by_serial: source.by_serial.clone(),
            crl_number: match &source.crl_number {
                Some(path) => crl_number(path)?,
                None => 0,
            },
        })
    }

    /// Into the inventory, under the root.
    fn record(
        &self,
        sql: &Connection,
        stamp: &Stamp<'_>,
        root: &Certificate,
    ) -> Result<Taken, Failure> {
        let Some(issuer) = authorities::by_der(sql, root)? else {
            return Err(Failure::Row("no root"));
        };
        let mut taken = Taken::default();
        for row in &self.index.rows {
            serials::insert(sql, stamp.at, issuer, &row.serial)?;
            match self.certificate(&row.serial, root)? {
                // `openssl ca -selfsign` puts the root into its own index.
                Some(certificate) if certificate == *root => {}
                Some(certificate) => {
                    record_one(sql, stamp, issuer, &certificate)?;
                    taken.certificates += 1;
                }
                None => taken.without_certificate.push(row.serial.clone()),
            }
            if let Some(revoked) = &row.revoked {
                let revocation = Revocation {
                    serial: row.serial.clone(),
                    reason: revoked.reason,
                    revoked_at: revoked.at,
                    invalidity_date: revoked.invalidity_date,
                    not_after: None,
                };
                revocations::insert(sql, stamp, issuer, &revocation)?;
                append(sql, stamp, "import revocation", &row.serial)?;
                taken.revocations += 1;
            }
        }
        crls::raise_number(sql, issuer, self.crl_number)?;
        Ok(taken)
    }

    /// The certificate with a serial number, where it is called by it; only if it is the root's and has that number.
    fn certificate(&self, serial: &str, root: &Certificate) -> Result<Option<Certificate>, Error> {
        for folder in &self.by_serial {
            let path = folder.join(format!("{serial}.pem"));
            let Some(bytes) = read_bounded(&path, FILE_BYTES_MAX)? else {
                continue;
            };
            // `openssl ca` writes the certificate as text before the PEM, in whatever encoding.
            let certificate = Certificate::from_pem(&String::from_utf8_lossy(&bytes))?;
            if serials::of(&certificate)? == serial && certificate.check_signed_by(root).is_ok() {
                return Ok(Some(certificate));
            }
        }
        Ok(None)
    }
}

fn record_one(
    sql: &Connection,
    stamp: &Stamp<'_>,
    issuer: AuthorityId,
    certificate: &Certificate,
) -> Result<(), Failure> {
    let new = NewCertificate {
        issuer,
        certificate,
        profile: "imported",
        files: Vec::new(),
        replaces: None,
        request: None,
    };
    certificates::record(sql, stamp, &new, "import certificate").map(drop)
}

/// The file holds the next number, in hexadecimal.
fn crl_number(path: &Path) -> Result<u64, Error> {
    let Some(bytes) = read_bounded(path, 100)? else {
        return Ok(0);
    };
    let text = str::from_utf8(&bytes).unwrap_or_default().trim();
    match u64::from_str_radix(text, 16) {
        Ok(next) if i64::try_from(next).is_ok() => Ok(next.saturating_sub(1)),
        _ => Err(refused(path, ImportFault::CrlNumber)),
    }
}
