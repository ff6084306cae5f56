//! Opening the inventory, and the transactions that everything else goes through.
//!
//! The database has a rollback journal, not a write-ahead log: at rest it is one file, which a person can copy, and it can
//! be read from a medium that cannot be written. `synchronous=EXTRA` is FULL, and also syncs the folder when the journal is
//! removed, which is what commits: without it a power cut could bring the journal back, and take a serial number back that
//! was given out.
//!
//! Nothing here may open the database's file by other means than SQLite. Its locks are those of `fcntl(2)`, and a process
//! loses them all when it closes any descriptor of the file.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Progress;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::adopt;
use super::audit::Stamp;
use super::error::StoreError;
use super::file::io_error;
use super::home::Home;
use super::schema;
use super::sql::Failure;
use crate::error::{Error, IoAction};

/// How long a transaction waits for that of another process.
///
/// One takes some milliseconds, on a slow disk a tenth of a second; what holds the database for longer is stuck. The limit
/// is 10 seconds.
pub const WAIT_MAX: Duration = Duration::from_secs(10);

/// The database's name in the CA's folder.
pub(super) const STORE: &str = "wharf.db";

/// The inventory of a CA: what it issued, for whom, where that was written, what is revoked, and who did it.
///
/// Any number of processes may have it open. Each method is one transaction: it happens whole or not at all, whenever the
/// process is killed, and what it returned is on the disk.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    ca_path: PathBuf,
    wait_max: Duration,
}

impl Store {
    /// Opens the inventory of a CA, and makes it if there is none yet. CA certificates of the folder that it does not know
    /// are adopted; `stamp` says who does so, and when.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoCa`]; [`StoreError::Busy`] after [`WAIT_MAX`]; [`StoreError::Foreign`], [`StoreError::Newer`] or
    /// [`StoreError::Damaged`] for a file that is not ours; [`StoreError::Database`] for what SQLite refuses;
    /// [`Error::DamagedCa`] or [`Error::Io`] for the CA's certificates.
    pub fn open(home: &Home, stamp: &Stamp<'_>) -> Result<Self, Error> {
        Self::open_within(home, stamp, WAIT_MAX)
    }

    /// [`open`](Self::open) with a bound of one's own on each wait.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open).
    pub fn open_within(home: &Home, stamp: &Stamp<'_>, wait_max: Duration) -> Result<Self, Error> {
        if !home.ca_exists()? {
            let path = home.ca_path();
            return Err(StoreError::NoCa { path }.into());
        }
        Self::open_or_make(&home.ca_path(), stamp, wait_max)
    }

    /// The inventory of a folder that is not a CA's yet, made.
    pub(super) fn create(ca_path: &Path, stamp: &Stamp<'_>) -> Result<Self, Error> {
        Self::open_or_make(ca_path, stamp, WAIT_MAX)
    }

    fn open_or_make(ca_path: &Path, stamp: &Stamp<'_>, wait_max: Duration) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let mut store = Self::connect(ca_path, flags, wait_max)?;
        store.prepare()?;
        let unknown = store.read(|sql| adopt::unknown(sql, ca_path))?;
        if !unknown.is_empty() {
            store.write(|sql| adopt::adopt(sql, ca_path, stamp))?;
        }
        Ok(store)
    }

    /// Opens an inventory that is there, to read. It makes and changes nothing, except that it finishes what a process
    /// that was killed had begun, if it may.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoInventory`], and those of [`open`](Self::open).
    pub fn open_read_only(home: &Home) -> Result<Self, Error> {
        let path = home.store_path();
        if !exists(&path)? {
            return Err(StoreError::NoInventory { path }.into());
        }
        // To read, SQLite may have to roll back a journal that was left behind, so it opens to write if it may.
        let mut store =
            Self::connect(&home.ca_path(), OpenFlags::SQLITE_OPEN_READ_WRITE, WAIT_MAX)?;
        store.prepare_to_read()?;
        Ok(store)
    }

    /// The inventory of a folder that is not a CA's yet, to look at it.
    pub(super) fn open_folder(ca_path: &Path) -> Result<Self, Error> {
        let mut store = Self::connect(ca_path, OpenFlags::SQLITE_OPEN_READ_WRITE, WAIT_MAX)?;
        store.prepare_to_read()?;
        Ok(store)
    }

    fn connect(ca_path: &Path, flags: OpenFlags, wait_max: Duration) -> Result<Self, Error> {
        let path = ca_path.join(STORE);
        let connection =
            Connection::open_with_flags(&path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
                .and_then(|connection| configure(connection, wait_max))
                .map_err(|error| Failure::Sql(error).at(&path, wait_max))?;
        Ok(Self {
            connection,
            path,
            ca_path: ca_path.into(),
            wait_max,
        })
    }

    fn prepare(&mut self) -> Result<(), Error> {
        let path = self.path.clone();
        match self.read(|sql| schema::state(sql, &path))? {
            schema::State::Current => return Ok(()),
            schema::State::Old | schema::State::Empty => {}
        }
        // By its name: see the top. Whoever makes the file cannot have left it half open to others, for its folder is 0700.
        fs::set_permissions(&path, Permissions::from_mode(0o600))
            .map_err(|cause| io_error(IoAction::Write, &path, cause))?;
        self.write(|sql| schema::migrate(sql, &path))
    }

    fn prepare_to_read(&mut self) -> Result<(), Error> {
        let path = self.path.clone();
        match self.read(|sql| schema::state(sql, &path))? {
            schema::State::Current => {
                self.read(|sql| Ok(sql.pragma_update(None, "query_only", true)?))
            }
            schema::State::Empty => Err(StoreError::NoInventory { path }.into()),
            // To bring it up to date is to write.
            schema::State::Old => self.prepare(),
        }
    }

    /// Where the database is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The CA's folder.
    pub(super) fn ca_path(&self) -> &Path {
        &self.ca_path
    }

    /// One transaction that may write. It has the lock from its beginning, so it never finds out at its end that another
    /// was faster.
    pub(super) fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, Error> {
        let run = || {
            let transaction = self
                .connection
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        run().map_err(|failure: Failure| failure.at(&self.path, self.wait_max))
    }

    /// One transaction that reads: all of it sees the same state.
    pub(super) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, Error> {
        let run = || {
            let transaction = self.connection.unchecked_transaction()?;
            work(&transaction)
        };
        run().map_err(|failure: Failure| failure.at(&self.path, self.wait_max))
    }

    /// Copies the whole database into a new file: one state of it, whoever writes meanwhile.
    pub(super) fn snapshot(&self, to: &Path) -> Result<(), Error> {
        self.read(|sql| Ok(sql.backup("main", to, None::<fn(Progress)>)?))
    }

    /// Looks through the whole file: SQLite's own check, and that every row's references lead somewhere.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] with the first finding.
    pub fn check_integrity(&self) -> Result<(), Error> {
        self.read(schema::check_integrity)
            .and_then(|finding| match finding {
                None => Ok(()),
                Some(found) => {
                    let path = self.path.clone();
                    Err(StoreError::Damaged { path, found }.into())
                }
            })
    }
}

fn configure(connection: Connection, wait_max: Duration) -> rusqlite::Result<Connection> {
    connection.busy_timeout(wait_max)?;
    connection.pragma_update(None, "synchronous", "EXTRA")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // A file from elsewhere, a backup for example, must not run code of its own nor rewrite its schema.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

fn exists(path: &Path) -> Result<bool, Error> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(io_error(IoAction::Read, path, cause)),
    }
}
