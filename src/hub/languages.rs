//! The matchers in use: one for each language that somebody speaks, with the names of the home as they are.
//!
//! Recognising happens in the task of whoever speaks, never in the actor. A matcher is made anew, off the
//! actor, when somebody speaks and names have changed since; one is made at a time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;

use crate::intent::{Language, Matcher};
use crate::model::{Area, AreaId, Device, DeviceId, Entity, EntityId, Floor, FloorId, HomeView};

use super::handle::{Handle, HubError};
use super::home::Home;
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
        Self {
            number,
            areas: view.areas.clone(),
            floors: view.floors.clone(),
            devices: view.devices.clone(),
            entities: view.entities.clone(),
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
