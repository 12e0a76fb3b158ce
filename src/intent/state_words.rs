//! Words for states from a language's own lists: what people say for a state is what a reply can say.

use std::collections::BTreeMap;

use crate::model::{Domain, SlotValue};

use super::sample::spoken_forms;
use super::source::{List, Ordered, Value};

/// For each list of states, what is said for each state. The first way of saying it counts.
#[derive(Debug, Default)]
pub(super) struct StateWords(BTreeMap<Box<str>, BTreeMap<Box<str>, Box<str>>>);

impl StateWords {
    /// Takes the lists whose names end in `_states`.
    pub(super) fn of(lists: &Ordered<'_, List<'_>>) -> Self {
        let mut words = Self::default();
        for (name, list) in lists.0.iter().filter(|(name, _)| name.ends_with("_states")) {
            let said = words.0.entry(Box::from(&**name)).or_default();
            for value in list.values.iter().flatten() {
                if let Value::InOut { said: template, out: Some(SlotValue::Text(state)), .. } = value
                    && !said.contains_key(state.as_str())
                    && let Some(first) =
                        spoken_forms(template).ok().and_then(|forms| forms.into_iter().next())
                {
                    said.insert(state.as_str().into(), first.into());
                }
            }
        }
        words
    }

    /// The word for a state of a domain and device class.
    pub(super) fn find(&self, domain: Domain, class: Option<&str>, state: &str) -> Option<&str> {
        let own = format!("bs_{}_states", class.unwrap_or_default());
        let lists: &[&str] = match (domain, class) {
            (Domain::BinarySensor, Some("door" | "garage_door" | "opening" | "window")) => {
                &[&own, "bs_open_states", "bs_opening_states", "bs_door_states"]
            }
            (Domain::BinarySensor, Some("motion" | "occupancy" | "presence")) => {
                &[&own, "bs_occupancy_states"]
            }
            (Domain::BinarySensor, Some(_)) => &[&own],
            (Domain::Cover | Domain::Valve, _) => &["cover_states"],
            (Domain::Lock, _) => &["lock_states"],
            (Domain::Person | Domain::DeviceTracker, _) => &["person_states", "presence_states"],
            _ => &["on_off_states"],
        };
        let word = lists.iter().find_map(|list| self.0.get(*list)?.get(state))?;
        Some(word)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Language;
    use super::*;

    #[test]
    fn languages_bring_words_for_states() {
        let word = |tag: &str, domain, class, state: &str| {
            Language::load(tag).unwrap().state_word(domain, class, state).map(str::to_owned)
        };
        assert_eq!(word("de", Domain::Cover, None, "closed").as_deref(), Some("geschlossen"));
        assert_eq!(word("sv", Domain::BinarySensor, Some("door"), "off").as_deref(), Some("stängd"));
        assert_eq!(word("de", Domain::Sensor, None, "21.5"), None);
    }
}
