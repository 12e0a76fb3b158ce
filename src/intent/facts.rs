//! What a reply is made of: plain facts, without words of any language.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{Attributes, Cause, Domain, EntityId, HomeView, ReplyKind, SlotValue};

use super::resolver::Candidate;

/// Everything that the words of a reply may be made of.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// Entities that the sentence is about; for a question, those for which the answer is yes.
    pub matched: Vec<Shown>,
    /// For a question, the entities for which the answer is no.
    pub unmatched: Vec<Shown>,
    /// Timers that were asked about.
    pub timers: Vec<TimerFacts>,
    /// How many timers were taken away.
    pub canceled: usize,
    /// The home's date and time.
    pub now: Option<jiff::civil::DateTime>,
    /// What a media player was asked to play.
    pub media: Option<String>,
    /// Slots that replace or join those of the sentence.
    pub slots: BTreeMap<String, SlotValue>,
    /// What went wrong, instead of the usual words.
    pub failure: Option<Failure>,
    /// What must be said besides, so that the reply is honest.
    pub notes: Vec<Note>,
    /// False where nothing of what was asked for is known to have come about: only the notes are said.
    pub done: bool,
    /// How slots are worded.
    pub words: SlotWords,
}

/// How slots with fixed values are worded in a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SlotWords {
    /// As they were said ("curtains"), which Home Assistant does when it runs.
    #[default]
    Spoken,
    /// By their value (`curtain`), which the tests of the sentence templates expect.
    Values,
}

/// An entity and its state, as a response shows them.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Which.
    pub entity: EntityId,
    /// Its name in the speaker's language.
    pub name: String,
    /// Its state as the device says it.
    pub state: String,
    /// Its state in the words of the language; `None` to find them by domain and device class.
    pub wording: Option<String>,
    /// Attributes of the state; among them `device_class` and `unit_of_measurement` of the entity.
    pub attributes: Attributes,
}

impl Shown {
    /// The entity as it is now; `None` when there is no such entity.
    #[must_use]
    pub fn of(view: &HomeView<'_>, id: &EntityId, language: &str) -> Option<Self> {
        let entity = view.entities.get(id)?;
        let state = view.states.get(id);
        let mut attributes = state.map(|state| state.attributes.clone()).unwrap_or_default();
        let own =
            [("device_class", &entity.device_class), ("unit_of_measurement", &entity.unit_of_measurement)];
        for (key, value) in own {
            if let Some(value) = value {
                attributes.entry(key).or_insert_with(|| (&**value).into());
            }
        }
        Some(Self {
            entity: id.clone(),
            name: entity.names.shown(language).to_owned(),
            state: state.map_or(crate::model::State::UNKNOWN, |state| state.shown()).to_owned(),
            wording: None,
            attributes,
        })
    }
}

/// A timer, in the numbers that the responses use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerFacts {
    /// What it is called; empty without a name.
    pub name: String,
    /// Name of the area where it was set; empty if unknown.
    pub area: String,
    /// False while it is paused.
    pub is_active: bool,
    /// As it was set.
    pub set: Duration,
    /// What is left.
    pub left: Duration,
}

/// Why something that was understood cannot be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Key of the error text: one of Home Assistant's (`no_entity`, …) or of the hub's own.
    pub key: &'static str,
    /// What the text speaks of: `entity`, `area`, `domain`, ….
    pub values: BTreeMap<&'static str, String>,
    /// Where several could be meant: which.
    pub candidates: Vec<Candidate>,
}

impl Failure {
    /// A failure whose text speaks of nothing in particular.
    #[must_use]
    pub fn new(key: &'static str) -> Self {
        Self { key, values: BTreeMap::new(), candidates: Vec::new() }
    }

    /// With something that the text speaks of.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.insert(name, value.into());
        self
    }

    /// With the domain, whose name the text shows in its language.
    #[must_use]
    pub fn with_domain(self, domain: Domain) -> Self {
        self.with("domain", domain.as_str())
    }
}

/// What came of one entity, where it is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The command went out, and the device did not answer in time.
    Unconfirmed {
        /// The entity's name.
        name: String,
    },
    /// The device answered with another state.
    Refused {
        /// The entity's name.
        name: String,
        /// Which; the text may know a word for it.
        entity: EntityId,
        /// The state that it reports.
        state: String,
        /// Its device class, by which the state is worded.
        device_class: Option<String>,
    },
    /// Nothing went out.
    Failed {
        /// The entity's name.
        name: String,
        /// The kind of reason.
        cause: Cause,
        /// Why, in English words for a person.
        reason: String,
    },
    /// Nothing went out, since there is no connection to the broker.
    BrokerAway,
    /// The device has been out of reach since before it was asked.
    Unavailable {
        /// The entity's name.
        name: String,
    },
}

/// What came of a plan: the kind of reply and the facts for its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Conclusion {
    /// What kind of answer it is.
    pub kind: ReplyKind,
    /// What the words are made of.
    pub facts: Facts,
}
