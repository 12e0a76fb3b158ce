//! What the broker keeps for one client: what it has subscribed to, and what is under way to it.

use std::cell::{Cell, RefCell};
use std::collections::{HashSet, VecDeque};
use std::rc::Rc;

use bytes::{Bytes, BytesMut};
use rumqttc::QoS;
use rumqttc::mqttbytes::v4::{Packet, PubRel, Publish};
use tokio::sync::Notify;
use tokio::time::Instant;

/// Messages of quality 1 and 2 that are under way at once.
const WINDOW: usize = 100;
/// What waits for a client at most, in bytes of topics and payloads; more is dropped with a line in the log.
const QUEUE_BYTES: usize = 16 * 1024 * 1024;
/// Bytes that may wait for one client before those who publish are slowed down.
const CONGESTED: usize = 4 * 1024 * 1024;
/// Buffers are given back when they were once larger than this.
const KEEP_BUFFER: usize = 64 * 1024;

/// The way out to a connected client: bytes for its socket.
pub(super) struct Outbox {
    buffer: RefCell<BytesMut>,
    /// Rings when there is something to write.
    pub(super) ready: Notify,
    /// Rings when the connection is to end.
    pub(super) closing: Notify,
    closed: Cell<bool>,
    /// Bytes that are just being written.
    pub(super) writing: Cell<usize>,
    /// When the socket last took something, or when something first waited for it.
    pub(super) progress: Cell<Instant>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            buffer: RefCell::default(),
            ready: Notify::new(),
            closing: Notify::new(),
            closed: Cell::new(false),
            writing: Cell::new(0),
            progress: Cell::new(Instant::now()),
        }
    }
}

impl Outbox {
    pub(super) fn push(&self, packet: &Packet) {
        if self.waiting() == 0 {
            self.progress.set(Instant::now());
        }
        // Sizes were checked where the packet came in; only the length of a packet could fail otherwise.
        if let Err(error) = packet.write(&mut self.buffer.borrow_mut(), usize::MAX) {
            tracing::warn!(%error, "the MQTT broker cannot write a packet");
        }
        self.ready.notify_one();
    }

    /// How many bytes the client has not taken yet.
    pub(super) fn waiting(&self) -> usize {
        self.buffer.borrow().len() + self.writing.get()
    }

    /// Whether more waits than is good, on a connection that is to stay.
    pub(super) fn congested(&self) -> bool {
        !self.closed.get() && self.waiting() > CONGESTED
    }

    pub(super) fn is_empty(&self) -> bool {
        self.buffer.borrow().is_empty()
    }

    pub(super) fn take(&self) -> BytesMut {
        std::mem::take(&mut *self.buffer.borrow_mut())
    }

    /// Gives a written buffer back, so that the next packets need no new one.
    pub(super) fn give_back(&self, mut written: BytesMut) {
        let mut buffer = self.buffer.borrow_mut();
        if buffer.capacity() == 0 && written.capacity() <= KEEP_BUFFER {
            written.clear();
            *buffer = written;
        }
    }

    pub(super) fn close(&self) {
        self.closed.set(true);
        self.closing.notify_one();
    }
}

/// A message, shared by all who get it.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) topic: Box<str>,
    pub(super) payload: Bytes,
    pub(super) qos: QoS,
}

impl Message {
    fn size(&self) -> usize {
        self.topic.len() + self.payload.len() + 64
    }

    fn packet(&self, qos: QoS, retain: bool, pkid: u16, dup: bool) -> Packet {
        let (topic, payload) = (String::from(&*self.topic), self.payload.clone());
        Packet::Publish(Publish { dup, qos, retain, topic, pkid, payload })
    }
}

/// A message on its way to one client with quality 1 or 2.
struct Delivery {
    message: Rc<Message>,
    qos: QoS,
    retain: bool,
}

struct Flight {
    pkid: u16,
    /// `None` when only the release (quality 2) is still to be confirmed.
    delivery: Option<Delivery>,
}

#[derive(Default)]
pub(super) struct Session {
    pub(super) client: String,
    /// Forgotten when the connection ends.
    pub(super) clean: bool,
    pub(super) filters: HashSet<Box<str>>,
    pub(super) outbox: Option<Rc<Outbox>>,
    /// Messages of quality 2 that the client has sent and not yet released.
    pub(super) received: HashSet<u16>,
    flights: VecDeque<Flight>,
    queue: VecDeque<Delivery>,
    queued: usize,
    dropped: u64,
    last_pkid: u16,
}

impl Session {
    pub(super) fn new(client: &str, clean: bool, outbox: &Rc<Outbox>) -> Self {
        Self { client: client.to_owned(), clean, outbox: Some(Rc::clone(outbox)), ..Self::default() }
    }

    /// Gives a message to the client, now or as soon as it can take it.
    pub(super) fn deliver(&mut self, message: &Rc<Message>, granted: QoS, retain: bool) {
        let qos = lower(message.qos, granted);
        if qos == QoS::AtMostOnce {
            if let Some(outbox) = &self.outbox {
                outbox.push(&message.packet(qos, retain, 0, false));
            }
            return;
        }
        if self.queued + message.size() > QUEUE_BYTES {
            self.dropped += 1;
            if self.dropped.is_power_of_two() {
                let (client, dropped) = (&self.client, self.dropped);
                tracing::warn!(
                    client,
                    dropped,
                    "the MQTT broker drops messages: too many wait for this client"
                );
            }
            return;
        }
        self.queued += message.size();
        self.queue.push_back(Delivery { message: Rc::clone(message), qos, retain });
        self.pump();
    }

    /// Sends from the queue what the window has room for.
    fn pump(&mut self) {
        let Some(outbox) = self.outbox.clone() else { return };
        while self.flights.len() < WINDOW {
            let Some(delivery) = self.queue.pop_front() else { return };
            self.queued = self.queued.saturating_sub(delivery.message.size());
            let pkid = self.free_pkid();
            outbox.push(&delivery.message.packet(delivery.qos, delivery.retain, pkid, false));
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
        if let Some(index) = self.flights.iter().position(|flight| flight.pkid == pkid) {
            self.flights.remove(index);
        }
        self.pump();
    }

    /// The client has a message of quality 2; what follows is its release.
    pub(super) fn taken(&mut self, pkid: u16) {
        if let Some(flight) = self.flights.iter_mut().find(|flight| flight.pkid == pkid) {
            flight.delivery = None;
        }
        self.reply(&Packet::PubRel(PubRel { pkid }));
    }

    pub(super) fn reply(&self, packet: &Packet) {
        if let Some(outbox) = &self.outbox {
            outbox.push(packet);
        }
    }

    /// Sends again what was under way when the last connection ended.
    pub(super) fn resume(&mut self) {
        for flight in &self.flights {
            let packet = match &flight.delivery {
                Some(Delivery { message, qos, retain }) => message.packet(*qos, *retain, flight.pkid, true),
                None => Packet::PubRel(PubRel { pkid: flight.pkid }),
            };
            self.reply(&packet);
        }
        self.pump();
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
