//! The names of the home, ready to be found in a sentence, and which templates may speak of which.

use std::collections::{BTreeSet, HashMap};

use super::grammar::{Grammar, HomeList, Want};
use super::text::{fold, normalize, remove_cjk_spaces, remove_punctuation, trim};
use super::trie::{Trie, TrieBuilder};
use crate::model::{Domain, Entity, HomeView, SlotValue};

/// Context that a name brings, for example `domain`.
pub(super) type Bringing = Box<[(Box<str>, SlotValue)]>;

/// One name of the home.
#[derive(Debug)]
pub(super) struct Name {
    /// As the owner wrote it.
    pub(super) text: Box<str>,
    /// Index into [`HomeNames::classes`].
    class: u16,
}

#[derive(Debug, Default)]
struct NameList {
    trie: Trie,
    names: Box<[Name]>,
}

/// All names, and for each block of sentences which kinds of names fit.
#[derive(Debug, Default)]
pub(super) struct HomeNames {
    lists: [NameList; 3],
    /// Every different context that a name brings. The first is empty.
    classes: Vec<Bringing>,
    /// For each block and class what [`met`] says.
    fits: Box<[Option<u16>]>,
    /// What there is, in each area by each of its names, and at home by the empty name.
    kinds: HashMap<Box<str>, BTreeSet<Kind>>,
}

/// A domain, and a device class of it; the empty one for any.
type Kind = (Domain, Box<str>);

impl HomeNames {
    pub(super) fn new(grammar: &Grammar, language: &str, home: &HomeView<'_>) -> Self {
        let wants = || grammar.blocks.iter().flat_map(|block| block.requires.iter().chain(&block.excludes));
        let keys: BTreeSet<&str> = wants().map(|want| &*want.key).collect();
        let mut names = Self { classes: vec![Bringing::default()], ..Self::default() };
        let mut seen: HashMap<String, u16> = HashMap::new();
        let mut entities = Lister::new(grammar);
        for entity in home.entities.values().filter(|entity| entity.enabled) {
            let brings: Bringing =
                keys.iter().filter_map(|key| Some(((*key).into(), brought(entity, key)?))).collect();
            let next = u16::try_from(names.classes.len()).unwrap_or(u16::MAX);
            let class = *seen.entry(format!("{brings:?}")).or_insert(next);
            if class == next {
                names.classes.push(brings);
            }
            entities.add(entity.names.understood(language), class);
        }
        let mut areas = Lister::new(grammar);
        home.areas.values().for_each(|area| areas.add(area.names.understood(language), 0));
        let mut floors = Lister::new(grammar);
        home.floors.values().for_each(|floor| floors.add(floor.names.understood(language), 0));
        names.lists = [entities.finish(), areas.finish(), floors.finish()];
        names.kinds = kinds(language, home);
        let blocks = grammar.blocks.iter();
        names.fits = blocks
            .flat_map(|block| {
                names.classes.iter().map(|brings| met(&block.requires, &block.excludes, brings))
            })
            .collect();
        names
    }

    /// Whether there is anything of one of the domains and, if one is given, of a device class, in an area or
    /// anywhere.
    pub(super) fn has(&self, domains: &[Domain], class: Option<&str>, area: Option<&str>) -> bool {
        let Some(kinds) = self.kinds.get(area.unwrap_or_default()) else { return false };
        domains.iter().any(|domain| kinds.contains(&(*domain, class.unwrap_or_default().into())))
    }

    fn list(&self, list: HomeList) -> Option<&NameList> {
        self.lists.get(list as usize)
    }

    pub(super) fn name(&self, list: HomeList, index: u32) -> Option<&Name> {
        self.list(list)?.names.get(index as usize)
    }

    /// All names of a list.
    pub(super) fn all(&self, list: HomeList) -> &[Name] {
        self.list(list).map_or(&[], |list| &list.names)
    }

    /// Calls `found` with length and index of each name that the folded text begins with.
    pub(super) fn walk(&self, list: HomeList, text: &[char], found: impl FnMut(usize, u32)) {
        if let Some(list) = self.list(list) {
            list.trie.walk(text, found);
        }
    }

    /// Which of a block's required contexts a name meets, or `None` when the block cannot mean it.
    pub(super) fn fits(&self, block: usize, name: &Name) -> Option<u16> {
        *self.fits.get(block * self.classes.len() + usize::from(name.class))?
    }
}

fn kinds(language: &str, home: &HomeView<'_>) -> HashMap<Box<str>, BTreeSet<Kind>> {
    let mut kinds: HashMap<Box<str>, BTreeSet<Kind>> = HashMap::new();
    for entity in home.entities.values().filter(|entity| entity.enabled) {
        let area = home.area_of(entity);
        let places = area.iter().flat_map(|area| area.names.understood(language)).chain([""]);
        for place in places {
            let known = kinds.entry(place.into()).or_default();
            known.insert((entity.domain(), "".into()));
            known.extend(entity.device_class.as_deref().map(|class| (entity.domain(), class.into())));
        }
    }
    kinds
}

/// Which of the wants are met by what a value brings, one bit each; `None` where it contradicts one.
pub(super) fn met(requires: &[Want], excludes: &[Want], brings: &[(Box<str>, SlotValue)]) -> Option<u16> {
    let brought = |key: &str| brings.iter().find(|(known, _)| **known == *key).map(|(_, value)| value);
    if excludes.iter().any(|want| brought(&want.key).is_some_and(|value| want.value.fits(value))) {
        return None;
    }
    let mut bits = 0;
    for (index, want) in requires.iter().enumerate() {
        match brought(&want.key) {
            Some(value) if want.value.fits(value) => bits |= 1 << index.min(15),
            Some(_) => return None,
            None => {}
        }
    }
    Some(bits)
}

fn brought(entity: &Entity, key: &str) -> Option<SlotValue> {
    let text = match key {
        "domain" => entity.domain().as_str().to_owned(),
        "device_class" => entity.device_class.as_deref()?.to_owned(),
        key => match entity.capabilities.get(key)? {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Number(number) if number.is_i64() => {
                return number.as_i64().map(SlotValue::Int);
            }
            other => other.to_string(),
        },
    };
    Some(SlotValue::Text(text))
}

/// Collects the names of one list.
struct Lister<'g> {
    grammar: &'g Grammar,
    trie: TrieBuilder,
    names: Vec<Name>,
    seen: BTreeSet<(Box<str>, u16)>,
}

impl<'g> Lister<'g> {
    fn new(grammar: &'g Grammar) -> Self {
        Self { grammar, trie: TrieBuilder::default(), names: Vec::new(), seen: BTreeSet::new() }
    }

    /// Adds the names of one thing. Which of two things of one name is meant is found out later, so the
    /// second adds nothing unless it is of another kind.
    fn add<'n>(&mut self, names: impl Iterator<Item = &'n str>, class: u16) {
        for name in names.map(str::trim).filter(|name| !name.is_empty()) {
            if !self.seen.insert((name.into(), class)) {
                continue;
            }
            let index = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
            let plain = normalize(name);
            let bare = trim(&remove_punctuation(&plain)).to_vec();
            let spellings = if bare == plain { vec![plain] } else { vec![plain, bare] };
            for mut spelling in spellings {
                if self.grammar.ignore_whitespace {
                    spelling = remove_cjk_spaces(&spelling);
                }
                let folded: Vec<char> = spelling.into_iter().map(fold).collect();
                self.trie.insert(&folded, index);
            }
            self.names.push(Name { text: name.into(), class });
        }
    }

    fn finish(self) -> NameList {
        NameList { trie: self.trie.finish(), names: self.names.into() }
    }
}
