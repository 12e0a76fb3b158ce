//! What the owner changes.

use std::sync::Arc;

use super::{Effect, Registry};
use crate::devices::effect::{ChangeError, DeviceSettings};
use crate::model::{
    Area, AreaId, Change, DeviceChange, DeviceId, EntityChange, EntityId, Floor, FloorId, Names, Timestamp,
};

/// Most names of one thing, over all languages.
const MAX_NAMES: usize = 100;
/// Longest name in bytes.
const MAX_NAME: usize = 200;

impl Registry {
    /// Checks a change without making it.
    ///
    /// # Errors
    /// What [`Registry::apply`] would answer.
    pub fn check(&self, change: &Change) -> Result<(), ChangeError> {
        match change {
            Change::Entity(id, EntityChange { names, area, .. }) => {
                self.has_entity(id)?;
                names.iter().flatten().try_for_each(check_names)?;
                area.iter().flatten().try_for_each(|area| self.has_area(area))
            }
            Change::Device(id, DeviceChange { names, area }) => {
                self.has_device(id)?;
                names.iter().flatten().try_for_each(check_names)?;
                area.iter().flatten().try_for_each(|area| self.has_area(area))
            }
            Change::RemoveDevice(id) => self.has_device(id),
            Change::PutArea(area) => {
                check_names(&area.names)?;
                area.floor.as_ref().map_or(Ok(()), |floor| self.has_floor(floor))?;
                self.room_for("area", self.areas.contains_key(&area.id), self.areas.len())
            }
            Change::RemoveArea(id) => self.has_area(id),
            Change::PutFloor(floor) => {
                check_names(&floor.names)?;
                self.room_for("floor", self.floors.contains_key(&floor.id), self.floors.len())
            }
            Change::RemoveFloor(id) => self.has_floor(id),
        }
    }

    /// Makes a change. The effects say which records are others now and are to be kept.
    ///
    /// # Errors
    /// When the thing does not exist or the names are not usable; nothing is changed then.
    pub fn apply(&mut self, change: &Change, _now: Timestamp) -> Result<Vec<Effect>, ChangeError> {
        self.check(change)?;
        let mut effects = Vec::new();
        match change {
            Change::Entity(id, change) => {
                self.naming.decide(id, |decided| {
                    change.apply(&mut decided.names, &mut decided.area, &mut decided.enabled);
                });
                self.resettle(id, &mut effects);
            }
            Change::Device(id, DeviceChange { names, area }) => {
                if let Some(area) = area {
                    self.place_device(id, area.clone(), &mut effects);
                }
                if let Some(names) = names {
                    self.name_device(id, names.as_ref(), &mut effects);
                }
            }
            Change::RemoveDevice(id) => self.remove_device(id, &mut effects),
            Change::PutArea(area) => self.put_area(area, &mut effects),
            Change::RemoveArea(id) => self.remove_area(id, &mut effects),
            Change::PutFloor(floor) => self.put_floor(floor, &mut effects),
            Change::RemoveFloor(id) => self.remove_floor(id, &mut effects),
        }
        Ok(effects)
    }

    /// The topics on which a device announced itself: what [`Change::RemoveDevice`] forgets.
    #[must_use]
    pub fn discovery_topics(&self, id: &DeviceId) -> Vec<Arc<str>> {
        self.announced.topics_of(id)
    }

    fn decide(&mut self, id: &DeviceId) -> &mut DeviceSettings {
        self.device_settings.entry(id.clone()).or_insert_with(|| DeviceSettings {
            id: id.clone(),
            names: None,
            area: None,
            area_decided: false,
            discovered_name: None,
        })
    }

    fn name_device(&mut self, id: &DeviceId, names: Option<&Names>, effects: &mut Vec<Effect>) {
        let Some(device) = self.devices.get(id) else { return };
        let mut device = (**device).clone();
        let settings = self.decide(id);
        if settings.names.is_none() {
            settings.discovered_name = Some(device.names.name.clone());
        }
        settings.names = names.cloned();
        device.names = match names {
            Some(names) => names.clone(),
            None => Names::new(settings.discovered_name.clone().unwrap_or(device.names.name)),
        };
        self.devices.insert(id.clone(), Arc::new(device));
        effects.push(Effect::DeviceUpdated(id.clone()));
        self.rename_entities(id, effects);
    }

    fn place_device(&mut self, id: &DeviceId, area: Option<AreaId>, effects: &mut Vec<Effect>) {
        let settings = self.decide(id);
        settings.area.clone_from(&area);
        settings.area_decided = true;
        if let Some(device) = self.devices.get_mut(id) {
            Arc::make_mut(device).area = area;
            effects.push(Effect::DeviceUpdated(id.clone()));
        }
    }

    fn remove_device(&mut self, id: &DeviceId, effects: &mut Vec<Effect>) {
        let entities: Vec<EntityId> = self
            .entities
            .values()
            .filter(|entity| entity.device.as_ref() == Some(id))
            .map(|entity| entity.id.clone())
            .collect();
        for topic in self.announced.topics_of(id) {
            self.withdraw(&topic, effects);
        }
        for entity in entities {
            self.naming.forget(&entity);
        }
        self.device_settings.remove(id);
        if self.devices.remove(id).is_some() {
            effects.push(Effect::DeviceRemoved(id.clone()));
        }
    }

    fn put_area(&mut self, area: &Area, effects: &mut Vec<Effect>) {
        self.areas.insert(area.id.clone(), Arc::new(area.clone()));
        effects.push(Effect::AreaUpdated(area.id.clone()));
    }

    fn remove_area(&mut self, id: &AreaId, effects: &mut Vec<Effect>) {
        self.areas.remove(id);
        let there = |area: &Option<AreaId>| area.as_ref() == Some(id);
        let devices: Vec<DeviceId> = self
            .devices
            .values()
            .filter(|device| there(&device.area))
            .map(|device| device.id.clone())
            .collect();
        for device in devices {
            self.place_device(&device, None, effects);
        }
        let entities: Vec<EntityId> = self
            .entities
            .values()
            .filter(|entity| there(&entity.area))
            .map(|entity| entity.id.clone())
            .collect();
        for entity in entities {
            self.naming.decide(&entity, |decided| decided.area = None);
            self.resettle(&entity, effects);
        }
        effects.push(Effect::AreaRemoved(id.clone()));
    }

    fn put_floor(&mut self, floor: &Floor, effects: &mut Vec<Effect>) {
        self.floors.insert(floor.id.clone(), Arc::new(floor.clone()));
        effects.push(Effect::FloorUpdated(floor.id.clone()));
    }

    fn remove_floor(&mut self, id: &FloorId, effects: &mut Vec<Effect>) {
        self.floors.remove(id);
        for area in self.areas.values_mut().filter(|area| area.floor.as_ref() == Some(id)) {
            Arc::make_mut(area).floor = None;
            effects.push(Effect::AreaUpdated(area.id.clone()));
        }
        effects.push(Effect::FloorRemoved(id.clone()));
    }

    fn room_for(&self, kind: &'static str, there: bool, count: usize) -> Result<(), ChangeError> {
        let limit = self.options.max_rooms;
        if there || count < limit { Ok(()) } else { Err(ChangeError::TooMany { kind, limit }) }
    }

    fn has_entity(&self, id: &EntityId) -> Result<(), ChangeError> {
        found(self.entities.contains_key(id), "entity", id.as_str())
    }

    fn has_device(&self, id: &DeviceId) -> Result<(), ChangeError> {
        found(self.devices.contains_key(id), "device", id.as_str())
    }

    fn has_area(&self, id: &AreaId) -> Result<(), ChangeError> {
        found(self.areas.contains_key(id), "area", id.as_str())
    }

    fn has_floor(&self, id: &FloorId) -> Result<(), ChangeError> {
        found(self.floors.contains_key(id), "floor", id.as_str())
    }
}

fn found(there: bool, kind: &'static str, id: &str) -> Result<(), ChangeError> {
    if there { Ok(()) } else { Err(ChangeError::NotFound { kind, id: id.to_owned() }) }
}

fn check_names(names: &Names) -> Result<(), ChangeError> {
    let all: Vec<&String> = std::iter::once(&names.name)
        .chain(&names.aliases)
        .chain(names.by_language.values().flatten())
        .collect();
    if all.len() > MAX_NAMES {
        return Err(ChangeError::BadNames(format!("a thing may have {MAX_NAMES} names and no more")));
    }
    for name in all {
        if name.trim().is_empty() {
            return Err(ChangeError::BadNames("a name is empty".to_owned()));
        }
        if name.len() > MAX_NAME {
            return Err(ChangeError::BadNames(format!("a name is longer than {MAX_NAME} bytes")));
        }
        if name.chars().any(char::is_control) {
            return Err(ChangeError::BadNames(format!("the name {name:?} has a control character")));
        }
    }
    Ok(())
}
