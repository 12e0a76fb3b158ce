//! A home written down in a file, in the shape of the test files of the sentence templates' project.
//!
//! Both of its shapes are read: entities with an `id` and areas with an `id` that others refer to, and
//! entities with a `domain` that refer to areas by name. Everything may also stand under `fixtures`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::intent::spoken_forms;
use crate::model::{
    Area, AreaId, Attributes, Channel, Device, DeviceId, Domain, Entity, EntityCategory, EntityId, Floor,
    FloorId, HomeView, Names, State, Timer, TimerId, TimerState, Timestamp,
};

/// Largest file that is read, in bytes.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Why a home file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HomeFileError {
    /// The file is too large.
    #[error("the home file is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// It is no YAML; the message names line and column.
    #[error("the home file is no YAML: {0}")]
    Yaml(String),
    /// It does not have the shape of a home.
    #[error("the home file is no home: {0}")]
    Shape(String),
    /// One of its things is wrong.
    #[error("{kind} {name:?}: {reason}")]
    Thing {
        /// `area`, `floor`, `entity`, …
        kind: &'static str,
        /// As written in the file.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

/// A home as a file describes it.
#[derive(Debug, Default)]
pub struct HomeFile {
    areas: BTreeMap<AreaId, Arc<Area>>,
    floors: BTreeMap<FloorId, Arc<Floor>>,
    devices: BTreeMap<DeviceId, Arc<Device>>,
    entities: BTreeMap<EntityId, Arc<Entity>>,
    states: BTreeMap<EntityId, Arc<State>>,
    /// How the file words an entity's state, where that is not the state itself.
    pub wordings: BTreeMap<EntityId, String>,
    /// Names that the file writes as templates: the slot that they stand in, the form that is said, and the
    /// name as written.
    templates: BTreeMap<(&'static str, String), String>,
    /// Timers that are set.
    pub timers: Vec<Timer>,
    /// What a search for media finds.
    pub media: Vec<String>,
    /// The area in which the speaker is, unless a sentence says otherwise.
    pub context_area: Option<String>,
}

#[derive(Deserialize, Default)]
struct Document {
    #[serde(default)]
    fixtures: Option<Parts>,
    #[serde(flatten)]
    parts: Parts,
}

#[derive(Deserialize, Default)]
struct Parts {
    #[serde(default)]
    areas: Option<Vec<AreaPart>>,
    #[serde(default)]
    floors: Option<Vec<FloorPart>>,
    #[serde(default)]
    entities: Option<Vec<EntityPart>>,
    #[serde(default)]
    timers: Option<Vec<TimerPart>>,
    #[serde(default)]
    media: Option<Vec<MediaPart>>,
}

#[derive(Deserialize)]
struct FloorPart {
    #[serde(default)]
    id: Option<String>,
    name: String,
}

#[derive(Deserialize)]
struct AreaPart {
    #[serde(default)]
    id: Option<String>,
    name: String,
    #[serde(default)]
    floor: Option<String>,
    #[serde(default)]
    context_area: bool,
}

#[derive(Deserialize)]
struct EntityPart {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    domain: Option<String>,
    name: Said,
    #[serde(default)]
    area: Option<String>,
    #[serde(default)]
    state: Option<Said>,
    #[serde(default)]
    state_with_unit: Option<Value>,
    #[serde(default)]
    attributes: Option<Map<String, Value>>,
    #[serde(default = "yes")]
    is_exposed: bool,
    /// What remains says what the entity can do (`light_supports_color`, …).
    #[serde(flatten)]
    more: Map<String, Value>,
}

/// A text, or what people say (`in`) for what the hub says (`out`).
#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    InOut {
        #[serde(rename = "in")]
        said: String,
        out: String,
    },
    Plain(Value),
}

#[derive(Deserialize)]
struct TimerPart {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    area: Option<String>,
    #[serde(default = "yes")]
    is_active: bool,
    #[serde(default)]
    start_hours: Option<u64>,
    #[serde(default)]
    start_minutes: Option<u64>,
    #[serde(default)]
    start_seconds: Option<u64>,
    #[serde(default)]
    total_seconds_left: Option<u64>,
    #[serde(default)]
    rounded_hours_left: u64,
    #[serde(default)]
    rounded_minutes_left: u64,
    #[serde(default)]
    rounded_seconds_left: u64,
}

#[derive(Deserialize)]
struct MediaPart {
    title: String,
}

fn yes() -> bool {
    true
}

impl HomeFile {
    /// Reads a home file; `now` is what its timers count from.
    ///
    /// # Errors
    /// [`HomeFileError`], with line and column where the file is no YAML, and otherwise with the thing that
    /// is wrong.
    pub fn parse(text: &str, now: Timestamp) -> Result<Self, HomeFileError> {
        if text.len() > MAX_BYTES {
            return Err(HomeFileError::TooLarge);
        }
        let document: Document = match to_json(text)? {
            Value::Null => Document::default(),
            value => {
                serde_json::from_value(value).map_err(|error| HomeFileError::Shape(error.to_string()))?
            }
        };
        let mut home = Self::default();
        for parts in [document.fixtures.unwrap_or_default(), document.parts] {
            home.add(parts, now)?;
        }
        Ok(home)
    }

    /// The home, as the hub's pure parts see it.
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

    /// The area of that id or name.
    #[must_use]
    pub fn area(&self, name: &str) -> Option<&AreaId> {
        if let Some((id, _)) = self.areas.get_key_value(name) {
            return Some(id);
        }
        let wanted = name.trim().to_lowercase();
        let called = |names: &Names| names.understood("").any(|name| name.to_lowercase() == wanted);
        self.areas.iter().find(|(_, area)| called(&area.names)).map(|(id, _)| id)
    }

    /// The name of a thing as the file writes it, which may be a template such as `(Bed|Sleeping) Room`, by
    /// the slot and the form that was said.
    #[must_use]
    pub fn written<'a>(&'a self, slot: &str, said: &'a str) -> &'a str {
        let slot = ["name", "area", "floor"].into_iter().find(|known| *known == slot);
        let template = slot.and_then(|slot| self.templates.get(&(slot, said.to_owned())));
        template.map_or(said, String::as_str)
    }

    fn names(&mut self, slot: &'static str, name: &str) -> Result<Names, HomeFileError> {
        let kind = if slot == "name" { "entity" } else { slot };
        let forms = spoken_forms(name).map_err(|error| thing(kind, name, error))?;
        if forms.len() > 1 || forms.first().is_some_and(|form| form != name.trim()) {
            let written = forms.iter().map(|form| ((slot, form.clone()), name.to_owned()));
            self.templates.extend(written);
        }
        let mut forms = forms.into_iter();
        let first = forms.next().filter(|name| !name.is_empty());
        let first = first.ok_or_else(|| thing(kind, name, "it has no name"))?;
        Ok(Names { aliases: forms.collect(), ..Names::new(first) })
    }

    fn add(&mut self, parts: Parts, now: Timestamp) -> Result<(), HomeFileError> {
        for floor in parts.floors.unwrap_or_default() {
            let names = self.names("floor", &floor.name)?;
            let id = free_id(floor.id.as_deref(), &names.name, |id| self.floors.contains_key(id));
            let id = FloorId::new(&id).map_err(|error| thing("floor", &floor.name, error.to_string()))?;
            self.floors.insert(id.clone(), Arc::new(Floor { id, names, level: None }));
        }
        for area in parts.areas.unwrap_or_default() {
            self.add_area(&area)?;
        }
        for entity in parts.entities.unwrap_or_default() {
            self.add_entity(entity, now)?;
        }
        for timer in parts.timers.unwrap_or_default() {
            self.add_timer(timer, now)?;
        }
        self.media.extend(parts.media.unwrap_or_default().into_iter().map(|media| media.title));
        Ok(())
    }

    fn add_area(&mut self, area: &AreaPart) -> Result<(), HomeFileError> {
        let names = self.names("area", &area.name)?;
        let id = free_id(area.id.as_deref(), &names.name, |id| self.areas.contains_key(id));
        let id = AreaId::new(&id).map_err(|error| thing("area", &area.name, error.to_string()))?;
        let floor = area.floor.as_deref().and_then(|floor| self.floor(floor)).cloned();
        if area.context_area {
            self.context_area = Some(names.name.clone());
        }
        self.areas.insert(id.clone(), Arc::new(Area { id, names, floor }));
        Ok(())
    }

    fn floor(&self, name: &str) -> Option<&FloorId> {
        let wanted = name.trim().to_lowercase();
        let called = |floor: &Floor| {
            floor.id.as_str() == name || floor.names.understood("").any(|name| name.to_lowercase() == wanted)
        };
        self.floors.iter().find(|(_, floor)| called(floor)).map(|(id, _)| id)
    }

    fn add_entity(&mut self, part: EntityPart, now: Timestamp) -> Result<(), HomeFileError> {
        let said = match &part.name {
            Said::InOut { said, .. } => said.clone(),
            Said::Plain(name) => plain(name),
        };
        let mut names = self.names("name", &said)?;
        if let Said::InOut { out, .. } = part.name {
            names.aliases.insert(0, std::mem::replace(&mut names.name, out));
        }
        let id = self.entity_id(&part.id, &part.domain, &names.name)?;
        let attributes = part.attributes.unwrap_or_default();
        let text = |key: &str| attributes.get(key).map(plain);
        let mut capabilities: Attributes = attributes.clone();
        capabilities.extend(part.more);
        let entity = Entity {
            id: id.clone(),
            unique_id: None,
            names,
            device: None,
            area: part.area.as_deref().and_then(|area| self.area(area)).cloned(),
            device_class: text("device_class").map(Arc::from),
            unit_of_measurement: text("unit_of_measurement").map(Arc::from),
            icon: None,
            // What is not exposed can be called by its name, but sentences about a room pass it over.
            category: (!part.is_exposed).then_some(EntityCategory::Config),
            enabled: true,
            capabilities: Arc::new(capabilities),
        };
        let (state, wording) = match part.state {
            Some(Said::InOut { said, out }) => (out, Some(said)),
            Some(Said::Plain(state)) => (plain(&state), part.state_with_unit.as_ref().map(plain)),
            None => match part.state_with_unit.as_ref().map(plain) {
                Some(wording) => (wording.clone(), Some(wording)),
                None => ("off".to_owned(), None),
            },
        };
        self.wordings.extend(wording.map(|wording| (id.clone(), wording)));
        let state = State { state, attributes, ..State::unknown(now) };
        self.states.insert(id.clone(), Arc::new(state));
        self.entities.insert(id, Arc::new(entity));
        Ok(())
    }

    fn entity_id(
        &self,
        id: &Option<String>,
        domain: &Option<String>,
        name: &str,
    ) -> Result<EntityId, HomeFileError> {
        let written = id.as_deref().and_then(|id| id.split_once('.'));
        let domain = domain.as_deref().or(written.map(|(domain, _)| domain));
        let domain = domain.ok_or_else(|| thing("entity", name, "it has neither an id nor a domain"))?;
        let domain: Domain = domain.parse().map_err(|_| thing("entity", name, "its domain is unknown"))?;
        let taken = |object: &str| {
            EntityId::from_parts(domain, object).is_ok_and(|id| self.entities.contains_key(&id))
        };
        let object = free_id(written.map(|(_, object)| object), name, taken);
        EntityId::from_parts(domain, &object).map_err(|error| thing("entity", name, error.to_string()))
    }

    fn add_timer(&mut self, part: TimerPart, now: Timestamp) -> Result<(), HomeFileError> {
        let seconds = |hours: u64, minutes: u64, seconds: u64| {
            hours.saturating_mul(3_600).saturating_add(minutes.saturating_mul(60)).saturating_add(seconds)
        };
        let set = seconds(
            part.start_hours.unwrap_or(0),
            part.start_minutes.unwrap_or(0),
            part.start_seconds.unwrap_or(0),
        );
        let rounded = seconds(part.rounded_hours_left, part.rounded_minutes_left, part.rounded_seconds_left);
        let left = part.total_seconds_left.unwrap_or(rounded);
        let left_ms = left.saturating_mul(1_000);
        let state = if part.is_active {
            TimerState::Running { ends: now.plus(Duration::from_millis(left_ms)) }
        } else {
            TimerState::Paused { left_ms }
        };
        let id = format!("timer_{}", self.timers.len() + 1);
        self.timers.push(Timer {
            id: TimerId::new(&id).map_err(|error| thing("timer", &id, error.to_string()))?,
            name: part.name.filter(|name| !name.is_empty()),
            duration_ms: set.saturating_mul(1_000),
            state,
            area: part.area.as_deref().and_then(|area| self.area(area)).cloned(),
            channel: Channel::Cli,
            command: None,
            created: now,
        });
        Ok(())
    }
}

/// The first document of a YAML text, as JSON.
///
/// # Errors
/// [`HomeFileError::Yaml`].
pub fn to_json(text: &str) -> Result<Value, HomeFileError> {
    let documents = Yaml::load_from_str(text).map_err(|error| HomeFileError::Yaml(error.to_string()))?;
    Ok(documents.first().map_or(Value::Null, json))
}

fn thing(kind: &'static str, name: &str, reason: impl Into<String>) -> HomeFileError {
    HomeFileError::Thing { kind, name: name.to_owned(), reason: reason.into() }
}

/// The id as written if it can be one, else one made of the name, else a number; always one that is free.
fn free_id(written: Option<&str>, name: &str, taken: impl Fn(&str) -> bool) -> String {
    let slug = |text: &str| -> String {
        let lower = text.trim().to_lowercase();
        lower.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).take(60).collect()
    };
    let base = match written.map(slug) {
        Some(id) if !id.is_empty() => id,
        _ => slug(name),
    };
    let base = if base.trim_matches('_').is_empty() { "thing".to_owned() } else { base };
    let numbered = (2..).map(|number: u32| format!("{base}_{number}"));
    std::iter::once(base.clone()).chain(numbered).find(|id| !taken(id)).unwrap_or_default()
}

/// A YAML scalar as the text that it was written as.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Boolean(value)) => Value::Bool(*value),
        Yaml::Value(Scalar::Integer(value)) => Value::from(*value),
        Yaml::Value(Scalar::FloatingPoint(value)) => Value::from(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => Value::String(value.clone().into_owned()),
        Yaml::Sequence(items) => Value::Array(items.iter().map(json).collect()),
        Yaml::Mapping(entries) => {
            Value::Object(entries.iter().map(|(key, value)| (plain(&json(key)), json(value))).collect())
        }
        Yaml::Tagged(_, inner) => json(inner),
        Yaml::Representation(text, ..) => Value::String(text.clone().into_owned()),
        Yaml::Value(Scalar::Null) | Yaml::Alias(_) | Yaml::BadValue => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<HomeFile, HomeFileError> {
        HomeFile::parse(text, Timestamp::from_millis(0))
    }

    #[test]
    fn both_shapes_are_read() {
        let home = parse(
            "floors: [{name: Upstairs}]\nareas:\n  - {name: (Bed|Sleeping) Room, floor: Upstairs, context_area: true}\n\
             entities:\n  - {name: Bed Light, domain: light, area: bed room, light_supports_color: true}\n\
             timers: [{name: pizza, start_minutes: 5, total_seconds_left: 65}]\n",
        )
        .unwrap();
        let view = home.view();
        let entity = view.entities.values().next().unwrap();
        assert_eq!(entity.id.as_str(), "light.bed_light");
        assert_eq!(view.area_of(entity).unwrap().names.name, "Bed Room");
        assert_eq!(view.floor_of(entity).unwrap().names.name, "Upstairs");
        assert_eq!(entity.capabilities["light_supports_color"], true);
        assert_eq!(home.context_area.as_deref(), Some("Bed Room"));
        assert_eq!(home.timers[0].duration_ms, 300_000);

        let home = parse(
            "fixtures:\n  areas: [{name: Küche, id: kitchen_id}]\n  entities:\n\
             \x20   - {name: Lampe, id: light.lamp, area: kitchen_id, state: {in: an, out: 'on'}, attributes: {device_class: outlet}}\n\
             \x20   - {name: Lampe, domain: light}\n",
        )
        .unwrap();
        assert_eq!(home.view().entities.len(), 2);
        assert_eq!(home.area("kitchen_id"), home.area("küche"));
        assert_eq!(home.wordings.values().collect::<Vec<_>>(), ["an"]);
    }

    #[test]
    fn mistakes_say_where() {
        assert!(parse("a: [").unwrap_err().to_string().contains("line"));
        assert!(parse("areas: 5").unwrap_err().to_string().contains("sequence"));
        let error = parse("entities: [{name: Lamp, domain: lamp}]").unwrap_err().to_string();
        assert_eq!(error, "entity \"Lamp\": its domain is unknown");
        assert!(parse("").unwrap().view().entities.is_empty());
    }
}
