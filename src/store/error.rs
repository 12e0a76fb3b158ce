//! What can go wrong with the database.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the database did not do what it was asked; each names the file and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A newer program made the file. It was not touched.
    #[error(
        "{path}: the database has version {found}, and this program knows only up to {known}; \
         start the newer program again, or move the file away to begin anew"
    )]
    Future {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The file is no database or is broken.
    #[error(
        "{path}: the database is damaged ({reason}); restore a backup, or move the file away to begin anew"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// The file cannot be opened or made.
    #[error(
        "{path}: the database cannot be opened: {reason}; see that the hub's user can write there, or choose \
         another folder with --state-dir or storage.path"
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// There is no room left.
    #[error("{path}: the disk is full; make room; a hub that runs goes on by itself then")]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Anything else that SQLite says.
    #[error("{path}: {reason}")]
    Failed {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// Too much waits for the disk.
    #[error("the disk is slow: {0} writes are waiting")]
    Busy(usize),
    /// The store was closed.
    #[error("the database is closed")]
    Closed,
}

impl StoreError {
    /// Sorts an error of SQLite.
    pub(super) fn from_sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let (path, reason) = (path.to_owned(), error.to_string());
        let Some(code) = error.sqlite_error() else { return Self::Failed { path, reason } };
        match code.code {
            ErrorCode::DiskFull => Self::Full { path },
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged { path, reason },
            ErrorCode::CannotOpen => Self::Open { path, reason },
            // A file size limit shows as a failed write, not as a full disk.
            ErrorCode::SystemIoFailure if code.extended_code == rusqlite::ffi::SQLITE_IOERR_WRITE => {
                Self::Failed { path, reason: format!("the disk cannot be written to ({reason})") }
            }
            _ => Self::Failed { path, reason },
        }
    }
}
