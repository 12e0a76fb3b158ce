//! Who gets which message: subscriptions, retained messages and sessions. Knows no sockets.

use std::collections::HashMap;
use std::rc::Rc;

use bytes::Bytes;
use rumqttc::QoS;
use rumqttc::mqttbytes::v4::{
    Packet, PubAck, PubComp, PubRec, Publish, SubAck, Subscribe, SubscribeReasonCode, UnsubAck, Unsubscribe,
};
use tokio::sync::Notify;

use super::super::topics::{check_filter, check_topic};
use super::session::{Message, Outbox, Session};
use super::tree::Tree;

/// Most retained messages, and their bytes together; beyond that, messages are passed on but not kept.
const RETAINED: usize = 500_000;
const RETAINED_BYTES: usize = 128 * 1024 * 1024;
/// Most filters of one client, and most sessions that are kept for clients that are away.
const FILTERS: usize = 200_000;
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
    retained: Tree<Rc<Message>>,
    retained_count: usize,
    retained_bytes: usize,
    connected: usize,
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
                session.outbox = Some(Rc::clone(outbox));
                self.connected += 1;
                return (key, true);
            }
            self.forget(key);
        }
        let key = self.next;
        self.next += 1;
        self.by_client.insert(client.to_owned(), key);
        self.sessions.insert(key, Session::new(client, clean, outbox));
        self.connected += 1;
        (key, false)
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
        for filter in &session.filters {
            self.drop_subscription(filter, key);
        }
    }

    fn drop_subscription(&mut self, filter: &str, key: u64) {
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
            Packet::PingReq => self.reply(key, &Packet::PingResp),
            Packet::PubAck(ack) => self.with(key, |session| session.finished(ack.pkid)),
            Packet::PubRec(ack) => self.with(key, |session| session.taken(ack.pkid)),
            Packet::PubComp(ack) => self.with(key, |session| session.finished(ack.pkid)),
            Packet::PubRel(release) => self.with(key, |session| {
                session.received.remove(&release.pkid);
                session.reply(&Packet::PubComp(PubComp { pkid: release.pkid }));
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

    fn reply(&mut self, key: u64, packet: &Packet) {
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
            QoS::AtLeastOnce => self.reply(key, &Packet::PubAck(PubAck { pkid })),
            QoS::ExactlyOnce => self.reply(key, &Packet::PubRec(PubRec { pkid })),
        }
        let unreleased = self.sessions.get(&key).is_some_and(|session| session.received.len() >= 65_535);
        if unreleased { Err(Offence::Unreleased) } else { Ok(()) }
    }

    /// Passes a message on to everybody who has subscribed to it, and keeps it when it is to be retained.
    pub(super) fn publish(&mut self, topic: &str, payload: &[u8], qos: QoS, retain: bool) {
        // Copied: a slice of a read buffer would keep the whole buffer in memory.
        let message = Rc::new(Message { topic: topic.into(), payload: Bytes::copy_from_slice(payload), qos });
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
            self.with(key, |session| session.deliver(&message, granted, false));
        }
    }

    fn retain(&mut self, message: &Rc<Message>) {
        let size = message.topic.len() + message.payload.len();
        let old = if message.payload.is_empty() {
            self.retained.remove(&message.topic)
        } else {
            let full = self.retained_count >= RETAINED || self.retained_bytes + size > RETAINED_BYTES;
            if full && self.retained.get_mut(&message.topic).is_none() {
                tracing::warn!(
                    topic = &*message.topic,
                    "not retained: the MQTT broker keeps too many messages"
                );
                return;
            }
            self.retained_count += 1;
            self.retained_bytes += size;
            self.retained.entry(&message.topic).replace(Rc::clone(message))
        };
        if let Some(old) = old {
            self.retained_count -= 1;
            self.retained_bytes -= old.topic.len() + old.payload.len();
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
            self.subscriptions.entry(&filter.path).get_or_insert_default().insert(key, filter.qos);
            let Some(session) = self.sessions.get_mut(&key) else { continue };
            session.filters.insert(filter.path.as_str().into());
            if session.filters.len() > FILTERS {
                return Err(Offence::Filters);
            }
            granted.push(filter);
        }
        self.reply(key, &Packet::SubAck(SubAck { pkid: subscribe.pkid, return_codes }));
        let Some(session) = self.sessions.get_mut(&key) else { return Ok(()) };
        for filter in granted {
            self.retained.for_filter(&filter.path, &mut |message| session.deliver(message, filter.qos, true));
        }
        Ok(())
    }

    fn unsubscribe(&mut self, key: u64, unsubscribe: &Unsubscribe) {
        for filter in &unsubscribe.topics {
            let known =
                self.sessions.get_mut(&key).is_some_and(|session| session.filters.remove(filter.as_str()));
            if known {
                self.drop_subscription(filter, key);
            }
        }
        self.reply(key, &Packet::UnsubAck(UnsubAck { pkid: unsubscribe.pkid }));
    }

    /// The connections that have too much waiting for them.
    pub(super) fn congested(&self) -> Vec<Rc<Outbox>> {
        let outboxes = self.sessions.values().filter_map(|session| session.outbox.as_ref());
        outboxes.filter(|outbox| outbox.congested()).cloned().collect()
    }
}
