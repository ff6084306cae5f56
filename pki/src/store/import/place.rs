//! What was found, checked and put into a home that has no CA.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use zeroize::Zeroizing;

use super::{CaFiles, ImportFault, Index, Layout, Source, find, read_bounded, refused};
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
use crate::store::serials;
use crate::store::sql::Failure;
use crate::store::work::common_name;

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
    /// [`Error::NotACa`], [`Error::Key`] for its CA; those of [`Store::open`].
    pub fn import(
        &self,
        stamp: &Stamp<'_>,
        folder: &Path,
        intermediate_lifetime: Duration,
        password: PasswordFor<'_>,
    ) -> Result<Imported, Error> {
        let source = find(folder).ok_or_else(|| refused(folder, ImportFault::UnknownLayout))?;
        self.take_over(stamp, &source, intermediate_lifetime, password)
    }

    /// Takes over a CA from single files, into a home that has none. They are only read. A root gets an intermediate as in
    /// [`import`](Self::import); an intermediate comes with the certificate of its root, whose key is kept elsewhere.
    ///
    /// # Errors
    ///
    /// Those of [`import`](Self::import).
    pub fn import_files(
        &self,
        stamp: &Stamp<'_>,
        files: &CaFiles,
        intermediate_lifetime: Duration,
        password: PasswordFor<'_>,
    ) -> Result<Imported, Error> {
        self.take_over(stamp, &files.find()?, intermediate_lifetime, password)
    }

    fn take_over(
        &self,
        stamp: &Stamp<'_>,
        source: &Source,
        intermediate_lifetime: Duration,
        password: PasswordFor<'_>,
    ) -> Result<Imported, Error> {
        let _lock = self.lock()?;
        if self.ca_exists()? {
            let path = self.ca_path();
            return Err(Error::CaExists { path });
        }
        let root = root(&source.root)?;
        let root_ca = match &source.root_key {
            Some(key) => Some(Found::read(root.clone(), key, password)?),
            None => None,
        };
        let found = match &source.intermediate {
            Some(files) => Some(intermediate(files, &root, password)?),
            None => None,
        };
        let has_room = |ca: &&Found| ca.authority.path_len() != Some(0);
        let (intermediate, made_intermediate) = match (found, root_ca.as_ref().filter(has_room)) {
            (None, Some(ca)) => {
                let made = make_intermediate(&ca.authority, intermediate_lifetime, stamp)?;
                (Some(made), true)
            }
            (found, _) => (found, false),
        };
        let history = History::read(source)?;
        let mut taken = Taken::default();
        self.put_ca(|folder| {
            write_certificate(folder, ca::ROOT_CERTIFICATE, &root)?;
            if let Some(found) = &root_ca {
                write_new(&folder.join(ca::ROOT_KEY), &found.key_text, Mode::Private)?;
            }
            if let Some(found) = &intermediate {
                let key = folder.join(ca::INTERMEDIATE_KEY);
                write_new(&key, &found.key_text, Mode::Private)?;
                let certificate = found.authority.certificate();
                write_certificate(folder, ca::INTERMEDIATE_CERTIFICATE, certificate)?;
            }
            let mut store = Store::create(folder, stamp)?;
            taken = store.write(|sql| history.record(sql, stamp, &root))?;
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

/// The certificate of a file that signed itself.
fn root(path: &Path) -> Result<Certificate, Error> {
    let all = ca::parsed(path, Certificate::all_from_pem)?;
    let is_root = |certificate: &Certificate| certificate.check_signed_by(certificate).is_ok();
    let found = all.into_iter().find(is_root);
    found.ok_or_else(|| refused(path, ImportFault::NotARoot))
}

fn intermediate(
    (certificate_path, key): &(PathBuf, PathBuf),
    root: &Certificate,
    password: PasswordFor<'_>,
) -> Result<Found, Error> {
    let certificate = ca::parsed(certificate_path, Certificate::from_pem)?;
    if certificate.check_signed_by(root).is_err() {
        return Err(refused(certificate_path, ImportFault::NotBelowRoot));
    }
    Found::read(certificate, key, password)
}

/// A CA's certificate and key, which belong together, and the key's text as it was.
struct Found {
    authority: Authority,
    key_text: Zeroizing<Vec<u8>>,
}

impl Found {
    fn read(
        certificate: Certificate,
        key: &Path,
        password: PasswordFor<'_>,
    ) -> Result<Self, Error> {
        let key_text = ca::read(key)?;
        let key = key_file::of(key, &key_text, password)?;
        Ok(Self {
            authority: Authority::new(certificate, key)?,
            key_text,
        })
    }
}

fn write_certificate(folder: &Path, name: &str, certificate: &Certificate) -> Result<(), Error> {
    let pem = certificate.to_pem();
    write_new(&folder.join(name), pem.as_bytes(), Mode::Public)
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
            // easy-rsa gives what it moves away another ending.
            let paths = ["pem", "crt"].map(|ending| folder.join(format!("{serial}.{ending}")));
            let read = paths.iter().map(|path| read_bounded(path, FILE_BYTES_MAX));
            let Some(bytes) = read
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .flatten()
                .next()
            else {
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
