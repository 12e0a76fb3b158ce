//! Devices, areas and what things are called: the discovered side and the owner's side put together.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Effect, Registry, naming};
use crate::devices::discovery::device::Described;
use crate::devices::slug::slugify;
use crate::model::{Area, AreaId, DeviceId, Entity, EntityId, Names};

impl Registry {
    /// Brings a described device in; whether it has a name, now or from before.
    pub(super) fn put_device(
        &mut self,
        described: Described,
        effects: &mut Vec<Effect>,
    ) -> Result<bool, String> {
        let Described { mut device, named, suggested_area } = described;
        let old = self.devices.get(&device.id).cloned();
        if old.is_none() && self.devices.len() >= self.options.max_devices {
            return Err(format!("there are already {} devices, and no more are taken", self.devices.len()));
        }
        let settings = self.device_settings.get(&device.id);
        let owned = settings.and_then(|settings| settings.names.clone());
        let has_name = named || owned.is_some();
        if let Some(names) = owned {
            device.names = names;
        } else if let Some(old) = old.as_ref().filter(|_| !named) {
            // Some components leave the description to others of the same device.
            device.names.clone_from(&old.names);
        }
        device.area = match settings.filter(|settings| settings.area_decided) {
            Some(settings) => settings.area.clone(),
            None => match suggested_area {
                Some(name) => self.suggested(&name, effects),
                None => old.as_ref().and_then(|old| old.area.clone()),
            },
        };
        let id = device.id.clone();
        let had_name = old.as_ref().is_some_and(|old| old.names.name != id.as_str());
        let Some(old) = old else {
            self.devices.insert(id.clone(), Arc::new(device));
            effects.push(Effect::DeviceUpdated(id));
            return Ok(has_name);
        };
        if *old != device {
            let renamed = old.names != device.names;
            self.devices.insert(id.clone(), Arc::new(device));
            effects.push(Effect::DeviceUpdated(id.clone()));
            if renamed {
                self.rename_entities(&id, effects);
            }
        }
        Ok(has_name || had_name)
    }

    /// The area that a device suggests: one of that name, or a new one.
    fn suggested(&mut self, name: &str, effects: &mut Vec<Effect>) -> Option<AreaId> {
        let wanted = name.trim().to_lowercase();
        let same = |area: &Area| {
            let own = std::iter::once(&area.names.name).chain(&area.names.aliases);
            own.chain(area.names.by_language.values().flatten())
                .any(|name| name.trim().to_lowercase() == wanted)
        };
        if let Some(area) = self.areas.values().find(|area| same(area)) {
            return Some(area.id.clone());
        }
        if self.areas.len() >= self.options.max_rooms {
            return None;
        }
        let slug = Some(slugify(name)).filter(|slug| !slug.is_empty()).unwrap_or_else(|| "area".to_owned());
        let id = (1..).find_map(|count| {
            let text = if count == 1 { slug.clone() } else { format!("{slug}_{count}") };
            AreaId::new(&text).ok().filter(|id| !self.areas.contains_key(id))
        })?;
        let area = Area { id: id.clone(), names: Names::new(name.trim()), floor: None };
        self.areas.insert(id.clone(), Arc::new(area));
        effects.push(Effect::AreaUpdated(id.clone()));
        Some(id)
    }

    /// Gives the device's entities their names again.
    pub(super) fn rename_entities(&mut self, device: &DeviceId, effects: &mut Vec<Effect>) {
        let of = self.entities.values().filter(|entity| entity.device.as_ref() == Some(device));
        let ids: Vec<EntityId> = of.map(|entity| entity.id.clone()).collect();
        for id in ids {
            self.resettle(&id, effects);
        }
    }

    /// Works the owner's settings into an entity that is there already.
    pub(super) fn resettle(&mut self, id: &EntityId, effects: &mut Vec<Effect>) {
        let Some(old) = self.entities.get(id) else { return };
        let mut entity = (**old).clone();
        self.settle(&mut entity);
        if **old != entity {
            self.entities.insert(id.clone(), Arc::new(entity));
            effects.push(Effect::EntityUpdated(id.clone()));
        }
    }

    /// Works names, area and whether it is enabled into an entity: the owner's word, or else the device's.
    pub(super) fn settle(&self, entity: &mut Entity) {
        let decided = self.naming.decided(&entity.id);
        let binding = self.by_entity.get(&entity.id).and_then(|slot| self.binding(*slot));
        entity.area = decided.and_then(|decided| decided.area.clone());
        let wished = binding.is_none_or(|binding| binding.enabled_by_default);
        entity.enabled = decided.and_then(|decided| decided.enabled).unwrap_or(wished);
        entity.names = match decided.and_then(|decided| decided.names.clone()) {
            Some(names) => names,
            None => {
                let own = binding.and_then(|binding| binding.own_name.as_deref());
                let device = entity.device.as_ref().and_then(|id| self.devices.get(id));
                let names = joined(device.map(|device| (&device.names, device.id.as_str())), own);
                if names.name.is_empty() {
                    Names::new(entity.id.object_id().replace('_', " "))
                } else {
                    names
                }
            }
        };
    }
}

/// An entity's names from its device's and its own.
fn joined(device: Option<(&Names, &str)>, own: Option<&str>) -> Names {
    // A device without a name goes by its identifier, which nobody says.
    let Some((device, _)) = device.filter(|(names, id)| names.name != *id || own.is_none()) else {
        return Names::new(naming::friendly(None, own));
    };
    let with_own = |name: &String| naming::friendly(Some(name), own);
    let by_language: BTreeMap<_, _> = device
        .by_language
        .iter()
        .map(|(language, names)| (language.clone(), names.iter().map(with_own).collect()))
        .collect();
    Names {
        name: with_own(&device.name),
        aliases: device.aliases.iter().map(with_own).collect(),
        by_language,
    }
}
