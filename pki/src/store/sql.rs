//! Between Rust and SQLite: errors, times and paths.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{ErrorCode, Row};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::error::{DatabaseCause, StoreError};
use crate::error::Error;
use crate::text::printable;

/// What fails inside a transaction, before it is known in which file.
#[derive(Debug)]
pub(super) enum Failure {
    Sql(rusqlite::Error),
    /// A row holds what this library never writes.
    Row(&'static str),
    Error(Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Error(error.into())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Failure {
    /// The error, with the file and how long was waited for it.
    pub(super) fn at(self, path: &Path, wait_max: Duration) -> Error {
        let path = path.to_path_buf();
        let error = match self {
            Self::Error(error) => return error,
            Self::Row(found) => {
                let found = found.to_owned();
                return StoreError::Damaged { path, found }.into();
            }
            Self::Sql(error) => error,
        };
        match (&error, error.sqlite_error_code()) {
            (_, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)) => StoreError::Busy {
                path,
                waited: wait_max,
            },
            // The second is a row that does not have the type of its column.
            (_, Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
            | (rusqlite::Error::InvalidColumnType(..), _) => StoreError::Damaged {
                path,
                found: printable(&error.to_string()),
            },
            _ => StoreError::Database {
                path,
                cause: DatabaseCause(error),
            },
        }
        .into()
    }
}

/// As SQLite's own `datetime()` writes it, so that a person can compare it with `datetime('now')`.
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");

/// A time in whole seconds of UTC; text order is time order.
pub(super) fn time_text(time: OffsetDateTime) -> Result<String, Failure> {
    let utc = time.to_utc();
    utc.format(TIME)
        .map_err(|_| Failure::Row("a time that cannot be written"))
}

pub(super) fn time_of(row: &Row<'_>, column: &str) -> Result<OffsetDateTime, Failure> {
    parsed_time(&row.get::<_, String>(column)?)
}

pub(super) fn optional_time_of(
    row: &Row<'_>,
    column: &str,
) -> Result<Option<OffsetDateTime>, Failure> {
    let text: Option<String> = row.get(column)?;
    text.as_deref().map(parsed_time).transpose()
}

fn parsed_time(text: &str) -> Result<OffsetDateTime, Failure> {
    let time = PrimitiveDateTime::parse(text, TIME);
    Ok(time
        .map_err(|_| Failure::Row("a time that is none"))?
        .assume_utc())
}

/// A path without loss: text, or a blob if it is not UTF-8.
pub(super) fn path_value(path: &Path) -> Value {
    match path.to_str() {
        Some(text) => Value::Text(text.to_owned()),
        None => Value::Blob(path.as_os_str().as_bytes().to_vec()),
    }
}

pub(super) fn path_of(row: &Row<'_>, column: &str) -> Result<Option<PathBuf>, Failure> {
    let octets = match row.get_ref(column)? {
        ValueRef::Null => return Ok(None),
        ValueRef::Text(octets) | ValueRef::Blob(octets) => octets,
        _ => return Err(Failure::Row("a path that is none")),
    };
    Ok(Some(OsString::from_vec(octets.to_vec()).into()))
}

/// Hexadecimal without colons, in upper case, as it stands in the tables.
pub(super) fn plain_hex(text: &str) -> String {
    text.replace(':', "").to_ascii_uppercase()
}
