//! Relays, lights, shutters, fans, switches and buttons.

use serde_json::{Value, json};

use super::{Config, put};
use crate::devices::discovery::payload::Component;

/// What a relay is for, in `rl`.
const RELAY: i64 = 1;
const LIGHT: i64 = 2;
const SHUTTER: i64 = 3;

/// Kinds of light, in `lt_st`.
const DIMMER: i64 = 1;
const COLD_WARM: i64 = 2;
const RGB: i64 = 3;
const RGBW: i64 = 4;
const RGBCW: i64 = 5;

/// Switch modes that follow the switch, so that its position means something.
const FOLLOWING: [i64; 12] = [1, 2, 3, 4, 5, 6, 9, 10, 13, 14, 15, 16];

const EFFECTS: [&str; 5] = ["Solid", "Wake up", "Cycle up", "Cycle down", "Random"];

pub(super) fn components(config: &Config) -> Vec<Component> {
    let relays = config.numbers("rl");
    let mut found = Vec::new();
    let mut shutters = 0;
    let mut paired = false;
    let first_light = relays.iter().position(|relay| *relay == LIGHT).unwrap_or(0);
    for (index, relay) in relays.iter().enumerate() {
        match *relay {
            RELAY if config.number("if") == 1 && index > 0 => {}
            RELAY if config.option("30") => found.push(relay_light(config, index)),
            RELAY => found.push(relay_switch(config, index)),
            LIGHT => found.push(light(config, index, index - first_light.min(index))),
            // A shutter has two relays side by side.
            SHUTTER if !paired && relays.get(index + 1) == Some(&SHUTTER) => {
                found.push(shutter(config, shutters));
                shutters += 1;
                paired = true;
                continue;
            }
            _ => {}
        }
        paired = false;
    }
    if config.number("if") == 1 {
        found.push(fan(config));
    }
    for (index, mode) in config.numbers("swc").into_iter().enumerate().take(32) {
        if FOLLOWING.contains(&mode) {
            found.push(switch(config, index, mode));
        }
    }
    for (index, button) in config.numbers("btn").into_iter().enumerate().take(32) {
        if button == 1 && config.option("73") {
            found.push(button_trigger(config, index));
        }
    }
    found
}

/// How many pairs of relays move a shutter.
pub(super) fn shutters(config: &Config) -> usize {
    let relays = config.numbers("rl");
    relays.chunk_by(|a, b| a == b).filter(|run| run.first() == Some(&SHUTTER)).map(|run| run.len() / 2).sum()
}

/// The power of an output in a message; the only output of a device has no number.
fn power(index: usize) -> String {
    let number = index + 1;
    match index {
        0 => "{{ value_json.POWER1 | default(value_json.POWER) }}".to_owned(),
        _ => format!("{{{{ value_json.POWER{number} }}}}"),
    }
}

/// State in `tele/…/STATE` every few minutes, and in `stat/…/RESULT` at once.
fn with_state(config: &Config, mut component: Component) -> Component {
    component.mirror = Some((format!("{}STATE", config.tele), format!("{}RESULT", config.stat)));
    component
}

fn switched(config: &Config, index: usize, kind: &str) -> Value {
    json!({
        "name": config.friendly("fn", kind, index),
        "command_topic": format!("{}Power{}", config.command, index + 1),
        "state_topic": format!("{}STATE", config.tele),
        "payload_on": config.word(1, "ON"),
        "payload_off": config.word(0, "OFF"),
    })
}

fn relay_switch(config: &Config, index: usize) -> Component {
    let mut own = switched(config, index, "switch");
    put(&mut own, "value_template", json!(power(index)));
    with_state(config, config.component("switch", "relay", index, own))
}

fn relay_light(config: &Config, index: usize) -> Component {
    let mut own = switched(config, index, "light");
    put(&mut own, "state_value_template", json!(power(index)));
    with_state(config, config.component("light", "relay", index, own))
}

fn light(config: &Config, index: usize, among_lights: usize) -> Component {
    let mut own = switched(config, index, "light");
    let state = json!(format!("{}STATE", config.tele));
    let command = |name: &str| json!(format!("{}{name}", config.command));
    put(&mut own, "state_value_template", json!(power(index)));
    put(&mut own, "on_command_type", json!("first"));
    let subtype = config.number("lt_st");
    let mut kind = subtype;
    let mut dimmer = if config.number("ty") == 1 { "Dimmer3".to_owned() } else { "Dimmer".to_owned() };
    let mut reported = "Dimmer".to_owned();
    if config.option("68") {
        // Each channel is a light of its own.
        dimmer = format!("Channel{}", index + 1);
        reported.clone_from(&dimmer);
        kind = DIMMER;
    } else if config.number("lk") == 0 && subtype >= RGBW {
        // Colour and white are two lights.
        dimmer = format!("Dimmer{}", among_lights + 1);
        reported.clone_from(&dimmer);
        kind = match (among_lights, subtype) {
            (0, _) => RGB,
            (_, RGBW) => DIMMER,
            _ => COLD_WARM,
        };
    }
    if kind >= DIMMER {
        put(&mut own, "brightness_command_topic", command(&dimmer));
        put(&mut own, "brightness_state_topic", state.clone());
        put(&mut own, "brightness_value_template", json!(format!("{{{{ value_json.{reported} }}}}")));
        put(&mut own, "brightness_scale", json!(100));
        put(&mut own, "effect_command_topic", command("Scheme"));
        put(&mut own, "effect_command_template", json!(format!("{{{{ {EFFECTS:?}.index(value) }}}}")));
        put(&mut own, "effect_state_topic", state.clone());
        put(
            &mut own,
            "effect_value_template",
            json!(format!(
                "{{% if value_json.Scheme is defined %}}{{{{ {EFFECTS:?}[value_json.Scheme] }}}}{{% endif %}}"
            )),
        );
        put(&mut own, "effect_list", json!(EFFECTS));
    }
    if matches!(kind, RGB | RGBW | RGBCW) {
        put(&mut own, "hs_command_topic", command("HsbColor"));
        put(&mut own, "hs_command_template", json!("{{ hue | round(0) }},{{ sat | round(0) }}"));
        put(&mut own, "hs_state_topic", state.clone());
        put(
            &mut own,
            "hs_value_template",
            json!(
                "{% if value_json.HSBColor is defined %}{{ value_json.HSBColor.split(',')[:2] | join(',') }}{% endif %}"
            ),
        );
    }
    if matches!(kind, COLD_WARM | RGBCW) {
        put(&mut own, "color_temp_command_topic", command("CT"));
        put(&mut own, "color_temp_state_topic", state.clone());
        put(&mut own, "color_temp_value_template", json!("{{ value_json.CT }}"));
        let (coldest, warmest) = if config.option("82") { (200, 380) } else { (153, 500) };
        put(&mut own, "min_mireds", json!(coldest));
        put(&mut own, "max_mireds", json!(warmest));
    }
    if kind == RGBCW {
        // Both values are always reported; the white channel tells which of them is in use.
        put(&mut own, "color_mode_state_topic", state);
        put(
            &mut own,
            "color_mode_value_template",
            json!(
                "{% if value_json.White is defined %}{{ 'color_temp' if value_json.White > 0 else 'hs' }}{% endif %}"
            ),
        );
    }
    with_state(config, config.component("light", "light", index, own))
}

fn shutter(config: &Config, index: usize) -> Component {
    let number = index + 1;
    let inverted = config.numbers("sho").get(index).is_some_and(|options| options & 1 == 1);
    let (up, down) = if inverted { ("-1", "1") } else { ("1", "-1") };
    let part = |name: &str| {
        json!(format!(
            "{{% if value_json.Shutter{number} is defined %}}{{{{ value_json.Shutter{number}.{name} }}}}{{% endif %}}"
        ))
    };
    let sensor = format!("{}SENSOR", config.tele);
    let mut own = json!({
        "name": format!("cover {number}"),
        "device_class": "shutter",
        "command_topic": format!("{}Backlog", config.command),
        "payload_open": format!("ShutterOpen{number}"),
        "payload_close": format!("ShutterClose{number}"),
        "payload_stop": format!("ShutterStop{number}"),
        "state_topic": sensor,
        "value_template": part("Direction"),
        "state_opening": up,
        "state_closing": down,
        "state_stopped": "0",
        "position_topic": sensor,
        "position_template": part("Position"),
        "set_position_topic": format!("{}ShutterPosition{number}", config.command),
        "position_open": if inverted { 0 } else { 100 },
        "position_closed": if inverted { 100 } else { 0 },
    });
    let tilt = config.map.get("sht").and_then(|list| list.get(index)).and_then(Value::as_array);
    let tilt: Vec<i64> = tilt.into_iter().flatten().filter_map(Value::as_i64).collect();
    if let [low, high, duration] = tilt.as_slice()
        && *duration != 0
        && low != high
    {
        put(&mut own, "tilt_command_topic", json!(format!("{}ShutterTilt{number}", config.command)));
        put(&mut own, "tilt_status_topic", json!(sensor));
        put(&mut own, "tilt_status_template", part("Tilt"));
        put(&mut own, "tilt_min", json!(low));
        put(&mut own, "tilt_max", json!(high));
        put(&mut own, "tilt_closed_value", json!(low));
        put(&mut own, "tilt_opened_value", json!(high));
    }
    let mut component = config.component("cover", "shutter", index, own);
    component.mirror = Some((sensor, format!("{}RESULT", config.stat)));
    component
}

fn fan(config: &Config) -> Component {
    let speed = "{% if value_json.FanSpeed is defined %}{{ value_json.FanSpeed }}{% endif %}";
    let state =
        "{% if value_json.FanSpeed is defined %}{{ '2' if value_json.FanSpeed > 0 else '0' }}{% endif %}";
    let own = json!({
        "name": null,
        "command_topic": format!("{}FanSpeed", config.command),
        // Medium, when no speed is named.
        "payload_on": "2",
        "payload_off": "0",
        "state_topic": format!("{}STATE", config.tele),
        "state_value_template": state,
        "percentage_command_topic": format!("{}FanSpeed", config.command),
        "percentage_state_topic": format!("{}STATE", config.tele),
        "percentage_value_template": speed,
        "speed_range_min": 1,
        "speed_range_max": 3,
    });
    with_state(config, config.component("fan", "fan", "ifan", own))
}

fn switch(config: &Config, index: usize, mode: i64) -> Component {
    let number = index + 1;
    let sensor = format!("{}SENSOR", config.tele);
    let template =
        format!("{{% set s = value_json.Switch{number} %}}{{{{ s.Action if s is mapping else s }}}}");
    let mut own = json!({
        "name": config.friendly("swn", "Switch", index),
        "state_topic": sensor,
        "value_template": template,
        "payload_on": config.word(1, "ON"),
        "payload_off": config.word(0, "OFF"),
    });
    if matches!(mode, 13 | 14) {
        put(&mut own, "off_delay", json!(1));
    }
    let mut component = config.component("binary_sensor", "switch", index, own);
    component.mirror = Some((sensor, format!("{}RESULT", config.stat)));
    component
}

fn button_trigger(config: &Config, index: usize) -> Component {
    let own = json!({
        "topic": format!("{}RESULT", config.stat),
        "type": "button_short_press",
        "subtype": format!("button_{}", index + 1),
        "payload": "SINGLE",
    });
    config.component("device_automation", "button", index, own)
}
