//! Keeps the hub's parts running: starts a part again with growing pauses, and gives up visibly.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, sleep, timeout_at};

use crate::model::{Health, HealthLevel};

use super::clock;
use super::shutdown::Shutdown;

/// When a part that failed is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Pause after the first failure; it doubles with each further one.
    pub first: Duration,
    /// Longest pause.
    pub most: Duration,
    /// Failures in a row after which the part is given up.
    pub tries: u32,
    /// A part that ran this long has recovered: the count and the pauses start anew.
    pub window: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            most: Duration::from_secs(60),
            tries: 10,
            window: Duration::from_secs(120),
        }
    }
}

impl Policy {
    /// How long to wait after so many failures in a row.
    #[must_use]
    pub fn pause(&self, failures: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        self.first.saturating_mul(doubled).min(self.most)
    }
}

/// Why a part ended.
pub type PartError = Box<dyn std::error::Error + Send + Sync>;

/// Told whenever a part's health changes. Must be quick and must not block.
pub type Listener = Arc<dyn Fn(Health) + Send + Sync>;

/// How all the parts are.
#[derive(Clone)]
pub struct Board {
    parts: Arc<Mutex<BTreeMap<String, Health>>>,
    listener: Listener,
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").field("parts", &self.all()).finish_non_exhaustive()
    }
}

impl Board {
    /// Every part's health, by name.
    #[must_use]
    pub fn all(&self) -> Vec<Health> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Notes a part's health and tells the listener, unless nothing changed.
    pub fn set(&self, part: &str, level: HealthLevel, message: impl Into<String>, restarts: u32) {
        let message = message.into();
        let health = {
            let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
            let before = parts.get(part);
            if before.is_some_and(|b| b.level == level && b.message == message && b.restarts == restarts) {
                return;
            }
            let since = before.filter(|b| b.level == level).map_or_else(clock::now, |b| b.since);
            let health = Health { part: part.to_owned(), level, message, since, restarts };
            parts.insert(part.to_owned(), health.clone());
            health
        };
        (self.listener)(health);
    }
}

/// What a running part is given.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// Asked to stop when this is.
    pub shutdown: Shutdown,
    board: Board,
    restarts: u32,
}

impl Part {
    /// It works.
    pub fn ok(&self) {
        self.board.set(self.name, HealthLevel::Ok, "", self.restarts);
    }

    /// It is not well: what is wrong, and what a person can do.
    pub fn report(&self, level: HealthLevel, message: impl Into<String>) {
        self.board.set(self.name, level, message, self.restarts);
    }
}

/// Starts parts, watches them, stops them.
#[derive(Debug)]
pub struct Supervisor {
    board: Board,
    shutdown: Shutdown,
    parts: Vec<(&'static str, JoinHandle<()>)>,
}

impl Supervisor {
    /// Without parts yet; `listener` hears of every change of health.
    #[must_use]
    pub fn new(shutdown: Shutdown, listener: Listener) -> Self {
        let board = Board { parts: Arc::default(), listener };
        Self { board, shutdown, parts: Vec::new() }
    }

    /// How the parts are; stays usable when the supervisor is gone.
    #[must_use]
    pub fn board(&self) -> Board {
        self.board.clone()
    }

    /// Starts a part, and starts it again by the policy whenever `run` ends before the hub stops: with an
    /// error, by a panic, or just so.
    pub fn spawn<Run, Running>(&mut self, name: &'static str, policy: Policy, run: Run)
    where
        Run: Fn(Part) -> Running + Send + 'static,
        Running: Future<Output = Result<(), PartError>> + Send + 'static,
    {
        let (board, shutdown) = (self.board.clone(), self.shutdown.clone());
        self.parts.push((name, tokio::spawn(keep_running(name, policy, run, board, shutdown))));
    }

    /// Waits for the parts to end, at the latest until the shutdown's deadline. Returns the names of those
    /// that had to be cut off.
    pub async fn stop(self) -> Vec<&'static str> {
        self.shutdown.start();
        self.ended().await
    }

    /// As [`Supervisor::stop`], with another deadline than the shutdown's own.
    pub async fn stop_by(self, deadline: Instant) -> Vec<&'static str> {
        self.shutdown.start_by(deadline);
        self.ended().await
    }

    async fn ended(self) -> Vec<&'static str> {
        let deadline = self.shutdown.deadline();
        let mut late = Vec::new();
        for (name, mut part) in self.parts {
            if timeout_at(deadline, &mut part).await.is_err() {
                part.abort();
                tracing::warn!(part = name, "the part did not stop in time");
                late.push(name);
            }
        }
        late
    }
}

async fn keep_running<Run, Running>(
    name: &'static str,
    policy: Policy,
    run: Run,
    board: Board,
    shutdown: Shutdown,
) where
    Run: Fn(Part) -> Running + Send + 'static,
    Running: Future<Output = Result<(), PartError>> + Send + 'static,
{
    let mut restarts = 0;
    let mut failures: u32 = 0;
    loop {
        let part = Part { name, shutdown: shutdown.clone(), board: board.clone(), restarts };
        if restarts == 0 {
            part.report(HealthLevel::Starting, "");
        }
        let started = Instant::now();
        let mut task = Abort(tokio::spawn(run(part)));
        let reason = match (&mut task.0).await {
            // Whatever a part says when it was asked to stop, it is done.
            _ if shutdown.is_stopping() => return,
            Ok(Ok(())) => "it ended by itself".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(error) => panic_message(error),
        };
        if started.elapsed() >= policy.window {
            failures = 0;
        }
        failures += 1;
        if failures >= policy.tries {
            tracing::error!(part = name, failures, reason, "given up");
            let message = format!("{reason}; given up after {failures} tries, restart the hub to try again");
            board.set(name, HealthLevel::GivenUp, message, restarts);
            return;
        }
        let pause = policy.pause(failures);
        tracing::warn!(part = name, failures, reason, ?pause, "failed, starting again");
        board.set(name, HealthLevel::Failing, reason, restarts);
        tokio::select! {
            () = shutdown.wait() => return,
            () = sleep(pause) => {}
        }
        restarts += 1;
    }
}

/// A task that ends when its keeper does.
struct Abort(JoinHandle<Result<(), PartError>>);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn panic_message(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(payload) => format!("a fault in the program: {}", words(&*payload)),
        Err(_) => "it was cut off".to_owned(),
    }
}

/// What a panic says.
fn words(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

/// Runs a future to its end; a panic in it becomes its words. What it shared with others may be half changed then:
/// whoever calls this puts it in order.
///
/// # Errors
/// What the panic says.
pub async fn contain<F: Future>(future: F) -> Result<F::Output, String> {
    AssertUnwindSafe(future).catch_unwind().await.map_err(|payload| words(&*payload))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::mpsc;

    use super::*;

    fn supervisor(grace: Duration) -> (Supervisor, mpsc::Receiver<Health>) {
        let (send, heard) = mpsc::channel(1_000);
        let listener: Listener = Arc::new(move |health| send.try_send(health).expect("room"));
        (Supervisor::new(Shutdown::with_grace(grace), listener), heard)
    }

    async fn until(heard: &mut mpsc::Receiver<Health>, part: &str, level: HealthLevel) -> Health {
        loop {
            let health = heard.recv().await.expect("the supervisor is there");
            if health.part == part && health.level == level {
                return health;
            }
        }
    }

    const LONG: Duration = Duration::from_secs(600);
    const QUICK: Policy = Policy { first: Duration::from_micros(1), most: LONG, tries: 5, window: LONG };

    #[test]
    fn pauses_double_up_to_the_longest() {
        let policy = Policy { first: Duration::from_secs(1), most: Duration::from_secs(5), ..QUICK };
        let pauses: Vec<_> = [1, 2, 3, 4, 5, 1_000].map(|n| policy.pause(n).as_secs()).to_vec();
        assert_eq!(pauses, [1, 2, 4, 5, 5, 5]);
    }

    #[tokio::test]
    async fn a_part_that_always_fails_is_given_up() {
        let (mut supervisor, mut heard) = supervisor(LONG);
        let runs = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&runs);
        supervisor.spawn("broker", QUICK, move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            async { Err("the port is in use".into()) }
        });
        assert_eq!(heard.recv().await.unwrap().level, HealthLevel::Starting);
        let failing = until(&mut heard, "broker", HealthLevel::Failing).await;
        assert_eq!(failing.message, "the port is in use");
        let given_up = until(&mut heard, "broker", HealthLevel::GivenUp).await;
        assert!(given_up.message.contains("the port is in use") && given_up.message.contains("5 tries"));
        assert_eq!((given_up.restarts, runs.load(Ordering::Relaxed)), (4, 5));
        assert_eq!(supervisor.board().all(), [given_up]);
        assert!(supervisor.stop().await.is_empty());
    }

    #[tokio::test]
    async fn a_part_that_recovers_starts_anew() {
        // With no window at all every run counts as recovered, so twenty failures are not five in a row.
        let policy = Policy { window: Duration::ZERO, ..QUICK };
        let (mut supervisor, mut heard) = supervisor(LONG);
        let runs = AtomicU32::new(0);
        supervisor.spawn("mqtt", policy, move |part| {
            let run = runs.fetch_add(1, Ordering::Relaxed);
            async move {
                if run == 20 {
                    part.ok();
                    part.shutdown.wait().await;
                }
                Err("gone".into())
            }
        });
        assert_eq!(until(&mut heard, "mqtt", HealthLevel::Ok).await.restarts, 20);
        assert!(supervisor.stop().await.is_empty());
    }

    #[tokio::test]
    async fn a_panic_is_a_failure_and_takes_nobody_down() {
        let (mut supervisor, mut heard) = supervisor(LONG);
        supervisor.spawn("web", Policy { tries: 1, ..QUICK }, |_| async { panic!("index out of bounds") });
        let health = until(&mut heard, "web", HealthLevel::GivenUp).await;
        assert!(health.message.contains("index out of bounds"), "{}", health.message);
        supervisor.spawn("hub", QUICK, |part| async move {
            part.ok();
            part.shutdown.wait().await;
            Ok(())
        });
        until(&mut heard, "hub", HealthLevel::Ok).await;
        assert!(supervisor.stop().await.is_empty());
    }

    #[tokio::test]
    async fn a_part_that_does_not_stop_is_cut_off_and_named() {
        let (mut supervisor, mut heard) = supervisor(Duration::ZERO);
        supervisor.spawn("deaf", QUICK, |part| {
            part.ok();
            std::future::pending()
        });
        until(&mut heard, "deaf", HealthLevel::Ok).await;
        assert_eq!(supervisor.stop().await, ["deaf"]);
    }
}
