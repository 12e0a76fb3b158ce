//! Entity ids: how they are made, and that an entity keeps its own for good.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::effect::EntitySettings;
use super::super::slug::slugify;
use crate::model::{AreaId, Domain, EntityId, Names};

/// What is known of entities, present or not.
#[derive(Debug, Default)]
pub(super) struct Naming {
    entities: HashMap<EntityId, Known>,
    /// From domain and key to the id that was given.
    by_key: HashMap<(Domain, Arc<str>), EntityId>,
    /// Where to go on counting for a slug that was taken.
    next: HashMap<(Domain, Box<str>), u32>,
}

/// An entity's settings, small for the many about which nothing was decided.
#[derive(Debug)]
struct Known {
    key: Arc<str>,
    decided: Option<Box<Decided>>,
}

/// What the owner decided about an entity.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Decided {
    pub(super) names: Option<Names>,
    pub(super) area: Option<AreaId>,
    pub(super) enabled: Option<bool>,
}

impl Naming {
    pub(super) fn settings(&self, id: &EntityId) -> Option<EntitySettings> {
        let known = self.entities.get(id)?;
        let Decided { names, area, enabled } = known.decided.as_deref().cloned().unwrap_or_default();
        Some(EntitySettings { id: id.clone(), key: Arc::clone(&known.key), names, area, enabled })
    }

    /// What the owner decided, if anything.
    pub(super) fn decided(&self, id: &EntityId) -> Option<&Decided> {
        self.entities.get(id)?.decided.as_deref()
    }

    /// Takes in what the owner decides about an entity.
    pub(super) fn decide(&mut self, id: &EntityId, change: impl FnOnce(&mut Decided)) {
        let Some(known) = self.entities.get_mut(id) else { return };
        let decided = known.decided.get_or_insert_default();
        change(decided);
        if **decided == Decided::default() {
            known.decided = None;
        }
    }

    /// The id that this entity was given before.
    pub(super) fn known(&self, domain: Domain, key: &Arc<str>) -> Option<EntityId> {
        self.by_key.get(&(domain, Arc::clone(key))).cloned()
    }

    pub(super) fn restore(&mut self, settings: EntitySettings) {
        let EntitySettings { id, key, names, area, enabled } = settings;
        let decided = Decided { names, area, enabled };
        let decided = (decided != Decided::default()).then(|| Box::new(decided));
        self.by_key.insert((id.domain(), Arc::clone(&key)), id.clone());
        self.entities.insert(id, Known { key, decided });
    }

    /// Forgets an entity, so that it starts afresh when it comes back.
    pub(super) fn forget(&mut self, id: &EntityId) {
        if let Some(known) = self.entities.remove(id) {
            self.by_key.remove(&(id.domain(), known.key));
        }
    }

    /// Gives an entity an id: the first of the wishes that leaves a slug, with a number if it is taken.
    pub(super) fn give(&mut self, domain: Domain, key: &Arc<str>, wishes: &[&str]) -> Option<EntityId> {
        let slug = wishes.iter().map(|wish| slugify(wish)).find(|slug| !slug.is_empty());
        let slug = slug.unwrap_or_else(|| "unknown".to_owned());
        let place = (domain, slug.as_str().into());
        let first = self.next.get(&place).copied().unwrap_or(1);
        let mut count = first;
        let id = loop {
            let object = if count == 1 { slug.clone() } else { format!("{slug}_{count}") };
            let id = EntityId::from_parts(domain, &object).ok()?;
            if !self.entities.contains_key(&id) {
                break id;
            }
            count += 1;
        };
        if count > first {
            self.next.insert(place, count);
        }
        let key = Arc::clone(key);
        self.restore(EntitySettings { id: id.clone(), key, names: None, area: None, enabled: None });
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
        let first = naming.give(Domain::Light, &"a".into(), &["Kitchen"]).unwrap();
        let second = naming.give(Domain::Light, &"b".into(), &["Kitchen"]).unwrap();
        assert_eq!((first.as_str(), second.as_str()), ("light.kitchen", "light.kitchen_2"));
        assert_eq!(naming.known(Domain::Light, &"b".into()), Some(second));
        assert_eq!(naming.known(Domain::Switch, &"b".into()), None);
        assert_eq!(
            naming.give(Domain::Light, &"c".into(), &["", "!!", "客厅"]).unwrap().as_str(),
            "light.ke_ting"
        );
        assert_eq!(naming.give(Domain::Light, &"d".into(), &[""]).unwrap().as_str(), "light.unknown");
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
