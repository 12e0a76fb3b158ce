//! Discovery messages: devices and entities come, change and go.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use serde_json::Value;

use super::binding::Binding;
use super::index::Target;
use super::{Effect, Registry, naming};
use crate::devices::discovery::fields::Fields;
use crate::devices::discovery::payload::{self, Component, Message};
use crate::devices::discovery::{availability, device, topic};
use crate::devices::kinds::{self, Built};
use crate::devices::strings::Shared;
use crate::devices::template::{Encoding, Payload};
use crate::model::{
    Attributes, DeviceId, Domain, Entity, EntityCategory, EntityId, Inbound, Names, State, Timestamp,
};

/// A device trigger (a button's press) or tag scanner that a device announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// The device that brings it.
    pub device: Option<DeviceId>,
    /// The topic of its messages.
    pub topic: Arc<str>,
    /// The message that means it; any, when there is none.
    pub payload: Option<Arc<str>>,
    /// For example `button_short_press`; `tag` for a tag scanner.
    pub kind: Arc<str>,
    /// For example `button_1`.
    pub subtype: Arc<str>,
}

#[derive(Debug)]
enum What {
    Entity(u32),
    Trigger(Box<Trigger>),
}

#[derive(Debug)]
struct Place {
    topic: Arc<str>,
    what: What,
    device: Option<DeviceId>,
    /// Another topic may take it over.
    migrating: bool,
}

#[derive(Debug)]
struct Told {
    /// Of the payload, to know a repetition.
    hash: u64,
    components: Vec<Arc<str>>,
}

/// What was announced, and on which topic.
#[derive(Debug, Default)]
pub(super) struct Announced {
    topics: HashMap<Arc<str>, Told>,
    /// By platform and id.
    places: HashMap<Arc<str>, Place>,
    /// How many components each device has.
    devices: HashMap<DeviceId, u32>,
}

impl Announced {
    pub(super) fn triggers(&self) -> impl Iterator<Item = &Trigger> {
        self.places.values().filter_map(|place| match &place.what {
            What::Trigger(trigger) => Some(&**trigger),
            What::Entity(_) => None,
        })
    }

    /// Whether a topic says just what it said before.
    pub(super) fn is_repetition(&self, topic: &str, hash: u64) -> bool {
        self.topics.get(topic).is_some_and(|told| told.hash == hash)
    }

    fn hold(&mut self, device: &DeviceId) {
        *self.devices.entry(device.clone()).or_insert(0) += 1;
    }

    /// True when nothing holds the device any more.
    fn release(&mut self, device: &DeviceId) -> bool {
        let Some(count) = self.devices.get_mut(device) else { return false };
        *count -= 1;
        let gone = *count == 0;
        if gone {
            self.devices.remove(device);
        }
        gone
    }

    /// Every discovery topic with a component of this device.
    pub(super) fn topics_of(&self, device: &DeviceId) -> Vec<Arc<str>> {
        let of = self.places.values().filter(|place| place.device.as_ref() == Some(device));
        let mut topics: Vec<_> = of.map(|place| place.topic.clone()).collect();
        topics.sort();
        topics.dedup();
        topics
    }
}

impl Registry {
    /// Takes in a message on a discovery topic.
    pub(super) fn discovery(&mut self, message: &Inbound, now: Timestamp, effects: &mut Vec<Effect>) {
        let rejected = |reason: String| Effect::Rejected { topic: message.topic.clone(), reason };
        if message.payload.len() > self.options.max_discovery {
            let limit = self.options.max_discovery;
            effects.push(rejected(format!("the discovery message is longer than {limit} bytes")));
            return;
        }
        let after = message.topic.get(self.options.discovery_prefix.len() + 1..).unwrap_or_default();
        let Some(Ok(parts)) = topic::read(after) else { return };
        let hash = hash(&message.payload);
        if self.announced.is_repetition(&message.topic, hash) {
            return;
        }
        match payload::read(parts, &message.payload) {
            Err(reason) => effects.push(rejected(reason)),
            Ok(Message::Remove) => self.withdraw(&message.topic, effects),
            Ok(Message::Migrate) => self.migrate(&message.topic),
            Ok(Message::Components(components)) => self.announce_all(message, hash, components, now, effects),
        }
    }

    /// Everything announced on a topic is gone.
    pub(super) fn withdraw(&mut self, topic: &str, effects: &mut Vec<Effect>) {
        let Some(told) = self.announced.topics.remove(topic) else { return };
        for key in told.components {
            self.remove_component(&key, topic, effects);
        }
        effects.push(Effect::ForgetDiscovery { topic: topic.to_owned() });
    }

    fn migrate(&mut self, topic: &str) {
        let Some(told) = self.announced.topics.get_mut(topic) else { return };
        // The next message on this topic is never a repetition.
        told.hash = 0;
        for key in &told.components {
            if let Some(place) = self.announced.places.get_mut(key) {
                place.migrating = true;
            }
        }
    }

    pub(super) fn announce_all(
        &mut self,
        message: &Inbound,
        hash: u64,
        components: Vec<Component>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let topic: Arc<str> = self.strings.get(&message.topic);
        let before = self.announced.topics.remove(&topic).map(|told| told.components).unwrap_or_default();
        let mut present = Vec::with_capacity(components.len());
        for component in components {
            let key: Arc<str> = Arc::from(format!("{} {}", component.platform, component.id));
            if component.removed {
                continue;
            }
            match self.announce(&topic, &key, &component, now, effects) {
                Ok(()) => present.push(key),
                Err(reason) => {
                    let reason = format!("{}: {reason}", component.platform);
                    effects.push(Effect::Rejected { topic: topic.to_string(), reason });
                    // What worked before goes on working.
                    if before.contains(&key) {
                        present.push(key);
                    }
                }
            }
        }
        for gone in before.iter().filter(|key| !present.contains(key)) {
            self.remove_component(gone, &topic, effects);
        }
        if present.is_empty() {
            if !before.is_empty() {
                effects.push(Effect::ForgetDiscovery { topic: topic.to_string() });
            }
            return;
        }
        effects.push(Effect::SaveDiscovery { topic: topic.to_string(), payload: message.payload.clone() });
        self.announced.topics.insert(topic, Told { hash, components: present });
    }

    fn announce(
        &mut self,
        topic: &Arc<str>,
        key: &Arc<str>,
        component: &Component,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Result<(), String> {
        let old = match self.announced.places.get(key) {
            Some(place) if place.topic != *topic && !place.migrating => {
                return Err(format!("it is announced on {} already", place.topic));
            }
            Some(Place { what: What::Entity(slot), .. }) => Some(*slot),
            _ => None,
        };
        if matches!(component.platform.as_str(), "device_automation" | "tag") {
            return self.announce_trigger(topic, key, component, effects);
        }
        let domain: Domain = component
            .platform
            .parse()
            .map_err(|_| format!("the component {:?} is not supported", component.platform))?;
        let mut fields = Fields::new(&component.map, &mut self.strings, &mut self.templates);
        let mut built = kinds::build(domain, &mut fields)?;
        if let Some((from, to)) = &component.mirror {
            built.mirror(from, &fields.strings.get(to));
        }
        let availability = availability::read(&mut fields);
        let mut traits = Traits::read(domain, &mut fields, &built);
        let notes = std::mem::take(&mut fields.notes);
        let identity = traits.unique_id.clone().unwrap_or_else(|| Arc::clone(key));
        let known = match old {
            Some(slot) => self.binding(slot).map(|binding| binding.entity.clone()),
            None => self.naming.known(domain, &identity),
        };
        if old.is_none() {
            if let Some(id) = known.as_ref().filter(|id| self.by_entity.contains_key(*id)) {
                return Err(format!("its unique_id {identity:?} is that of {id} already"));
            }
            if self.entities.len() >= self.options.max_entities {
                return Err(format!(
                    "there are already {} entities, and no more are taken",
                    self.entities.len()
                ));
            }
        }
        let device = self.describe_device(component.map.get("device"), topic, effects)?;
        let device_name =
            device.as_ref().filter(|(_, named)| *named).and_then(|(id, _)| self.devices.get(id));
        let full =
            naming::friendly(device_name.map(|device| device.names.name.as_str()), traits.name.as_deref());
        let id = match known {
            Some(id) => id,
            None => {
                let wishes =
                    [traits.object_id.as_deref().unwrap_or(""), &full, built.default_name, &identity];
                self.naming
                    .give(domain, &identity, &wishes)
                    .ok_or_else(|| "no entity id can be made for it".to_owned())?
            }
        };
        for reason in notes {
            effects.push(Effect::Noted { topic: topic.to_string(), reason: format!("{id}: {reason}") });
        }
        let device = device.map(|(device, _)| device);
        self.move_device(key, device.as_ref(), effects);
        let qos = traits.qos;
        let binding = Binding {
            entity: id.clone(),
            kind: built.kind,
            reads: built.reads.into(),
            writes: built.writes.into(),
            availability,
            encoding: traits.encoding,
            qos,
            retain: traits.retain,
            optimistic: built.optimistic,
            force_update: traits.force_update,
            complained: false,
            expire_after: built.expire_after,
            off_delay: built.off_delay,
            due: None,
            own_name: traits.name.take().map(String::into_boxed_str),
            enabled_by_default: traits.enabled,
        };
        let entity = traits.entity(id, device.clone(), built.capabilities, &mut self.capabilities);
        let slot = self.bind(old, binding, effects);
        let place = Place { topic: topic.clone(), what: What::Entity(slot), device, migrating: false };
        self.announced.places.insert(key.clone(), place);
        self.put_entity(entity, built.initial, now, effects);
        self.replay(slot, now, effects);
        Ok(())
    }

    fn announce_trigger(
        &mut self,
        topic: &Arc<str>,
        key: &Arc<str>,
        component: &Component,
        effects: &mut Vec<Effect>,
    ) -> Result<(), String> {
        let mut fields = Fields::new(&component.map, &mut self.strings, &mut self.templates);
        let heard = fields.subscribe("topic").ok_or("it needs a topic")?;
        let kind = fields.payload_or("type", "tag");
        let subtype = fields.payload_or("subtype", "");
        let payload = fields.shared("payload");
        let device = self.describe_device(component.map.get("device"), topic, effects)?.map(|(id, _)| id);
        self.move_device(key, device.as_ref(), effects);
        let trigger = Trigger { device: device.clone(), topic: heard, payload, kind, subtype };
        let place =
            Place { topic: topic.clone(), what: What::Trigger(Box::new(trigger)), device, migrating: false };
        self.announced.places.insert(key.clone(), place);
        Ok(())
    }

    /// Brings the device of a message into the registry; its id, and whether it has a name.
    fn describe_device(
        &mut self,
        value: Option<&Value>,
        topic: &Arc<str>,
        effects: &mut Vec<Effect>,
    ) -> Result<Option<(DeviceId, bool)>, String> {
        let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
        match device::read(value, &mut self.strings) {
            Ok(described) => {
                let named = described.named;
                let id = described.device.id.clone();
                let named = self.put_device(described, effects)? || named;
                Ok(Some((id, named)))
            }
            Err(reason) => {
                effects.push(Effect::Noted { topic: topic.to_string(), reason });
                Ok(None)
            }
        }
    }

    /// Counts a component with its device, and no longer with the one that it had.
    fn move_device(&mut self, key: &Arc<str>, device: Option<&DeviceId>, effects: &mut Vec<Effect>) {
        let before = self.announced.places.get(key).and_then(|place| place.device.clone());
        if before.as_ref() == device {
            return;
        }
        if let Some(device) = device {
            self.announced.hold(device);
        }
        if let Some(before) = before {
            self.release_device(&before, effects);
        }
    }

    fn release_device(&mut self, device: &DeviceId, effects: &mut Vec<Effect>) {
        if self.announced.release(device) && self.devices.remove(device).is_some() {
            effects.push(Effect::DeviceRemoved(device.clone()));
        }
    }

    pub(super) fn binding(&self, slot: u32) -> Option<&Binding> {
        self.slots.get(slot as usize)?.as_deref()
    }

    /// Puts a binding into its slot, and tells which topics are new or no longer needed.
    fn bind(&mut self, old: Option<u32>, mut binding: Binding, effects: &mut Vec<Effect>) -> u32 {
        let slot = old.or_else(|| self.free.pop()).unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        let before = self.slots.get_mut(slot as usize).and_then(Option::take);
        let kept = before.map(|before| {
            if let (Some(new), Some(old)) = (&mut binding.availability, &before.availability) {
                new.remember(old);
            }
            before.topics()
        });
        let new = binding.topics();
        let (mut fresh, mut stale) = (Vec::new(), Vec::new());
        // Held by nobody while the old ones are taken away, topics that stay would lose their last message.
        let parked = u32::MAX;
        if kept.is_some() {
            for (topic, _) in &new {
                if self.index.add(topic, Target { slot: parked, part: 0 }) {
                    fresh.push(topic.to_string());
                }
            }
        }
        for (topic, _) in kept.iter().flatten() {
            if self.index.remove(topic, slot) {
                stale.push(topic.to_string());
            }
        }
        for (topic, part) in &new {
            if self.index.add(topic, Target { slot, part: *part }) {
                fresh.push(topic.to_string());
            }
        }
        if kept.is_some() {
            for (topic, _) in &new {
                self.index.remove(topic, parked);
            }
        }
        stale.sort();
        stale.dedup();
        if !stale.is_empty() {
            effects.push(Effect::Unsubscribe(stale));
        }
        if !fresh.is_empty() {
            effects.push(Effect::Subscribe(fresh));
        }
        self.by_entity.insert(binding.entity.clone(), slot);
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = Some(Box::new(binding));
        }
        slot
    }

    /// Lets a new entity hear what its topics said before it was known.
    fn replay(&mut self, slot: u32, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(topics) = self.binding(slot).map(Binding::topics) else { return };
        let mut heard: Vec<Arc<str>> = Vec::new();
        for (topic, _) in &topics {
            if heard.contains(topic) {
                continue;
            }
            heard.push(topic.clone());
            let Some(last) = self.index.last(topic) else { continue };
            let same = topics.iter().filter(|(other, _)| other == topic);
            let group: Vec<Target> = same.map(|(_, part)| Target { slot, part: *part }).collect();
            self.tell(&group, topic, &Payload::new(&last), true, now, effects);
        }
    }

    fn put_entity(
        &mut self,
        mut entity: Entity,
        initial: Option<&str>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        self.settle(&mut entity);
        let id = entity.id.clone();
        let available =
            self.by_entity.get(&id).and_then(|slot| self.binding(*slot)).is_none_or(Binding::is_available);
        let is_new = !self.states.contains_key(&id);
        let state = self.states.entry(id.clone()).or_insert_with(|| {
            let state = initial.unwrap_or(State::UNKNOWN).to_owned();
            Arc::new(State { state, available, ..State::unknown(now) })
        });
        let turned = state.available != available;
        if turned {
            Arc::make_mut(state).available = available;
        }
        if self.entities.get(&id).is_none_or(|old| **old != entity) {
            self.entities.insert(id.clone(), Arc::new(entity));
            effects.push(Effect::EntityUpdated(id.clone()));
        }
        if is_new || turned {
            effects.push(Effect::StateChanged(id));
        }
    }

    fn remove_component(&mut self, key: &Arc<str>, topic: &str, effects: &mut Vec<Effect>) {
        // It may have moved to another topic meanwhile.
        if self.announced.places.get(key).is_none_or(|place| *place.topic != *topic) {
            return;
        }
        let Some(place) = self.announced.places.remove(key) else { return };
        if let What::Entity(slot) = place.what {
            self.unbind(slot, effects);
        }
        if let Some(device) = place.device {
            self.release_device(&device, effects);
        }
    }

    fn unbind(&mut self, slot: u32, effects: &mut Vec<Effect>) {
        let Some(binding) = self.slots.get_mut(slot as usize).and_then(Option::take) else { return };
        self.free.push(slot);
        let mut stale = Vec::new();
        for (topic, _) in binding.topics() {
            if self.index.remove(&topic, slot) {
                stale.push(topic.to_string());
            }
        }
        stale.sort();
        stale.dedup();
        if !stale.is_empty() {
            effects.push(Effect::Unsubscribe(stale));
        }
        if let Some(due) = binding.due {
            self.due.remove(&(due, slot));
        }
        self.by_entity.remove(&binding.entity);
        self.entities.remove(&binding.entity);
        self.states.remove(&binding.entity);
        effects.push(Effect::EntityRemoved(binding.entity));
    }
}

pub(super) fn hash(payload: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    payload.hash(&mut hasher);
    hasher.finish()
}

/// What every kind of entity may say about itself.
struct Traits {
    unique_id: Option<Arc<str>>,
    object_id: Option<String>,
    name: Option<String>,
    device_class: Option<Arc<str>>,
    unit: Option<Arc<str>>,
    icon: Option<Arc<str>>,
    category: Option<EntityCategory>,
    enabled: bool,
    encoding: Encoding,
    qos: u8,
    retain: bool,
    force_update: bool,
    picture: Option<String>,
}

impl Traits {
    fn read(domain: Domain, fields: &mut Fields<'_>, built: &Built) -> Self {
        let clip = |text: String| device::cut(text.chars().filter(|c| !c.is_control()).collect(), 200);
        let shared = |fields: &mut Fields<'_>, key: &str| {
            let text = clip(fields.text(key)?);
            Some(fields.strings.get(&text))
        };
        let device_class = shared(fields, "device_class");
        let name = if fields.has("name") {
            fields.text("name").map(clip)
        } else {
            // Without a word on its name an entity is called after its class.
            let class = device_class.as_deref().filter(|_| {
                matches!(
                    domain,
                    Domain::BinarySensor | Domain::Button | Domain::Event | Domain::Number | Domain::Sensor
                )
            });
            Some(class.map_or_else(|| built.default_name.to_owned(), naming::class_name))
        };
        let object_id = fields.text("default_entity_id").or_else(|| fields.text("object_id"));
        let object_id =
            object_id.map(|id| id.split_once('.').map_or(id.clone(), |(_, object)| object.to_owned()));
        let category = match fields.text("entity_category").as_deref() {
            Some("config") => Some(EntityCategory::Config),
            Some("diagnostic") => Some(EntityCategory::Diagnostic),
            None => None,
            Some(other) => {
                fields.note(format!("entity_category {other:?} is neither config nor diagnostic"));
                None
            }
        };
        let qos = match fields.number("qos") {
            Some(1.0) => 1,
            Some(2.0) => 2,
            _ => 0,
        };
        Self {
            unique_id: fields.text("unique_id").filter(|id| !id.is_empty()).map(Arc::from),
            object_id,
            name,
            device_class,
            unit: shared(fields, "unit_of_measurement"),
            icon: shared(fields, "icon"),
            category,
            enabled: fields.flag("enabled_by_default").unwrap_or(true),
            encoding: fields.encoding(),
            qos,
            retain: fields.flag("retain").unwrap_or(false),
            force_update: fields.flag("force_update").unwrap_or(false),
            picture: fields.text("entity_picture").map(clip),
        }
    }

    fn entity(
        self,
        id: EntityId,
        device: Option<DeviceId>,
        mut capabilities: Attributes,
        known: &mut Shared<Attributes>,
    ) -> Entity {
        if let Some(picture) = self.picture {
            capabilities.insert("entity_picture".to_owned(), Value::String(picture));
        }
        Entity {
            id,
            unique_id: self.unique_id,
            names: Names::default(),
            device,
            area: None,
            device_class: self.device_class,
            unit_of_measurement: self.unit,
            icon: self.icon,
            category: self.category,
            enabled: self.enabled,
            capabilities: known.keep(capabilities),
        }
    }
}
