//! What the hub holds of the client: it queues messages and keeps the set of subscriptions.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use rumqttc::{AsyncClient, EventLoop, MqttOptions, QoS};
use tokio::sync::Notify;

use crate::hub::ports::{Mqtt, MqttError};
use crate::model::Publish;

use super::settings::ClientSettings;
use super::task::{ClientTask, TaskError};
use super::topics::{Filters, check_filter, check_topic};

/// Room in the queue beyond what publishers may fill, so that subscriptions and acknowledgements get through.
const RESERVE: usize = 256;
/// What MQTT's own header and a topic add to a payload at most.
pub(super) const OVERHEAD: usize = 70_000;

/// The way to the broker; cheap to clone.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

/// What the client and its task share.
pub(super) struct Shared {
    /// The way to the running task; another one after each of its restarts.
    sender: ArcSwap<AsyncClient>,
    pub(super) connected: AtomicBool,
    /// Messages in the queue that publishers have filled.
    pub(super) waiting: AtomicU64,
    pub(super) counters: Counters,
    /// Wakes the task when subscriptions were changed.
    pub(super) changed: Notify,
    subscriptions: Mutex<Subscriptions>,
    queue: usize,
    max_payload: usize,
}

/// What the client has counted since the start.
#[derive(Debug, Default)]
pub struct Counters {
    /// Messages handed to the hub.
    pub received: AtomicU64,
    /// Messages queued to the broker.
    pub published: AtomicU64,
    /// Messages from the broker that were dropped: too large, on an illegal topic, or not subscribed to.
    pub dropped: AtomicU64,
    /// Messages to the broker that were refused: not connected, or the queue was full.
    pub refused: AtomicU64,
    /// How often the connection came up.
    pub connects: AtomicU64,
}

/// One change of the subscriptions that the broker has not been told yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    Add(String),
    Remove(String),
}

#[derive(Default)]
struct Subscriptions {
    wanted: Filters,
    changes: Vec<Change>,
}

impl Client {
    /// Makes a client and the task that drives it. Nothing is sent before [`ClientTask::run`].
    ///
    /// # Errors
    /// [`TaskError`] when the certificates to trust cannot be read.
    pub fn new(settings: ClientSettings) -> Result<(Self, ClientTask), TaskError> {
        let options = super::task::options(&settings)?;
        let (sender, _) = AsyncClient::new(options.clone(), settings.queue + RESERVE);
        let shared = Arc::new(Shared {
            sender: ArcSwap::from_pointee(sender),
            connected: AtomicBool::new(false),
            waiting: AtomicU64::new(0),
            counters: Counters::default(),
            changed: Notify::new(),
            subscriptions: Mutex::default(),
            queue: settings.queue,
            max_payload: settings.max_payload,
        });
        let task = ClientTask::new(settings, options, Arc::clone(&shared));
        Ok((Self { shared }, task))
    }

    /// Whether the connection is up.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.shared.connected.load(Ordering::Acquire)
    }

    /// What was counted since the start.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    /// How many filters are subscribed to.
    #[must_use]
    pub fn subscriptions(&self) -> usize {
        self.shared.subscriptions().wanted.len()
    }
}

impl Mqtt for Client {
    fn is_connected(&self) -> bool {
        Self::is_connected(self)
    }

    fn publish(&self, message: Publish) -> Result<(), MqttError> {
        let result = self.shared.publish(message);
        let counters = &self.shared.counters;
        let counter = if result.is_ok() { &counters.published } else { &counters.refused };
        counter.fetch_add(1, Ordering::Relaxed);
        result
    }

    fn subscribe(&self, filters: Vec<String>) {
        self.shared.change(filters.into_iter().map(Change::Add));
    }

    fn unsubscribe(&self, filters: Vec<String>) {
        self.shared.change(filters.into_iter().map(Change::Remove));
    }
}

impl Shared {
    fn publish(&self, message: Publish) -> Result<(), MqttError> {
        let Publish { topic, payload, qos, retain } = message;
        if check_topic(&topic).is_err() {
            return Err(MqttError::BadTopic(topic));
        }
        if payload.len() > self.max_payload {
            return Err(MqttError::TooLarge { topic, bytes: payload.len(), most: self.max_payload });
        }
        if !self.connected.load(Ordering::Acquire) {
            return Err(MqttError::NotConnected);
        }
        // Counted before it is queued: the task may send it before this function goes on.
        let before = self.waiting.fetch_add(1, Ordering::AcqRel);
        let room = usize::try_from(before).is_ok_and(|before| before < self.queue);
        if room && self.sender.load().try_publish(topic, quality(qos), retain, payload).is_ok() {
            return Ok(());
        }
        self.waiting.fetch_sub(1, Ordering::AcqRel);
        Err(MqttError::QueueFull(self.queue))
    }

    /// A fresh queue, and the loop that takes from it.
    pub(super) fn renew(&self, options: MqttOptions) -> EventLoop {
        let (sender, eventloop) = AsyncClient::new(options, self.queue + RESERVE);
        self.sender.store(Arc::new(sender));
        eventloop
    }

    /// The queue to the running task.
    pub(super) fn sender(&self) -> Arc<AsyncClient> {
        self.sender.load_full()
    }

    fn change(&self, changes: impl Iterator<Item = Change>) {
        let connected = self.connected.load(Ordering::Acquire);
        let mut subscriptions = self.subscriptions();
        let mut told = false;
        for change in changes {
            let effective = match &change {
                Change::Add(filter) => match check_filter(filter) {
                    Ok(()) => subscriptions.wanted.insert(filter),
                    Err(error) => {
                        tracing::warn!(filter, %error, "not subscribed: this is no filter");
                        false
                    }
                },
                Change::Remove(filter) => subscriptions.wanted.remove(filter),
            };
            // While there is no connection the set is enough: all of it is subscribed to when it comes up.
            if effective && connected {
                subscriptions.changes.push(change);
                told = true;
            }
        }
        drop(subscriptions);
        if told {
            self.changed.notify_one();
        }
    }

    fn subscriptions(&self) -> MutexGuard<'_, Subscriptions> {
        // A panic elsewhere cannot leave the set half changed.
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the hub asked for this topic.
    pub(super) fn wants(&self, topic: &str) -> bool {
        self.subscriptions().wanted.matches(topic)
    }

    /// Takes the changes that the broker has not been told yet.
    pub(super) fn take_changes(&self) -> Vec<Change> {
        std::mem::take(&mut self.subscriptions().changes)
    }

    /// Opens the queue, and says what there is to subscribe to on a fresh connection.
    pub(super) fn open(&self) -> Vec<Change> {
        let mut subscriptions = self.subscriptions();
        subscriptions.changes.clear();
        self.waiting.store(0, Ordering::Release);
        self.connected.store(true, Ordering::Release);
        subscriptions.wanted.all().into_iter().map(Change::Add).collect()
    }

    /// Closes the queue: there is no connection. Tells whether there was one.
    pub(super) fn close(&self) -> bool {
        let was = self.connected.swap(false, Ordering::AcqRel);
        self.subscriptions().changes.clear();
        was
    }
}

/// MQTT's quality of service from its number; what is no such number counts as the lowest.
pub(super) fn quality(qos: u8) -> QoS {
    match qos {
        2 => QoS::ExactlyOnce,
        1 => QoS::AtLeastOnce,
        _ => QoS::AtMostOnce,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    /// The loop keeps the queue alive.
    fn client() -> (Client, EventLoop) {
        let settings = ClientSettings { queue: 2, max_payload: 10, ..ClientSettings::default() };
        let options = super::super::task::options(&settings).unwrap();
        let (client, _) = Client::new(settings).unwrap();
        let eventloop = client.shared.renew(options);
        (client, eventloop)
    }

    fn message(topic: &str, payload: &'static str) -> Publish {
        Publish {
            topic: topic.into(),
            payload: Bytes::from_static(payload.as_bytes()),
            qos: 0,
            retain: false,
        }
    }

    #[test]
    fn nothing_is_queued_without_a_connection() {
        let (client, _loop) = client();
        assert_eq!(client.publish(message("a", "1")), Err(MqttError::NotConnected));
    }

    #[test]
    fn a_full_queue_says_so() {
        let (client, _loop) = client();
        client.shared.open();
        for _ in 0..2 {
            assert_eq!(client.publish(message("a", "1")), Ok(()));
        }
        assert_eq!(client.publish(message("a", "1")), Err(MqttError::QueueFull(2)));
        assert_eq!(client.counters().published.load(Ordering::Relaxed), 2);
        assert_eq!(client.counters().refused.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let (client, _loop) = client();
        client.shared.open();
        for topic in ["", "a/+", "#", "$SYS/x", "a\0"] {
            assert_eq!(client.publish(message(topic, "1")), Err(MqttError::BadTopic(topic.into())));
        }
        assert!(matches!(client.publish(message("a", "12345678901")), Err(MqttError::TooLarge { .. })));
    }

    #[test]
    fn subscriptions_are_kept_and_told_once() {
        let (client, _loop) = client();
        client.subscribe(vec!["a".into(), "b/#/c".into()]);
        assert_eq!(client.subscriptions(), 1);
        assert_eq!(client.shared.take_changes(), []);
        assert_eq!(client.shared.open(), [Change::Add("a".into())]);
        client.subscribe(vec!["a".into(), "b".into()]);
        client.unsubscribe(vec!["a".into(), "c".into()]);
        let changes = [Change::Add("b".into()), Change::Remove("a".into())];
        assert_eq!(client.shared.take_changes(), changes);
        assert!(client.shared.wants("b") && !client.shared.wants("a"));
    }
}
