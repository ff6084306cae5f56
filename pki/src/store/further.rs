//! Further intermediates below the root: with a key of their own here, or for the key of another party.

use std::path::Path;

use super::audit::Stamp;
use super::authorities::{AuthorityRecord, NewAuthority};
use super::ca;
use super::error::StoreError;
use super::home::Home;
use super::key_file::PasswordFor;
#[cfg(doc)]
use super::open::Store;
use super::work::Work;
#[cfg(doc)]
use crate::authority::Authority;
use crate::csr::CertificateRequest;
use crate::error::Error;
use crate::issue::AuthorityOptions;
use crate::key::{Key, KeyType};

impl Home {
    /// Issues a further intermediate below the root, and records it; its key is encrypted if the root's is, and its
    /// constraints are the root's if there are none of its own. [`Store::issuer`] finds it by its name.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoCa`]; [`StoreError::NoRootKey`]; those of [`Authority::intermediate_with`],
    /// [`load_ca_with`](Self::load_ca_with) and [`Store::open`]; [`Error::SubjectReused`] for the name of another authority.
    pub fn add_intermediate(
        &self,
        stamp: &Stamp<'_>,
        options: &AuthorityOptions,
        key_type: KeyType,
        password: PasswordFor<'_>,
    ) -> Result<AuthorityRecord, Error> {
        let _lock = self.lock()?;
        let mut work = Work::begin(self, stamp, password)?;
        let options = work.further(options)?;
        let key = Key::generate(key_type)?;
        let new = work.root.intermediate_with(key, &options, stamp.at)?;
        work.write_key(FURTHER, &new)?;
        work.keep(FURTHER, new.certificate())?;
        let key_file = format!("{}.key", ca::stem_of(FURTHER, new.certificate()));
        work.record(
            stamp,
            &NewAuthority {
                certificate: new.certificate(),
                key_file: Some(Path::new(&key_file)),
                key_encrypted: work.password.is_some(),
            },
        )
    }

    /// Issues an intermediate below the root for the key of a request, and records it: another party issues with it, and
    /// its key is never here. Its constraints are the root's if there are none of its own.
    ///
    /// Of the request the key is taken and nothing else: subject, path length and constraints are those of the options.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoCa`]; [`StoreError::NoRootKey`]; those of [`Authority::certify`],
    /// [`load_ca_with`](Self::load_ca_with) and [`Store::open`]; [`Error::SubjectReused`] for the name of another authority.
    pub fn certify_intermediate(
        &self,
        stamp: &Stamp<'_>,
        options: &AuthorityOptions,
        request: &CertificateRequest,
        password: PasswordFor<'_>,
    ) -> Result<AuthorityRecord, Error> {
        let _lock = self.lock()?;
        let mut work = Work::begin(self, stamp, password)?;
        let options = work.further(options)?;
        let key = request.public_key();
        let certificate = work.root.certify(key, &options, stamp.at)?;
        work.keep(FURTHER, &certificate)?;
        work.record(
            stamp,
            &NewAuthority {
                certificate: &certificate,
                key_file: None,
                key_encrypted: false,
            },
        )
    }
}

/// How the files of further intermediates begin.
const FURTHER: &str = "issuer";

impl Work {
    /// Not every client heeds the constraints of a root, so they are repeated.
    fn further(&self, options: &AuthorityOptions) -> Result<AuthorityOptions, Error> {
        if self.is_taken(&options.subject.common_name) {
            return Err(Error::SubjectReused);
        }
        let mut options = options.clone();
        if options.name_constraints.is_empty() {
            options.name_constraints = self.root.name_constraints().clone();
        }
        Ok(options)
    }

    fn record(
        &mut self,
        stamp: &Stamp<'_>,
        new: &NewAuthority<'_>,
    ) -> Result<AuthorityRecord, Error> {
        let id = self.store.record_authority(stamp, new)?;
        let mut found = self.store.authorities()?.into_iter();
        found
            .find(|record| record.id == id)
            .ok_or_else(|| StoreError::UnknownAuthority { number: id.0 }.into())
    }
}
