//! Opening the file, and bringing its tables up to date.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::StoreError;

/// Each entry brings the tables one version further. Entries are never changed once released.
const MIGRATIONS: &[&str] = &[include_str!("schema_1.sql")];

/// Kibibytes of database that each connection keeps in memory. The hub reads the tables once, at start.
const WRITER_CACHE_KIB: i64 = 512;
const READER_CACHE_KIB: i64 = 128;
/// The write-ahead log is cut back to this after a checkpoint.
const WAL_BYTES: i64 = 4 * 1024 * 1024;

/// The version that this program writes.
pub(super) fn known_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Opens the database for writing; makes it when there is none.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let failed = |error: &rusqlite::Error| StoreError::from_sqlite(path, error);
    check_header(path)?;
    make_private(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|error| failed(&error))?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(|error| failed(&error))?;
    let found = version(&connection).map_err(|error| failed(&error))?;
    if found > known_version() {
        // The newer version may still stand in the log only: leave the file and its log alone.
        let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        return Err(future(path, found));
    }
    prepare(&connection, WRITER_CACHE_KIB).map_err(|error| failed(&error))?;
    migrate(&mut connection, found).map_err(|error| failed(&error))?;
    Ok(connection)
}

/// Opens the database a second time, only to read.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = |error: rusqlite::Error| StoreError::from_sqlite(path, &error);
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(failed)?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB).map_err(failed)?;
    Ok(connection)
}

fn prepare(connection: &Connection, cache_kib: i64) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    // A hostile schema in a copied file must not run anything.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn migrate(connection: &mut Connection, found: i64) -> rusqlite::Result<()> {
    let done = usize::try_from(found).unwrap_or(0);
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(done) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(migration)?;
        transaction.pragma_update(None, "user_version", i64::try_from(index).unwrap_or(0) + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

fn future(path: &Path, found: i64) -> StoreError {
    StoreError::Future { path: path.to_owned(), found, known: known_version() }
}

/// Looks at the first hundred bytes without SQLite, which would make a log beside the file
/// (<https://www.sqlite.org/fileformat.html#the_database_header>).
fn check_header(path: &Path) -> Result<(), StoreError> {
    let opened = match File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        opened => opened,
    };
    let mut header = Vec::with_capacity(100);
    let read = opened.and_then(|file| file.take(100).read_to_end(&mut header));
    read.map_err(|error| StoreError::Open { path: path.to_owned(), reason: error.to_string() })?;
    // An empty file is what a power cut at the very first start leaves.
    if header.is_empty() {
        return Ok(());
    }
    if !header.starts_with(b"SQLite format 3\0") || header.len() < 100 {
        let reason = "the file is no SQLite database".to_owned();
        return Err(StoreError::Damaged { path: path.to_owned(), reason });
    }
    let version = header.get(60..64).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    let found = version.map_or(0, |bytes| i64::from(i32::from_be_bytes(bytes)));
    if found > known_version() { Err(future(path, found)) } else { Ok(()) }
}

/// Makes the file so that only its owner can read it: it holds hashes of passwords and tokens.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let open = |reason: String| StoreError::Open { path: path.to_owned(), reason };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| open(format!("{}: {error}", folder.display())))?;
    }
    let made = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    made.map(drop).map_err(|error| open(error.to_string()))
}
