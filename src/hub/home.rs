//! Everything that the hub knows of the home.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{
    Area, AreaId, Device, DeviceId, Entity, EntityId, Floor, FloorId, Health, HomeView, ListId, Revision,
    State, Timer, TimerId, TodoList,
};

/// The home as it is now. Owned by the actor, read through [`super::Handle::read`].
#[derive(Debug, Default)]
pub struct Home {
    /// Newest event that this state includes.
    pub revision: Revision,
    /// Rooms.
    pub areas: BTreeMap<AreaId, Arc<Area>>,
    /// Floors.
    pub floors: BTreeMap<FloorId, Arc<Floor>>,
    /// Physical things.
    pub devices: BTreeMap<DeviceId, Arc<Device>>,
    /// What can be read or switched.
    pub entities: BTreeMap<EntityId, Arc<Entity>>,
    /// What is known of each entity.
    pub states: BTreeMap<EntityId, Arc<State>>,
    /// Kitchen timers.
    pub timers: BTreeMap<TimerId, Arc<Timer>>,
    /// Shopping and to-do lists.
    pub lists: BTreeMap<ListId, Arc<TodoList>>,
    /// How each part of the hub is.
    pub health: BTreeMap<String, Arc<Health>>,
}

impl Home {
    /// The part of it that sentences are about.
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
}
