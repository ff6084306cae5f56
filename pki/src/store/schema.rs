//! The tables and their versions.

use std::path::Path;

use rusqlite::Connection;

use super::error::StoreError;
use super::sql::Failure;

/// "WHRF": what `file` and SQLite call the application_id.
const APPLICATION_ID: i64 = 0x5748_5246;

/// Each brings the tables from the version of its place to the next one. None is ever changed: files have been there.
const MIGRATIONS: &[&str] = &[include_str!("schema.sql")];

/// Which version this library writes.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_wrap,
    reason = "a constant of a few"
)]
const CURRENT: i64 = MIGRATIONS.len() as i64;

/// What a file is before it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing is in it.
    Empty,
    /// It is an inventory of an earlier version.
    Old,
    /// It is an inventory.
    Current,
}

pub(super) fn state(sql: &Connection, path: &Path) -> Result<State, Failure> {
    let number = |name| sql.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let objects: i64 = sql.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application == 0 && version == 0 && objects == 0 {
        return Ok(State::Empty);
    }
    if application != APPLICATION_ID {
        return Err(StoreError::Foreign { path: path.into() }.into());
    }
    match version {
        CURRENT => Ok(State::Current),
        older if older < CURRENT && older > 0 => Ok(State::Old),
        _ => Err(StoreError::Newer {
            path: path.into(),
            version,
            known: CURRENT,
        }
        .into()),
    }
}

/// Inside a transaction that has the lock: of several processes one finds work, the others find it done.
pub(super) fn migrate(sql: &Connection, path: &Path) -> Result<(), Failure> {
    let done = match state(sql, path)? {
        State::Current => return Ok(()),
        State::Empty => 0,
        State::Old => sql.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))?,
    };
    for migration in MIGRATIONS.iter().skip(usize::try_from(done).unwrap_or(0)) {
        sql.execute_batch(migration)?;
    }
    sql.pragma_update(None, "application_id", APPLICATION_ID)?;
    sql.pragma_update(None, "user_version", CURRENT)?;
    Ok(())
}

/// The first thing that is wrong, in SQLite's words.
pub(super) fn check_integrity(sql: &Connection) -> Result<Option<String>, Failure> {
    let found: String = sql.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Ok(Some(crate::text::printable(&found)));
    }
    let mut dangling = sql.prepare("PRAGMA foreign_key_check")?;
    Ok(match dangling.query([])?.next()? {
        None => None,
        Some(row) => Some(format!(
            "a row of {} refers to nothing",
            crate::text::printable(&row.get::<_, String>(0)?)
        )),
    })
}
