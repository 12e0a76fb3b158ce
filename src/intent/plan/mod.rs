//! From a recognised wish to what is to be done. One file per family of intents.

mod adjust;
mod climate;
mod color;
mod cover;
mod light;
mod list;
mod media;
mod query;
mod robot;
mod slots;
mod switch;
mod talk;
#[cfg(test)]
mod tests;
mod timer;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::model::{
    Action, AreaId, Channel, Command, Domain, EntityId, HomeView, ListChange, ListId, Names, Recognition,
    ReplyKind, SlotValue, Timer, TimerChange, TimerId, Timestamp, TodoList,
};

pub use list::list_names;

use super::facts::{Facts, Failure};
use super::resolver::{Constraints, NoTarget, Targets, resolve};
use slots::Slots;

/// What a wish depends on besides the home itself.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The room in which it was said.
    pub area: Option<&'a AreaId>,
    /// What it was said through.
    pub channel: &'a Channel,
    /// When it was said.
    pub now: Timestamp,
    /// The home's time zone.
    pub time_zone: &'a TimeZone,
    /// The home's unit of temperature, `°C` or `°F`.
    pub temperature_unit: &'a str,
    /// Every timer, finished ones too.
    pub timers: &'a BTreeMap<TimerId, Arc<Timer>>,
    /// Every list.
    pub lists: &'a BTreeMap<ListId, Arc<TodoList>>,
    /// Media players that the last "pause" paused, so that "resume" means them.
    pub paused: &'a [EntityId],
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// Devices are asked for something; the outcomes go to [`super::conclude()`].
    Commands {
        /// In the order in which the reply speaks of them.
        commands: Vec<Command>,
        /// What the sentence is about.
        targets: Targets,
        /// What is known already, for the reply.
        facts: Facts,
        /// Why these entities, in words for the trace.
        reason: String,
    },
    /// Nothing is to be done: the answer is known.
    Answer(Facts),
    /// Timers are changed, in this order.
    Timer(Vec<TimerChange>, Facts),
    /// Lists are changed, in this order.
    List(Vec<ListChange>, Facts),
    /// Words for every room.
    Broadcast {
        /// The words.
        text: String,
        /// For the reply.
        facts: Facts,
    },
    /// The speaker thought better of it: nothing is done, and a question that waits is forgotten.
    Nevermind(Facts),
    /// Several entities could be meant: the facts' failure names them, and the reply asks which.
    Ambiguous(Facts),
    /// It cannot be done: the facts' failure says why.
    Failed(Facts),
}

impl Plan {
    /// What the reply is made of as far as it is known before anything was done.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        match self {
            Self::Commands { facts, .. }
            | Self::Answer(facts)
            | Self::Timer(_, facts)
            | Self::List(_, facts)
            | Self::Broadcast { facts, .. }
            | Self::Nevermind(facts)
            | Self::Ambiguous(facts)
            | Self::Failed(facts) => facts,
        }
    }

    /// The kind of reply when everything goes well.
    #[must_use]
    pub fn kind(&self) -> ReplyKind {
        match self {
            Self::Answer(_) => ReplyKind::QueryAnswer,
            Self::Ambiguous(_) => ReplyKind::Question,
            Self::Failed(_) => ReplyKind::Error,
            _ => ReplyKind::ActionDone,
        }
    }
}

/// Decides what is to be done. Every intent of the sentence templates gives a plan; what cannot be done
/// gives [`Plan::Failed`], never nothing.
#[must_use]
pub fn plan(view: &HomeView<'_>, recognition: &Recognition, context: &Context<'_>) -> Plan {
    let ask = Ask { view, recognition, slots: Slots::of(recognition), context };
    let planned = match recognition.intent.name.as_str() {
        "HassTurnOn" => switch::turn(&ask, switch::To::On),
        "HassTurnOff" => switch::turn(&ask, switch::To::Off),
        "HassToggle" => switch::turn(&ask, switch::To::Other),
        "HassLightSet" => light::set(&ask),
        "HassSetPosition" => cover::set_position(&ask),
        "HassStopMoving" => cover::stop(&ask),
        "HassFanSetSpeed" => climate::fan_speed(&ask),
        "HassClimateSetTemperature" => climate::set_temperature(&ask),
        "HassClimateSetFanMode" => climate::set_fan_mode(&ask),
        "HassClimateGetTemperature" => climate::get_temperature(&ask),
        "HassGetState" => query::state(&ask),
        "HassGetWeather" => query::weather(&ask),
        "HassMediaPause"
        | "HassMediaUnpause"
        | "HassMediaNext"
        | "HassMediaPrevious"
        | "HassMediaPlayerMute"
        | "HassMediaPlayerUnmute"
        | "HassSetVolume"
        | "HassSetVolumeRelative"
        | "HassMediaSearchAndPlay" => media::steer(&ask),
        "HassVacuumStart" => robot::send(&ask, Domain::Vacuum, &Action::Start),
        "HassVacuumReturnToBase" => robot::send(&ask, Domain::Vacuum, &Action::ReturnToBase),
        "HassVacuumCleanArea" => robot::clean_area(&ask),
        "HassLawnMowerStartMowing" => robot::send(&ask, Domain::LawnMower, &Action::Start),
        "HassLawnMowerDock" => robot::send(&ask, Domain::LawnMower, &Action::ReturnToBase),
        "HassStartTimer" => timer::start(&ask),
        "HassCancelTimer" => timer::cancel(&ask),
        "HassCancelAllTimers" => timer::cancel_all(&ask),
        "HassIncreaseTimer" => timer::increase(&ask),
        "HassDecreaseTimer" => timer::decrease(&ask),
        "HassPauseTimer" => timer::pause(&ask),
        "HassUnpauseTimer" => timer::unpause(&ask),
        "HassTimerStatus" => timer::status(&ask),
        "HassListAddItem" | "HassShoppingListAddItem" => list::add(&ask),
        "HassListCompleteItem" | "HassShoppingListCompleteItem" => list::complete(&ask),
        "HassListRemoveItem" => list::remove(&ask),
        "ListGetItems" => list::items(&ask),
        "HassGetCurrentDate" | "HassGetCurrentTime" => talk::date_or_time(&ask),
        "HassBroadcast" => talk::broadcast(&ask),
        "HomeclawAdjust" => adjust::adjust(&ask),
        "HomeclawSetMode" => adjust::set_mode(&ask),
        "HomeclawSetHumidity" => adjust::set_humidity(&ask),
        "HassRespond" => talk::respond(&ask),
        "HassNevermind" => Ok(Plan::Nevermind(ask.facts())),
        other => Err(Failure::new("unknown_intent").with("intent", other)),
    };
    planned.unwrap_or_else(|failure| ask.failed(failure))
}

type Planned = Result<Plan, Failure>;

/// One wish and everything that it depends on.
struct Ask<'a> {
    view: &'a HomeView<'a>,
    recognition: &'a Recognition,
    slots: Slots<'a>,
    context: &'a Context<'a>,
}

impl<'a> Ask<'a> {
    fn language(&self) -> &'a str {
        &self.recognition.language
    }

    fn facts(&self) -> Facts {
        Facts { done: true, slots: self.shown_names(), ..Facts::default() }
    }

    /// Names for slots that hold an id, so that a reply never speaks one.
    fn shown_names(&self) -> BTreeMap<String, SlotValue> {
        let (view, language) = (self.view, self.language());
        let entity = |id: &str| view.entities.get(&id.parse::<EntityId>().ok()?).map(|e| &e.names);
        let area = |id: &str| view.areas.get(id).map(|area| &area.names);
        let floor = |id: &str| view.floors.get(id).map(|floor| &floor.names);
        let found = [
            ("name", self.slots.text("name").and_then(entity)),
            ("area", self.slots.text("area").and_then(area)),
            ("floor", self.slots.text("floor").and_then(floor)),
        ];
        let shown = |names: &Names| SlotValue::Text(names.shown(language).to_owned());
        found.into_iter().filter_map(|(slot, names)| Some((slot.to_owned(), shown(names?)))).collect()
    }

    fn failed(&self, failure: Failure) -> Plan {
        let asks = !failure.candidates.is_empty();
        let facts = Facts { failure: Some(failure), ..Facts::default() };
        if asks { Plan::Ambiguous(facts) } else { Plan::Failed(facts) }
    }

    /// The constraints that the usual slots give; `domains` narrows them to what the intent is for.
    fn constraints(&self, domains: &[Domain]) -> Constraints<'a> {
        let said = self.slots.domains("domain");
        let domains = match (said.is_empty(), domains.is_empty()) {
            (true, _) => domains.to_vec(),
            (false, true) => said,
            (false, false) => said.into_iter().filter(|domain| domains.contains(domain)).collect(),
        };
        Constraints {
            name: self.slots.text("name").filter(|name| *name != "all"),
            area: self.slots.text("area"),
            floor: self.slots.text("floor"),
            domains,
            wanted_domains: self.slots.context_domains(),
            device_classes: self.slots.texts("device_class"),
            ..Constraints::default()
        }
    }

    /// The entities that a command is for. What is not in the speaker's own room may be the only one at home:
    /// "open the garage door" is said in the kitchen.
    fn resolve(&self, wanted: &Constraints<'_>) -> Result<Targets, Failure> {
        self.resolve_here(wanted).or_else(|failure| {
            let anywhere = Constraints { area: None, ..wanted.clone() };
            let found = self.is_area_of_speaker().then(|| self.resolve_here(&anywhere).ok()).flatten();
            found.filter(|targets| targets.entities.len() == 1).ok_or(failure)
        })
    }

    /// The entities in the room that was named or, where the template says so, in which the speaker is.
    fn resolve_here(&self, wanted: &Constraints<'_>) -> Result<Targets, Failure> {
        resolve(self.view, self.language(), wanted, self.context.area)
            .map_err(|error| explain(error, wanted.name.unwrap_or_default()))
    }

    /// Whether the slot `area` was not said, but is where the speaker is.
    fn is_area_of_speaker(&self) -> bool {
        self.slots.get("area").is_some() && self.slots.get("area") == self.recognition.context.get("area")
    }

    /// The same action for every target.
    fn command_all(&self, targets: Targets, action: &Action) -> Planned {
        let commands = targets
            .entities
            .iter()
            .map(|entity| Command { entity: entity.clone(), action: action.clone() })
            .collect();
        Ok(self.commands(commands, targets, self.facts()))
    }

    fn commands(&self, commands: Vec<Command>, targets: Targets, mut facts: Facts) -> Plan {
        let reason = self.reason(&targets);
        if self.is_area_of_speaker()
            && targets.areas.is_empty()
            && let [only] = targets.entities.as_slice()
        {
            // The reply names the room in which it happens, not the one in which it was said.
            let area = self.view.entities.get(only).and_then(|entity| self.view.area_of(entity));
            let name = area.map_or("", |area| area.names.shown(self.language()));
            facts.slots.insert("area".to_owned(), SlotValue::Text(name.to_owned()));
        }
        Plan::Commands { commands, targets, facts, reason }
    }

    fn reason(&self, targets: &Targets) -> String {
        let mut parts = Vec::new();
        for slot in ["name", "area", "floor", "domain", "device_class"] {
            let texts = self.slots.texts(slot);
            if !texts.is_empty() {
                parts.push(format!("{slot} {}", texts.join(" or ")));
            }
        }
        let count = targets.entities.len();
        let by = if parts.is_empty() { "the intent alone".to_owned() } else { parts.join(", ") };
        let noun = if count == 1 { "entity" } else { "entities" };
        format!("{count} {noun} by {by}")
    }
}

/// The error text, by Home Assistant's key, for a search that found nothing.
fn explain(error: NoTarget, name: &str) -> Failure {
    match error {
        NoTarget::Area(area) => Failure::new("no_area").with("area", area),
        NoTarget::Floor(floor) => Failure::new("no_floor").with("floor", floor),
        NoTarget::Feature => Failure::new("feature_not_supported"),
        NoTarget::State(state) => Failure::new("entity_wrong_state").with("state", state),
        NoTarget::Ambiguous(candidates) => {
            let mut failure = Failure::new("which_one").with("entity", name);
            failure.candidates = candidates;
            failure
        }
        NoTarget::Nothing(missing) => {
            let keys = if missing.entity.is_some() {
                ["no_entity", "no_entity_in_area", "no_entity_in_floor"]
            } else if missing.device_class.is_some() {
                ["no_device_class", "no_device_class_in_area", "no_device_class_in_floor"]
            } else {
                ["no_domain", "no_domain_in_area", "no_domain_in_floor"]
            };
            let [anywhere, in_area, on_floor] = keys;
            let key = match (&missing.area, &missing.floor) {
                (Some(_), _) => in_area,
                (None, Some(_)) => on_floor,
                (None, None) => anywhere,
            };
            let mut failure = Failure::new(key);
            let domain = missing.domain.map_or("device", Domain::as_str);
            let values = [
                ("entity", missing.entity),
                ("device_class", missing.device_class),
                ("domain", Some(domain.to_owned())),
                ("area", missing.area),
                ("floor", missing.floor),
            ];
            for (name, value) in values {
                if let Some(value) = value {
                    failure = failure.with(name, value);
                }
            }
            failure
        }
    }
}
