//! The part of a home that a wish is likely about: what a language model is shown of it.
//!
//! A model reads slowly and loses its way among hundreds of devices. So it gets the rooms and devices that the
//! words point at, the speaker's room, what there is only one of, and then the rest as far as there is place.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::model::{Area, AreaId, Domain, Entity, EntityId, FloorId, HomeView, Names};

use super::text::{fold, is_cjk, normalize_for_matching};

/// How many characters of a name are shown.
const NAME: usize = 40;

/// A part of a home, in the names of one language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Excerpt {
    /// Rooms in the order of their ids, those that hold nothing left out; what is in no room comes last.
    pub places: Vec<Place>,
    /// The name of the room in which it was said.
    pub here: Option<String>,
}

/// A room and what is shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The room and its name; `None` for what is in no room.
    pub area: Option<(AreaId, String)>,
    /// Its floor.
    pub floor: Option<(FloorId, String)>,
    /// By kind and then by id.
    pub items: Vec<Item>,
}

/// An entity as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Which.
    pub id: EntityId,
    /// Domain, with the device class behind a dot where that tells what it is: `light`, `cover.curtain`.
    pub kind: String,
    /// Never twice in the same place.
    pub name: String,
    /// Another name for it.
    pub alias: Option<String>,
}

impl Item {
    /// The domain.
    #[must_use]
    pub fn domain(&self) -> Domain {
        self.id.domain()
    }

    /// The device class, where the kind names it.
    #[must_use]
    pub fn device_class(&self) -> Option<&str> {
        self.kind.split_once('.').map(|(_, class)| class)
    }
}

impl Excerpt {
    /// Chooses at most `most` entities for a text said in the room `here`.
    #[must_use]
    pub fn of(view: &HomeView<'_>, language: &str, text: &str, here: Option<&AreaId>, most: usize) -> Self {
        let said = Said::new(text);
        let mut ranked: Vec<_> = view
            .entities
            .values()
            .filter(|entity| entity.enabled)
            .filter_map(|entity| Some((rank(view, language, &said, here, entity)?, entity)))
            .collect();
        // The sort is stable and entities come by id: the same home and words give the same excerpt.
        ranked.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        ranked.truncate(most);
        let mut places: BTreeMap<Option<&AreaId>, Vec<&Entity>> = BTreeMap::new();
        for (_, entity) in ranked {
            places.entry(view.area_of(entity).map(|area| &area.id)).or_default().push(entity);
        }
        let (loose, rooms): (Vec<_>, Vec<_>) = places.into_iter().partition(|(area, _)| area.is_none());
        let places = rooms.into_iter().chain(loose);
        Self {
            places: places.map(|(area, entities)| place(view, language, area, entities)).collect(),
            here: here.and_then(|id| view.areas.get(id)).map(|area| shown(&area.names, language)),
        }
    }

    /// Every entity that is shown.
    pub fn items(&self) -> impl Iterator<Item = (&Place, &Item)> {
        self.places.iter().flat_map(|place| place.items.iter().map(move |item| (place, item)))
    }
}

/// A text as names are looked for in it.
struct Said {
    words: HashSet<String>,
    /// Neighbouring characters of scripts without spaces.
    pairs: HashSet<(char, char)>,
    whole: String,
}

impl Said {
    fn new(text: &str) -> Self {
        let chars: Vec<char> = normalize_for_matching(text).into_iter().map(fold).collect();
        let whole: String = chars.iter().collect();
        let words = whole.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let words = words.map(str::to_owned).collect();
        let pairs = chars.windows(2).filter_map(|pair| match pair {
            [one, two] if is_cjk(*one) => Some((*one, *two)),
            _ => None,
        });
        Self { words, pairs: pairs.collect(), whole }
    }

    /// How much of a name was said, 0 to 100.
    fn share(&self, name: &str) -> u32 {
        let chars: Vec<char> = normalize_for_matching(name).into_iter().map(fold).collect();
        let whole: String = chars.iter().collect();
        if whole.is_empty() {
            return 0;
        }
        if chars.iter().any(|c| is_cjk(*c)) {
            if self.whole.contains(&whole) {
                return 100;
            }
            let pairs = chars.windows(2);
            let all = pairs.len().max(1);
            let said = pairs.filter(|pair| matches!(pair, [a, b] if self.pairs.contains(&(*a, *b)))).count();
            return u32::try_from(said * 100 / all).unwrap_or(100);
        }
        let words: Vec<&str> =
            whole.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let said = words.iter().filter(|word| self.has(word)).count();
        u32::try_from(said * 100 / words.len().max(1)).unwrap_or(100)
    }

    /// Whether a word was said, be it with a slip or in the plural.
    fn has(&self, word: &str) -> bool {
        self.words.contains(word)
            || (word.len() > 3
                && self.words.iter().any(|said| {
                    said.len() > 3 && strsim::damerau_levenshtein(said, word) <= 1 + word.len() / 8
                }))
    }
}

/// How likely an entity is meant; `None` for what no sentence is about.
fn rank(
    view: &HomeView<'_>,
    language: &str,
    said: &Said,
    here: Option<&AreaId>,
    entity: &Entity,
) -> Option<u32> {
    let share = |names: &Names| names.understood(language).map(|name| said.share(name)).max().unwrap_or(0);
    let named = share(&entity.names);
    if entity.category.is_some() && named < 100 {
        return None;
    }
    let area = view.area_of(entity);
    let in_named_area = area.map_or(0, |area: &std::sync::Arc<Area>| share(&area.names));
    let is_here = area.is_some() && area.map(|area| &area.id) == here;
    let kind = match entity.domain() {
        Domain::Light | Domain::Climate | Domain::Cover | Domain::MediaPlayer | Domain::Fan => 30,
        Domain::Scene | Domain::Script | Domain::Lock | Domain::Vacuum | Domain::Todo => 25,
        Domain::Switch
        | Domain::Humidifier
        | Domain::AlarmControlPanel
        | Domain::Valve
        | Domain::LawnMower => 20,
        Domain::BinarySensor | Domain::Sensor => 8,
        _ => 5,
    };
    Some(named * 4 + in_named_area * 2 + if is_here { 120 } else { 0 } + kind)
}

fn place(view: &HomeView<'_>, language: &str, area: Option<&AreaId>, entities: Vec<&Entity>) -> Place {
    let area = area.and_then(|id| view.areas.get(id));
    let floor = area.and_then(|area| view.floors.get(area.floor.as_ref()?));
    let mut taken = BTreeSet::new();
    let mut items: Vec<Item> = Vec::with_capacity(entities.len());
    for entity in entities {
        let plain = shown(&entity.names, language);
        let numbered = (2..).map(|number: u32| format!("{plain} {number}"));
        let Some(name) = std::iter::once(plain.clone()).chain(numbered).find(|name| !taken.contains(name))
        else {
            continue;
        };
        taken.insert(name.clone());
        let others = entity.names.understood(language).map(clean);
        let alias = others.into_iter().find(|alias| !alias.is_empty() && *alias != plain);
        items.push(Item { id: entity.id.clone(), kind: kind(entity), name, alias });
    }
    items.sort_by(|one, two| (&one.kind, &one.id).cmp(&(&two.kind, &two.id)));
    Place {
        area: area.map(|area| (area.id.clone(), shown(&area.names, language))),
        floor: floor.map(|floor| (floor.id.clone(), shown(&floor.names, language))),
        items,
    }
}

fn kind(entity: &Entity) -> String {
    let domain = entity.domain();
    let telling = matches!(
        domain,
        Domain::Cover | Domain::Sensor | Domain::BinarySensor | Domain::Switch | Domain::Button
    );
    let class = entity.device_class.as_deref().filter(|class| telling && *class != "switch");
    let plain =
        |class: &&str| class.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    match class.filter(plain) {
        Some(class) => format!("{}.{class}", domain.as_str()),
        None => domain.as_str().to_owned(),
    }
}

fn shown(names: &Names, language: &str) -> String {
    let name = clean(names.shown(language));
    if name.is_empty() { "?".to_owned() } else { name }
}

/// A name without the marks that hold an excerpt together, and of bounded length.
fn clean(name: &str) -> String {
    let kept = name.chars().map(|c| if c.is_control() || ",;:()<|>\"\\".contains(c) { ' ' } else { c });
    let text: String = kept.take(NAME).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::test_home::TestHome;
    use super::*;

    fn home() -> TestHome {
        let mut home = TestHome::new();
        home.floor("up", "Upstairs").area("kitchen", "Kitchen", None).area("bed", "Bedroom", Some("up"));
        home.entity("light.kitchen", "Kitchen Light", Some("kitchen"));
        home.entity("light.lamp", "Lamp; (old)", Some("bed")).entity("light.lamp_2", "Lamp old", Some("bed"));
        home.entity("cover.blind", "Blind", Some("bed")).class("cover.blind", "blind");
        home.entity("scene.night", "Good Night", None);
        for number in 0..50 {
            home.entity(&format!("sensor.power_{number}"), &format!("Power {number}"), Some("kitchen"));
        }
        home
    }

    fn names(excerpt: &Excerpt) -> Vec<&str> {
        excerpt.items().map(|(_, item)| item.name.as_str()).collect()
    }

    #[test]
    fn what_was_named_comes_before_all_else() {
        let home = home();
        let excerpt = Excerpt::of(&home.view(), "en", "how much is powr 37 please", None, 3);
        assert!(names(&excerpt).contains(&"Power 37"), "{excerpt:?}");
        let excerpt = Excerpt::of(&home.view(), "en", "the kichen light", None, 1);
        assert_eq!(names(&excerpt), ["Kitchen Light"]);
    }

    #[test]
    fn the_speakers_room_is_shown() {
        let home = home();
        let here = AreaId::new("bed").unwrap();
        let excerpt = Excerpt::of(&home.view(), "en", "it is too dark", Some(&here), 3);
        assert_eq!(excerpt.here.as_deref(), Some("Bedroom"));
        assert_eq!(excerpt.places.len(), 1);
        assert_eq!(excerpt.places[0].floor.as_ref().unwrap().1, "Upstairs");
        assert_eq!(names(&excerpt), ["Blind", "Lamp old", "Lamp old 2"]);
        assert_eq!(excerpt.places[0].items[0].kind, "cover.blind");
    }

    #[test]
    fn what_is_in_no_room_comes_last() {
        let home = home();
        let excerpt = Excerpt::of(&home.view(), "en", "good night", None, 10);
        assert_eq!(excerpt.places.last().unwrap().area, None);
        assert_eq!(excerpt.items().count(), 10);
    }

    #[test]
    fn chinese_names_are_found_in_a_row_of_characters() {
        let mut home = TestHome::new();
        home.area("living", "客厅", None).entity("light.a", "吊灯", Some("living"));
        for number in 0..30 {
            home.entity(&format!("light.x{number}"), &format!("灯{number}"), None);
        }
        let excerpt = Excerpt::of(&home.view(), "zh-CN", "把客厅的吊灯弄亮点", None, 2);
        assert!(names(&excerpt).contains(&"吊灯"));
    }
}
