//! What survives a power cut: SQLite in WAL mode, with migrations.
//!
//! One OS thread owns the connection that writes. Writers that wait together share one transaction and
//! one `fsync`; writes that nobody waits for are not synced at all, and follow with the next one that is.

mod auth;
mod error;
mod history;
mod schema;
mod thread;
mod write;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

pub use auth::{Session, Token};
pub use error::StoreError;
pub use history::{History, Limits, Point, Recorded};
pub use write::{CONVERSATIONS, Document, SavedList, Stored, Write};

use crate::model::{EntityId, Message, Reply, Timestamp};
use thread::{Job, Query};

/// How many jobs may wait for the disk.
const QUEUE: usize = 1_024;

/// An answer that comes when the disk is done.
pub type Written = oneshot::Receiver<Result<(), StoreError>>;

/// A cheap, cloneable way to the database. Closed by [`Store::close`].
#[derive(Clone)]
pub struct Store {
    jobs: mpsc::Sender<Job>,
    path: Arc<Path>,
    /// Opened at the first question about history, so that a plot never holds up a writer.
    reader: Arc<Mutex<Option<Connection>>>,
}

impl Store {
    /// Opens the database, makes or updates its tables, and reads what is kept there. Blocks meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Future`] and [`StoreError::Damaged`] leave the file as it is; [`StoreError::Open`]
    /// when it cannot be opened or made.
    pub fn open(path: &Path) -> Result<(Self, Stored), StoreError> {
        let connection = schema::open(path)?;
        let stored = write::load(&connection, path)?;
        let path: Arc<Path> = Arc::from(path);
        let (jobs, queue) = mpsc::channel(QUEUE);
        thread::start(connection, Arc::clone(&path), queue)?;
        Ok((Self { jobs, path, reader: Arc::default() }, stored))
    }

    /// Where the database is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes all of it or nothing, and answers once it is on the disk.
    ///
    /// # Errors
    /// At once when too much waits already; later, through the receiver, when the disk refused.
    pub fn write(&self, writes: impl Into<Arc<Vec<Write>>>) -> Result<Written, StoreError> {
        let (done, wait) = oneshot::channel();
        self.send(Job::Write { writes: writes.into(), synced: true, done })?;
        Ok(wait)
    }

    /// Writes all of it or nothing without waiting for the disk to have it: a power cut may lose it.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_lazily(&self, writes: impl Into<Arc<Vec<Write>>>) -> Result<Written, StoreError> {
        let (done, wait) = oneshot::channel();
        self.send(Job::Write { writes: writes.into(), synced: false, done })?;
        Ok(wait)
    }

    /// The newest conversations first.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn conversations(&self, limit: usize) -> Result<Vec<(Message, Reply)>, StoreError> {
        self.query(move |connection| write::conversations(connection, limit)).await
    }

    /// What an entity's state was between two points in time, thinned out to about `points` of each kind.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn history(
        &self,
        entity: EntityId,
        from: Timestamp,
        to: Timestamp,
        points: usize,
    ) -> Result<History, StoreError> {
        let (path, reader) = (Arc::clone(&self.path), Arc::clone(&self.reader));
        let read = tokio::task::spawn_blocking(move || {
            let mut reader = reader.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let connection = match reader.take() {
                Some(connection) => connection,
                None => schema::open_reader(&path)?,
            };
            let found = history::read(&connection, &entity, from, to, points)
                .map_err(|error| StoreError::from_sqlite(&path, &error));
            *reader = Some(connection);
            found
        });
        read.await.map_err(|_| StoreError::Closed)?
    }

    /// Throws away history that is too old or too much.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn trim_history(&self, limits: Limits, now: Timestamp) -> Result<(), StoreError> {
        self.send(Job::Query(Box::new(move |connection| {
            if let Err(error) = history::trim(connection, limits, now) {
                tracing::warn!(%error, "old history could not be removed");
            }
        })))
    }

    /// Writes what waits, and closes the database. Later calls answer [`StoreError::Closed`].
    pub async fn close(&self) {
        let (done, wait) = oneshot::channel();
        if self.jobs.send(Job::Close(done)).await.is_ok() {
            // A dropped sender means closed, too.
            let _ = wait.await;
        }
        drop(self.reader.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take());
    }

    /// Asks something in its place among the writes: it sees everything that was written before.
    async fn query<T, F>(&self, question: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (answer, wait) = oneshot::channel();
        let path = Arc::clone(&self.path);
        let query: Query = Box::new(move |connection| {
            let found = question(connection).map_err(|error| StoreError::from_sqlite(&path, &error));
            // Whoever asked may have gone away meanwhile.
            let _ = answer.send(found);
        });
        self.jobs.send(Job::Query(query)).await.map_err(|_| StoreError::Closed)?;
        wait.await.map_err(|_| StoreError::Closed)?
    }

    /// Writes and waits, from async code that has nothing else to do.
    async fn write_and_wait(&self, write: Write) -> Result<(), StoreError> {
        let (done, wait) = oneshot::channel();
        let job = Job::Write { writes: Arc::new(vec![write]), synced: true, done };
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        wait.await.map_err(|_| StoreError::Closed)?
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        self.jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy(QUEUE),
            mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
        })
    }
}

/// The database's file in the hub's data folder.
#[must_use]
pub fn file_in(folder: &Path) -> PathBuf {
    folder.join("homeclaw.db")
}

#[cfg(test)]
mod tests;
