//! `number`.

use std::sync::Arc;

use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::draft::number_text;
use super::{Built, Draft, Input, Kind, Role, Subject, Writer, common, tidy};
use crate::model::{Action, State};

#[derive(Debug)]
struct Number {
    reset: Arc<str>,
    min: f64,
    max: f64,
    /// Only where the device says so itself.
    step: Option<f64>,
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let min = fields.number("min").unwrap_or(1.0);
    let max = fields.number("max").unwrap_or(min.max(100.0));
    if max < min {
        fields.note(format!("min {min} is above max {max}"));
    }
    let kind = Number {
        reset: fields.payload_or("payload_reset", common::NONE),
        min: min.min(max),
        max: max.max(min),
        step: fields.number("step").filter(|step| *step > 0.0),
    };
    let (low, high, step) = (kind.min, kind.max, kind.step.unwrap_or(1.0));
    let mut built = Built::new(kind, "MQTT Number");
    common::state_and_command(fields, &mut built);
    common::need_any(&built, fields, "a command_topic")?;
    for (name, value) in [("min", low), ("max", high), ("step", step)] {
        built.capabilities.insert(name.into(), tidy(value));
    }
    let mode = fields.text("mode").unwrap_or_else(|| "auto".to_owned());
    built.capabilities.insert("mode".into(), mode.into());
    Ok(built)
}

impl Kind for Number {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        if role != Role::State {
            return Ok(());
        }
        let text = input.text()?;
        if text.is_empty() {
            return Ok(());
        }
        if *text == *self.reset {
            draft.set_state(State::UNKNOWN);
            return Ok(());
        }
        match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => draft.set_state(&number_text(number)),
            _ => return Err(format!("{text:?} is no number")),
        }
        Ok(())
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        let Action::SetValue { value } = action else { return Err(out.unsupported()) };
        if !(self.min..=self.max).contains(value) {
            return Err(out.bad("value", value, format!("it takes {} to {}", self.min, self.max)));
        }
        if let Some(step) = self.step {
            let steps = (value - self.min) / step;
            // Devices name ends that are no multiple of their step.
            let at_end = (value - self.max).abs() < 1e-9;
            if (steps - steps.round()).abs() > 1e-6 && !at_end {
                return Err(out.bad("value", value, format!("it takes steps of {step} from {}", self.min)));
            }
        }
        out.number(Role::State, *value)
    }

    fn expect(&self, action: &Action, _subject: &Subject<'_>) -> Vec<Check> {
        let Action::SetValue { value } = action else { return Vec::new() };
        vec![Check::Value(*value, self.step.unwrap_or(0.02) / 2.0)]
    }
}
