//! What keeps a home pleasant: fan, air conditioner, water heater, humidifier.

use serde_json::json;

use crate::model::Timestamp;

use super::card::Card;
use super::slots::{Allowed, Event, Sheet, Values};

/// How often temperatures and humidity move on.
const STEP: i64 = 10_000;
const DIGIT: i32 = 1;

pub(super) fn fan() -> Sheet {
    Sheet {
        entities: vec![(
            "fan",
            "",
            None,
            json!({
                "state_topic": "~/state",
                "command_topic": "~/state/set",
                "percentage_state_topic": "~/percentage",
                "percentage_command_topic": "~/percentage/set",
                "preset_mode_state_topic": "~/preset_mode",
                "preset_mode_command_topic": "~/preset_mode/set",
                "preset_modes": ["sleep", "breeze", "turbo"],
                "oscillation_state_topic": "~/oscillation",
                "oscillation_command_topic": "~/oscillation/set",
                "direction_state_topic": "~/direction",
                "direction_command_topic": "~/direction/set",
                "payload_oscillation_on": "ON",
                "payload_oscillation_off": "OFF",
            }),
        )],
        whole: false,
        values: &[
            ("state", "OFF"),
            ("percentage", "50"),
            ("preset_mode", "breeze"),
            ("oscillation", "OFF"),
            ("direction", "forward"),
        ],
        commands: &[
            ("state", Allowed::Words(&["ON", "OFF"])),
            ("percentage", Allowed::Number(0.0, 100.0, 0)),
            ("preset_mode", Allowed::Words(&["sleep", "breeze", "turbo"])),
            ("oscillation", Allowed::Words(&["ON", "OFF"])),
            ("direction", Allowed::Words(&["forward", "reverse"])),
        ],
        rule: |values, _, event, _| match event {
            Event::Set("percentage", speed) => values.set("state", if speed == "0" { "OFF" } else { "ON" }),
            Event::Set("preset_mode", preset) => {
                values.set(
                    "percentage",
                    match preset {
                        "sleep" => "20",
                        "turbo" => "100",
                        _ => "50",
                    },
                );
                values.set("state", "ON");
            }
            Event::Set("state", "ON") if values.is("percentage", "0") => values.set("percentage", "50"),
            _ => {}
        },
        words: &[],
    }
}

pub(super) fn air_conditioner() -> Sheet {
    Sheet {
        entities: vec![(
            "climate",
            "",
            None,
            json!({
                "mode_state_topic": "~/mode",
                "mode_command_topic": "~/mode/set",
                "modes": ["off", "heat", "cool", "auto", "fan_only"],
                "temperature_state_topic": "~/temperature",
                "temperature_command_topic": "~/temperature/set",
                "current_temperature_topic": "~/current_temperature",
                "current_humidity_topic": "~/current_humidity",
                "action_topic": "~/action",
                "fan_mode_state_topic": "~/fan_mode",
                "fan_mode_command_topic": "~/fan_mode/set",
                "fan_modes": ["auto", "low", "medium", "high"],
                "swing_mode_state_topic": "~/swing_mode",
                "swing_mode_command_topic": "~/swing_mode/set",
                "swing_modes": ["on", "off"],
                "preset_mode_state_topic": "~/preset_mode",
                "preset_mode_command_topic": "~/preset_mode/set",
                "preset_modes": ["eco", "comfort"],
                "min_temp": 16,
                "max_temp": 30,
                "temp_step": 0.5,
                "precision": 0.1,
                "temperature_unit": "C",
            }),
        )],
        whole: true,
        values: &[
            ("mode", "heat"),
            ("temperature", "21"),
            ("current_temperature", "19.4"),
            ("current_humidity", "45"),
            ("action", "heating"),
            ("fan_mode", "auto"),
            ("swing_mode", "off"),
            ("preset_mode", "comfort"),
        ],
        commands: &[
            ("mode", Allowed::Words(&["off", "heat", "cool", "auto", "fan_only"])),
            ("temperature", Allowed::Number(16.0, 30.0, DIGIT)),
            ("fan_mode", Allowed::Words(&["auto", "low", "medium", "high"])),
            ("swing_mode", Allowed::Words(&["on", "off"])),
            ("preset_mode", Allowed::Words(&["eco", "comfort", "none"])),
        ],
        rule: condition_air,
        words: &[],
    }
}

fn condition_air(values: &mut Values, _: &Card, event: Event<'_>, now: Timestamp) {
    if let Event::Set("preset_mode", preset) = event
        && preset != "none"
    {
        values.set("temperature", if preset == "eco" { "18" } else { "21.5" });
    }
    let (target, current) = (values.number("temperature"), values.number("current_temperature"));
    // It starts half a degree away and goes on until it is there, or it would switch all the time.
    let wants = |gap: f64, action: &str| gap >= 0.5 || (gap > 0.0 && values.is("action", action));
    let (heats, cools) = (wants(target - current, "heating"), wants(current - target, "cooling"));
    let (heats, cools) = match values.get("mode") {
        "heat" => (heats, false),
        "cool" => (false, cools),
        "auto" => (heats, cools),
        _ => (false, false),
    };
    let action = match values.get("mode") {
        "off" => "off",
        "fan_only" => "fan",
        _ if heats => "heating",
        _ if cools => "cooling",
        _ => "idle",
    };
    values.set("action", action);
    if event == Event::Tick {
        // A room that is neither heated nor cooled goes slowly back to what it is outside.
        let (goal, step) = if heats || cools { (target, 0.1) } else { (18.5, 0.1) };
        values.approach("current_temperature", goal, step);
    }
    if event == Event::Tick || values.wake.is_none() {
        values.wake_in(STEP, now);
    }
}

pub(super) fn water_heater() -> Sheet {
    Sheet {
        entities: vec![(
            "water_heater",
            "",
            None,
            json!({
                "mode_state_topic": "~/mode",
                "mode_command_topic": "~/mode/set",
                "modes": ["off", "eco", "electric", "performance"],
                "temperature_state_topic": "~/temperature",
                "temperature_command_topic": "~/temperature/set",
                "current_temperature_topic": "~/current_temperature",
                "min_temp": 35,
                "max_temp": 70,
                "precision": 1.0,
                "temperature_unit": "C",
            }),
        )],
        whole: true,
        values: &[("mode", "eco"), ("temperature", "50"), ("current_temperature", "47.5")],
        commands: &[
            ("mode", Allowed::Words(&["off", "eco", "electric", "performance"])),
            ("temperature", Allowed::Number(35.0, 70.0, DIGIT)),
        ],
        rule: |values, _, event, now| {
            if event == Event::Tick {
                let target = values.number("temperature");
                let (goal, step) = match values.get("mode") {
                    "off" => (20.0, 0.1),
                    "performance" => (target, 1.0),
                    _ => (target, 0.5),
                };
                values.approach("current_temperature", goal, step);
                values.wake_in(STEP, now);
            }
        },
        words: &[],
    }
}

pub(super) fn humidifier() -> Sheet {
    Sheet {
        entities: vec![(
            "humidifier",
            "",
            None,
            json!({
                "device_class": "humidifier",
                "state_topic": "~/state",
                "command_topic": "~/state/set",
                "target_humidity_state_topic": "~/target",
                "target_humidity_command_topic": "~/target/set",
                "current_humidity_topic": "~/current_humidity",
                "action_topic": "~/action",
                "mode_state_topic": "~/mode",
                "mode_command_topic": "~/mode/set",
                "modes": ["normal", "eco", "boost", "sleep"],
                "min_humidity": 30,
                "max_humidity": 70,
            }),
        )],
        whole: true,
        values: &[
            ("state", "OFF"),
            ("target", "45"),
            ("current_humidity", "38"),
            ("action", "off"),
            ("mode", "normal"),
        ],
        commands: &[
            ("state", Allowed::Words(&["ON", "OFF"])),
            ("target", Allowed::Number(30.0, 70.0, 0)),
            ("mode", Allowed::Words(&["normal", "eco", "boost", "sleep"])),
        ],
        rule: |values, _, event, now| {
            let on = values.is("state", "ON");
            let thirsty = values.number("current_humidity") < values.number("target");
            values.set(
                "action",
                match (on, thirsty) {
                    (false, _) => "off",
                    (true, true) => "humidifying",
                    (true, false) => "idle",
                },
            );
            if event == Event::Tick {
                let (goal, step) = if on && thirsty { (values.number("target"), 1.0) } else { (38.0, 0.2) };
                values.approach("current_humidity", goal, step);
                values.wake_in(STEP, now);
            }
        },
        words: &[],
    }
}

#[cfg(test)]
mod tests {
    use super::super::card::Style;
    use super::super::slots::Slots;
    use super::super::test_card_of;
    use super::super::timeline::Timeline;
    use super::*;

    fn play(sheet: Sheet, look: &str) -> Timeline<Slots> {
        Timeline::new(Slots::new(test_card_of("thing", Style::Own), sheet), &format!("thing/{look}"))
    }

    #[test]
    fn a_fan_turns_with_its_speed() {
        play(fan(), "state").table(&[
            (0, "", "", &[("", "OFF")]),
            (1, "percentage/set", "70", &[("", "ON")]),
            (2, "percentage/set", "0", &[("", "OFF")]),
            (3, "percentage/set", "fast", &[]),
            (4, "preset_mode/set", "turbo", &[("", "ON")]),
        ]);
        play(fan(), "percentage").table(&[
            (1, "percentage/set", "0", &[("", "0")]),
            (2, "state/set", "ON", &[("", "50")]),
            (3, "preset_mode/set", "sleep", &[("", "20")]),
        ]);
    }

    #[test]
    fn a_room_gets_warm() {
        play(air_conditioner(), "current_temperature").table(&[
            (0, "", "", &[("", "19.5")]),
            (150_000, "", "", &[("", "21")]),
            (150_000, "mode/set", "off", &[]),
            (60 * 60_000, "", "", &[("", "18.5")]),
        ]);
        play(air_conditioner(), "action").table(&[
            (0, "", "", &[("", "heating")]),
            (1, "temperature/set", "16", &[("", "idle")]),
            (2, "mode/set", "cool", &[("", "cooling")]),
            (3, "mode/set", "off", &[("", "off")]),
            (4, "mode/set", "freeze", &[]),
        ]);
        play(air_conditioner(), "temperature").table(&[(0, "preset_mode/set", "eco", &[("", "18")])]);
    }

    #[test]
    fn water_and_air_follow() {
        play(water_heater(), "current_temperature")
            .table(&[(0, "temperature/set", "60", &[]), (10 * 60_000, "", "", &[("", "60")])]);
        play(humidifier(), "action").table(&[
            (0, "", "", &[("", "off")]),
            (1, "state/set", "ON", &[("", "humidifying")]),
            (30 * 60_000, "target/set", "30", &[("", "idle")]),
        ]);
    }
}
