//! From the slots of a sentence to the entities that it is about, as Home Assistant matches targets
//! (`homeassistant/helpers/intent.py`, `async_match_targets`).

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Area, AreaId, Domain, Entity, EntityId, Floor, FloorId, HomeView, Names};

use super::capability::Feature;

/// What the entities must be. An empty constraint does not constrain.
#[derive(Debug, Clone, Default)]
pub(super) struct Constraints<'a> {
    /// Name or id of one entity.
    pub name: Option<&'a str>,
    /// Name or id of an area.
    pub area: Option<&'a str>,
    /// Name or id of a floor.
    pub floor: Option<&'a str>,
    /// One of these domains.
    pub domains: Vec<Domain>,
    /// Domains to choose when the name alone is several entities; the template asked for them.
    pub wanted_domains: Vec<Domain>,
    /// One of these device classes.
    pub device_classes: Vec<&'a str>,
    /// In one of these states.
    pub states: &'a [&'a str],
    /// Able to do this.
    pub feature: Option<Feature>,
    /// Exactly one entity, chosen by where the speaker is.
    pub single: bool,
}

/// The entities that a sentence is about, and where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Targets {
    /// In the order of their ids.
    pub entities: Vec<EntityId>,
    /// Areas that were named.
    pub areas: Vec<AreaId>,
    /// Floors that were named.
    pub floors: Vec<FloorId>,
}

/// One of several entities that could be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub entity: EntityId,
    /// Its name in the speaker's language.
    pub name: String,
    /// Its area's name in the speaker's language.
    pub area: Option<String>,
}

/// Why no entity was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoTarget {
    /// There is no such area.
    Area(String),
    /// There is no such floor.
    Floor(String),
    /// Nothing of this domain, device class or name is there.
    Nothing(Missing),
    /// Things are there, but none in the state.
    State(String),
    /// Things are there, but none can do it.
    Feature,
    /// Several could be meant, and nothing says which.
    Ambiguous(Vec<Candidate>),
}

/// What is missing, and where it was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Missing {
    /// The name.
    pub entity: Option<String>,
    /// The first of the domains.
    pub domain: Option<Domain>,
    /// The first of the device classes.
    pub device_class: Option<String>,
    /// The area's name, as it was said.
    pub area: Option<String>,
    /// The floor's name, as it was said.
    pub floor: Option<String>,
}

/// A text as names are compared: without case, and with single spaces.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_lowercase));
    }
    folded
}

/// Whether one of the names, understood in any language, is the folded text.
///
/// All languages count: the template decided in which one the sentence is, and the owner may have given
/// a name in only one of them.
pub(super) fn is_called(names: &Names, folded: &str) -> bool {
    let others = names.by_language.values().flatten();
    std::iter::once(&names.name).chain(&names.aliases).chain(others).any(|name| folds_to(name, folded))
}

/// As `fold(name) == folded`, without making the text: every entity is asked this in every sentence.
fn folds_to(name: &str, folded: &str) -> bool {
    let mut left = folded.chars();
    let same = name.split_whitespace().enumerate().all(|(index, word)| {
        (index == 0 || left.next() == Some(' '))
            && word.chars().flat_map(char::to_lowercase).all(|c| left.next() == Some(c))
    });
    same && left.next().is_none()
}

/// Areas of this name or id.
pub(super) fn find_areas<'a>(view: &HomeView<'a>, name: &str) -> Vec<&'a Arc<Area>> {
    let folded = fold(name);
    view.areas.values().filter(|area| area.id.as_str() == name || is_called(&area.names, &folded)).collect()
}

/// Floors of this name or id.
pub(super) fn find_floors<'a>(view: &HomeView<'a>, name: &str) -> Vec<&'a Arc<Floor>> {
    let folded = fold(name);
    view.floors
        .values()
        .filter(|floor| floor.id.as_str() == name || is_called(&floor.names, &folded))
        .collect()
}

struct Search<'a, 'c> {
    view: &'c HomeView<'a>,
    language: &'c str,
    wanted: &'c Constraints<'c>,
    found: Vec<&'a Arc<Entity>>,
}

/// Finds the entities that fulfil the constraints. `here` is where the speaker is.
///
/// # Errors
/// [`NoTarget`] says which constraint left nothing over, or that several entities could be meant.
pub(super) fn resolve(
    view: &HomeView<'_>,
    language: &str,
    wanted: &Constraints<'_>,
    here: Option<&AreaId>,
) -> Result<Targets, NoTarget> {
    let places = Places::find(view, wanted)?;
    let mut search =
        Search { view, language, wanted, found: view.entities.values().filter(|e| e.enabled).collect() };
    search.by_kind()?;
    search.by_place(&places)?;
    search.by_ability()?;
    search.one_per_name(here)?;
    if wanted.single {
        search.only_one(here)?;
    }
    Ok(Targets {
        entities: search.found.iter().map(|entity| entity.id.clone()).collect(),
        areas: places.areas.into_iter().flatten().collect(),
        floors: places.floors.into_iter().flatten().collect(),
    })
}

/// Named places; `None` where none was named.
struct Places {
    areas: Option<BTreeSet<AreaId>>,
    floors: Option<BTreeSet<FloorId>>,
}

impl Places {
    fn find(view: &HomeView<'_>, wanted: &Constraints<'_>) -> Result<Self, NoTarget> {
        let floors = match wanted.floor {
            None => None,
            Some(name) => {
                let floors: BTreeSet<_> =
                    find_floors(view, name).into_iter().map(|floor| floor.id.clone()).collect();
                if floors.is_empty() {
                    return Err(NoTarget::Floor(name.to_owned()));
                }
                Some(floors)
            }
        };
        let areas = match wanted.area {
            None => None,
            Some(name) => {
                let areas: BTreeSet<_> =
                    find_areas(view, name).into_iter().map(|area| area.id.clone()).collect();
                if areas.is_empty() {
                    return Err(NoTarget::Area(name.to_owned()));
                }
                Some(areas)
            }
        };
        Ok(Self { areas, floors })
    }
}

impl<'a> Search<'a, '_> {
    fn missing(&self) -> NoTarget {
        NoTarget::Nothing(Missing {
            entity: self.wanted.name.map(str::to_owned),
            domain: self.wanted.domains.first().copied(),
            device_class: self.wanted.device_classes.first().map(|class| (*class).to_owned()),
            area: self.wanted.area.map(str::to_owned),
            floor: self.wanted.floor.map(str::to_owned),
        })
    }

    /// Keeps what fulfils the test; the error if nothing does.
    fn keep(&mut self, error: NoTarget, test: impl Fn(&Entity) -> bool) -> Result<(), NoTarget> {
        self.found.retain(|entity| test(entity));
        if self.found.is_empty() { Err(error) } else { Ok(()) }
    }

    fn by_kind(&mut self) -> Result<(), NoTarget> {
        let wanted = self.wanted;
        if let Some(name) = wanted.name {
            let folded = fold(name);
            self.keep(self.missing(), |e| e.id.as_str() == name || is_called(&e.names, &folded))?;
        } else {
            // "All the lights" means lights, not the settings and figures that devices bring besides.
            self.keep(self.missing(), |e| e.category.is_none())?;
        }
        if !wanted.domains.is_empty() {
            self.keep(self.missing(), |e| wanted.domains.contains(&e.domain()))?;
        }
        if !wanted.device_classes.is_empty() {
            self.keep(self.missing(), |e| {
                e.device_class.as_deref().is_some_and(|class| wanted.device_classes.contains(&class))
            })?;
        }
        Ok(())
    }

    fn by_place(&mut self, places: &Places) -> Result<(), NoTarget> {
        let view = self.view;
        if let Some(floors) = &places.floors {
            self.keep(self.missing(), |e| view.floor_of(e).is_some_and(|floor| floors.contains(&floor.id)))?;
        }
        if let Some(areas) = &places.areas {
            self.keep(self.missing(), |e| view.area_of(e).is_some_and(|area| areas.contains(&area.id)))?;
        }
        Ok(())
    }

    fn by_ability(&mut self) -> Result<(), NoTarget> {
        if let Some(feature) = self.wanted.feature {
            self.keep(NoTarget::Feature, |e| feature.of(e))?;
        }
        if let [first, ..] = self.wanted.states {
            let (view, states) = (self.view, self.wanted.states);
            self.keep(NoTarget::State((*first).to_owned()), |e| {
                view.states.get(&e.id).is_some_and(|state| states.contains(&state.shown()))
            })?;
        }
        Ok(())
    }

    /// Of several entities of one name, the one that the template is for, or that is near the speaker.
    fn one_per_name(&mut self, here: Option<&AreaId>) -> Result<(), NoTarget> {
        if self.wanted.name.is_none() || self.found.len() < 2 {
            return Ok(());
        }
        let wanted = &self.wanted.wanted_domains;
        if self.found.iter().any(|e| wanted.contains(&e.domain())) {
            self.found.retain(|e| wanted.contains(&e.domain()));
        }
        // A lamp and its own signal strength may share one name.
        if self.found.iter().any(|e| e.category.is_none()) {
            self.found.retain(|e| e.category.is_none());
        }
        self.only_one(here)
    }

    fn only_one(&mut self, here: Option<&AreaId>) -> Result<(), NoTarget> {
        if self.found.len() == 1 {
            return Ok(());
        }
        let floor = here.and_then(|id| self.view.areas.get(id)).and_then(|area| area.floor.as_ref());
        let in_area: Vec<_> = self.near(|area| Some(&area.id) == here);
        let on_floor: Vec<_> = self.near(|area| floor.is_some() && area.floor.as_ref() == floor);
        match (in_area.as_slice(), on_floor.as_slice()) {
            ([one], _) | ([], [one]) => self.found = vec![one],
            ([], []) => return Err(NoTarget::Ambiguous(self.candidates(&self.found))),
            ([], near) | (near, _) => return Err(NoTarget::Ambiguous(self.candidates(near))),
        }
        Ok(())
    }

    fn near(&self, test: impl Fn(&Area) -> bool) -> Vec<&'a Arc<Entity>> {
        self.found.iter().copied().filter(|e| self.view.area_of(e).is_some_and(|area| test(area))).collect()
    }

    fn candidates(&self, entities: &[&Arc<Entity>]) -> Vec<Candidate> {
        entities.iter().map(|entity| candidate(self.view, self.language, entity)).collect()
    }
}

fn candidate(view: &HomeView<'_>, language: &str, entity: &Entity) -> Candidate {
    Candidate {
        entity: entity.id.clone(),
        name: entity.names.shown(language).to_owned(),
        area: view.area_of(entity).map(|area| area.names.shown(language).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn names_are_compared_as_they_are_folded(name in "[ aBİßé客]{0,6}", other in "[ aBİßé客]{0,6}") {
            let folded = fold(&other);
            prop_assert_eq!(folds_to(&name, &folded), fold(&name) == folded);
            prop_assert!(folds_to(&name, &fold(&name)));
        }
    }
}
