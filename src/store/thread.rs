//! The thread that writes.

use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::StoreError;
use super::write::{self, Write};

/// A question in its place among the writes.
pub(super) type Query = Box<dyn FnOnce(&Connection) + Send>;

/// Something for the thread to do.
pub(super) enum Job {
    /// Write all of it or nothing; `synced` when somebody waits for the disk.
    Write { writes: Arc<Vec<Write>>, synced: bool, done: oneshot::Sender<Result<(), StoreError>> },
    /// Read, or tidy up.
    Query(Query),
    /// Stop; the answer comes when the file is closed.
    Close(oneshot::Sender<()>),
}

struct Waiting {
    writes: Arc<Vec<Write>>,
    synced: bool,
    done: oneshot::Sender<Result<(), StoreError>>,
}

/// How many jobs share a transaction at most.
const GROUP: usize = 256;

pub(super) fn start(
    connection: Connection,
    path: Arc<Path>,
    mut queue: mpsc::Receiver<Job>,
) -> Result<(), StoreError> {
    let failed_path = path.to_path_buf();
    let thread = std::thread::Builder::new().name("store".into()).stack_size(512 * 1024);
    let run = move || {
        let mut writer = Writer { connection, path, synced: true };
        let closed = writer.run(&mut queue);
        drop(writer);
        if let Some(done) = closed {
            // Whoever closed may not wait for it.
            let _ = done.send(());
        }
    };
    let started = thread.spawn(run);
    started.map(drop).map_err(|error| StoreError::Open { path: failed_path, reason: error.to_string() })
}

struct Writer {
    connection: Connection,
    path: Arc<Path>,
    /// Whether the connection is set to sync at each commit.
    synced: bool,
}

impl Writer {
    fn run(&mut self, queue: &mut mpsc::Receiver<Job>) -> Option<oneshot::Sender<()>> {
        let mut closing = None;
        let mut group = Vec::new();
        while let Some(first) = queue.blocking_recv() {
            let mut next = Some(first);
            while let Some(job) = next.take() {
                match job {
                    Job::Write { writes, synced, done } => group.push(Waiting { writes, synced, done }),
                    Job::Query(query) => {
                        self.commit(&mut group);
                        query(&self.connection);
                    }
                    Job::Close(done) => {
                        // Refuses what comes later, and takes what is there already.
                        queue.close();
                        closing = Some(done);
                    }
                }
                if group.len() < GROUP {
                    next = queue.try_recv().ok();
                }
            }
            self.commit(&mut group);
        }
        self.finish();
        closing
    }

    /// Writes a group in one transaction; one job that fails does not take the others with it.
    fn commit(&mut self, group: &mut Vec<Waiting>) {
        if group.is_empty() {
            return;
        }
        let synced = group.iter().any(|waiting| waiting.synced);
        let mut answers = Vec::with_capacity(group.len());
        let result = self.set_synced(synced).and_then(|()| self.transact(group, &mut answers));
        let whole = result.map_err(|error| StoreError::from_sqlite(&self.path, &error));
        if let Err(error) = &whole {
            tracing::error!(%error, "changes could not be written");
        }
        let answers = answers.into_iter().chain(std::iter::repeat(Ok(())));
        for (waiting, own) in group.drain(..).zip(answers) {
            // Before the answer: whoever keeps the writes to try them again has them for itself then.
            drop(waiting.writes);
            // Whoever asked may have gone away meanwhile.
            let _ = waiting.done.send(whole.clone().and(own));
        }
    }

    fn transact(
        &mut self,
        group: &[Waiting],
        answers: &mut Vec<Result<(), StoreError>>,
    ) -> rusqlite::Result<()> {
        let mut transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for waiting in group {
            let savepoint = transaction.savepoint()?;
            match waiting.writes.iter().try_for_each(|one| write::apply(&savepoint, one)) {
                Ok(()) => {
                    savepoint.commit()?;
                    answers.push(Ok(()));
                }
                Err(error) if savepoint.is_autocommit() => return Err(error),
                Err(error) => {
                    answers.push(Err(StoreError::from_sqlite(&self.path, &error)));
                    savepoint.finish()?;
                }
            }
        }
        transaction.commit()
    }

    /// Whether the coming commit waits for the disk. In WAL mode a later synced commit takes along all
    /// unsynced ones before it (<https://www.sqlite.org/pragma.html#pragma_synchronous>).
    fn set_synced(&mut self, synced: bool) -> rusqlite::Result<()> {
        if self.synced != synced {
            self.connection.pragma_update(None, "synchronous", if synced { "full" } else { "normal" })?;
            self.synced = synced;
        }
        Ok(())
    }

    fn finish(&mut self) {
        let fold = self
            .set_synced(true)
            .and_then(|()| self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
        if let Err(error) = fold {
            tracing::warn!(path = %self.path.display(), %error, "the log stays beside the database");
        }
    }
}
