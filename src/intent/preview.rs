//! What a reply would be if everything that a sentence asks for came about, whether or not the home has the
//! devices for it. For trying out sentences: `homeclaw understand`, and the tests of the sentence templates.

use std::collections::BTreeMap;

use crate::model::{AreaId, Entity, EntityId, HomeView, Recognition};

use super::facts::{Facts, Shown, SlotWords, TimerFacts};
use super::resolver::{find_areas, find_floors, fold, is_called};

/// What a home file says besides the home.
#[derive(Debug, Clone, Copy)]
pub struct Preview<'a> {
    /// Date and time at home.
    pub now: jiff::civil::DateTime,
    /// Timers that are set.
    pub timers: &'a [TimerFacts],
    /// What a search for media finds.
    pub media: Option<&'a str>,
    /// Words for states.
    pub wordings: &'a BTreeMap<EntityId, String>,
}

/// The facts of such a reply. Entities are found as the tests of the sentence templates find them: a name
/// wins over its place, and what is not there is left out without complaint.
#[must_use]
pub fn preview(view: &HomeView<'_>, recognition: &Recognition, given: Preview<'_>) -> Facts {
    let slot = |name: &str| recognition.intent.slots.get(name).and_then(|value| value.as_text());
    let wanted = Wanted::of(view, recognition);
    let shown = |entity: &Entity| {
        let mut shown = Shown::of(view, &entity.id, &recognition.language)?;
        shown.wording = given.wordings.get(&entity.id).cloned();
        Some(shown)
    };
    let found = view.entities.values().filter(|e| e.enabled && wanted.fits(view, e));
    let asked = slot("state");
    let (matched, unmatched) = found
        .filter_map(|entity| shown(entity))
        .partition(|shown| asked.is_none_or(|asked| asked == shown.state));
    Facts {
        matched,
        unmatched,
        timers: given.timers.to_vec(),
        canceled: given.timers.len(),
        now: Some(given.now),
        media: given.media.map(str::to_owned),
        done: true,
        words: SlotWords::Values,
        ..Facts::default()
    }
}

/// What entities must be; a place that is not known is the place of entities without one.
struct Wanted<'a> {
    name: Option<String>,
    area: Option<Option<AreaId>>,
    floor: Option<Option<&'a str>>,
    domain: Option<&'a str>,
    device_class: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn of(view: &HomeView<'a>, recognition: &'a Recognition) -> Self {
        let slot = |name: &str| recognition.intent.slots.get(name).and_then(|value| value.as_text());
        if let Some(name) = slot("name") {
            return Self {
                name: Some(fold(name)),
                area: None,
                floor: None,
                domain: None,
                device_class: None,
            };
        }
        let only = match recognition.intent.name.as_str() {
            "HassClimateGetTemperature" | "HassClimateSetTemperature" => Some("climate"),
            "HassGetWeather" => Some("weather"),
            _ => slot("domain"),
        };
        let area = |name: &str| find_areas(view, name).first().map(|area| area.id.clone());
        let floor = |name: &str| find_floors(view, name).first().map(|floor| floor.id.as_str());
        Self {
            name: None,
            area: slot("area").map(area),
            floor: slot("floor").map(floor),
            domain: only,
            device_class: slot("device_class"),
        }
    }

    fn fits(&self, view: &HomeView<'_>, entity: &Entity) -> bool {
        let area = view.area_of(entity);
        let floor = area.and_then(|area| area.floor.as_ref()).map(|floor| floor.as_str());
        let named = |name: &str| is_called(&entity.names, name);
        self.name.as_deref().map_or(entity.category.is_none(), named)
            && self.area.as_ref().is_none_or(|wanted| wanted.as_ref() == area.map(|area| &area.id))
            && self.floor.is_none_or(|wanted| wanted == floor)
            && self.domain.is_none_or(|wanted| wanted == entity.domain().as_str())
            && self.device_class.is_none_or(|wanted| entity.device_class.as_deref() == Some(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_home::{TestHome, recognized};
    use super::*;

    #[test]
    fn a_preview_finds_what_is_there_and_minds_nothing() {
        let mut home = TestHome::new();
        home.area("kitchen", "Kitchen", None);
        home.entity("light.a", "Lamp", Some("kitchen")).entity("light.b", "Other", Some("kitchen"));
        home.state("light.a", "on");
        let now = jiff::civil::date(2013, 9, 17).at(1, 2, 0, 0);
        let wordings = BTreeMap::from([(EntityId::new("light.b").unwrap(), "dark".to_owned())]);
        let given = Preview { now, timers: &[], media: None, wordings: &wordings };
        let facts = |slots: &[(&str, &str)]| preview(&home.view(), &recognized("HassGetState", slots), given);
        let lit = facts(&[("area", "kitchen"), ("domain", "light"), ("state", "on")]);
        assert_eq!((lit.matched.len(), lit.unmatched.len()), (1, 1));
        assert_eq!(lit.unmatched[0].wording.as_deref(), Some("dark"));
        assert!(facts(&[("area", "attic"), ("domain", "light")]).matched.is_empty());
        assert_eq!(facts(&[("name", "LAMP"), ("area", "attic")]).matched.len(), 1);
    }
}
