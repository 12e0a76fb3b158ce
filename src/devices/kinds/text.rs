//! `text`, `date`, `time` and `datetime`, which are all written texts, and `notify`, which is only sent.

use regex::{Regex, RegexBuilder};

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::common::{self, NONE};
use super::{Built, Draft, Input, Kind, Role, Subject, Writer, tidy};
use crate::model::{Action, Domain, State};

#[derive(Debug)]
struct Text {
    form: Form,
}

#[derive(Debug)]
enum Form {
    Free { min: usize, max: usize, pattern: Option<Box<Regex>> },
    Date,
    Time,
    Datetime,
    Message,
}

pub(super) fn build(domain: Domain, fields: &mut Fields<'_>) -> Result<Built, String> {
    let (form, name) = match domain {
        Domain::Date => (Form::Date, "MQTT Date"),
        Domain::Time => (Form::Time, "MQTT Time"),
        Domain::Datetime => (Form::Datetime, "MQTT Date/Time"),
        _ => (free(fields), "MQTT Text"),
    };
    let mut built = Built::new(Text { form }, name);
    common::state_and_command(fields, &mut built);
    common::need_any(&built, fields, "a command_topic")?;
    if domain == Domain::Text {
        built.capabilities.insert("min".into(), tidy(fields.number("min").unwrap_or(0.0)));
        built.capabilities.insert("max".into(), tidy(fields.number("max").unwrap_or(255.0)));
        let mode = fields.text("mode").unwrap_or_else(|| "text".to_owned());
        built.capabilities.insert("mode".into(), mode.into());
    }
    Ok(built)
}

pub(super) fn notify(fields: &mut Fields<'_>) -> Result<Built, String> {
    let mut built = Built::new(Text { form: Form::Message }, "MQTT notify");
    common::write(fields, &mut built, Role::State, "command_topic", "command_template");
    common::need_any(&built, fields, "a command_topic")?;
    Ok(built)
}

fn free(fields: &mut Fields<'_>) -> Form {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a text's length")]
    let length =
        |number: Option<f64>, default: usize| number.map_or(default, |n| n.clamp(0.0, 65_535.0) as usize);
    let pattern = fields.text("pattern").and_then(|source| {
        let anchored = format!("^(?:{source})");
        match RegexBuilder::new(&anchored).size_limit(64 * 1024).build() {
            Ok(pattern) => Some(Box::new(pattern)),
            Err(error) => {
                fields.note(format!("pattern was left out: {error}"));
                None
            }
        }
    });
    Form::Free { min: length(fields.number("min"), 0), max: length(fields.number("max"), 255), pattern }
}

impl Form {
    /// Why a text is none of this form; nothing when it is.
    fn refuse(&self, text: &str) -> Option<String> {
        let wants = |form: &str, fits: bool| (!fits).then(|| format!("write it as {form}"));
        match self {
            Self::Message => None,
            Self::Date => wants("YYYY-MM-DD", text.parse::<jiff::civil::Date>().is_ok()),
            Self::Time => wants("HH:MM:SS", text.parse::<jiff::civil::Time>().is_ok()),
            Self::Datetime => {
                let fits =
                    text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::DateTime>().is_ok();
                wants("YYYY-MM-DDTHH:MM:SS, with or without a zone", fits)
            }
            Self::Free { min, max, pattern } => {
                let length = text.chars().count();
                if !(*min..=*max).contains(&length) {
                    return Some(format!("it takes {min} to {max} characters"));
                }
                let pattern = pattern.as_ref().filter(|pattern| !pattern.is_match(text))?;
                Some(format!("it takes what matches {}", pattern.as_str()))
            }
        }
    }
}

impl Kind for Text {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        if role != Role::State {
            return Ok(());
        }
        let text = input.text()?;
        if text == NONE {
            draft.set_state(State::UNKNOWN);
            return Ok(());
        }
        if text.is_empty() && !matches!(self.form, Form::Free { .. }) {
            return Ok(());
        }
        match self.form.refuse(&text) {
            Some(reason) => Err(format!("{text:?} is not taken: {reason}")),
            None => {
                draft.set_state(&text);
                Ok(())
            }
        }
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        let Action::SetText { text } = action else { return Err(out.unsupported()) };
        if let Some(reason) = self.form.refuse(text) {
            return Err(out.bad("text", text, reason));
        }
        out.send(Role::State, text.as_str())
    }

    fn expect(&self, action: &Action, _subject: &Subject<'_>) -> Vec<Check> {
        match (action, &self.form) {
            (_, Form::Message) => Vec::new(),
            (Action::SetText { text }, _) => common::becomes(&[text]),
            _ => Vec::new(),
        }
    }
}
