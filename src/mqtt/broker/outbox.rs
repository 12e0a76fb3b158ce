//! What waits for a connected client's socket.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use rumqttc::QoS;
use rumqttc::mqttbytes::v4::{Packet, Publish};
use tokio::sync::Notify;
use tokio::time::Instant;

/// Bytes that may wait for one client before those who publish are slowed down.
const CONGESTED: usize = 4 * 1024 * 1024;
/// What is written to a socket at once, about.
const CHUNK: usize = 64 * 1024;
/// Places that are kept for the next packets when nothing waits any more.
const KEEP: usize = 256;

/// A message, shared by all who get it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) topic: Box<str>,
    pub(super) payload: Bytes,
    pub(super) qos: QoS,
}

impl Message {
    /// What it takes in memory, about.
    pub(super) fn size(&self) -> usize {
        self.topic.len() + self.payload.len() + 64
    }
}

/// A message as it goes to one client.
pub(super) struct Sending {
    pub(super) message: Arc<Message>,
    pub(super) qos: QoS,
    pub(super) retain: bool,
    /// 0 with quality 0.
    pub(super) pkid: u16,
    pub(super) dup: bool,
}

impl Sending {
    pub(super) fn packet(&self) -> Packet {
        let Self { message, qos, retain, pkid, dup } = self;
        Packet::Publish(Publish {
            dup: *dup,
            qos: *qos,
            retain: *retain,
            topic: String::from(&*message.topic),
            pkid: *pkid,
            payload: message.payload.clone(),
        })
    }
}

/// Messages stay shared until they are written: many slow clients must not each hold a copy.
enum Item {
    Message(Sending),
    Packet(Box<Packet>),
}

impl Item {
    fn size(&self) -> usize {
        match self {
            Self::Message(sending) => sending.message.size(),
            Self::Packet(packet) => packet.size(),
        }
    }
}

/// The way out to a connected client.
pub(super) struct Outbox {
    items: RefCell<VecDeque<Item>>,
    bytes: Cell<usize>,
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
            items: RefCell::default(),
            bytes: Cell::new(0),
            ready: Notify::new(),
            closing: Notify::new(),
            closed: Cell::new(false),
            writing: Cell::new(0),
            progress: Cell::new(Instant::now()),
        }
    }
}

impl Outbox {
    pub(super) fn push(&self, packet: Packet) {
        self.add(Item::Packet(Box::new(packet)));
    }

    pub(super) fn send(&self, sending: Sending) {
        self.add(Item::Message(sending));
    }

    fn add(&self, item: Item) {
        if self.waiting() == 0 {
            self.progress.set(Instant::now());
        }
        self.bytes.set(self.bytes.get() + item.size());
        self.items.borrow_mut().push_back(item);
        self.ready.notify_one();
    }

    /// How many bytes the client has not taken yet, about.
    fn waiting(&self) -> usize {
        self.bytes.get() + self.writing.get()
    }

    /// Whether more waits than is good, on a connection that is to stay.
    pub(super) fn congested(&self) -> bool {
        !self.closed.get() && self.waiting() > CONGESTED
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.borrow().is_empty()
    }

    /// Moves what is to be written next into the buffer.
    pub(super) fn fill(&self, buffer: &mut BytesMut) {
        let mut items = self.items.borrow_mut();
        while buffer.len() < CHUNK {
            let Some(item) = items.pop_front() else { break };
            self.bytes.set(self.bytes.get().saturating_sub(item.size()));
            let packet = match item {
                Item::Message(sending) => sending.packet(),
                Item::Packet(packet) => *packet,
            };
            // Sizes were checked where the packet came in; only the length of a packet could fail otherwise.
            if let Err(error) = packet.write(buffer, usize::MAX) {
                tracing::warn!(%error, "the MQTT broker cannot write a packet");
            }
        }
        if items.is_empty() && items.capacity() > KEEP {
            items.shrink_to(KEEP);
        }
        self.writing.set(buffer.len());
    }

    pub(super) fn close(&self) {
        self.closed.set(true);
        self.closing.notify_one();
    }
}
