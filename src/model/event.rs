//! What the hub tells everybody who listens.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Area, AreaId, Device, DeviceId, Entity, EntityId, Floor, FloorId, ListId, Message, Reply, State, Timer,
    TimerId, Timestamp, TodoList,
};

/// Counts the hub's events since it started; a listener that sees a gap reads everything again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Revision(pub u64);

/// How well a part of the hub is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthLevel {
    /// It works.
    Ok,
    /// It is starting, or starting again.
    Starting,
    /// It works, but something is wrong.
    Degraded,
    /// It does not work; the hub keeps trying.
    Failing,
    /// It does not work, and the hub has given up.
    GivenUp,
}

/// How one part of the hub is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// The part, for example `mqtt`.
    pub part: String,
    /// How well it is.
    pub level: HealthLevel,
    /// What is wrong and what a person can do, in words; empty when all is well.
    pub message: String,
    /// Since when.
    pub since: Timestamp,
    /// How often it was started again.
    pub restarts: u32,
}

/// Something that happened. Large parts are shared, since every listener gets every event.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = HubEvent)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// An entity's state or attributes are others now.
    StateChanged {
        /// Which.
        entity: EntityId,
        /// Now.
        state: Arc<State>,
    },
    /// An entity is new or was changed.
    EntityUpdated(Arc<Entity>),
    /// An entity is gone.
    EntityRemoved {
        /// Which.
        entity: EntityId,
    },
    /// A device is new or was changed.
    DeviceUpdated(Arc<Device>),
    /// A device is gone.
    DeviceRemoved {
        /// Which.
        device: DeviceId,
    },
    /// An area is new or was changed.
    AreaUpdated(Arc<Area>),
    /// An area is gone.
    AreaRemoved {
        /// Which.
        area: AreaId,
    },
    /// A floor is new or was changed.
    FloorUpdated(Arc<Floor>),
    /// A floor is gone.
    FloorRemoved {
        /// Which.
        floor: FloorId,
    },
    /// A timer was set, changed or has ended.
    TimerUpdated(Arc<Timer>),
    /// A timer is gone.
    TimerRemoved {
        /// Which.
        timer: TimerId,
    },
    /// A list was changed.
    ListUpdated(Arc<TodoList>),
    /// A list is gone.
    ListRemoved {
        /// Which.
        list: ListId,
    },
    /// Somebody spoke with the hub.
    Conversation {
        /// What was said.
        message: Arc<Message>,
        /// What was answered.
        reply: Arc<Reply>,
    },
    /// An announcement to every room.
    Broadcast {
        /// The words.
        text: String,
    },
    /// How a part of the hub is.
    Health(Arc<Health>),
    /// The configuration was read again, or refused.
    Configuration {
        /// Whether it is in use now.
        accepted: bool,
        /// What changed, or why it was refused.
        message: String,
    },
}
