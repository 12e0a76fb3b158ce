//! The objects that responses speak of: states, timers, date and time.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::value::{Object, Serde};
use minijinja::{Error, ErrorKind, State, Value};

use super::super::facts::{Shown, TimerFacts};
use super::super::language::Language;
use super::states;

/// An entity's state, with the attributes of Home Assistant's state objects.
#[derive(Debug)]
pub(super) struct StateObject {
    entity_id: String,
    domain: &'static str,
    name: String,
    raw: String,
    state: String,
    with_unit: String,
    attributes: Value,
}

impl StateObject {
    /// With the state in words of the language, or as the device says it without one.
    pub(super) fn new(shown: &Shown, language: Option<&Language>) -> Self {
        let domain = shown.entity.domain();
        let class = shown.attributes.get("device_class").and_then(serde_json::Value::as_str);
        let word = || language.and_then(|language| states::of(language, domain, class, &shown.state));
        let state = shown.wording.clone().or_else(|| word().map(str::to_owned));
        let state = state.unwrap_or_else(|| shown.state.clone());
        let unit = shown.attributes.get("unit_of_measurement").and_then(serde_json::Value::as_str);
        // A sensor that is out of reach has no degrees.
        let number = shown.state.parse::<f64>().is_ok() || shown.wording.is_some() || language.is_none();
        let with_unit = match unit.filter(|unit| number && !unit.is_empty()) {
            Some(unit) => format!("{state} {unit}"),
            None => state.clone(),
        };
        Self {
            entity_id: shown.entity.as_str().to_owned(),
            domain: domain.as_str(),
            name: shown.name.clone(),
            raw: shown.state.clone(),
            state,
            with_unit,
            attributes: Value::from(Serde(&shown.attributes)),
        }
    }

    pub(super) fn entity_id(&self) -> String {
        self.entity_id.clone()
    }

    pub(super) fn attributes(&self) -> Value {
        self.attributes.clone()
    }
}

impl Object for StateObject {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "entity_id" => Value::from(&self.entity_id),
            "domain" => Value::from(self.domain),
            "name" => Value::from(&self.name),
            "state" => Value::from(&self.state),
            "hass_state" => Value::from(&self.raw),
            "state_with_unit" => Value::from(&self.with_unit),
            "attributes" => self.attributes.clone(),
            _ => return None,
        })
    }
}

/// The function `state_attr(entity_id, attribute)` over the entities of the reply.
pub(super) fn state_attr(attributes: BTreeMap<String, Value>) -> Value {
    Value::from_function(move |entity: &str, attribute: &str| -> Result<Value, Error> {
        let found = attributes.get(entity).map(|own| own.get_attr(attribute)).transpose()?;
        // None, as in Home Assistant, so that `is none` holds.
        Ok(found.filter(|value| !value.is_undefined()).unwrap_or_else(|| Value::from(())))
    })
}

/// A date, as Python's.
#[derive(Debug)]
pub(super) struct Date(pub(super) jiff::civil::Date);

impl Object for Date {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "year" => Value::from(self.0.year()),
            "month" => Value::from(self.0.month()),
            "day" => Value::from(self.0.day()),
            _ => return None,
        })
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        _args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "weekday" => Ok(Value::from(self.0.weekday().to_monday_zero_offset())),
            "isoweekday" => Ok(Value::from(self.0.weekday().to_monday_one_offset())),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// A time of day, as Python's.
#[derive(Debug)]
pub(super) struct Time(pub(super) jiff::civil::Time);

impl Object for Time {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "hour" => Value::from(self.0.hour()),
            "minute" => Value::from(self.0.minute()),
            "second" => Value::from(self.0.second()),
            _ => return None,
        })
    }
}

/// A timer with the fields of Home Assistant's timer status.
pub(super) fn timer_value(timer: &TimerFacts) -> Value {
    let (set_hours, set_minutes, set_seconds) = split(timer.set.as_secs());
    // What is left is said upwards: a timer with 4 min 59.9 s left has five minutes.
    let left = timer.left.as_secs() + u64::from(timer.left.subsec_nanos() > 0);
    let (hours, minutes, seconds) = split(left);
    let (rounded_hours, rounded_minutes, rounded_seconds) = round(hours, minutes, seconds);
    minijinja::context! {
        name => timer.name.as_str(),
        area => timer.area.as_str(),
        is_active => timer.is_active,
        start_hours => set_hours,
        start_minutes => set_minutes,
        start_seconds => set_seconds,
        hours_left => hours,
        minutes_left => minutes,
        seconds_left => seconds,
        rounded_hours_left => rounded_hours,
        rounded_minutes_left => rounded_minutes,
        rounded_seconds_left => rounded_seconds,
        total_seconds_left => left,
    }
}

fn split(seconds: u64) -> (u64, u64, u64) {
    (seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// Rounds what is left as Home Assistant says it: to half hours, half minutes, or tens of seconds.
fn round(hours: u64, minutes: u64, seconds: u64) -> (u64, u64, u64) {
    match (hours, minutes, seconds) {
        (1.., 46.., _) => (hours + 1, 0, 0),
        (1.., ..15, _) => (hours, 0, 0),
        (1.., _, _) => (hours, 30, 0),
        (0, 1.., 46..) => (0, minutes + 1, 0),
        (0, 1.., ..15) => (0, minutes, 0),
        (0, 1.., _) => (0, minutes, 30),
        (0, 0, 51..) => (0, 1, 0),
        (0, 0, ..10) => (0, 0, seconds),
        (0, 0, _) => (0, 0, seconds - seconds % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::round;

    #[test]
    fn time_left_is_rounded_as_it_is_said() {
        assert_eq!(round(1, 50, 30), (2, 0, 0));
        assert_eq!(round(1, 10, 30), (1, 0, 0));
        assert_eq!(round(1, 25, 30), (1, 30, 0));
        assert_eq!(round(0, 1, 50), (0, 2, 0));
        assert_eq!(round(0, 1, 25), (0, 1, 30));
        assert_eq!(round(0, 0, 55), (0, 1, 0));
        assert_eq!(round(0, 0, 9), (0, 0, 9));
        assert_eq!(round(0, 0, 25), (0, 0, 20));
    }
}
