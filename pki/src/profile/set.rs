//! Profiles, looked up by name.

use std::collections::BTreeMap;

use super::{Profile, file};
use crate::error::Error;
use crate::text::printable;

/// The profiles that there are: those built in, and those of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profiles {
    by_name: BTreeMap<String, Profile>,
}

impl Default for Profiles {
    fn default() -> Self {
        Self::built_in()
    }
}

impl Profiles {
    /// Those that are there without a file.
    pub fn built_in() -> Self {
        let by_name = Profile::built_in()
            .into_iter()
            .map(|profile| (profile.name.clone(), profile))
            .collect();
        Self { by_name }
    }

    /// Those built in, with what a file changes and adds.
    ///
    /// A table changes the profile of its name, or makes a new one from the one that `extends` names. What it does not say
    /// stays.
    ///
    /// ```
    /// use wharf_pki::{profile::Profiles, validity::DAY};
    /// let profiles = Profiles::from_toml(r#"
    ///     [profile.server]
    ///     longest_lifetime = "398d"
    ///
    ///     [profile.sensor]
    ///     extends = "client"
    ///     keys = ["p256"]
    ///     names = ["uri"]
    ///     required_names = ["uri"]
    /// "#)?;
    /// assert_eq!(profiles.get("server")?.longest_lifetime, 398 * DAY);
    /// assert_eq!(profiles.get("sensor")?.default_lifetime, 90 * DAY);
    /// # Ok::<(), wharf_pki::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ProfileFile`] if it is no TOML, or too large; [`Error::Profile`] for one profile that is not in order,
    /// with the field and what it may be.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let mut profiles = Self::built_in();
        profiles.by_name = file::apply(text, profiles.by_name)?;
        Ok(profiles)
    }

    /// The profile of a name.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownProfile`] with the names that there are.
    pub fn get(&self, name: &str) -> Result<&Profile, Error> {
        self.by_name.get(name).ok_or_else(|| Error::UnknownProfile {
            given: printable(name),
            known: self.by_name.keys().cloned().collect(),
        })
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Profile> {
        self.by_name.values()
    }
}
