//! What waits for the model's thread: requests, and orders that go before them. It outlives the thread, so that a
//! thread that is started again finds everything that nobody answered yet.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::hub::ports::{Completed, Completion, ModelError};

/// A request that waits.
pub(super) struct Job {
    pub(super) request: Completion,
    pub(super) arrived: Instant,
    /// Cancelled when nobody waits for the answer any more.
    pub(super) abandoned: CancellationToken,
    pub(super) reply: oneshot::Sender<Result<Completed, ModelError>>,
}

/// Something that the thread shall do between two requests.
pub(super) enum Order {
    /// Take another model.
    Use(String, oneshot::Sender<Result<(), ModelError>>),
    /// Give the memory back; the next request loads the model again.
    Unload(oneshot::Sender<()>),
}

/// What the thread does next.
pub(super) enum Next {
    Job(Job),
    Order(Order),
    /// Nothing came for the whole time.
    Idle,
    Stop,
}

#[derive(Default)]
struct Waiting {
    jobs: VecDeque<Job>,
    orders: VecDeque<Order>,
    stopping: bool,
}

pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    wake: Condvar,
    most: usize,
}

impl Queue {
    pub(super) fn new(most: usize) -> Self {
        Self { waiting: Mutex::default(), wake: Condvar::new(), most }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) const fn most(&self) -> usize {
        self.most
    }

    pub(super) fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    /// Adds a request, if there is room. Those that nobody waits for any more make room.
    pub(super) fn push(&self, job: Job) -> Result<(), ModelError> {
        let mut waiting = self.lock();
        if waiting.stopping {
            return Err(ModelError::Stopping);
        }
        if waiting.jobs.len() >= self.most {
            waiting.jobs.retain(|job| !job.abandoned.is_cancelled());
        }
        if waiting.jobs.len() >= self.most {
            return Err(ModelError::Busy { waiting: waiting.jobs.len() });
        }
        waiting.jobs.push_back(job);
        self.wake.notify_one();
        Ok(())
    }

    pub(super) fn order(&self, order: Order) -> Result<(), ModelError> {
        let mut waiting = self.lock();
        if waiting.stopping {
            return Err(ModelError::Stopping);
        }
        // Whoever sends orders waits for each, so that a handful is more than ever comes.
        if waiting.orders.len() >= self.most {
            return Err(ModelError::Busy { waiting: waiting.orders.len() });
        }
        waiting.orders.push_back(order);
        self.wake.notify_one();
        Ok(())
    }

    /// Ends the thread after what it does now. Everybody who waits hears that the hub stops.
    pub(super) fn stop(&self) {
        let mut waiting = self.lock();
        waiting.stopping = true;
        waiting.orders.clear();
        for job in waiting.jobs.drain(..) {
            // Whoever does not wait any more need not hear it.
            let _ = job.reply.send(Err(ModelError::Stopping));
        }
        self.wake.notify_all();
    }

    /// Waits for something to do; with `idle`, at most so long.
    pub(super) fn next(&self, idle: Option<Duration>) -> Next {
        let until = idle.map(|idle| Instant::now() + idle);
        let mut waiting = self.lock();
        loop {
            if waiting.stopping {
                return Next::Stop;
            }
            if let Some(order) = waiting.orders.pop_front() {
                return Next::Order(order);
            }
            if let Some(job) = waiting.jobs.pop_front() {
                return Next::Job(job);
            }
            waiting = match until {
                None => self.wake.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Next::Idle;
                    }
                    self.wake.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Puts back what could not be begun.
    pub(super) fn put_back(&self, job: Job) {
        let mut waiting = self.lock();
        if waiting.stopping {
            let _ = job.reply.send(Err(ModelError::Stopping));
        } else {
            waiting.jobs.push_front(job);
        }
    }
}
