//! Who gets which message: subscriptions, retained messages and sessions. Knows no sockets.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use rumqttc::QoS;
use rumqttc::mqttbytes::v4::{
    Packet, PubAck, PubComp, PubRec, Publish, SubAck, Subscribe, SubscribeReasonCode, UnsubAck, Unsubscribe,
};
use tokio::sync::Notify;

use super::super::topics::{check_filter, check_topic};
use super::keeper::Changes;
use super::outbox::{Message, Outbox};
use super::session::Session;
use super::snapshot::Snapshot;
use super::tree::Tree;

/// Most retained messages, and their bytes together; beyond that, messages are passed on but not kept.
const RETAINED: usize = 500_000;
pub(super) const RETAINED_BYTES: usize = 128 * 1024 * 1024;
/// Most filters of one client, the bytes of all filters together, and most sessions that are kept for clients that
/// are away.
const FILTERS: usize = 200_000;
pub(super) const FILTER_BYTES: usize = 64 * 1024 * 1024;
const SESSIONS: usize = 1_000;

/// Why a client is sent away.
#[derive(Debug, thiserror::Error)]
pub(super) enum Offence {
    #[error("it publishes to {0:?}, which is no topic")]
    Topic(String),
    #[error("it sent a packet that only brokers send")]
    Packet,
    #[error("it subscribes to too many topics")]
    Filters,
    #[error("it has more than 65535 messages of quality 2 under way")]
    Unreleased,
}

#[derive(Default)]
pub(super) struct Router {
    sessions: HashMap<u64, Session>,
    by_client: HashMap<String, u64>,
    next: u64,
    subscriptions: Tree<HashMap<u64, QoS>>,
    filter_bytes: usize,
    retained: Tree<Arc<Message>>,
    retained_count: usize,
    retained_bytes: usize,
    /// Messages that were not kept for want of room.
    refused: u64,
    connected: usize,
    /// Bytes that wait for all clients together.
    waiting: Rc<Cell<usize>>,
    /// What is not on the disk yet.
    pub(super) changes: Rc<Changes>,
    /// Rings when a client has taken what was waiting for it.
    pub(super) relieved: Rc<Notify>,
}

impl Router {
    /// How many clients are connected.
    pub(super) fn connected(&self) -> usize {
        self.connected
    }

    /// A client has come; an older connection of the same name ends. Tells whether its session was known.
    pub(super) fn attach(&mut self, client: &str, clean: bool, outbox: &Rc<Outbox>) -> (u64, bool) {
        if let Some(key) = self.by_client.get(client).copied() {
            let old = self.sessions.get_mut(&key).and_then(|session| session.outbox.take());
            if let Some(old) = old {
                old.close();
                self.connected -= 1;
            }
            let keep = !clean && self.sessions.get(&key).is_some_and(|session| !session.clean);
            if keep && let Some(session) = self.sessions.get_mut(&key) {
                if session.is_behind() {
                    // What is delivered now should not come once more after a power cut.
                    self.changes.of_set();
                }
                session.outbox = Some(Rc::clone(outbox));
                self.connected += 1;
                return (key, true);
            }
            self.forget(key);
        }
        let key = self.admit(client, clean);
        self.with(key, |session| session.outbox = Some(Rc::clone(outbox)));
        self.connected += 1;
        (key, false)
    }

    fn admit(&mut self, client: &str, clean: bool) -> u64 {
        let key = self.next;
        self.next += 1;
        self.by_client.insert(client.to_owned(), key);
        self.sessions.insert(key, Session::new(client, clean, &self.waiting));
        if !clean {
            self.changes.of_set();
        }
        key
    }

    /// Sends what waits for a client that is back; after it was told that it is let in.
    pub(super) fn resume(&mut self, key: u64) {
        if let Some(session) = self.sessions.get_mut(&key) {
            session.resume();
        }
    }

    /// A connection has ended. Nothing happens when a newer one of the same client is there already.
    pub(super) fn detach(&mut self, key: u64, outbox: &Rc<Outbox>) {
        self.relieved.notify_waiters();
        let Some(session) = self.sessions.get_mut(&key) else { return };
        if session.outbox.as_ref().is_none_or(|current| !Rc::ptr_eq(current, outbox)) {
            return;
        }
        session.outbox = None;
        self.connected -= 1;
        if session.clean {
            self.forget(key);
        } else if self.sessions.len() - self.connected > SESSIONS {
            // Keys grow: the smallest is the session that was made first.
            let oldest =
                self.sessions.iter().filter(|(_, session)| session.outbox.is_none()).map(|(key, _)| *key);
            if let Some(oldest) = oldest.min() {
                self.forget(oldest);
            }
        }
    }

    fn forget(&mut self, key: u64) {
        let Some(session) = self.sessions.remove(&key) else { return };
        if self.by_client.get(&session.client) == Some(&key) {
            self.by_client.remove(&session.client);
        }
        if !session.clean {
            self.changes.of_set();
        }
        for filter in session.filters.keys() {
            self.drop_subscription(filter, key);
        }
    }

    fn drop_subscription(&mut self, filter: &str, key: u64) {
        self.filter_bytes = self.filter_bytes.saturating_sub(filter.len());
        let Some(subscribers) = self.subscriptions.get_mut(filter) else { return };
        subscribers.remove(&key);
        if subscribers.is_empty() {
            self.subscriptions.remove(filter);
        }
    }

    /// Takes a packet of a client that was let in.
    pub(super) fn take(&mut self, key: u64, packet: Packet) -> Result<(), Offence> {
        match packet {
            Packet::Publish(publish) => return self.take_publish(key, &publish),
            Packet::Subscribe(subscribe) => return self.subscribe(key, subscribe),
            Packet::Unsubscribe(unsubscribe) => self.unsubscribe(key, &unsubscribe),
            Packet::PingReq => self.reply(key, Packet::PingResp),
            Packet::PubAck(ack) => self.confirmed(key, |session| session.finished(ack.pkid)),
            Packet::PubRec(ack) => self.confirmed(key, |session| session.taken(ack.pkid)),
            Packet::PubComp(ack) => self.confirmed(key, |session| session.finished(ack.pkid)),
            Packet::PubRel(release) => self.confirmed(key, |session| {
                session.received.remove(&release.pkid);
                session.reply(Packet::PubComp(PubComp { pkid: release.pkid }));
            }),
            _ => return Err(Offence::Packet),
        }
        Ok(())
    }

    fn with(&mut self, key: u64, act: impl FnOnce(&mut Session)) {
        if let Some(session) = self.sessions.get_mut(&key) {
            act(session);
        }
    }

    /// A message went a step further on its way.
    fn confirmed(&mut self, key: u64, act: impl FnOnce(&mut Session)) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        act(session);
        if !session.clean {
            self.changes.of_content();
        }
    }

    fn reply(&mut self, key: u64, packet: Packet) {
        self.with(key, |session| session.reply(packet));
    }

    fn take_publish(&mut self, key: u64, publish: &Publish) -> Result<(), Offence> {
        if check_topic(&publish.topic).is_err() {
            return Err(Offence::Topic(publish.topic.chars().take(100).collect()));
        }
        let (qos, pkid) = (publish.qos, publish.pkid);
        let fresh = match (qos, self.sessions.get_mut(&key)) {
            (QoS::ExactlyOnce, Some(session)) => session.received.insert(pkid),
            _ => true,
        };
        if fresh {
            let retain = publish.retain;
            self.publish(&publish.topic, &publish.payload, qos, retain);
        }
        match qos {
            QoS::AtMostOnce => {}
            QoS::AtLeastOnce => self.reply(key, Packet::PubAck(PubAck { pkid })),
            QoS::ExactlyOnce => self.reply(key, Packet::PubRec(PubRec { pkid })),
        }
        let unreleased = self.sessions.get(&key).is_some_and(|session| session.received.len() >= 65_535);
        if unreleased { Err(Offence::Unreleased) } else { Ok(()) }
    }

    /// Passes a message on to everybody who has subscribed to it, and keeps it when it is to be retained.
    pub(super) fn publish(&mut self, topic: &str, payload: &[u8], qos: QoS, retain: bool) {
        // Copied: a slice of a read buffer would keep the whole buffer in memory.
        let message =
            Arc::new(Message { topic: topic.into(), payload: Bytes::copy_from_slice(payload), qos });
        if retain {
            self.retain(&message);
        }
        let mut takers: HashMap<u64, QoS> = HashMap::new();
        self.subscriptions.for_topic(topic, &mut |subscribers| {
            for (key, granted) in subscribers {
                // Overlapping filters of one client give it the message once, with the best quality.
                let best = takers.entry(*key).or_insert(*granted);
                if (*granted as u8) > (*best as u8) {
                    *best = *granted;
                }
            }
        });
        for (key, granted) in takers {
            let Some(session) = self.sessions.get_mut(&key) else { continue };
            let away = session.outbox.is_none();
            if session.deliver(&message, granted, false) && !session.clean {
                // Its sender is told that it is kept; one for a client that is here is on its way already.
                if away { self.changes.of_set() } else { self.changes.of_content() }
            }
        }
    }

    fn retain(&mut self, message: &Arc<Message>) {
        let size = message.topic.len() + message.payload.len();
        let old = if message.payload.is_empty() {
            self.retained.remove(&message.topic)
        } else {
            let old = self.retained.get_mut(&message.topic);
            let freed = old.as_ref().map_or(0, |old| old.topic.len() + old.payload.len());
            let full = old.is_none() && self.retained_count >= RETAINED;
            if full || self.retained_bytes - freed + size > RETAINED_BYTES {
                self.refused += 1;
                if self.refused.is_power_of_two() {
                    let (topic, refused) = (&*message.topic, self.refused);
                    tracing::warn!(topic, refused, "not retained: the MQTT broker keeps too many messages");
                }
                return;
            }
            self.retained_count += 1;
            self.retained_bytes += size;
            match old {
                Some(place) => Some(std::mem::replace(place, Arc::clone(message))),
                None => self.retained.entry(&message.topic).replace(Arc::clone(message)),
            }
        };
        if let Some(old) = &old {
            self.retained_count -= 1;
            self.retained_bytes -= old.topic.len() + old.payload.len();
        }
        match &old {
            // Devices announce themselves again and again with the same words: nothing new for the disk.
            Some(old) if old == message => {}
            Some(_) if !message.payload.is_empty() => self.changes.of_content(),
            None if message.payload.is_empty() => {}
            _ => self.changes.of_set(),
        }
    }

    fn subscribe(&mut self, key: u64, subscribe: Subscribe) -> Result<(), Offence> {
        let mut return_codes = Vec::with_capacity(subscribe.filters.len());
        let mut granted = Vec::new();
        for filter in subscribe.filters {
            // Shared subscriptions belong to MQTT 5.
            if check_filter(&filter.path).is_err() {
                return_codes.push(SubscribeReasonCode::Failure);
                continue;
            }
            return_codes.push(SubscribeReasonCode::Success(filter.qos));
            self.add_subscription(key, &filter.path, filter.qos)?;
            granted.push(filter);
        }
        self.reply(key, Packet::SubAck(SubAck { pkid: subscribe.pkid, return_codes }));
        let Some(session) = self.sessions.get_mut(&key) else { return Ok(()) };
        for filter in granted {
            self.retained.for_filter(&filter.path, &mut |message| {
                session.deliver(message, filter.qos, true);
            });
        }
        Ok(())
    }

    fn add_subscription(&mut self, key: u64, filter: &str, qos: QoS) -> Result<(), Offence> {
        let Some(session) = self.sessions.get_mut(&key) else { return Ok(()) };
        let known = session.filters.get(filter).copied();
        if known == Some(qos) {
            return Ok(());
        }
        let more = if known.is_none() { filter.len() } else { 0 };
        if session.filters.len() >= FILTERS || self.filter_bytes + more > FILTER_BYTES {
            return Err(Offence::Filters);
        }
        self.filter_bytes += more;
        session.filters.insert(filter.into(), qos);
        self.subscriptions.entry(filter).get_or_insert_default().insert(key, qos);
        if !session.clean {
            self.changes.of_set();
        }
        Ok(())
    }

    fn unsubscribe(&mut self, key: u64, unsubscribe: &Unsubscribe) {
        for filter in &unsubscribe.topics {
            let Some(session) = self.sessions.get_mut(&key) else { return };
            if session.filters.remove(filter.as_str()).is_some() {
                if !session.clean {
                    self.changes.of_set();
                }
                self.drop_subscription(filter, key);
            }
        }
        self.reply(key, Packet::UnsubAck(UnsubAck { pkid: unsubscribe.pkid }));
    }

    /// The connections that have too much waiting for them.
    pub(super) fn congested(&self) -> Vec<Rc<Outbox>> {
        let outboxes = self.sessions.values().filter_map(|session| session.outbox.as_ref());
        outboxes.filter(|outbox| outbox.congested()).cloned().collect()
    }

    /// Everything that outlives the broker.
    pub(super) fn snapshot(&self) -> Snapshot {
        let mut retained = Vec::with_capacity(self.retained_count);
        self.retained.for_filter("#", &mut |message| retained.push(Arc::clone(message)));
        let sessions = self.sessions.iter().filter(|(_, session)| !session.clean);
        // In the order in which they were made: the oldest goes first when they become too many.
        let mut sessions: Vec<_> = sessions.collect();
        sessions.sort_unstable_by_key(|(key, _)| **key);
        Snapshot { retained, sessions: sessions.into_iter().map(|(_, session)| session.keep()).collect() }
    }

    /// Takes up what outlived the last broker.
    pub(super) fn take_up(&mut self, snapshot: Snapshot) {
        for message in snapshot.retained.iter().filter(|message| check_topic(&message.topic).is_ok()) {
            self.retain(message);
        }
        let surplus = snapshot.sessions.len().saturating_sub(SESSIONS);
        for mut kept in snapshot.sessions.into_iter().skip(surplus) {
            let filters = std::mem::take(&mut kept.filters);
            let key = self.admit(&kept.client, false);
            self.with(key, |session| session.take_up(kept));
            for (filter, qos) in filters {
                if check_filter(&filter).is_err() || self.add_subscription(key, &filter, qos).is_err() {
                    tracing::warn!(filter = &*filter, "an MQTT subscription was not taken up again");
                }
            }
        }
        self.changes.forget();
    }
}
