//! The TOML file that changes profiles and adds others.
//!
//! ```toml
//! [profile.server]             # changes the one built in
//! longest_lifetime = "398d"
//!
//! [profile.sensor]             # a new one
//! extends = "client"
//! keys = ["p256"]
//! ```
//!
//! Its values are laid over the profile that is extended one by one, so that each error has the name of its field.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use toml::{Table, Value};

use super::Profile;
use crate::error::Error;
use crate::text::printable;

/// The largest file, in bytes. A profile has about 500.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// The most profiles of a file.
pub const PROFILES_MAX: usize = 100;

/// The longest name of a profile, in characters.
const NAME_CHARS_MAX: usize = 64;

/// Lays a file over the profiles that there are.
pub(super) fn apply(
    text: &str,
    known: BTreeMap<String, Profile>,
) -> Result<BTreeMap<String, Profile>, Error> {
    let tables = tables(text)?;
    let mut profiles = known.clone();
    for name in tables.keys() {
        let mut path = Vec::new();
        let profile = resolve(name, &tables, &known, &mut path)?;
        if let Some((field, why)) = profile.contradiction() {
            return Err(fault(name, ProfileFault::contradiction(field, why)));
        }
        profiles.insert(name.clone(), profile);
    }
    Ok(profiles)
}

/// The tables below `profile`. Nothing else may stand in the file: a typing error there would go unseen.
fn tables(text: &str) -> Result<BTreeMap<String, Table>, Error> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(file_error(format!(
            "it has more than {TEXT_BYTES_MAX} bytes"
        )));
    }
    let mut file: Table = toml::from_str(text).map_err(|error| syntax(text, &error))?;
    let profiles = match file.remove("profile") {
        None => Table::new(),
        Some(Value::Table(profiles)) => profiles,
        Some(_) => return Err(file_error("`profile` is not a table".to_owned())),
    };
    if let Some(key) = file.keys().next() {
        return Err(file_error(format!("`{key}` is not `profile`")));
    }
    if profiles.len() > PROFILES_MAX {
        return Err(file_error(format!(
            "it has more than {PROFILES_MAX} profiles"
        )));
    }
    profiles
        .into_iter()
        .map(|(name, table)| match table {
            Value::Table(_) if !is_name(&name) => Err(fault(&name, ProfileFault::Name)),
            Value::Table(table) => Ok((name, table)),
            _ => Err(file_error(format!("`profile.{name}` is not a table"))),
        })
        .collect()
}

/// Names stand on command lines and in file names.
fn is_name(name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=NAME_CHARS_MAX).contains(&name.len())
        && name.chars().all(is_word)
        && !name.starts_with('-')
}

/// The profile of a name, after what it extends. `path` holds those on the way here, so that a circle is seen.
fn resolve(
    name: &str,
    tables: &BTreeMap<String, Table>,
    known: &BTreeMap<String, Profile>,
    path: &mut Vec<String>,
) -> Result<Profile, Error> {
    let Some(table) = tables.get(name) else {
        let from = path.last().map_or(name, String::as_str);
        return known
            .get(name)
            .cloned()
            .ok_or_else(|| unknown_base(from, name, tables, known));
    };
    let base = match table.get("extends") {
        Some(Value::String(base)) => base.as_str(),
        Some(_) => return Err(field_fault(name, "extends", "it is not a string")),
        None => name,
    };
    path.push(name.to_owned());
    let base = if base == name {
        known
            .get(name)
            .cloned()
            .ok_or_else(|| fault(name, ProfileFault::ExtendsNothing))?
    } else if path.iter().any(|passed| passed == base) {
        return Err(field_fault(name, "extends", "it leads back to itself"));
    } else {
        resolve(base, tables, known, path)?
    };
    lay_over(name, base, table)
}

fn lay_over(name: &str, base: Profile, table: &Table) -> Result<Profile, Error> {
    let mut profile = base;
    profile.name = name.to_owned();
    for (field, value) in table.iter().filter(|(field, _)| *field != "extends") {
        if field == "name" {
            return Err(field_fault(name, field, "it is the name of the table"));
        }
        let mut whole = Table::try_from(&profile)
            .map_err(|error| field_fault(name, field, &error.to_string()))?;
        whole.insert(field.clone(), value.clone());
        profile = Profile::deserialize(Value::Table(whole))
            .map_err(|error| field_fault(name, field, error.message()))?;
    }
    Ok(profile)
}

fn syntax(text: &str, error: &toml::de::Error) -> Error {
    let before = error.span().and_then(|span| text.get(..span.start));
    let message = printable(error.message());
    file_error(match before {
        Some(before) => format!("line {}: {message}", before.matches('\n').count() + 1),
        None => message,
    })
}

fn file_error(detail: String) -> Error {
    Error::ProfileFile {
        detail: printable(&detail),
    }
}

fn fault(profile: &str, fault: ProfileFault) -> Error {
    Error::Profile {
        profile: printable(profile),
        fault,
    }
}

fn field_fault(profile: &str, field: &str, detail: &str) -> Error {
    fault(
        profile,
        ProfileFault::Field {
            field: printable(field),
            detail: printable(detail.trim()),
        },
    )
}

fn unknown_base(
    profile: &str,
    base: &str,
    tables: &BTreeMap<String, Table>,
    known: &BTreeMap<String, Profile>,
) -> Error {
    let names: std::collections::BTreeSet<_> = tables.keys().chain(known.keys()).collect();
    let names: Vec<_> = names.into_iter().map(String::as_str).collect();
    let detail = format!("`{}` is none of {}", printable(base), names.join(", "));
    field_fault(profile, "extends", &detail)
}

/// What is wrong with a profile.
///
/// The text reads on from the profile: "profile `x` has a wrong field `keys`: …".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProfileFault {
    /// Its name has other than lower-case letters, digits and hyphens, or begins with a hyphen, or is longer than 64
    /// characters.
    Name,
    /// It is new, and does not say what it extends.
    ExtendsNothing,
    /// A field that does not exist, or whose value is none of those it may have.
    Field {
        /// The field.
        field: String,
        /// Why, with the values it may have.
        detail: String,
    },
}

impl ProfileFault {
    pub(crate) fn contradiction(field: &str, why: &str) -> Self {
        Self::Field {
            field: field.into(),
            detail: why.into(),
        }
    }
}

impl fmt::Display for ProfileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str(
                "has a name with other than lower-case letters, digits and hyphens, or a long one",
            ),
            Self::ExtendsNothing => f.write_str("is new and does not say what it extends"),
            Self::Field { field, detail } => write!(f, "has a wrong field `{field}`: {detail}"),
        }
    }
}
