//! What the registry asks its owner to do, and what it says about commands and changes.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::model::{
    Area, AreaId, Attributes, DeviceId, EntityChange, EntityId, Floor, FloorId, Names, Publish, State,
    Timestamp,
};

/// Something for the registry's owner to do or to pass on.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Subscribe to these filters; none of them was subscribed to before.
    Subscribe(Vec<String>),
    /// Nobody needs these filters any more.
    Unsubscribe(Vec<String>),
    /// Send a message to the broker.
    Publish(Publish),
    /// State, attributes or availability of an entity are others now.
    StateChanged(EntityId),
    /// An entity is new or was changed; keep its [`EntitySettings`].
    EntityUpdated(EntityId),
    /// An entity is gone.
    EntityRemoved(EntityId),
    /// A device is new or was changed.
    DeviceUpdated(DeviceId),
    /// A device is gone.
    DeviceRemoved(DeviceId),
    /// An area is new or was changed.
    AreaUpdated(AreaId),
    /// An area is gone.
    AreaRemoved(AreaId),
    /// A floor is new or was changed.
    FloorUpdated(FloorId),
    /// A floor is gone.
    FloorRemoved(FloorId),
    /// Keep this discovery message for the next start, in place of an earlier one on its topic.
    SaveDiscovery {
        /// The discovery topic.
        topic: String,
        /// The message as it came.
        payload: Bytes,
    },
    /// Forget the discovery message kept for this topic.
    ForgetDiscovery {
        /// The discovery topic.
        topic: String,
    },
    /// A button was pressed, a doorbell rang: something that has no lasting state.
    EntityEvent {
        /// The event entity.
        entity: EntityId,
        /// One of its `event_types`.
        event_type: String,
        /// What came with it.
        attributes: Attributes,
    },
    /// A camera or image entity has a new picture.
    Picture {
        /// The entity.
        entity: EntityId,
        /// The picture as it came; nobody has looked at what it is.
        bytes: Bytes,
    },
    /// A message was not used.
    Rejected {
        /// Its topic.
        topic: String,
        /// Why, in words for a person.
        reason: String,
    },
    /// A message was used, but something in it was left out.
    Noted {
        /// Its topic.
        topic: String,
        /// What and why, in words for a person.
        reason: String,
    },
}

/// Why a command cannot be given to an entity, in words for a person.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// There is no such entity.
    #[error("there is no entity {0}")]
    NoEntity(EntityId),
    /// The entity is disabled.
    #[error("{0} is disabled")]
    Disabled(EntityId),
    /// Its availability topics say that the device cannot be reached.
    #[error("{0} cannot be reached")]
    Unavailable(EntityId),
    /// This kind of entity, or this one with its topics, cannot do it.
    #[error("{entity} cannot {what}")]
    Unsupported {
        /// The entity.
        entity: EntityId,
        /// What was asked of it, as a verb.
        what: String,
    },
    /// The value is none that the entity takes.
    #[error("{entity} does not take {value:?} as {what}: {allowed}")]
    BadValue {
        /// The entity.
        entity: EntityId,
        /// Which value, for example `option`.
        what: &'static str,
        /// What was asked for.
        value: String,
        /// What it takes.
        allowed: String,
    },
    /// The entity wants a code, and it is missing or wrong.
    #[error("{0} wants a valid code")]
    Code(EntityId),
    /// The entity's command template failed.
    #[error("the command template of {entity} failed: {reason}")]
    Template {
        /// The entity.
        entity: EntityId,
        /// What minijinja says.
        reason: String,
    },
}

/// Why an owner's change cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// There is no such thing.
    #[error("there is no {kind} {id:?}")]
    NotFound {
        /// `entity`, `device`, `area` or `floor`.
        kind: &'static str,
        /// What was asked for.
        id: String,
    },
    /// The names are not usable.
    #[error("{0}")]
    BadNames(String),
    /// There are as many as there may be.
    #[error("there are already {limit} {kind}s, and no more are taken")]
    TooMany {
        /// `area` or `floor`.
        kind: &'static str,
        /// The limit.
        limit: usize,
    },
}

/// What the owner has decided about an entity, and which id it was given. Kept for good, so that the
/// entity has the same id and names when it comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntitySettings {
    /// The id that the entity was given.
    pub id: EntityId,
    /// By which the entity is known again: its unique id, or else its place in the discovery topics.
    pub key: Arc<str>,
    /// The owner's names in place of the discovered one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<Names>,
    /// The owner's area for this entity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaId>,
    /// The owner's word on whether it is shown; the device's own wish otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

impl EntitySettings {
    /// Takes over what the owner changes.
    pub fn change(&mut self, change: &EntityChange) {
        change.apply(&mut self.names, &mut self.area, &mut self.enabled);
    }
}

/// What the owner has decided about a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceSettings {
    /// The device.
    pub id: DeviceId,
    /// The owner's names in place of the discovered one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub names: Option<Names>,
    /// Where the owner put it; only meaningful when `area_decided`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<AreaId>,
    /// Whether the owner decided on the area; otherwise the device's own suggestion holds.
    #[serde(default)]
    pub area_decided: bool,
    /// What the device called itself before the owner named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovered_name: Option<String>,
}

/// Everything kept from before, for [`super::Registry::restore`].
#[derive(Debug, Clone, Default)]
pub struct Saved {
    /// Rooms.
    pub areas: Vec<Area>,
    /// Floors.
    pub floors: Vec<Floor>,
    /// What the owner decided about entities, and their ids.
    pub entity_settings: Vec<EntitySettings>,
    /// What the owner decided about devices.
    pub device_settings: Vec<DeviceSettings>,
    /// Discovery messages by topic, in the order in which they first came.
    pub discovery: Vec<(String, Bytes)>,
    /// The last known states.
    pub states: Vec<(EntityId, State)>,
}

/// The result of [`super::Registry::tick`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tick {
    /// What came due.
    pub effects: Vec<Effect>,
    /// When to call again at the latest; `None` when nothing waits.
    pub next: Option<Timestamp>,
}
