//! Wishes that the sentence templates have no intent for: "a bit brighter", "dry mode", "half as humid".
//!
//! Their intents are the hub's own. `HomeclawAdjust` changes a `property` by a `step`: `up`, `down`, or points
//! (percent, degrees); `HomeclawSetMode` and `HomeclawSetHumidity` set what no template of Home Assistant sets.

use serde_json::Value;

use crate::model::{Action, Command, Domain, Entity, MediaAction, State};

use super::super::capability::Feature;
use super::super::facts::Failure;
use super::{Ask, Planned, climate, light};

/// "A bit" of brightness, in percent.
const BIT_OF_LIGHT: i32 = 25;

/// What can be adjusted besides the brightness of lights, which has a way of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Property {
    Temperature,
    Position,
    Speed,
    Volume,
    Humidity,
}

impl Property {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "temperature" => Self::Temperature,
            "position" => Self::Position,
            "speed" => Self::Speed,
            "volume" => Self::Volume,
            "humidity" => Self::Humidity,
            _ => return None,
        })
    }

    fn domains(self) -> &'static [Domain] {
        match self {
            Self::Temperature => &[Domain::Climate, Domain::WaterHeater],
            Self::Position => &[Domain::Cover, Domain::Valve],
            Self::Speed => &[Domain::Fan],
            Self::Volume => &[Domain::MediaPlayer],
            Self::Humidity => &[Domain::Humidifier],
        }
    }

    fn feature(self) -> Option<Feature> {
        match self {
            Self::Temperature => Some(Feature::TargetTemperature),
            Self::Speed => Some(Feature::Speed),
            Self::Position | Self::Volume | Self::Humidity => None,
        }
    }

    /// What "a bit" is: percent, or degrees.
    const fn bit(self) -> i32 {
        match self {
            Self::Position | Self::Speed => 25,
            Self::Temperature => 1,
            Self::Volume | Self::Humidity => 10,
        }
    }

    fn action(self, entity: &Entity, state: Option<&State>, by: i32) -> Option<Action> {
        let attribute = |name: &str| state?.attributes.get(name)?.as_f64();
        match self {
            Self::Temperature => {
                let now = attribute("temperature").or_else(|| attribute("current_temperature"))?;
                let temperature = Some(bounded(entity, now + f64::from(by)));
                Some(Action::SetTemperature { temperature, target_temp_low: None, target_temp_high: None })
            }
            Self::Position => Some(position(entity, attribute("current_position"), by)),
            Self::Speed => {
                let now = attribute("percentage").unwrap_or(0.0);
                Some(Action::SetPercentage { percentage: percent(now + f64::from(by)) })
            }
            Self::Volume => {
                let by = i8::try_from(by.clamp(-100, 100)).ok()?;
                Some(Action::Media(MediaAction::ChangeVolume { by }))
            }
            Self::Humidity => {
                let now = attribute("humidity").unwrap_or(50.0);
                Some(Action::SetHumidity { humidity: percent(now + f64::from(by)) })
            }
        }
    }
}

pub(super) fn adjust(ask: &Ask<'_>) -> Planned {
    let nothing = || Failure::new("nothing_to_set");
    let said = ask.slots.text("property").ok_or_else(nothing)?;
    let step = |bit: i32| match ask.slots.text("step") {
        Some("up") => Ok(bit),
        Some("down") => Ok(-bit),
        _ => ask.slots.whole("step", -100, 100).ok_or_else(nothing),
    };
    if said == "brightness" {
        return light::brighter(ask, f64::from(step(BIT_OF_LIGHT)?));
    }
    let property = Property::of(said).ok_or_else(nothing)?;
    let by = step(property.bit())?;
    let mut wanted = ask.constraints(property.domains());
    wanted.feature = property.feature();
    if wanted.name.is_none() && property == Property::Temperature {
        // "Warmer" is about the room, not about the boiler.
        wanted.domains = vec![Domain::Climate];
    }
    let mut targets = ask.resolve(&wanted)?;
    let view = ask.view;
    let mut commands = Vec::new();
    targets.entities.retain(|id| {
        let state = view.states.get(id).map(AsRef::as_ref);
        let action = view.entities.get(id).and_then(|entity| property.action(entity, state, by));
        let can = action.is_some();
        commands.extend(action.map(|action| Command { entity: id.clone(), action }));
        can
    });
    if commands.is_empty() {
        return Err(Failure::new("feature_not_supported"));
    }
    Ok(ask.commands(commands, targets, ask.facts()))
}

/// A cover without positions opens or closes.
fn position(entity: &Entity, now: Option<f64>, by: i32) -> Action {
    match now.filter(|_| Feature::Position.of(entity)) {
        Some(now) => Action::SetPosition { position: percent(now + f64::from(by)) },
        None if by > 0 => Action::Open,
        None => Action::Close,
    }
}

/// Within what the device allows.
fn bounded(entity: &Entity, value: f64) -> f64 {
    let limit = |name: &str| entity.capabilities.get(name).and_then(Value::as_f64);
    let value = limit("min_temp").map_or(value, |least| value.max(least));
    limit("max_temp").map_or(value, |most| value.min(most))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 100 first")]
fn percent(value: f64) -> u8 {
    value.round().clamp(0.0, 100.0) as u8
}

/// Modes of climate devices, humidifiers and alarms, by Home Assistant's words.
pub(super) fn set_mode(ask: &Ask<'_>) -> Planned {
    const DOMAINS: &[Domain] = &[Domain::Climate, Domain::Humidifier, Domain::AlarmControlPanel, Domain::Fan];
    let said = ask.slots.text("mode").ok_or_else(|| Failure::new("nothing_to_set"))?;
    let mut targets = ask.resolve(&ask.constraints(DOMAINS))?;
    let mut commands = Vec::new();
    targets.entities.retain(|id| {
        let action = ask.view.entities.get(id).and_then(|entity| mode(entity, said));
        let can = action.is_some();
        commands.extend(action.map(|action| Command { entity: id.clone(), action }));
        can
    });
    if commands.is_empty() {
        return Err(Failure::new("no_such_mode").with("mode", said));
    }
    Ok(ask.commands(commands, targets, ask.facts()))
}

fn mode(entity: &Entity, said: &str) -> Option<Action> {
    let own = |list: &str| climate::own_mode(entity, list, said);
    let listed = |list: &str| entity.capabilities.contains_key(list).then(|| own(list)).flatten();
    match entity.domain() {
        Domain::Climate => own("hvac_modes").map(|hvac_mode| Action::SetHvacMode { hvac_mode }),
        Domain::Humidifier => listed("available_modes").map(|mode| Action::SetMode { mode }),
        Domain::Fan => listed("preset_modes").map(|preset_mode| Action::SetPresetMode { preset_mode }),
        Domain::AlarmControlPanel => {
            let known = matches!(
                said,
                "arm_away" | "arm_home" | "arm_night" | "arm_vacation" | "arm_custom_bypass" | "disarm"
            );
            known.then(|| Action::Alarm { service: said.to_owned(), code: None })
        }
        _ => None,
    }
}

pub(super) fn set_humidity(ask: &Ask<'_>) -> Planned {
    let humidity = ask.slots.percent("humidity").ok_or_else(|| Failure::new("nothing_to_set"))?;
    let targets = ask.resolve(&ask.constraints(&[Domain::Humidifier]))?;
    ask.command_all(targets, &Action::SetHumidity { humidity })
}

#[cfg(test)]
mod tests {
    use super::super::super::test_home::{TestHome, recognized};
    use super::super::Plan;
    use super::*;
    use crate::model::SlotValue;
    use std::sync::Arc;

    fn home() -> TestHome {
        let mut home = TestHome::new();
        home.area("living", "Living Room", None);
        home.entity("light.ceiling", "Ceiling", Some("living")).entity("light.lamp", "Lamp", Some("living"));
        home.entity("climate.ac", "AC", Some("living")).entity("cover.blind", "Blind", Some("living"));
        home.attribute("climate.ac", "temperature", 21.0);
        home
    }

    fn actions(home: &TestHome, intent: &str, slots: &[(&str, &str)]) -> Vec<(String, Action)> {
        match home.plan(&recognized(intent, slots)) {
            Plan::Commands { commands, .. } => {
                commands.into_iter().map(|c| (c.entity.as_str().to_owned(), c.action)).collect()
            }
            other => panic!("no commands: {other:?}"),
        }
    }

    #[test]
    fn brighter_turns_on_where_all_is_dark() {
        let slots = [("area", "Living Room"), ("property", "brightness"), ("step", "up")];
        let done = actions(&home(), "HomeclawAdjust", &slots);
        assert_eq!(done.len(), 2);
        assert!(done.iter().all(|(_, action)| *action == Action::turn_on()));
    }

    #[test]
    fn brighter_is_about_the_lights_that_are_on() {
        let mut home = home();
        home.state("light.lamp", "on").attribute("light.lamp", "brightness", 102);
        let slots = [("area", "Living Room"), ("property", "brightness"), ("step", "up")];
        let done = actions(&home, "HomeclawAdjust", &slots);
        assert_eq!(done, [("light.lamp".to_owned(), light::dimmed(166))]);
        let slots = [("name", "Lamp"), ("property", "brightness"), ("step", "down")];
        let done = actions(&home, "HomeclawAdjust", &slots);
        assert_eq!(done, [("light.lamp".to_owned(), light::dimmed(38))]);
    }

    #[test]
    fn warmer_stays_within_what_the_device_allows() {
        let mut home = home();
        Arc::make_mut(&mut home.entity_mut("climate.ac").capabilities)
            .insert("max_temp".to_owned(), 22.5.into());
        let mut wish = recognized("HomeclawAdjust", &[("name", "AC"), ("property", "temperature")]);
        wish.intent.slots.insert("step".to_owned(), SlotValue::Int(3));
        let Plan::Commands { commands, .. } = home.plan(&wish) else { panic!("no commands") };
        let expected =
            Action::SetTemperature { temperature: Some(22.5), target_temp_low: None, target_temp_high: None };
        assert_eq!(commands[0].action, expected);
    }

    #[test]
    fn a_cover_that_knows_no_position_opens_or_closes() {
        let slots = [("name", "Blind"), ("property", "position"), ("step", "down")];
        assert_eq!(actions(&home(), "HomeclawAdjust", &slots)[0].1, Action::Close);
    }

    #[test]
    fn modes_are_the_devices_own() {
        let mut home = home();
        home.can("climate.ac", "hvac_modes", &["off", "Heat", "cool"]);
        let done = actions(&home, "HomeclawSetMode", &[("name", "AC"), ("mode", "heat")]);
        assert_eq!(done[0].1, Action::SetHvacMode { hvac_mode: "Heat".to_owned() });
        let refused = home.plan(&recognized("HomeclawSetMode", &[("name", "AC"), ("mode", "dry")]));
        assert!(
            matches!(refused, Plan::Failed(facts) if facts.failure.as_ref().unwrap().key == "no_such_mode")
        );
    }
}
