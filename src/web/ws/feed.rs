//! The hub's events as JSON, made once for all clients.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::task::JoinSet;

use crate::hub::Events;
use crate::model::{Event, Revision};

use super::client::ToClient;
use super::{MOST_CLIENTS, Slot};

/// How long events are gathered; a person does not notice, and a burst becomes few messages.
const GATHER: Duration = Duration::from_millis(4);
/// Most events of one message.
const MOST: usize = 256;
/// Messages that a client may fall behind before it gets a snapshot instead: a second of heavy traffic.
const BEHIND: usize = 256;

/// What clients are sent.
#[derive(Debug, Clone)]
pub(super) enum Batch {
    /// Events in their order.
    Events {
        /// The last of them.
        last: Revision,
        /// The message.
        json: Utf8Bytes,
    },
    /// Events are missing from here on: everything has to be read again.
    Lost,
}

/// Hands out batches. All clones are one.
#[derive(Debug, Clone)]
pub(in crate::web) struct Feed {
    batches: broadcast::Sender<Batch>,
    clients: Arc<AtomicUsize>,
}

impl Feed {
    /// Begins to listen to the hub, until it stops or the tasks are dropped.
    pub(in crate::web) fn start(events: Events, tasks: &mut JoinSet<()>) -> Self {
        let feed = Self { batches: broadcast::channel(BEHIND).0, clients: Arc::default() };
        tasks.spawn(run(events, feed.batches.clone()));
        feed
    }

    /// Batches from now on.
    pub(super) fn subscribe(&self) -> broadcast::Receiver<Batch> {
        self.batches.subscribe()
    }

    /// How many clients there are.
    pub(in crate::web) fn clients(&self) -> usize {
        self.clients.load(Ordering::Relaxed)
    }

    /// A place for one more client, if there is one.
    pub(super) fn slot(&self) -> Option<Slot> {
        let more = |clients: usize| (clients < MOST_CLIENTS).then_some(clients + 1);
        self.clients.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        Some(Slot(Arc::clone(&self.clients)))
    }
}

async fn run(mut events: Events, batches: broadcast::Sender<Batch>) {
    let mut gathered: Vec<Arc<Event>> = Vec::with_capacity(MOST);
    loop {
        let mut lost = false;
        let mut last = Revision::default();
        match events.recv().await {
            // Who connects later gets a snapshot that includes this.
            Ok(_) if batches.receiver_count() == 0 => continue,
            Ok((revision, event)) => {
                last = revision;
                gathered.push(event);
                tokio::time::sleep(GATHER).await;
            }
            Err(RecvError::Lagged(_)) => lost = true,
            Err(RecvError::Closed) => return,
        }
        while gathered.len() < MOST && !lost {
            match events.try_recv() {
                Ok((revision, event)) => {
                    last = revision;
                    gathered.push(event);
                }
                Err(TryRecvError::Lagged(_)) => lost = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        let batch = if lost { Batch::Lost } else { encode(last, &gathered) };
        gathered.clear();
        // The last client may have gone meanwhile.
        let _ = batches.send(batch);
    }
}

fn encode(revision: Revision, events: &[Arc<Event>]) -> Batch {
    match serde_json::to_string(&ToClient::Events { revision, events }) {
        Ok(json) => Batch::Events { last: revision, json: json.into() },
        Err(error) => {
            tracing::error!(%error, "events cannot be written as JSON");
            Batch::Lost
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broadcast(text: &str) -> Arc<Event> {
        Arc::new(Event::Broadcast { text: text.to_owned() })
    }

    #[tokio::test]
    async fn events_come_together_in_order_and_a_gap_is_told() {
        let (hub, events) = broadcast::channel(4);
        let mut tasks = JoinSet::new();
        let feed = Feed::start(events, &mut tasks);
        let mut client = feed.subscribe();
        hub.send((Revision(1), broadcast("one"))).unwrap();
        hub.send((Revision(2), broadcast("two"))).unwrap();
        let Batch::Events { last, json } = client.recv().await.unwrap() else { panic!("lost") };
        assert_eq!(last, Revision(2));
        let one = r#"{"event":"broadcast","text":"one"}"#;
        let two = r#"{"event":"broadcast","text":"two"}"#;
        assert_eq!(json.as_str(), format!(r#"{{"type":"events","revision":2,"events":[{one},{two}]}}"#));
        for n in 3..13 {
            hub.send((Revision(n), broadcast("more"))).unwrap();
        }
        assert!(matches!(client.recv().await.unwrap(), Batch::Lost));
    }

    #[tokio::test]
    async fn places_are_given_back() {
        let (_hub, events) = broadcast::channel(1);
        let feed = Feed::start(events, &mut JoinSet::new());
        let slots: Vec<_> = std::iter::from_fn(|| feed.slot()).collect();
        assert_eq!((slots.len(), feed.clients()), (MOST_CLIENTS, MOST_CLIENTS));
        drop(slots);
        assert_eq!(feed.clients(), 0);
    }
}
