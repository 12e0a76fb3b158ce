//! What the broker keeps for one client: what it has subscribed to, and what is under way to it.

use std::cell::Cell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use rumqttc::QoS;
use rumqttc::mqttbytes::v4::{Packet, PubRel};

use super::outbox::{Message, Outbox, Sending};

/// Messages of quality 1 and 2 that are under way at once.
const WINDOW: usize = 100;
/// What waits for one client at most, and for all of them, in bytes of topics and payloads; more is dropped with
/// a line in the log.
const WAITING: usize = 16 * 1024 * 1024;
pub(super) const ALL_WAITING: usize = 64 * 1024 * 1024;

/// A message on its way to one client with quality 1 or 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Delivery {
    pub(super) message: Arc<Message>,
    pub(super) qos: QoS,
    pub(super) retain: bool,
}

impl Delivery {
    fn sending(&self, pkid: u16, dup: bool) -> Sending {
        Sending { message: Arc::clone(&self.message), qos: self.qos, retain: self.retain, pkid, dup }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flight {
    pub(super) pkid: u16,
    /// `None` when only the release (quality 2) is still to be confirmed.
    pub(super) delivery: Option<Delivery>,
}

/// What is kept of a session while the broker does not run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) client: String,
    pub(super) filters: Vec<(Box<str>, QoS)>,
    pub(super) received: Vec<u16>,
    pub(super) flights: Vec<Flight>,
    pub(super) queue: Vec<Delivery>,
}

#[derive(Default)]
pub(super) struct Session {
    pub(super) client: String,
    /// Forgotten when the connection ends.
    pub(super) clean: bool,
    pub(super) filters: HashMap<Box<str>, QoS>,
    pub(super) outbox: Option<Rc<Outbox>>,
    /// Messages of quality 2 that the client has sent and not yet released.
    pub(super) received: HashSet<u16>,
    flights: VecDeque<Flight>,
    queue: VecDeque<Delivery>,
    waiting: Waiting,
    dropped: u64,
    last_pkid: u16,
}

/// Bytes that wait for one client, counted among those of all clients.
#[derive(Default)]
struct Waiting {
    bytes: usize,
    all: Rc<Cell<usize>>,
}

impl Waiting {
    /// False when there is no room for so many more.
    fn add(&mut self, bytes: usize) -> bool {
        let room = self.bytes + bytes <= WAITING && self.all.get() + bytes <= ALL_WAITING;
        if room {
            self.bytes += bytes;
            self.all.set(self.all.get() + bytes);
        }
        room
    }

    fn remove(&mut self, bytes: usize) {
        let bytes = bytes.min(self.bytes);
        self.bytes -= bytes;
        self.all.set(self.all.get().saturating_sub(bytes));
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.remove(self.bytes);
    }
}

impl Session {
    pub(super) fn new(client: &str, clean: bool, all_waiting: &Rc<Cell<usize>>) -> Self {
        let waiting = Waiting { bytes: 0, all: Rc::clone(all_waiting) };
        Self { client: client.to_owned(), clean, waiting, ..Self::default() }
    }

    /// Whether anything waits to be delivered, or to be confirmed.
    pub(super) fn is_behind(&self) -> bool {
        !self.flights.is_empty() || !self.queue.is_empty()
    }

    /// Gives a message to the client, now or as soon as it can take it. Tells whether it is kept until then.
    pub(super) fn deliver(&mut self, message: &Arc<Message>, granted: QoS, retain: bool) -> bool {
        let qos = lower(message.qos, granted);
        let delivery = Delivery { message: Arc::clone(message), qos, retain };
        if qos == QoS::AtMostOnce {
            if let Some(outbox) = &self.outbox {
                outbox.send(delivery.sending(0, false));
            }
            return false;
        }
        if !self.waiting.add(message.size()) {
            self.dropped += 1;
            if self.dropped.is_power_of_two() {
                let (client, dropped) = (&self.client, self.dropped);
                tracing::warn!(
                    client,
                    dropped,
                    "the MQTT broker drops messages: too many wait for this client, or for all together"
                );
            }
            return false;
        }
        self.queue.push_back(delivery);
        self.pump();
        true
    }

    /// Sends from the queue what the window has room for.
    fn pump(&mut self) {
        let Some(outbox) = self.outbox.clone() else { return };
        while self.flights.len() < WINDOW {
            let Some(delivery) = self.queue.pop_front() else { return };
            let pkid = self.free_pkid();
            outbox.send(delivery.sending(pkid, false));
            self.flights.push_back(Flight { pkid, delivery: Some(delivery) });
        }
    }

    fn free_pkid(&mut self) -> u16 {
        loop {
            self.last_pkid = self.last_pkid.checked_add(1).unwrap_or(1);
            if self.flights.iter().all(|flight| flight.pkid != self.last_pkid) {
                return self.last_pkid;
            }
        }
    }

    /// The client has a message of quality 1, or has confirmed the release of one of quality 2.
    pub(super) fn finished(&mut self, pkid: u16) {
        let index = self.flights.iter().position(|flight| flight.pkid == pkid);
        if let Some(flight) = index.and_then(|index| self.flights.remove(index)) {
            self.waiting.remove(flight.delivery.map_or(0, |delivery| delivery.message.size()));
        }
        self.pump();
    }

    /// The client has a message of quality 2; what follows is its release.
    pub(super) fn taken(&mut self, pkid: u16) {
        let flight = self.flights.iter_mut().find(|flight| flight.pkid == pkid);
        let delivery = flight.and_then(|flight| flight.delivery.take());
        self.waiting.remove(delivery.map_or(0, |delivery| delivery.message.size()));
        self.reply(Packet::PubRel(PubRel { pkid }));
    }

    pub(super) fn reply(&self, packet: Packet) {
        if let Some(outbox) = &self.outbox {
            outbox.push(packet);
        }
    }

    /// Sends again what was under way when the last connection ended.
    pub(super) fn resume(&mut self) {
        let Some(outbox) = self.outbox.clone() else { return };
        for flight in &self.flights {
            match &flight.delivery {
                Some(delivery) => outbox.send(delivery.sending(flight.pkid, true)),
                None => outbox.push(Packet::PubRel(PubRel { pkid: flight.pkid })),
            }
        }
        self.pump();
    }

    /// What is to be kept while the broker does not run.
    pub(super) fn keep(&self) -> Kept {
        Kept {
            client: self.client.clone(),
            filters: self.filters.iter().map(|(filter, qos)| (filter.clone(), *qos)).collect(),
            received: self.received.iter().copied().collect(),
            flights: self.flights.iter().cloned().collect(),
            queue: self.queue.iter().cloned().collect(),
        }
    }

    /// Takes up what was kept; the filters are the router's part. Nothing goes beyond the bounds that held when
    /// it was kept.
    pub(super) fn take_up(&mut self, kept: Kept) {
        self.received = kept.received.into_iter().collect();
        for flight in kept.flights {
            if flight.delivery.as_ref().is_none_or(|delivery| self.waiting.add(delivery.message.size())) {
                self.flights.push_back(flight);
            }
        }
        for delivery in kept.queue {
            if self.waiting.add(delivery.message.size()) {
                self.queue.push_back(delivery);
            }
        }
    }
}

/// A subscription never raises the quality that a message was sent with.
fn lower(a: QoS, b: QoS) -> QoS {
    match (a, b) {
        (QoS::AtMostOnce, _) | (_, QoS::AtMostOnce) => QoS::AtMostOnce,
        (QoS::AtLeastOnce, _) | (_, QoS::AtLeastOnce) => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    }
}
