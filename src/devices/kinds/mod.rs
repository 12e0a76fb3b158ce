//! What each kind of entity makes of messages and commands. One file for each kind.
//!
//! A kind is built from a discovery message. It says which topics it reads and writes, each with a
//! [`Role`]; turns a message in a role into state and attributes; and turns an action into messages.

mod alarm;
mod binary_sensor;
mod button;
mod climate;
mod common;
mod cover;
mod draft;
mod event;
mod fan;
mod humidifier;
mod image;
mod infrared;
mod light;
mod lock;
mod media_player;
mod mower;
mod number;
mod select;
mod sensor;
mod siren;
mod switch;
#[cfg(test)]
mod tests;
mod text;
mod tracker;
mod update;
mod vacuum;
mod valve;
mod water_heater;
mod writer;

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::model::{Action, Attributes, Domain};

use super::discovery::fields::Fields;
use super::effect::CommandError;
use super::expectation::Check;
use super::template::{Payload, Template, Templates};

pub(crate) use draft::{Draft, number_text, tidy};
pub(crate) use writer::{Subject, Writer};

/// What a topic of an entity is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    State,
    Attributes,
    Action,
    Activity,
    Album,
    Artist,
    Brightness,
    CleanSegments,
    ColorMode,
    ColorTemp,
    CurrentHumidity,
    CurrentTemperature,
    Direction,
    Dock,
    Effect,
    FanMode,
    FanSpeed,
    Hs,
    Humidity,
    Image,
    LatestVersion,
    Mode,
    Muted,
    Next,
    Oscillation,
    Pause,
    Percentage,
    PlayMedia,
    Position,
    Power,
    PresetMode,
    Previous,
    Rgb,
    Rgbw,
    Rgbww,
    SendCommand,
    Source,
    Start,
    Stop,
    SwingHorizontalMode,
    SwingMode,
    Temperature,
    TemperatureHigh,
    TemperatureLow,
    Tilt,
    Title,
    Url,
    Volume,
    White,
    Xy,
}

/// A topic that an entity reads.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Read {
    pub(crate) topic: Arc<str>,
    pub(crate) template: Option<Template>,
    pub(crate) role: Role,
}

/// A topic that an entity writes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Write {
    pub(crate) topic: Arc<str>,
    pub(crate) template: Option<Template>,
    pub(crate) role: Role,
}

/// A kind made from a discovery message.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) kind: Box<dyn Kind>,
    pub(crate) reads: Vec<Read>,
    pub(crate) writes: Vec<Write>,
    pub(crate) capabilities: Attributes,
    /// Whether the message asks to take commands as done without a word from the device.
    pub(crate) optimistic: bool,
    /// The state before any message; `unknown` when empty.
    pub(crate) initial: Option<&'static str>,
    /// After so many milliseconds without a message the state is unknown.
    pub(crate) expire_after: Option<u64>,
    /// After so many milliseconds a state of `on` falls back to `off`.
    pub(crate) off_delay: Option<u64>,
    /// What the entity is called when it has no name of its own.
    pub(crate) default_name: &'static str,
}

impl Built {
    pub(crate) fn new(kind: impl Kind + 'static, default_name: &'static str) -> Self {
        Self {
            kind: Box::new(kind),
            reads: Vec::new(),
            writes: Vec::new(),
            capabilities: Attributes::new(),
            optimistic: false,
            initial: None,
            expire_after: None,
            off_delay: None,
            default_name,
        }
    }

    /// Reads whatever it reads from one topic from another as well.
    pub(crate) fn mirror(&mut self, from: &str, to: &Arc<str>) {
        let same: Vec<Read> = self.reads.iter().filter(|read| *read.topic == *from).cloned().collect();
        self.reads.extend(same.into_iter().map(|read| Read { topic: to.clone(), ..read }));
    }

    /// Whether it can be told something in this role.
    pub(crate) fn writes(&self, role: Role) -> bool {
        self.writes.iter().any(|write| write.role == role)
    }

    /// Whether it tells something in this role.
    pub(crate) fn reads(&self, role: Role) -> bool {
        self.reads.iter().any(|read| read.role == role)
    }

    /// Adds a list of words to the capabilities, when there are any.
    pub(crate) fn offer(&mut self, name: &str, words: impl IntoIterator<Item = impl Into<String>>) {
        offer(&mut self.capabilities, name, words);
    }
}

/// Adds a list of words to capabilities, when there are any.
fn offer(about: &mut Attributes, name: &str, words: impl IntoIterator<Item = impl Into<String>>) {
    let words: Vec<Value> = words.into_iter().map(|word| Value::String(word.into())).collect();
    if !words.is_empty() {
        about.insert(name.to_owned(), Value::Array(words));
    }
}

/// The behaviour of one entity.
pub(crate) trait Kind: Send + Sync + fmt::Debug {
    /// Takes a message in a role into the draft of the new state.
    ///
    /// # Errors
    /// In words, when the message is none that this entity understands; the draft is dropped then.
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String>;

    /// Writes the messages that carry out an action.
    ///
    /// # Errors
    /// When the entity cannot do it, or not so.
    fn write(&self, _action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        Err(out.unsupported())
    }

    /// What the state should be like after an action. Also how an optimistic entity's state is assumed.
    fn expect(&self, _action: &Action, _subject: &Subject<'_>) -> Vec<Check> {
        Vec::new()
    }

    /// The role of the topic on which the device would confirm an action. Without such a topic the
    /// command is taken as done.
    fn confirms(&self, _action: &Action) -> Role {
        Role::State
    }

    /// States by which the device says that it cannot.
    fn refusals(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether a message kept by the broker from before means anything (a button press does not).
    fn ignores_retained(&self) -> bool {
        false
    }
}

/// A message as one topic of an entity reads it.
pub(crate) struct Input<'a> {
    pub(crate) payload: &'a Payload<'a>,
    pub(crate) template: Option<&'a Template>,
    pub(crate) templates: &'a Templates,
    pub(crate) now: crate::model::Timestamp,
}

impl Input<'_> {
    /// The message as text, through the topic's template.
    pub(crate) fn text(&self) -> Result<String, String> {
        match self.template {
            Some(template) => self.render(template),
            None => match self.payload.text() {
                Some(text) => Ok(text.to_owned()),
                None => Err("the message is no UTF-8".to_owned()),
            },
        }
    }

    /// The message through some other template of the entity.
    pub(crate) fn render(&self, template: &Template) -> Result<String, String> {
        self.templates.read(template, self.payload).map_err(|error| error.to_string())
    }

    /// The message as a JSON object, through the topic's template.
    pub(crate) fn object<T>(&self, then: impl FnOnce(&Attributes) -> T) -> Result<T, String> {
        let rendered;
        let value = match self.template {
            None => self.payload.json(),
            Some(_) => {
                rendered = serde_json::from_str::<Value>(&self.text()?).ok();
                rendered.as_ref()
            }
        };
        match value {
            Some(Value::Object(map)) => Ok(then(map)),
            _ => Err("the message is no JSON object".to_owned()),
        }
    }
}

/// Builds the kind of a component.
///
/// # Errors
/// In words, when the message cannot make a usable entity.
pub(crate) fn build(domain: Domain, fields: &mut Fields<'_>) -> Result<Built, String> {
    let mut built = match domain {
        Domain::AlarmControlPanel => alarm::build(fields)?,
        Domain::BinarySensor => binary_sensor::build(fields)?,
        Domain::Button => button::build(fields, "payload_press", "PRESS", "MQTT Button")?,
        Domain::Camera => image::camera(fields)?,
        Domain::Climate => climate::build(fields)?,
        Domain::Cover => cover::build(fields)?,
        Domain::Date | Domain::Datetime | Domain::Text | Domain::Time => text::build(domain, fields)?,
        Domain::DeviceTracker => tracker::build(fields)?,
        Domain::Event => event::build(fields)?,
        Domain::Fan => fan::build(fields)?,
        Domain::Humidifier => humidifier::build(fields)?,
        Domain::Image => image::image(fields)?,
        Domain::Infrared => infrared::build(fields)?,
        Domain::LawnMower => mower::build(fields)?,
        Domain::Light => light::build(fields)?,
        Domain::Lock => lock::build(fields)?,
        Domain::MediaPlayer => media_player::build(fields)?,
        Domain::Notify => text::notify(fields)?,
        Domain::Number => number::build(fields)?,
        Domain::Scene => button::build(fields, "payload_on", "ON", "MQTT Scene")?,
        Domain::Select => select::build(fields)?,
        Domain::Sensor => sensor::build(fields)?,
        Domain::Siren => siren::build(fields)?,
        Domain::Switch => switch::build(fields)?,
        Domain::Update => update::build(fields)?,
        Domain::Vacuum => vacuum::build(fields)?,
        Domain::Valve => valve::build(fields)?,
        Domain::WaterHeater => water_heater::build(fields)?,
        other => return Err(format!("{other} cannot be discovered over MQTT")),
    };
    common::attributes(fields, &mut built);
    built.optimistic = fields.flag("optimistic").unwrap_or(false);
    Ok(built)
}
