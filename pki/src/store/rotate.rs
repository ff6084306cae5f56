//! A new intermediate or a new root in the place of the old one.
//!
//! No file that is there changes its content, but for `root.crt` and `intermediate.crt`, which say who the CA is:
//!
//! ```text
//! 1  intermediate-NEW.key, root-NEW.key, cross-NEW.crt    written whole; NEW is the certificate's fingerprint
//! 2  intermediate-OLD.crt, root-OLD.crt                   copies, kept
//! 3  intermediate.next.crt                                only with a new root
//! 4  root.crt, or intermediate.crt                        replaced: from here on the CA is the new one
//! 5  intermediate.next.crt -> intermediate.crt            only with a new root
//! 6  the inventory                                        the new one recorded, the old one retired
//! ```
//!
//! Cut off before 4, the CA is the old one, and the files of the new one are removed at the next rotation. Cut off later, it
//! is the new one: who reads between 4 and 5 takes the next intermediate, the next one who has the lock does 5, and
//! opening the inventory does 6. Retired keys stay, to sign the last CRLs of what they issued.

use std::time::Duration;

#[cfg(doc)]
use super::StoreError;
use super::audit::Stamp;
use super::ca::{self, Ca};
use super::home::{CaOptions, Home, intermediate_subject};
use super::key_file::PasswordFor;
#[cfg(doc)]
use super::open::Store;
use super::work::{Work, replace};
use crate::authority::Authority;
use crate::error::Error;
use crate::issue::{AuthorityOptions, CrossSign};
use crate::key::{Key, KeyType};

/// How the new CA differs from the old one. Its constraints are those of the old one, and its key is encrypted, with the
/// same password, if the old one's is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The commonName. The default is the old one's with a number behind it: "My CA", "My CA 2", "My CA 3".
    pub name: Option<String>,
    /// The kind of the new keys. The default is that of the old one.
    pub key_type: Option<KeyType>,
    /// How long a new root is valid. The default is that of [`CaOptions`].
    pub root_lifetime: Duration,
    /// How long a new intermediate is valid. The default is that of [`CaOptions`].
    pub intermediate_lifetime: Duration,
    /// Whether the old root signs the new one, so that clients that know only the old one accept what the new one issues, for
    /// as long as the old one is valid. Without it they refuse. The default is that it does.
    pub cross_sign: bool,
}

impl Default for Rotation {
    fn default() -> Self {
        let options = CaOptions::default();
        Self {
            name: None,
            key_type: None,
            root_lifetime: options.root_lifetime,
            intermediate_lifetime: options.intermediate_lifetime,
            cross_sign: true,
        }
    }
}

impl Home {
    /// Puts a new intermediate in the place of the old one, below the same root. The old one is retired.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoCa`]; [`StoreError::NoRootKey`]; [`Error::Expired`] if the root has expired; [`Error::PathLength`] below a root that has no room
    /// for one; those of [`load_ca_with`](Self::load_ca_with) and [`Store::open`].
    pub fn rotate_intermediate(
        &self,
        stamp: &Stamp<'_>,
        rotation: &Rotation,
        password: PasswordFor<'_>,
    ) -> Result<Ca, Error> {
        let _lock = self.lock()?;
        let mut work = Work::begin(self, stamp, password)?;
        let old = work.ca.intermediate();
        let options = AuthorityOptions {
            subject: work.next_subject(rotation, old.certificate())?,
            lifetime: Some(rotation.intermediate_lifetime),
            path_len: path_len_of(old),
            name_constraints: old.name_constraints().clone(),
            ..AuthorityOptions::default()
        };
        let key = Key::generate(rotation.key_type.unwrap_or_else(|| old.key().key_type()))?;
        let new = work.root.intermediate_with(key, &options, stamp.at)?;
        work.write_key("intermediate", &new)?;
        work.keep("intermediate", old.certificate())?;
        replace(
            &work.folder,
            ca::INTERMEDIATE_CERTIFICATE,
            new.certificate(),
        )?;
        work.finish(self, stamp)
    }

    /// Puts a new root, with a new intermediate, in the place of the old ones, which are retired. The old root
    /// [cross-signs](Authority::cross_sign) the new one.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoCa`]; [`StoreError::NoRootKey`]; [`Error::Expired`] or [`Error::PathLength`] if the old root has expired, or has no room for
    /// another root and its intermediate, and is to cross-sign; those of [`load_ca_with`](Self::load_ca_with) and
    /// [`Store::open`].
    pub fn rotate_root(
        &self,
        stamp: &Stamp<'_>,
        rotation: &Rotation,
        password: PasswordFor<'_>,
    ) -> Result<Ca, Error> {
        let _lock = self.lock()?;
        let mut work = Work::begin(self, stamp, password)?;
        let (old, old_intermediate) = (&work.root, work.ca.intermediate());
        if rotation.cross_sign {
            // The new root, and an intermediate below it.
            old.chain().check_room(2)?;
        }
        let key_type = rotation.key_type.unwrap_or_else(|| old.key().key_type());
        let subject = work.next_subject(rotation, old.certificate())?;
        let options = AuthorityOptions {
            lifetime: Some(rotation.root_lifetime),
            path_len: Some(CaOptions::default().root_path_len),
            name_constraints: old.name_constraints().clone(),
            subject: subject.clone(),
            ..AuthorityOptions::default()
        };
        let root = Authority::root_with(Key::generate(key_type)?, &options, stamp.at)?;
        let options = AuthorityOptions {
            subject: intermediate_subject(&subject.common_name),
            lifetime: Some(rotation.intermediate_lifetime),
            path_len: Some(0),
            name_constraints: old_intermediate.name_constraints().clone(),
            ..AuthorityOptions::default()
        };
        let intermediate = root.intermediate_with(Key::generate(key_type)?, &options, stamp.at)?;

        work.write_key("root", &root)?;
        work.write_key("intermediate", &intermediate)?;
        if rotation.cross_sign {
            let options = CrossSign {
                // As long as both are valid.
                lifetime: Some(rotation.root_lifetime),
                ..CrossSign::default()
            };
            let cross = old.cross_sign(root.certificate(), &options, stamp.at)?;
            let name = ca::cross_name(root.certificate());
            replace(&work.folder, &name, &cross)?;
        }
        work.keep("root", old.certificate())?;
        if old_intermediate.certificate() != old.certificate() {
            work.keep("intermediate", old_intermediate.certificate())?;
        }
        let next = ca::INTERMEDIATE_NEXT;
        replace(&work.folder, next, intermediate.certificate())?;
        replace(&work.folder, ca::ROOT_CERTIFICATE, root.certificate())?;
        ca::settle(&work.folder)?;
        work.finish(self, stamp)
    }
}

fn path_len_of(authority: &Authority) -> Option<u8> {
    authority
        .path_len()
        .map(|length| u8::try_from(length).unwrap_or(u8::MAX))
}
