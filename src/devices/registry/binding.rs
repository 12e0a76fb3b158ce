//! How one entity is tied to its topics.

use std::sync::Arc;

use serde_json::Value;

use super::super::discovery::availability::Availability;
use super::super::kinds::{Draft, Input, Kind, Read, Write};
use super::super::template::Encoding;
use crate::model::{Action, Attributes, EntityId, State, Timestamp};

/// Parts from here on are availability topics.
const AVAILABILITY: u16 = 0x8000;

/// An entity's topics and behaviour.
#[derive(Debug)]
pub(super) struct Binding {
    pub(super) entity: EntityId,
    pub(super) kind: Box<dyn Kind>,
    pub(super) reads: Box<[Read]>,
    pub(super) writes: Box<[Write]>,
    pub(super) availability: Option<Box<Availability>>,
    pub(super) encoding: Encoding,
    pub(super) qos: u8,
    pub(super) retain: bool,
    pub(super) optimistic: bool,
    pub(super) force_update: bool,
    /// Whether the device's misuse was told already; until it does better.
    pub(super) complained: bool,
    /// In milliseconds.
    pub(super) expire_after: Option<u64>,
    /// In milliseconds.
    pub(super) off_delay: Option<u64>,
    /// What is waited for, as in the registry's `due`.
    pub(super) due: Option<Timestamp>,
    /// Its name beside the device's; `None` when it is the device's main purpose.
    pub(super) own_name: Option<Box<str>>,
    pub(super) enabled_by_default: bool,
}

/// The availability topic that a part of the index stands for.
pub(super) fn availability_part(part: u16) -> Option<usize> {
    part.checked_sub(AVAILABILITY).map(usize::from)
}

impl Binding {
    /// Every topic that the entity reads, with its part of the index.
    pub(super) fn topics(&self) -> Vec<(Arc<str>, u16)> {
        let reads = self.reads.iter().map(|read| &read.topic).zip(0..AVAILABILITY);
        let availability = self.availability.iter().flat_map(|availability| availability.topics.iter());
        let availability = availability.map(|topic| &topic.topic).zip(AVAILABILITY..);
        reads.chain(availability).map(|(topic, part)| (topic.clone(), part)).collect()
    }

    /// Whether an action is taken as done: the device says so, or has no topic to confirm it.
    pub(super) fn assumes(&self, action: &Action) -> bool {
        let role = self.kind.confirms(action);
        self.optimistic || !self.reads.iter().any(|read| read.role == role)
    }

    pub(super) fn is_available(&self) -> bool {
        self.availability.as_ref().is_none_or(|availability| availability.is_available())
    }
}

/// Attributes that belong to the entity itself, whatever the device sends.
const BLOCKED: [&str; 16] = [
    "assumed_state",
    "available",
    "device_class",
    "device_info",
    "entity_category",
    "entity_picture",
    "entity_registry_enabled_default",
    "extra_state_attributes",
    "force_update",
    "icon",
    "name",
    "should_poll",
    "state",
    "supported_features",
    "unique_id",
    "unit_of_measurement",
];

/// Most attributes that a device may add.
const MAX_ATTRIBUTES: usize = 200;

/// Takes a message on `json_attributes_topic`.
pub(super) fn attributes(input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
    input.object(|map| {
        for (name, value) in map.iter().take(MAX_ATTRIBUTES) {
            if !BLOCKED.contains(&name.as_str()) {
                draft.set(name, value.clone());
            }
        }
    })
}

/// Puts what is new into a state.
pub(super) fn commit(
    state: &mut Arc<State>,
    text: Option<String>,
    attributes: Option<Attributes>,
    available: bool,
    now: Timestamp,
) {
    let state = Arc::make_mut(state);
    if let Some(text) = text {
        state.state = text;
        state.last_changed = now;
    }
    if let Some(attributes) = attributes {
        state.attributes = attributes;
    }
    if state.available != available {
        state.available = available;
        state.last_changed = now;
    }
    state.last_updated = now;
}

/// A value for an attribute that is assumed.
pub(super) fn number(value: f64) -> Value {
    super::super::kinds::tidy(value)
}
