//! The matchers in use: one for each language that somebody speaks, with the names of the home as they are.
//!
//! Recognising happens in the task of whoever speaks, never in the actor. A matcher is made anew, off the
//! actor, when somebody speaks and names have changed since; one is made at a time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;

use crate::intent::{Excerpt, Language, Matcher, list_names};
use crate::model::TodoList;
use crate::model::{Area, AreaId, Device, DeviceId, Domain, Entity, EntityId, Floor, FloorId, HomeView};

use super::handle::{Handle, HubError};
use super::home::Home;
use super::lists::SHOPPING;
use super::options::Settings;

/// How many languages are held in memory; the one that was not spoken for the longest time goes.
const MOST: usize = 4;

/// The matchers, and what they depend on.
pub(super) struct Languages {
    slots: ArcSwap<Vec<Arc<Slot>>>,
    building: tokio::sync::Mutex<()>,
    /// Grows whenever a name, an area or the like changes.
    names: AtomicU64,
    /// Grows with every sentence.
    turn: AtomicU64,
    settings: ArcSwap<Settings>,
}

struct Slot {
    /// As it was asked for, which may be more precise than the language's own tag.
    tag: String,
    matcher: Arc<Matcher>,
    names: u64,
    used: AtomicU64,
}

/// The names of the home, to make a matcher from. Everything large is shared.
struct Names {
    number: u64,
    areas: BTreeMap<AreaId, Arc<Area>>,
    floors: BTreeMap<FloorId, Arc<Floor>>,
    devices: BTreeMap<DeviceId, Arc<Device>>,
    entities: BTreeMap<EntityId, Arc<Entity>>,
}

impl Languages {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            slots: ArcSwap::default(),
            building: tokio::sync::Mutex::new(()),
            names: AtomicU64::new(1),
            turn: AtomicU64::new(1),
            settings: ArcSwap::from_pointee(settings),
        }
    }

    /// Names have changed: matchers made before are out of date.
    pub(super) fn names_changed(&self) {
        self.names.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn configure(&self, settings: Arc<Settings>) {
        self.settings.store(settings);
    }

    /// The language where a message names none.
    pub(super) fn usual(&self) -> String {
        self.settings.load().language.clone()
    }

    /// Where to try a sentence that nothing in the language `used` fits: the languages of the home, then English
    /// or Chinese where the script is of that.
    pub(super) fn others(&self, text: &str, used: &str) -> Vec<String> {
        let settings = self.settings.load();
        let home = std::iter::once(&settings.language).chain(&settings.further_languages);
        let by_script = match (has_han(text), used.starts_with("zh")) {
            (true, false) if !used.starts_with("ja") => Some("zh-CN".to_owned()),
            (false, true) => Some("en".to_owned()),
            _ => None,
        };
        let mut others: Vec<String> = Vec::new();
        for tag in home.cloned().chain(by_script) {
            if tag != used && !others.contains(&tag) {
                others.push(tag);
            }
        }
        others
    }

    /// The tags in use, to make their matchers anew before somebody speaks again.
    pub(super) fn in_use(&self) -> Vec<String> {
        self.slots.load().iter().map(|slot| slot.tag.clone()).collect()
    }

    /// A matcher with all names as they were when this was called, or later ones.
    pub(super) async fn matcher(&self, tag: &str, handle: &Handle) -> Result<Arc<Matcher>, HubError> {
        let wanted = self.names.load(Ordering::Acquire);
        if let Some(matcher) = self.ready(tag, wanted) {
            return Ok(matcher);
        }
        let _one_at_a_time = self.building.lock().await;
        // Somebody else may have made it meanwhile.
        if let Some(matcher) = self.ready(tag, wanted) {
            return Ok(matcher);
        }
        let number = self.names.load(Ordering::Acquire);
        let names = handle.read(move |home| Names::of(home, number)).await?;
        let language = self.find(tag).map(|slot| Arc::clone(slot.matcher.language()));
        let wanted_tag = tag.to_owned();
        let made = tokio::task::spawn_blocking(move || {
            let language = match language {
                Some(language) => language,
                None => Language::load(&wanted_tag).map_err(|error| HubError::Invalid(error.to_string()))?,
            };
            Ok::<_, HubError>((Arc::new(Matcher::new(language, &names.view())), names.number))
        });
        let (matcher, number) = made.await.map_err(|error| {
            HubError::Invalid(format!("the language {tag:?} could not be made ready: {error}"))
        })??;
        self.insert(tag, Arc::clone(&matcher), number);
        Ok(matcher)
    }

    /// The part of the home that a sentence is likely about, as a model is shown it.
    pub(super) async fn excerpt(
        handle: &Handle,
        tag: &str,
        text: &str,
        area: Option<&AreaId>,
        most: usize,
    ) -> Result<Excerpt, HubError> {
        let names = handle.read(|home| Names::of(home, 0)).await?;
        Ok(Excerpt::of(&names.view(), tag, text, area, most))
    }

    fn find(&self, tag: &str) -> Option<Arc<Slot>> {
        self.slots.load().iter().find(|slot| slot.tag == tag).cloned()
    }

    fn ready(&self, tag: &str, names: u64) -> Option<Arc<Matcher>> {
        let slot = self.find(tag).filter(|slot| slot.names >= names)?;
        slot.used.store(self.turn.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        Some(Arc::clone(&slot.matcher))
    }

    /// Only called while `building` is held, so that no insertion is lost.
    fn insert(&self, tag: &str, matcher: Arc<Matcher>, names: u64) {
        let used = AtomicU64::new(self.turn.fetch_add(1, Ordering::Relaxed));
        let mut slots: Vec<_> = self.slots.load().iter().filter(|slot| slot.tag != tag).cloned().collect();
        slots.push(Arc::new(Slot { tag: tag.to_owned(), matcher, names, used }));
        if slots.len() > MOST {
            slots.sort_by_key(|slot| slot.used.load(Ordering::Relaxed));
            slots.remove(0);
        }
        self.slots.store(Arc::new(slots));
    }
}

impl Names {
    fn of(home: &Home, number: u64) -> Self {
        let view = home.view();
        let mut entities = view.entities.clone();
        // The sentences about shopping know their list without its name.
        let named = home.lists.values().filter(|list| list.id.as_str() != SHOPPING);
        for entity in named.filter_map(|list| as_entity(list)) {
            entities.entry(entity.id.clone()).or_insert_with(|| Arc::new(entity));
        }
        Self {
            number,
            areas: view.areas.clone(),
            floors: view.floors.clone(),
            devices: view.devices.clone(),
            entities,
        }
    }

    fn view(&self) -> HomeView<'_> {
        static NO_STATES: BTreeMap<EntityId, Arc<crate::model::State>> = BTreeMap::new();
        HomeView {
            areas: &self.areas,
            floors: &self.floors,
            devices: &self.devices,
            entities: &self.entities,
            states: &NO_STATES,
        }
    }
}

fn has_han(text: &str) -> bool {
    text.chars()
        .any(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}'))
}

/// A list as sentences know it: an entity of the domain `todo`.
fn as_entity(list: &TodoList) -> Option<Entity> {
    Some(Entity {
        id: EntityId::new(&format!("{}.{}", Domain::Todo.as_str(), list.id)).ok()?,
        unique_id: None,
        names: list_names(list),
        device: None,
        area: None,
        device_class: None,
        unit_of_measurement: None,
        icon: None,
        category: None,
        enabled: true,
        capabilities: Arc::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_sentence_is_seen_by_its_script() {
        assert!(has_han("打开 kitchen 的灯"));
        assert!(!has_han("turn on the Küche"));
    }

    #[test]
    fn the_languages_of_the_home_are_tried_before_what_the_script_suggests() {
        let further_languages = vec!["de".to_owned(), "en".to_owned()];
        let languages =
            Languages::new(Settings { language: "zh-CN".into(), further_languages, ..Settings::default() });
        assert_eq!(languages.others("turn on the light", "zh-CN"), ["de", "en"]);
        assert_eq!(languages.others("打开灯", "en"), ["zh-CN", "de"]);
        let english = Languages::new(Settings::default());
        assert_eq!(english.others("打开灯", "en"), ["zh-CN"]);
        assert!(english.others("turn on", "en").is_empty());
        assert_eq!(english.others("turn on", "de"), ["en"]);
    }
}
