//! What belongs to the house as a whole: alarm and siren, a loudspeaker, and a panel with scenes, texts and more.

use serde_json::json;

use crate::model::{Publish, Timestamp};

use super::card::Card;
use super::machine::{json as message, put};
use super::slots::{Allowed, Event, Sheet, Values};

/// Time to leave the house after arming it, and how long a siren sounds at most.
const EXIT: i64 = 5_000;
const SOUND: i64 = 60_000;
/// How long one tenth of an update takes.
const INSTALL: i64 = 500;

pub(super) fn alarm() -> Sheet {
    Sheet {
        entities: vec![
            (
                "alarm_control_panel",
                "",
                None,
                json!({
                    "state_topic": "~/state",
                    "command_topic": "~/command/set",
                    "supported_features": ["arm_home", "arm_away", "arm_night", "trigger"],
                    "code_arm_required": false,
                    "code_disarm_required": false,
                    "code_trigger_required": false,
                }),
            ),
            (
                "siren",
                "siren",
                Some(("Siren", "警报器")),
                json!({
                    "state_topic": "~/siren",
                    "command_topic": "~/siren/set",
                    "available_tones": ["burglar", "fire"],
                    "support_duration": true,
                    "support_volume_set": true,
                }),
            ),
        ],
        whole: true,
        values: &[("state", "disarmed"), ("siren", "OFF"), ("next", "")],
        commands: &[
            ("command", Allowed::Press(&["ARM_HOME", "ARM_AWAY", "ARM_NIGHT", "DISARM", "TRIGGER"])),
            ("siren", Allowed::Words(&["ON", "OFF"])),
        ],
        rule: guard,
        words: &[("burglar", "next", "triggered")],
    }
}

fn guard(values: &mut Values, _: &Card, event: Event<'_>, now: Timestamp) {
    match event {
        Event::Set("command", "DISARM") => {
            values.set("state", "disarmed");
            values.set("siren", "OFF");
            values.wake = None;
        }
        Event::Set("command", "TRIGGER") => trigger(values, now),
        Event::Set("command", command) => {
            values.set("state", "arming");
            values.set(
                "next",
                match command {
                    "ARM_HOME" => "armed_home",
                    "ARM_NIGHT" => "armed_night",
                    _ => "armed_away",
                },
            );
            values.wake_in(EXIT, now);
        }
        Event::Set("siren", "ON") => values.wake_in(SOUND, now),
        Event::Tick if values.is("next", "triggered") => {
            values.set("next", "");
            trigger(values, now);
        }
        Event::Tick if values.is("state", "arming") => {
            let next = values.get("next").to_owned();
            values.set("state", next);
            values.set("next", "");
        }
        Event::Tick => values.set("siren", "OFF"),
        Event::Set(..) => {}
    }
}

fn trigger(values: &mut Values, now: Timestamp) {
    values.set("state", "triggered");
    values.set("siren", "ON");
    values.wake_in(SOUND, now);
}

const SOURCES: &[&str] = &["Radio", "Bluetooth", "TV"];

/// Home Assistant's MQTT discovery knows no media player: a loudspeaker comes as its parts.
pub(super) fn speaker() -> Sheet {
    let button = |payload: &str, icon: &str| json!({"command_topic": "~/command/set", "payload_press": payload, "icon": icon});
    Sheet {
        entities: vec![
            (
                "switch",
                "power",
                None,
                json!({"state_topic": "~/power", "command_topic": "~/power/set", "icon": "mdi:speaker"}),
            ),
            (
                "number",
                "volume",
                Some(("Volume", "音量")),
                json!({
                    "state_topic": "~/volume", "command_topic": "~/volume/set", "min": 0, "max": 100, "step": 1,
                    "unit_of_measurement": "%", "icon": "mdi:volume-high",
                }),
            ),
            (
                "select",
                "source",
                Some(("Source", "音源")),
                json!({"state_topic": "~/source", "command_topic": "~/source/set", "options": SOURCES}),
            ),
            (
                "sensor",
                "title",
                Some(("Title", "曲目")),
                json!({"state_topic": "~/title", "icon": "mdi:music"}),
            ),
            ("button", "next", Some(("Next", "下一首")), button("next", "mdi:skip-next")),
            ("button", "play", Some(("Play", "播放")), button("play", "mdi:play")),
            ("button", "stop", Some(("Stop", "停止")), button("stop", "mdi:stop")),
        ],
        whole: true,
        values: &[("power", "OFF"), ("volume", "30"), ("source", "Radio"), ("title", "—")],
        commands: &[
            ("power", Allowed::Words(&["ON", "OFF"])),
            ("volume", Allowed::Number(0.0, 100.0, 0)),
            ("source", Allowed::Words(SOURCES)),
            ("command", Allowed::Press(&["next", "play", "stop"])),
        ],
        rule: |values, _, event, _| match event {
            Event::Set("power", "OFF") | Event::Set("command", "stop") => values.set("title", "—"),
            Event::Set("command", "next") => {
                let title = if values.is("title", "Morning News") { "Evening Jazz" } else { "Morning News" };
                values.set("power", "ON");
                values.set("title", title);
            }
            Event::Set(..) if values.is("power", "ON") || event == Event::Set("command", "play") => {
                values.set("power", "ON");
                values.set("title", "Evening Jazz");
            }
            _ => {}
        },
        words: &[],
    }
}

const MODES: &[&str] = &["home", "away", "night", "vacation"];

pub(super) fn panel() -> Sheet {
    let scene = |id: &str| json!({"command_topic": "~/scene/set", "payload_on": id});
    Sheet {
        entities: vec![
            ("scene", "movie_night", Some(("Movie Night", "观影模式")), scene("movie_night")),
            ("scene", "good_night", Some(("Good Night", "晚安模式")), scene("good_night")),
            (
                "text",
                "note",
                Some(("Note", "便条")),
                json!({"state_topic": "~/note", "command_topic": "~/note/set", "max": 120}),
            ),
            (
                "select",
                "house_mode",
                Some(("House Mode", "居家模式")),
                json!({"state_topic": "~/house_mode", "command_topic": "~/house_mode/set", "options": MODES}),
            ),
            (
                "event",
                "doorbell",
                Some(("Doorbell", "门铃")),
                json!({"state_topic": "~/doorbell", "event_types": ["press"], "device_class": "doorbell"}),
            ),
            ("notify", "display", Some(("Display", "显示屏")), json!({"command_topic": "~/note/set"})),
            (
                "button",
                "ring",
                Some(("Ring the Doorbell", "按门铃")),
                json!({"command_topic": "~/ring/set", "payload_press": "PRESS"}),
            ),
            (
                "update",
                "firmware",
                Some(("Firmware", "固件")),
                json!({"state_topic": "~/firmware", "command_topic": "~/install/set", "payload_install": "install", "device_class": "firmware"}),
            ),
        ],
        whole: true,
        values: &[
            ("note", ""),
            ("house_mode", "home"),
            ("firmware", r#"{"installed_version":"1.0.0","latest_version":"1.1.0","in_progress":false}"#),
            ("progress", ""),
        ],
        commands: &[
            ("note", Allowed::Text(120)),
            ("house_mode", Allowed::Words(MODES)),
            ("scene", Allowed::Press(&["movie_night", "good_night"])),
            ("ring", Allowed::Press(&["PRESS"])),
            ("install", Allowed::Press(&["install"])),
        ],
        rule: run_panel,
        words: &[("ring", "progress", "ring")],
    }
}

fn run_panel(values: &mut Values, card: &Card, event: Event<'_>, now: Timestamp) {
    match event {
        Event::Set("scene", "movie_night") => {
            values.said.push(to_light(card, "living_room_light", r#"{"state":"OFF","transition":2}"#));
            values.said.push(to_light(
                card,
                "floor_lamp",
                r#"{"state":"ON","brightness":40,"transition":2}"#,
            ));
            values.said.push(command(card, "esphome/living_room_blind/command", "CLOSE"));
        }
        Event::Set("scene", _) => {
            for light in ["living_room_light", "floor_lamp", "kitchen_light", "bathroom_light", "desk_lamp"] {
                values.said.push(to_light(card, light, r#"{"state":"OFF","transition":1}"#));
            }
            values.said.push(to_light(card, "front_door_lock", r#"{"state":"LOCK"}"#));
        }
        Event::Set("ring", _) => ring(values, card),
        Event::Set("install", _) if values.is("progress", "") => {
            values.set("progress", "0");
            values.wake_in(INSTALL, now);
            tell_update(values, "1.0.0");
        }
        Event::Tick if values.is("progress", "ring") => {
            values.set("progress", "");
            ring(values, card);
        }
        Event::Tick if !values.is("progress", "") => {
            let done = values.number("progress") + 10.0;
            if done >= 100.0 {
                values.set("progress", "");
                tell_update(values, "1.1.0");
            } else {
                values.set("progress", done.to_string());
                values.wake_in(INSTALL, now);
                tell_update(values, "1.0.0");
            }
        }
        _ => {}
    }
}

fn tell_update(values: &mut Values, installed: &str) {
    let mut state = json!({
        "installed_version": installed,
        "latest_version": "1.1.0",
        "in_progress": !values.is("progress", ""),
    });
    if !values.is("progress", "") {
        put(&mut state, "update_percentage", json!(values.number("progress")));
    }
    values.set("firmware", state.to_string());
}

/// An event happens once; it is not kept for those who come later.
fn ring(values: &mut Values, card: &Card) {
    let event = message(card.topic("doorbell"), &json!({"event_type": "press"}));
    values.said.push(Publish { retain: false, ..event });
}

fn command(card: &Card, topic: &str, payload: &'static str) -> Publish {
    Publish {
        topic: format!("{}/{topic}", card.setting.base),
        payload: payload.into(),
        qos: 0,
        retain: false,
    }
}

fn to_light(card: &Card, light: &str, payload: &'static str) -> Publish {
    command(card, &format!("zigbee2mqtt/{light}/set"), payload)
}

#[cfg(test)]
mod tests {
    use super::super::card::Style;
    use super::super::machine::Machine;
    use super::super::slots::Slots;
    use super::super::test_card_of;
    use super::super::timeline::Timeline;
    use super::*;

    fn play(sheet: Sheet, look: &str) -> Timeline<Slots> {
        Timeline::new(Slots::new(test_card_of("thing", Style::Own), sheet), &format!("thing/{look}"))
    }

    #[test]
    fn an_alarm_arms_and_sounds() {
        play(alarm(), "state").table(&[
            (0, "command/set", "ARM_AWAY", &[("", "arming")]),
            (6_000, "", "", &[("", "armed_away")]),
            (7_000, "provoke", "burglar", &[("", "armed_away")]),
            (8_000, "", "", &[("", "triggered")]),
            (9_000, "command/set", "DISARM", &[("", "disarmed")]),
            (10_000, "command/set", "ARM_NIGHT", &[("", "arming")]),
            (20_000, "", "", &[("", "armed_night")]),
        ]);
        play(alarm(), "siren").table(&[
            (0, "siren/set", r#"{"state":"ON","tone":"fire"}"#, &[("", "ON")]),
            (70_000, "", "", &[("", "OFF")]),
            (71_000, "command/set", "TRIGGER", &[("", "ON")]),
            (72_000, "command/set", "DISARM", &[("", "OFF")]),
        ]);
    }

    #[test]
    fn a_loudspeaker_plays() {
        play(speaker(), "title").table(&[
            (0, "command/set", "play", &[("", "Evening Jazz")]),
            (1, "command/set", "next", &[("", "Morning News")]),
            (2, "power/set", "OFF", &[("", "—")]),
        ]);
        play(speaker(), "volume").table(&[(0, "volume/set", "130", &[("", "100")])]);
    }

    #[test]
    fn an_update_takes_its_time() {
        play(panel(), "firmware").table(&[
            (0, "install/set", "install", &[("/in_progress", "true"), ("/installed_version", "1.0.0")]),
            (2_600, "", "", &[("/in_progress", "true"), ("/update_percentage", "50.0")]),
            (9_000, "", "", &[("/in_progress", "false"), ("/installed_version", "1.1.0")]),
        ]);
    }

    #[test]
    fn a_scene_tells_the_lights() {
        let mut panel = Slots::new(test_card_of("panel", Style::Own), panel());
        let said = panel.receive("demo/devices/panel/scene/set", "movie_night", Timestamp::from_millis(0));
        let topics: Vec<&str> = said.iter().map(|message| message.topic.as_str()).collect();
        assert_eq!(
            topics,
            [
                "demo/zigbee2mqtt/living_room_light/set",
                "demo/zigbee2mqtt/floor_lamp/set",
                "demo/esphome/living_room_blind/command",
            ]
        );
        assert!(said.iter().all(|message| !message.retain));
    }

    #[test]
    fn the_bell_is_not_retained() {
        let mut panel = Slots::new(test_card_of("panel", Style::Own), panel());
        let said = panel.receive("demo/devices/panel/ring/set", "PRESS", Timestamp::from_millis(0));
        assert!(said.len() == 1 && !said[0].retain);
    }
}
