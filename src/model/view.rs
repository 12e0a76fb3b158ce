//! A look at the home, for code that only reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Area, AreaId, Device, DeviceId, Entity, EntityId, Floor, FloorId, State};

/// The home as it is now, borrowed from whoever owns it.
#[derive(Debug, Clone, Copy)]
pub struct HomeView<'a> {
    /// Rooms.
    pub areas: &'a BTreeMap<AreaId, Arc<Area>>,
    /// Floors.
    pub floors: &'a BTreeMap<FloorId, Arc<Floor>>,
    /// Physical things.
    pub devices: &'a BTreeMap<DeviceId, Arc<Device>>,
    /// What can be read or switched.
    pub entities: &'a BTreeMap<EntityId, Arc<Entity>>,
    /// What is known of each entity.
    pub states: &'a BTreeMap<EntityId, Arc<State>>,
}

impl<'a> HomeView<'a> {
    /// Where an entity is: its own area, or its device's.
    #[must_use]
    pub fn area_of(&self, entity: &Entity) -> Option<&'a Arc<Area>> {
        let own = entity.area.as_ref();
        let id = own.or_else(|| self.devices.get(entity.device.as_ref()?)?.area.as_ref())?;
        self.areas.get(id)
    }

    /// The floor of an entity's area.
    #[must_use]
    pub fn floor_of(&self, entity: &Entity) -> Option<&'a Arc<Floor>> {
        self.floors.get(self.area_of(entity)?.floor.as_ref()?)
    }
}
