//! The whole home at one moment, as a new panel needs it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use crate::hub::{Home, HubError, Settings};
use crate::model::{Area, Device, Entity, EntityId, Floor, Health, Revision, State, Timer, TodoList};

use super::Web;

/// Settings of the home.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HomeInfo {
    /// What the home is called.
    #[schema(example = "Home")]
    name: String,
    /// The hub's own language.
    #[schema(example = "en")]
    language: String,
    /// IANA name of the time zone.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    /// `°C` or `°F`.
    #[schema(example = "°C")]
    temperature_unit: String,
}

impl From<&Settings> for HomeInfo {
    fn from(settings: &Settings) -> Self {
        Self {
            name: settings.name.clone(),
            language: settings.language.clone(),
            time_zone: settings.time_zone.iana_name().unwrap_or("UTC").to_owned(),
            temperature_unit: settings.temperature_unit.clone(),
        }
    }
}

/// The whole home at one moment.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Snapshot {
    /// Events up to this one are included.
    revision: Revision,
    /// Settings.
    home: HomeInfo,
    /// Rooms.
    areas: Vec<Arc<Area>>,
    /// Floors.
    floors: Vec<Arc<Floor>>,
    /// Physical things.
    devices: Vec<Arc<Device>>,
    /// What can be read or switched.
    entities: Vec<Arc<Entity>>,
    /// What is known of each entity.
    states: BTreeMap<EntityId, Arc<State>>,
    /// Kitchen timers.
    timers: Vec<Arc<Timer>>,
    /// Shopping and to-do lists.
    lists: Vec<Arc<TodoList>>,
    /// How each part of the hub is.
    health: Vec<Arc<Health>>,
}

impl Snapshot {
    /// Copies what the hub knows; only pointers are copied while the hub waits.
    pub(super) async fn take(web: &Web) -> Result<Self, HubError> {
        web.handle
            .read(|home: &Home| Self {
                revision: home.revision,
                home: HomeInfo::from(&*home.settings),
                areas: home.view().areas.values().cloned().collect(),
                floors: home.view().floors.values().cloned().collect(),
                devices: home.view().devices.values().cloned().collect(),
                entities: home.view().entities.values().cloned().collect(),
                states: home.view().states.clone(),
                timers: home.timers.values().cloned().collect(),
                lists: home.lists.values().cloned().collect(),
                health: home.health.values().cloned().collect(),
            })
            .await
    }

    /// The newest event that is included.
    pub(super) const fn revision(&self) -> Revision {
        self.revision
    }
}
