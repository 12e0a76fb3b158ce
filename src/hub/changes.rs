//! The owner's changes as the disk has to know them before they are made.

use crate::devices::{ChangeError, DeviceSettings, EntitySettings, Registry};
use crate::model::{AreaId, Change, DeviceId, EntityId, FloorId};
use crate::store::{Document, Write};

use super::handle::HubError;

type Rows = Result<Vec<Write>, serde_json::Error>;

/// What is written for a change that [`Registry::check`] has let pass.
pub(super) fn rows(registry: &Registry, change: &Change) -> Rows {
    match change {
        Change::Entity(id, change) => entity(registry, id, |settings| settings.change(change)),
        Change::Device(id, change) => device(registry, id, |settings| {
            if let Some(names) = &change.names {
                if settings.names.is_none() {
                    let device = registry.view().devices.get(id);
                    settings.discovered_name = device.map(|device| device.names.name.clone());
                }
                settings.names.clone_from(names);
            }
            if let Some(area) = &change.area {
                settings.area.clone_from(area);
                settings.area_decided = true;
            }
        }),
        Change::RemoveDevice(id) => Ok(remove_device(registry, id)),
        Change::PutArea(area) => Write::put(Document::Area, &area.id, area).map(|row| vec![row]),
        Change::PutFloor(floor) => Write::put(Document::Floor, &floor.id, floor).map(|row| vec![row]),
        Change::RemoveArea(id) => remove_area(registry, id),
        Change::RemoveFloor(id) => remove_floor(registry, id),
    }
}

/// Every entity has settings from the moment it gets its id.
fn entity(registry: &Registry, id: &EntityId, change: impl FnOnce(&mut EntitySettings)) -> Rows {
    let Some(mut settings) = registry.entity_settings(id) else { return Ok(Vec::new()) };
    change(&mut settings);
    Ok(vec![Write::put(Document::EntitySettings, id, &settings)?])
}

fn device(registry: &Registry, id: &DeviceId, change: impl FnOnce(&mut DeviceSettings)) -> Rows {
    let mut settings = registry.device_settings(id).cloned().unwrap_or_else(|| DeviceSettings {
        id: id.clone(),
        names: None,
        area: None,
        area_decided: false,
        discovered_name: None,
    });
    change(&mut settings);
    Ok(vec![Write::put(Document::DeviceSettings, id, &settings)?])
}

fn remove_device(registry: &Registry, id: &DeviceId) -> Vec<Write> {
    let topics = registry.discovery_topics(id).into_iter();
    let mut writes: Vec<_> = topics.map(|topic| Write::ForgetDiscovery(topic.to_string())).collect();
    writes.push(Write::Remove(Document::DeviceSettings, id.to_string()));
    let entities = registry.view().entities.values().filter(|entity| entity.device.as_ref() == Some(id));
    for entity in entities {
        writes.push(Write::Remove(Document::EntitySettings, entity.id.to_string()));
        writes.push(Write::ForgetState(entity.id.clone()));
    }
    writes
}

fn remove_area(registry: &Registry, id: &AreaId) -> Rows {
    let view = registry.view();
    let mut writes = vec![Write::Remove(Document::Area, id.to_string())];
    for there in view.devices.values().filter(|device| device.area.as_ref() == Some(id)) {
        writes.extend(device(registry, &there.id, |settings| {
            settings.area = None;
            settings.area_decided = true;
        })?);
    }
    for there in view.entities.values().filter(|entity| entity.area.as_ref() == Some(id)) {
        writes.extend(entity(registry, &there.id, |settings| settings.area = None)?);
    }
    Ok(writes)
}

fn remove_floor(registry: &Registry, id: &FloorId) -> Rows {
    let mut writes = vec![Write::Remove(Document::Floor, id.to_string())];
    for area in registry.view().areas.values().filter(|area| area.floor.as_ref() == Some(id)) {
        let mut area = (**area).clone();
        area.floor = None;
        writes.push(Write::put(Document::Area, &area.id, &area)?);
    }
    Ok(writes)
}

impl From<ChangeError> for HubError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound { kind, id } => Self::NotFound { kind, id },
            other => Self::Invalid(other.to_string()),
        }
    }
}
