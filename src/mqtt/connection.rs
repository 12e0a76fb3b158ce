//! One connection, from the attempt to its end.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use rumqttc::{
    ConnectionError, Event, EventLoop, Outgoing, Packet, Publish, QoS, Request, SubAck, SubscribeFilter,
    SubscribeReasonCode,
};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::model::Inbound;
use crate::runtime::contain;

use super::client::{Change, Shared, quality};
use super::settings::ClientSettings;
use super::sink::{Gone, Sink};
use super::topics::check_topic;

/// How long the farewell may take: the rest of the queue, the last state, the disconnect.
const FAREWELL: Duration = Duration::from_millis(800);
/// Filters in one packet, and their length together; brokers have limits on packets.
const BATCH: usize = 200;
const BATCH_BYTES: usize = 48 * 1024;
/// Events between reading and handling: enough to keep both busy, few enough to slow the broker down.
const EVENTS: usize = 128;

/// How a connection ended.
pub(super) enum End {
    /// As asked for.
    Stopped,
    /// Nobody takes messages any more.
    SinkGone,
    /// It could not be made, or it broke.
    Broken(ConnectionError, Box<EventLoop>),
    /// By a panic, which says this.
    Fault(String),
}

/// Polls rumqttc until the connection ends. It is never polled and dropped half way: that would lose bytes.
async fn drive(
    mut eventloop: Box<EventLoop>,
    mut unsent: VecDeque<Request>,
    events: mpsc::Sender<Event>,
) -> End {
    loop {
        let event = match eventloop.poll().await {
            Ok(event) => event,
            Err(error) => {
                // Not sent in this attempt, so still to be sent in the next one.
                eventloop.pending.extend(unsent);
                return End::Broken(error, eventloop);
            }
        };
        if let Event::Incoming(Packet::ConnAck(ack)) = &event {
            eventloop.pending = std::mem::take(&mut unsent)
                .into_iter()
                .filter_map(|request| renew(request, ack.session_present))
                .collect();
        }
        let last = matches!(event, Event::Outgoing(Outgoing::Disconnect));
        if events.send(event).await.is_err() || last {
            return End::Stopped;
        }
    }
}

/// What was under way on the old connection, as it goes over the new one.
fn renew(request: Request, session_present: bool) -> Option<Request> {
    match request {
        request if session_present => Some(request),
        // The broker knows nothing of the old packet: it is a new one.
        Request::Publish(publish) => Some(Request::Publish(Publish { pkid: 0, ..publish })),
        _ => None,
    }
}

/// Connects and carries messages until the end; also tells since when the connection was up, if it was.
pub(super) async fn run<S: Sink>(
    settings: &ClientSettings,
    shared: &Shared,
    eventloop: Box<EventLoop>,
    unsent: VecDeque<Request>,
    sink: &S,
    shutdown: &CancellationToken,
) -> (End, Option<Instant>) {
    let (sender, mut events) = mpsc::channel(EVENTS);
    // Ends with this function, also when a panic ends that.
    let mut driver = AbortOnDropHandle::new(tokio::spawn(contain(drive(eventloop, unsent, sender))));
    let mut connection = Connection::new(settings, shared);
    let end = loop {
        tokio::select! {
            event = events.recv() => {
                let Some(event) = event else { break None };
                if connection.take(sink, event).await.is_err() {
                    break Some(End::SinkGone);
                }
            }
            () = shared.changed.notified(), if connection.since.is_some() => {
                connection.changes.extend(shared.take_changes());
            }
            () = shutdown.cancelled() => break Some(End::Stopped),
        }
        connection.flush();
    };
    let since = connection.since;
    let Some(end) = end else {
        let ended = (&mut driver).await.unwrap_or_else(|error| Err(error.to_string()));
        return (ended.unwrap_or_else(End::Fault), since);
    };
    if since.is_some() {
        say_farewell(settings, shared, &mut events).await;
    }
    (end, since)
}

/// Tells everybody that the hub goes, after everything that is still in the queue.
async fn say_farewell(settings: &ClientSettings, shared: &Shared, events: &mut mpsc::Receiver<Event>) {
    shared.close();
    let sender = shared.sender();
    let goodbye = async {
        if let Some(topic) = &settings.announce_topic {
            shared.waiting.fetch_add(1, Ordering::AcqRel);
            let _ = sender.publish(topic, QoS::AtMostOnce, false, "offline").await;
        }
        shared.waiting.fetch_add(1, Ordering::AcqRel);
        let _ = sender.publish(&settings.status_topic, QoS::AtLeastOnce, true, "offline").await;
    };
    let closed = async {
        let mut goodbye = std::pin::pin!(goodbye);
        let (mut said, mut last) = (false, 0);
        loop {
            tokio::select! {
                () = &mut goodbye, if !said => said = true,
                // What still comes in is not acknowledged: the broker keeps it for the next session.
                event = events.recv() => match event {
                    None => return,
                    Some(Event::Outgoing(Outgoing::Publish(id))) => {
                        shared.sent();
                        last = id;
                    }
                    // A connection that is closed while the broker writes to it loses what the broker has not
                    // read yet, so the last message is acknowledged first.
                    Some(Event::Incoming(Packet::PubAck(ack)))
                        if said && ack.pkid == last && shared.waiting.load(Ordering::Acquire) == 0 =>
                    {
                        let _ = sender.try_disconnect();
                    }
                    Some(_) => {}
                }
            }
        }
    };
    let _ = tokio::time::timeout(FAREWELL, closed).await;
}

struct Connection<'a> {
    settings: &'a ClientSettings,
    shared: &'a Shared,
    since: Option<Instant>,
    /// Changes of subscriptions that found no room in the queue yet.
    changes: VecDeque<Change>,
    /// Subscriptions that the broker has not confirmed, in the order in which it will.
    unconfirmed: VecDeque<Vec<String>>,
    /// Acknowledgements that found no room in the queue yet.
    acks: VecDeque<Publish>,
    announced: bool,
}

impl<'a> Connection<'a> {
    fn new(settings: &'a ClientSettings, shared: &'a Shared) -> Self {
        Self {
            settings,
            shared,
            since: None,
            changes: VecDeque::new(),
            unconfirmed: VecDeque::new(),
            acks: VecDeque::new(),
            announced: false,
        }
    }

    async fn take<S: Sink>(&mut self, sink: &S, event: Event) -> Result<(), Gone> {
        match event {
            Event::Incoming(Packet::ConnAck(ack)) => {
                self.up(ack.session_present);
                sink.health(crate::model::HealthLevel::Ok, String::new(), 0).await?;
                sink.connected(true).await
            }
            Event::Incoming(Packet::Publish(publish)) => self.inbound(sink, publish).await,
            Event::Incoming(Packet::SubAck(ack)) => {
                self.confirmed(&ack);
                Ok(())
            }
            Event::Outgoing(Outgoing::Publish(_)) => {
                self.shared.sent();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The broker has let the client in. Everything is subscribed to again even when the broker still knows the
    /// session: only that brings the retained states that changed meanwhile, since what devices send with
    /// quality 0 is not kept for a client that is away.
    fn up(&mut self, session_present: bool) {
        self.since = Some(Instant::now());
        self.changes = self.shared.open().into();
        self.shared.counters.connects.fetch_add(1, Ordering::Relaxed);
        tracing::info!(
            broker = self.settings.address(),
            session_present,
            subscriptions = self.changes.len(),
            "connected to the MQTT broker"
        );
        self.say(&self.settings.status_topic, QoS::AtLeastOnce, true, "online");
    }

    fn say(&self, topic: &str, qos: QoS, retain: bool, payload: &'static str) {
        self.shared.waiting.fetch_add(1, Ordering::AcqRel);
        // The queue is empty on a fresh connection, and it has a reserve.
        if self.shared.sender().try_publish(topic, qos, retain, payload).is_err() {
            self.shared.sent();
        }
    }

    async fn inbound<S: Sink>(&mut self, sink: &S, publish: Publish) -> Result<(), Gone> {
        let Publish { topic, payload, retain, .. } = &publish;
        let own =
            *topic == self.settings.status_topic || self.settings.announce_topic.as_ref() == Some(topic);
        let reason = if payload.len() > self.settings.max_payload {
            Some("it is larger than mqtt.max_payload")
        } else if check_topic(topic).is_err() {
            Some("its topic is none that MQTT allows")
        } else if own || !self.shared.wants(topic) {
            // Left over from an earlier session, or a subscription given up while it was under way.
            Some("")
        } else {
            None
        };
        if let Some(reason) = reason {
            let before = self.shared.counters.dropped.fetch_add(1, Ordering::Relaxed);
            if !reason.is_empty() {
                warn_sparsely(before, topic, payload.len(), reason);
            }
        } else {
            // Copied, since a slice of rumqttc's read buffer would keep the whole buffer in memory.
            let payload = Bytes::copy_from_slice(payload);
            sink.inbound(Inbound { topic: topic.clone(), payload, retain: *retain }).await?;
            self.shared.counters.received.fetch_add(1, Ordering::Relaxed);
        }
        if publish.qos != QoS::AtMostOnce {
            self.acks.push_back(publish);
        }
        Ok(())
    }

    fn confirmed(&mut self, ack: &SubAck) {
        let filters = self.unconfirmed.pop_front().unwrap_or_default();
        for (filter, code) in filters.iter().zip(&ack.return_codes) {
            if *code == SubscribeReasonCode::Failure {
                tracing::warn!(
                    filter,
                    "the broker refuses the subscription: check what this user may read there"
                );
            }
        }
    }

    /// Puts into the queue what waits for room in it, and announces the hub when all subscriptions are made.
    fn flush(&mut self) {
        while let Some(publish) = self.acks.front() {
            if self.shared.sender().try_ack(publish).is_err() {
                return;
            }
            self.acks.pop_front();
        }
        while !self.changes.is_empty() {
            if !self.send_batch() {
                return;
            }
        }
        if self.since.is_some() && !self.announced && self.unconfirmed.is_empty() {
            self.announced = true;
            if let Some(topic) = &self.settings.announce_topic {
                self.say(topic, QoS::AtMostOnce, false, "online");
            }
        }
    }

    /// Sends the next changes that are of one kind and fit into one packet; false when there is no room.
    fn send_batch(&mut self) -> bool {
        let adding = matches!(self.changes.front(), Some(Change::Add(_)));
        let mut bytes = 0;
        let mut filters = Vec::new();
        for change in &self.changes {
            let filter = match change {
                Change::Add(filter) if adding => filter,
                // rumqttd confirms every filter of an unsubscription apart: one in a packet is the safe way.
                Change::Remove(filter) if !adding && filters.is_empty() => filter,
                _ => break,
            };
            bytes += filter.len() + 3;
            if filters.len() == BATCH || (bytes > BATCH_BYTES && !filters.is_empty()) {
                break;
            }
            filters.push(filter.clone());
        }
        let qos = quality(self.settings.subscribe_qos.min(1));
        let queued = if adding {
            let wanted = filters.iter().map(|filter| SubscribeFilter::new(filter.clone(), qos));
            self.shared.sender().try_subscribe_many(wanted).is_ok()
        } else {
            filters.iter().all(|filter| self.shared.sender().try_unsubscribe(filter).is_ok())
        };
        if queued {
            self.changes.drain(..filters.len());
            if adding {
                self.unconfirmed.push_back(filters);
            }
        }
        queued
    }
}

/// Names the first hundred messages that are dropped and every thousandth after them: a device gone mad must
/// not fill the log.
fn warn_sparsely(before: u64, topic: &str, bytes: usize, reason: &str) {
    static SAID: AtomicU64 = AtomicU64::new(0);
    if SAID.load(Ordering::Relaxed) < 100 || before.is_multiple_of(1_000) {
        SAID.fetch_add(1, Ordering::Relaxed);
        let topic: String = topic.chars().take(200).collect();
        tracing::warn!(topic, bytes, "message dropped: {reason}");
    }
}
