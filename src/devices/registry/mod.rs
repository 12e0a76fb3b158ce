//! The registry: it owns the home's areas, devices, entities and states, and how each entity is read
//! and written over MQTT. Pure: it is told what came and when, and answers with effects.

mod announce;
mod binding;
mod change;
mod clock;
mod command;
mod index;
mod naming;
mod restore;
mod rooms;
mod tasmota;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use self::binding::Binding;
use self::index::{Index, Target};
use self::naming::Naming;
use super::discovery::topic;
use super::effect::{DeviceSettings, Effect, EntitySettings};
use super::kinds::{Draft, Input, Role};
use super::strings::{Shared, Strings};
use super::template::{Encoding, Payload, Templates};
use crate::model::{
    Area, AreaId, Attributes, Device, DeviceId, Entity, EntityId, Floor, FloorId, HomeView, Inbound, State,
    Timestamp,
};

pub use announce::Trigger;

/// How the registry listens, and how much it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryOptions {
    /// Home Assistant's discovery prefix.
    pub discovery_prefix: String,
    /// Tasmota's own discovery; `None` leaves it alone.
    pub tasmota_prefix: Option<String>,
    /// IANA name of the time zone in which templates see times.
    pub time_zone: String,
    /// Most entities.
    pub max_entities: usize,
    /// Most devices.
    pub max_devices: usize,
    /// Most areas, and most floors.
    pub max_rooms: usize,
    /// Longest discovery message in bytes.
    pub max_discovery: usize,
}

impl Default for RegistryOptions {
    fn default() -> Self {
        Self {
            discovery_prefix: "homeassistant".to_owned(),
            tasmota_prefix: Some("tasmota/discovery".to_owned()),
            time_zone: "UTC".to_owned(),
            max_entities: 50_000,
            max_devices: 20_000,
            max_rooms: 1_000,
            max_discovery: 1024 * 1024,
        }
    }
}

/// The registry. See the module's text.
#[derive(Debug)]
pub struct Registry {
    options: RegistryOptions,
    areas: BTreeMap<AreaId, Arc<Area>>,
    floors: BTreeMap<FloorId, Arc<Floor>>,
    devices: BTreeMap<DeviceId, Arc<Device>>,
    entities: BTreeMap<EntityId, Arc<Entity>>,
    states: BTreeMap<EntityId, Arc<State>>,
    slots: Vec<Option<Box<Binding>>>,
    free: Vec<u32>,
    by_entity: HashMap<EntityId, u32>,
    index: Index,
    announced: announce::Announced,
    naming: Naming,
    device_settings: BTreeMap<DeviceId, DeviceSettings>,
    tasmota: tasmota::Tasmota,
    /// What comes due by itself: when, and for which slot.
    due: BTreeSet<(Timestamp, u32)>,
    strings: Strings,
    capabilities: Shared<Attributes>,
    templates: Templates,
    /// Whether the discovery topics were asked for.
    listening: bool,
}

impl Registry {
    /// An empty registry.
    #[must_use]
    pub fn new(options: RegistryOptions) -> Self {
        let templates = Templates::new(&options.time_zone);
        Self {
            options,
            areas: BTreeMap::new(),
            floors: BTreeMap::new(),
            devices: BTreeMap::new(),
            entities: BTreeMap::new(),
            states: BTreeMap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            by_entity: HashMap::new(),
            index: Index::default(),
            announced: announce::Announced::default(),
            naming: Naming::default(),
            device_settings: BTreeMap::new(),
            tasmota: tasmota::Tasmota::default(),
            due: BTreeSet::new(),
            strings: Strings::new(),
            capabilities: Shared::new(),
            templates,
            listening: false,
        }
    }

    /// The home as it is now.
    #[must_use]
    pub fn view(&self) -> HomeView<'_> {
        HomeView {
            areas: &self.areas,
            floors: &self.floors,
            devices: &self.devices,
            entities: &self.entities,
            states: &self.states,
        }
    }

    /// What to keep about an entity for the next start.
    #[must_use]
    pub fn entity_settings(&self, id: &EntityId) -> Option<EntitySettings> {
        self.naming.settings(id)
    }

    /// What to keep about a device for the next start; `None` while the owner decided nothing.
    #[must_use]
    pub fn device_settings(&self, id: &DeviceId) -> Option<&DeviceSettings> {
        self.device_settings.get(id)
    }

    /// Triggers and tag scanners that devices announced: usable by automations, but no entities.
    pub fn triggers(&self) -> impl Iterator<Item = &Trigger> {
        self.announced.triggers()
    }

    /// The connection came up or went down. The discovery topics are asked for once; the MQTT client
    /// gives all subscriptions again by itself after that.
    pub fn on_connected(&mut self, up: bool, _now: Timestamp) -> Vec<Effect> {
        if up { self.listen().into_iter().collect() } else { Vec::new() }
    }

    fn listen(&mut self) -> Option<Effect> {
        if std::mem::replace(&mut self.listening, true) {
            return None;
        }
        let prefix = &self.options.discovery_prefix;
        let mut filters = vec![format!("{prefix}/+/+/config"), format!("{prefix}/+/+/+/config")];
        if let Some(tasmota) = &self.options.tasmota_prefix {
            filters.push(format!("{tasmota}/+/config"));
            filters.push(format!("{tasmota}/+/sensors"));
        }
        Some(Effect::Subscribe(filters))
    }

    /// Takes in a message: discovery or state.
    pub fn on_message(&mut self, message: &Inbound, now: Timestamp) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.templates.set_now(now);
        let prefix = &self.options.discovery_prefix;
        let after = message.topic.strip_prefix(prefix.as_str()).and_then(|rest| rest.strip_prefix('/'));
        match after.and_then(topic::read) {
            Some(Ok(_)) => self.discovery(message, now, &mut effects),
            Some(Err(reason)) => effects.push(Effect::Rejected { topic: message.topic.clone(), reason }),
            None => {}
        }
        let tasmota = self.options.tasmota_prefix.as_deref().and_then(|prefix| {
            let after = message.topic.strip_prefix(prefix)?.strip_prefix('/')?;
            tasmota::topic(after)
        });
        if let Some(device) = tasmota {
            self.tasmota(message, device, now, &mut effects);
        }
        self.spread(message, now, &mut effects);
        effects
    }

    /// Gives a message to every entity that reads its topic.
    fn spread(&mut self, message: &Inbound, now: Timestamp, effects: &mut Vec<Effect>) {
        let targets = self.index.message(&message.topic, &message.payload);
        if targets.is_empty() {
            return;
        }
        let payload = Payload::new(&message.payload);
        for group in targets.chunk_by(|a, b| a.slot == b.slot) {
            self.tell(group, &message.topic, &payload, message.retain, now, effects);
        }
    }

    /// Gives a message to one entity, for all of its readers of that topic.
    fn tell(
        &mut self,
        group: &[Target],
        topic: &str,
        payload: &Payload<'_>,
        retained: bool,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(slot) = group.first().map(|target| target.slot) else { return };
        let Some(binding) = self.slots.get_mut(slot as usize).and_then(Option::as_deref_mut) else { return };
        let Some(state) = self.states.get_mut(&binding.entity) else { return };
        let (decoded, other);
        let payload = match binding.encoding {
            Encoding::Utf8 => payload,
            Encoding::Raw => {
                other = Payload::raw(payload.bytes());
                &other
            }
            Encoding::Latin1 => {
                decoded = payload.bytes().iter().map(|byte| char::from(*byte)).collect::<String>();
                other = Payload::new(decoded.as_bytes());
                &other
            }
        };
        let mut draft = Draft::new(state);
        let mut wrong = None;
        let mut spoke = false;
        for target in group {
            if let Some(index) = binding::availability_part(target.part) {
                if let Some(availability) = &mut binding.availability {
                    availability.message(index, payload, &self.templates);
                }
                continue;
            }
            let Some(read) = binding.reads.get(usize::from(target.part)) else { continue };
            if retained && binding.kind.ignores_retained() {
                continue;
            }
            let input = Input { payload, template: read.template.as_ref(), templates: &self.templates, now };
            let result = match read.role {
                Role::Attributes => binding::attributes(&input, &mut draft),
                role => binding.kind.read(role, &input, &mut draft),
            };
            match result {
                Ok(()) => spoke |= draft.touched,
                Err(reason) => wrong = Some(reason),
            }
        }
        if let Some(bytes) = draft.picture.take() {
            effects.push(Effect::Picture { entity: binding.entity.clone(), bytes });
        }
        let (text, attributes, events) = draft.finish();
        let available = binding.is_available();
        let changed = text.is_some()
            || attributes.is_some()
            || available != state.available
            || (binding.force_update && spoke);
        if changed || spoke {
            binding::commit(state, text, attributes, available, now);
        }
        if changed {
            effects.push(Effect::StateChanged(binding.entity.clone()));
        }
        for (event_type, attributes) in events {
            effects.push(Effect::EntityEvent { entity: binding.entity.clone(), event_type, attributes });
        }
        if spoke {
            let is_on = state.state == "on";
            clock::schedule(&mut self.due, binding, slot, is_on, now);
            binding.complained = false;
        }
        if let Some(reason) = wrong
            && !std::mem::replace(&mut binding.complained, true)
        {
            let reason = format!("{}: {reason}", binding.entity);
            effects.push(Effect::Rejected { topic: topic.to_owned(), reason });
        }
    }
}
