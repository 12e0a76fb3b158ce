//! Stopping: one signal that everybody hears, and a deadline that nobody may pass.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

/// From the wish to stop until the process is gone.
pub const GRACE: Duration = Duration::from_millis(1_800);

/// Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Shutdown {
    token: CancellationToken,
    deadline: Arc<OnceLock<Instant>>,
    grace: Duration,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::with_grace(GRACE)
    }
}

impl Shutdown {
    /// Nobody has asked to stop yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With another time from the wish to stop to the deadline.
    #[must_use]
    pub fn with_grace(grace: Duration) -> Self {
        Self { token: CancellationToken::new(), deadline: Arc::default(), grace }
    }

    /// Asks everybody to stop. Doing so again changes nothing.
    pub fn start(&self) {
        self.start_by(Instant::now() + self.grace);
    }

    /// As [`Shutdown::start`], with another deadline.
    pub fn start_by(&self, deadline: Instant) {
        self.deadline.get_or_init(|| deadline);
        self.token.cancel();
    }

    /// Whether somebody asked to stop.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Done when somebody asks to stop.
    pub fn wait(&self) -> WaitForCancellationFuture<'_> {
        self.token.cancelled()
    }

    /// For code that wants a plain token. A child: cancelling it stops nobody else.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.token.child_token()
    }

    /// When everything must have stopped; the whole grace from now while nobody asked.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline.get().copied().unwrap_or_else(|| Instant::now() + self.grace)
    }
}

/// What the outside asks of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT or SIGTERM.
    Stop,
    /// SIGHUP: read the configuration again.
    Reload,
}

/// The process's signals.
#[derive(Debug)]
pub struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

impl Signals {
    /// Takes over SIGINT, SIGTERM and SIGHUP.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the wish to stop.
    pub async fn stop(&mut self) {
        while self.next().await != Signal::Stop {}
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Stop,
            _ = self.terminate.recv() => Signal::Stop,
            _ = self.hangup.recv() => Signal::Reload,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_clones_hear_it_and_the_deadline_stands() {
        let shutdown = Shutdown::new();
        let other = shutdown.clone();
        let child = shutdown.token();
        assert!(!other.is_stopping());
        shutdown.start();
        other.wait().await;
        assert!(other.is_stopping() && child.is_cancelled());
        let deadline = other.deadline();
        other.start();
        assert_eq!(shutdown.deadline(), deadline);
    }

    #[tokio::test]
    async fn a_child_stops_nobody_else() {
        let shutdown = Shutdown::new();
        shutdown.token().cancel();
        assert!(!shutdown.is_stopping());
    }
}
