//! Brings what the broker keeps to the disk, seldom: an SD card wears out by being written to.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use super::super::settings::Persistence;
use super::router::Router;
use super::snapshot;

/// From a change of the set of topics, filters or kept messages until it is written, so that a burst is written once.
const SOON: Duration = Duration::from_secs(3);
/// Bytes a second that are written on average at most, whatever happens: a large file is written less often.
const RATE: u64 = 8 * 1024;
/// Pause after a failed try; it doubles with each further one, up to the interval of the settings.
const RETRY: Duration = Duration::from_secs(10);

/// What has changed since the last time that everything was written.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Since when the set differs: topics come and gone, sessions, filters, messages for clients that are away.
    set: Cell<Option<Instant>>,
    /// Since when anything differs.
    content: Cell<Option<Instant>>,
    raised: Notify,
}

impl Changes {
    /// The set has changed; it is written soon.
    pub(super) fn of_set(&self) {
        if self.set.get().is_none() {
            self.set.set(Some(Instant::now()));
            self.raised.notify_one();
        }
    }

    /// Only what the topics hold has changed; that can wait.
    pub(super) fn of_content(&self) {
        if self.content.get().is_none() {
            self.content.set(Some(Instant::now()));
            self.raised.notify_one();
        }
    }

    /// Everything is written.
    pub(super) fn forget(&self) {
        self.set.set(None);
        self.content.set(None);
    }

    fn any(&self) -> bool {
        self.set.get().is_some() || self.content.get().is_some()
    }

    /// When they are to be written.
    fn due(&self, interval: Duration) -> Option<Instant> {
        let set = self.set.get().map(|since| since + SOON.min(interval));
        let content = self.content.get().map(|since| since + interval);
        [set, content].into_iter().flatten().min()
    }
}

/// Writes the snapshots.
pub(super) struct Keeper {
    router: Rc<RefCell<Router>>,
    changes: Rc<Changes>,
    settings: Persistence,
    /// The next file is not begun before this.
    rest: Instant,
    failures: u32,
    writing: Option<JoinHandle<io::Result<u64>>>,
    /// What is wrong, in words for a person.
    trouble: watch::Sender<Option<String>>,
}

impl Keeper {
    /// Takes up what the file holds; `None` when nothing may be written to it.
    pub(super) fn start(
        router: &Rc<RefCell<Router>>,
        settings: Persistence,
        trouble: watch::Sender<Option<String>>,
    ) -> Option<Self> {
        let file = settings.file.display().to_string();
        let snapshot = match snapshot::load(&settings.file) {
            Ok(snapshot) => snapshot,
            Err(error) => {
                let message = format!(
                    "{file} can neither be read nor renamed ({error}): retained messages and sessions are lost at \
                     the next stop; move the file away and restart the hub"
                );
                tracing::error!("{message}");
                trouble.send_replace(Some(message));
                return None;
            }
        };
        let (retained, sessions) = (snapshot.retained.len(), snapshot.sessions.len());
        tracing::info!(file, retained, sessions, "the MQTT broker takes up what it had kept");
        router.borrow_mut().take_up(snapshot);
        let changes = Rc::clone(&router.borrow().changes);
        let router = Rc::clone(router);
        Some(Self { router, changes, settings, rest: Instant::now(), failures: 0, writing: None, trouble })
    }

    /// Writes whenever something is due; never ends. May be dropped at any time.
    pub(super) async fn run(&mut self) {
        loop {
            self.written().await;
            let raised = self.changes.raised.notified();
            match self.changes.due(self.settings.interval) {
                None => raised.await,
                Some(due) => tokio::select! {
                    () = raised => {}
                    () = sleep_until(due.max(self.rest)) => self.begin(),
                },
            }
        }
    }

    /// Writes what is left, at the end.
    pub(super) async fn finish(mut self) {
        self.written().await;
        if self.changes.any() {
            self.begin();
            self.written().await;
        }
    }

    fn begin(&mut self) {
        let snapshot = self.router.borrow().snapshot();
        self.changes.forget();
        let file = self.settings.file.clone();
        // Not on the broker's thread: an SD card may take a second.
        self.writing = Some(tokio::task::spawn_blocking(move || snapshot.write(&file)));
    }

    /// Waits for the file that is being written, if any.
    async fn written(&mut self) {
        let Some(writing) = &mut self.writing else { return };
        let result = writing.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        self.writing = None;
        let now = Instant::now();
        match result {
            Ok(bytes) => {
                tracing::debug!(bytes, "retained messages and sessions are on the disk");
                self.rest = now + Duration::from_secs(bytes / RATE);
                if self.failures > 0 {
                    tracing::info!(file = %self.settings.file.display(), "written again");
                    self.trouble.send_replace(None);
                }
                self.failures = 0;
            }
            Err(error) => {
                let pause = RETRY.saturating_mul(2_u32.saturating_pow(self.failures));
                self.rest = now + pause.min(self.settings.interval);
                self.failures += 1;
                // It was forgotten when the writing began.
                self.changes.of_set();
                let file = self.settings.file.display();
                let message = format!(
                    "retained messages and sessions cannot be saved: {file}: {error}; they would not survive a power \
                     cut"
                );
                tracing::warn!(failures = self.failures, "{message}");
                self.trouble.send_replace(Some(message));
            }
        }
    }
}
