//! What works by itself: a vacuum with rooms on its map, and a lawn mower.

use serde_json::json;

use crate::model::Timestamp;

use super::card::Card;
use super::slots::{Allowed, Event, Sheet, Values};

/// How long cleaning or mowing lasts, and the way home.
const WORK: i64 = 180_000;
const WAY_HOME: i64 = 20_000;

const SPEEDS: &[&str] = &["quiet", "standard", "turbo"];

pub(super) fn vacuum(segments: &[(&str, &str)]) -> Sheet {
    let segments: Vec<String> = segments.iter().map(|(id, name)| format!("{id}.{name}")).collect();
    Sheet {
        entities: vec![
            (
                "vacuum",
                "",
                None,
                json!({
                    "state_topic": "~/state",
                    "command_topic": "~/command/set",
                    "set_fan_speed_topic": "~/fan_speed/set",
                    "send_command_topic": "~/command/set",
                    "fan_speed_list": SPEEDS,
                    "supported_features": [
                        "start", "stop", "pause", "return_home", "status", "locate", "clean_spot", "fan_speed",
                        "send_command",
                    ],
                    "clean_segments_command_topic": "~/segments/set",
                    "segments": segments,
                }),
            ),
            (
                "sensor",
                "battery",
                Some(("Battery", "电池")),
                json!({
                    "state_topic": "~/battery",
                    "device_class": "battery",
                    "unit_of_measurement": "%",
                    "entity_category": "diagnostic",
                }),
            ),
        ],
        whole: true,
        values: &[
            ("state", r#"{"state":"docked","fan_speed":"standard"}"#),
            ("phase", "docked"),
            ("fan_speed", "standard"),
            ("battery", "100"),
            ("rooms", ""),
        ],
        commands: &[
            (
                "command",
                Allowed::Press(&["start", "pause", "stop", "return_to_base", "clean_spot", "locate"]),
            ),
            ("fan_speed", Allowed::Words(SPEEDS)),
            ("segments", Allowed::Text(200)),
        ],
        rule: clean,
        words: &[("stuck", "phase", "error")],
    }
}

fn clean(values: &mut Values, _: &Card, event: Event<'_>, now: Timestamp) {
    let phase = match event {
        Event::Set("command", "start" | "clean_spot") | Event::Set("segments", _) => {
            values.wake_in(WORK, now);
            Some("cleaning")
        }
        Event::Set("command", "pause") if values.is("phase", "cleaning") => {
            values.wake = None;
            Some("paused")
        }
        Event::Set("command", "stop") => {
            values.wake = None;
            Some("idle")
        }
        Event::Set("command", "return_to_base") if !values.is("phase", "docked") => {
            values.wake_in(WAY_HOME, now);
            Some("returning")
        }
        Event::Tick if values.is("phase", "cleaning") => {
            values.wake_in(WAY_HOME, now);
            Some("returning")
        }
        Event::Tick if values.is("phase", "returning") => Some("docked"),
        _ => None,
    };
    if let Some(phase) = phase {
        values.set("phase", phase);
        values.set("battery", if phase == "docked" { "100" } else { "86" });
    }
    let state = json!({"state": values.get("phase"), "fan_speed": values.get("fan_speed")});
    values.set("state", state.to_string());
}

pub(super) fn mower() -> Sheet {
    Sheet {
        entities: vec![(
            "lawn_mower",
            "",
            None,
            json!({
                "activity_state_topic": "~/activity",
                "start_mowing_command_topic": "~/command/set",
                "pause_command_topic": "~/command/set",
                "dock_command_topic": "~/command/set",
                "start_mowing_command_template": "start_mowing",
                "pause_command_template": "pause",
                "dock_command_template": "dock",
            }),
        )],
        whole: true,
        values: &[("activity", "docked")],
        commands: &[("command", Allowed::Press(&["start_mowing", "pause", "dock"]))],
        rule: |values, _, event, now| {
            let activity = match event {
                Event::Set("command", "start_mowing") => {
                    values.wake_in(WORK, now);
                    "mowing"
                }
                Event::Set("command", "pause") if !values.is("activity", "docked") => {
                    values.wake = None;
                    "paused"
                }
                Event::Set("command", "dock") if !values.is("activity", "docked") => {
                    values.wake_in(WAY_HOME, now);
                    "returning"
                }
                Event::Tick if values.is("activity", "mowing") => {
                    values.wake_in(WAY_HOME, now);
                    "returning"
                }
                Event::Tick if values.is("activity", "returning") => "docked",
                _ => return,
            };
            values.set("activity", activity);
        },
        words: &[("stuck", "activity", "error")],
    }
}

#[cfg(test)]
mod tests {
    use super::super::card::Style;
    use super::super::slots::Slots;
    use super::super::test_card_of;
    use super::super::timeline::Timeline;
    use super::*;

    #[test]
    fn a_vacuum_cleans_and_goes_home() {
        let sheet = vacuum(&[("1", "Kitchen")]);
        Timeline::new(Slots::new(test_card_of("vacuum", Style::Own), sheet), "vacuum/state").table(&[
            (0, "", "", &[("/state", "docked")]),
            (1_000, "command/set", "start", &[("/state", "cleaning")]),
            (2_000, "command/set", "pause", &[("/state", "paused")]),
            (3_000, "fan_speed/set", "turbo", &[("/state", "paused"), ("/fan_speed", "turbo")]),
            (4_000, "segments/set", r#"["1"]"#, &[("/state", "cleaning")]),
            (200_000, "", "", &[("/state", "returning")]),
            (210_000, "", "", &[("/state", "docked")]),
            (220_000, "command/set", "dance", &[]),
            (230_000, "provoke", "stuck", &[("/state", "docked")]),
            (231_000, "", "", &[("/state", "error")]),
        ]);
    }

    #[test]
    fn a_mower_mows_and_goes_home() {
        Timeline::new(Slots::new(test_card_of("mower", Style::Own), mower()), "activity").table(&[
            (0, "command/set", "start_mowing", &[("", "mowing")]),
            (1_000, "command/set", "pause", &[("", "paused")]),
            (2_000, "command/set", "dock", &[("", "returning")]),
            (60_000, "", "", &[("", "docked")]),
            (61_000, "command/set", "pause", &[]),
        ]);
    }
}
