//! Entity ids: how they are made, and that an entity keeps its own for good.

use std::collections::HashMap;

use super::super::effect::EntitySettings;
use super::super::slug::slugify;
use crate::model::{Domain, EntityId};

/// What is known of entities, present or not.
#[derive(Debug, Default)]
pub(super) struct Naming {
    settings: HashMap<EntityId, EntitySettings>,
    /// From domain and key to the id that was given.
    by_key: HashMap<(Domain, Box<str>), EntityId>,
    /// Where to go on counting for a slug that is taken.
    next: HashMap<(Domain, Box<str>), u32>,
}

impl Naming {
    pub(super) fn settings(&self, id: &EntityId) -> Option<&EntitySettings> {
        self.settings.get(id)
    }

    pub(super) fn settings_mut(&mut self, id: &EntityId) -> Option<&mut EntitySettings> {
        self.settings.get_mut(id)
    }

    /// The id that this entity was given before.
    pub(super) fn known(&self, domain: Domain, key: &str) -> Option<EntityId> {
        self.by_key.get(&(domain, Box::from(key))).cloned()
    }

    pub(super) fn restore(&mut self, settings: EntitySettings) {
        self.by_key.insert((settings.id.domain(), settings.key.as_str().into()), settings.id.clone());
        self.settings.insert(settings.id.clone(), settings);
    }

    /// Forgets an entity, so that it starts afresh when it comes back.
    pub(super) fn forget(&mut self, id: &EntityId) {
        if let Some(settings) = self.settings.remove(id) {
            self.by_key.remove(&(id.domain(), settings.key.as_str().into()));
        }
    }

    /// Gives an entity an id: the first of the wishes that leaves a slug, with a number if it is taken.
    pub(super) fn give(&mut self, domain: Domain, key: &str, wishes: &[&str]) -> Option<EntityId> {
        let slug = wishes.iter().map(|wish| slugify(wish)).find(|slug| !slug.is_empty());
        let slug = slug.unwrap_or_else(|| "unknown".to_owned());
        let count = self.next.entry((domain, slug.as_str().into())).or_insert(1);
        let id = loop {
            let object = if *count == 1 { slug.clone() } else { format!("{slug}_{count}") };
            let id = EntityId::from_parts(domain, &object).ok()?;
            if !self.settings.contains_key(&id) {
                break id;
            }
            *count += 1;
        };
        self.restore(EntitySettings {
            id: id.clone(),
            key: key.to_owned(),
            names: None,
            area: None,
            enabled: None,
        });
        Some(id)
    }
}

/// A device class in words, as it stands in for a name that is missing.
pub(super) fn class_name(class: &str) -> String {
    match class {
        "aqi" => "Air quality index".to_owned(),
        "pm1" => "PM1".to_owned(),
        "pm25" => "PM2.5".to_owned(),
        "pm4" => "PM4".to_owned(),
        "pm10" => "PM10".to_owned(),
        "ph" => "pH".to_owned(),
        "battery_charging" => "Charging".to_owned(),
        other => {
            let mut text = other.replace('_', " ");
            if let Some(first) = text.get_mut(0..1) {
                first.make_ascii_uppercase();
            }
            text
        }
    }
}

/// What people call an entity: its device's name and its own.
pub(super) fn friendly(device: Option<&str>, own: Option<&str>) -> String {
    match (device, own.map(str::trim).filter(|own| !own.is_empty())) {
        (Some(device), Some(own)) => {
            // Some devices put their name into each entity's name as well.
            let repeated = own
                .get(..device.len())
                .filter(|start| start.eq_ignore_ascii_case(device))
                .and_then(|_| own.get(device.len()..));
            match repeated {
                Some("") => device.to_owned(),
                Some(rest) if rest.starts_with([' ', '_', '-', ':']) => own.to_owned(),
                _ => format!("{device} {own}"),
            }
        }
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taken_ids_get_a_number_and_stay() {
        let mut naming = Naming::default();
        let first = naming.give(Domain::Light, "a", &["Kitchen"]).unwrap();
        let second = naming.give(Domain::Light, "b", &["Kitchen"]).unwrap();
        assert_eq!((first.as_str(), second.as_str()), ("light.kitchen", "light.kitchen_2"));
        assert_eq!(naming.known(Domain::Light, "b"), Some(second));
        assert_eq!(naming.known(Domain::Switch, "b"), None);
        assert_eq!(naming.give(Domain::Light, "c", &["", "!!", "客厅"]).unwrap().as_str(), "light.ke_ting");
        assert_eq!(naming.give(Domain::Light, "d", &[""]).unwrap().as_str(), "light.unknown");
    }

    #[test]
    fn names_join_without_repeating() {
        assert_eq!(friendly(Some("Lamp"), None), "Lamp");
        assert_eq!(friendly(Some("Lamp"), Some("Power")), "Lamp Power");
        assert_eq!(friendly(Some("Lamp"), Some("lamp power")), "lamp power");
        assert_eq!(friendly(Some("Lamp"), Some("Lamplight")), "Lamp Lamplight");
        assert_eq!(friendly(None, Some("Power")), "Power");
    }
}
