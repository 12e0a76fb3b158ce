//! The `json` schema: one JSON object each way.

use serde_json::{Map, Value, json};

use super::super::super::discovery::fields::Fields;
use super::super::super::effect::CommandError;
use super::super::super::expectation::Check;
use super::super::draft::tidy;
use super::super::{Built, Draft, Input, Kind, Role, Subject, Writer, common};
use super::color::{Shade, mired_kelvin, store_kelvin, store_plain};
use super::{Light, Wish, modes};
use crate::model::{Action, State};

#[derive(Debug)]
struct JsonLight(Light);

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let scale = |number: Option<f64>| number.filter(|scale| *scale >= 1.0).unwrap_or(255.0);
    let mut supported = modes(fields);
    let dims = fields.flag("brightness").unwrap_or(false);
    if supported.is_empty() {
        // Before colour modes there was a flag for each; devices still send them.
        for (flag, mode) in [("color_temp", "color_temp"), ("hs", "hs"), ("xy", "xy"), ("rgb", "rgb")] {
            if fields.flag(flag).unwrap_or(false) {
                supported.push(mode.to_owned());
            }
        }
    }
    if supported.is_empty() {
        supported.push(if dims { "brightness" } else { "onoff" }.to_owned());
    }
    let light = Light {
        modes: supported,
        brightness_scale: scale(fields.number("brightness_scale")),
        white_scale: scale(fields.number("white_scale")),
        kelvin: fields.flag("color_temp_kelvin").unwrap_or(false),
        effects: fields.flag("effect").unwrap_or(false),
        flash: fields.flag("flash").unwrap_or(true).then(|| {
            let short = fields.number("flash_time_short").unwrap_or(2.0);
            (short, fields.number("flash_time_long").unwrap_or(10.0))
        }),
        transition: fields.flag("transition").unwrap_or(true),
    };
    let capabilities = light.describe(fields);
    let mut built = Built { capabilities, ..Built::new(JsonLight(light), "MQTT JSON Light") };
    common::read(fields, &mut built, Role::State, "state_topic", "state_value_template");
    common::write(fields, &mut built, Role::State, "command_topic", "");
    common::need_any(&built, fields, "a command_topic")?;
    Ok(built)
}

impl JsonLight {
    fn color(&self, mode: &str, values: &Map<String, Value>, draft: &mut Draft<'_>) {
        let light = &self.0;
        let part = |name: &str| values.get("color").and_then(|color| color.get(name)).and_then(lenient);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
        let byte = |name: &str| part(name).map(|value| value.clamp(0.0, 255.0) as u8);
        let rgb = || Some([byte("r")?, byte("g")?, byte("b")?]);
        let shade = match mode {
            "color_temp" => {
                if let Some(value) = values.get("color_temp").and_then(lenient).filter(|value| *value > 0.0) {
                    store_kelvin(if light.kelvin { value } else { mired_kelvin(value) }, draft);
                }
                return;
            }
            "hs" => part("h").zip(part("s")).map(|(h, s)| Shade::Hs(h, s)),
            "xy" => part("x").zip(part("y")).map(|(x, y)| Shade::Xy(x, y)),
            "rgb" => rgb().map(Shade::Rgb),
            "rgbw" => rgb().zip(byte("w")).map(|([r, g, b], w)| Shade::Rgbw([r, g, b, w])),
            "rgbww" => {
                rgb().zip(byte("c")).zip(byte("w")).map(|(([r, g, b], c), w)| Shade::Rgbww([r, g, b, c, w]))
            }
            plain => return store_plain(plain, draft),
        };
        if let Some(shade) = shade {
            shade.store(draft);
        }
    }

    fn message(&self, wish: &Wish) -> Map<String, Value> {
        let mut message = Map::new();
        let mut put = |name: &str, value: Value| message.insert(name.to_owned(), value);
        put("state", json!("ON"));
        match wish.shade {
            Some(Shade::Hs(h, s)) => put("color", json!({"h": h, "s": s})),
            Some(Shade::Xy(x, y)) => put("color", json!({"x": x, "y": y})),
            Some(Shade::Rgb([r, g, b])) => put("color", json!({"r": r, "g": g, "b": b})),
            Some(Shade::Rgbw([r, g, b, w])) => put("color", json!({"r": r, "g": g, "b": b, "w": w})),
            Some(Shade::Rgbww([r, g, b, c, w])) => {
                put("color", json!({"r": r, "g": g, "b": b, "c": c, "w": w}))
            }
            None => None,
        };
        if let Some(brightness) = wish.brightness {
            put("brightness", tidy(self.0.device_brightness(brightness)));
        }
        if let Some(kelvin) = wish.kelvin {
            let value = if self.0.kelvin { kelvin } else { (1_000_000.0 / kelvin).floor() };
            put("color_temp", tidy(value));
        }
        if let Some(effect) = &wish.effect {
            put("effect", json!(effect));
        }
        if let Some(white) = wish.white {
            let scale = self.0.white_scale;
            put("white", tidy((f64::from(white) / 255.0 * scale).round().clamp(1.0, scale)));
        }
        common_parts(&mut message, wish);
        message
    }
}

/// Flash and transition, which go out with on and off.
fn common_parts(message: &mut Map<String, Value>, wish: &Wish) {
    if let Some(seconds) = wish.transition {
        message.insert("transition".into(), tidy(seconds));
    }
    if let Some(seconds) = wish.flash {
        message.insert("flash".into(), tidy(seconds));
    }
}

/// The colour mode of a message that does not name it, by what it brings.
fn mode_of(values: &Map<String, Value>) -> Option<&'static str> {
    let Some(color) = values.get("color").and_then(Value::as_object) else {
        return values.contains_key("color_temp").then_some("color_temp");
    };
    let has = |names: &[&str]| names.iter().all(|name| color.contains_key(*name));
    let forms: [(&str, &[&str]); 5] = [
        ("rgbww", &["r", "g", "b", "c", "w"]),
        ("rgbw", &["r", "g", "b", "w"]),
        ("rgb", &["r", "g", "b"]),
        ("hs", &["h", "s"]),
        ("xy", &["x", "y"]),
    ];
    forms.into_iter().find(|(_, names)| has(names)).map(|(mode, _)| mode)
}

/// A number, also as text.
fn lenient(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| number.is_finite())
}

impl Kind for JsonLight {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        if role != Role::State {
            return Ok(());
        }
        input.object(|values| {
            match values.get("state") {
                Some(Value::String(text)) if text.eq_ignore_ascii_case("on") => draft.set_state("on"),
                Some(Value::String(text)) if text.eq_ignore_ascii_case("off") => draft.set_state("off"),
                Some(Value::Bool(on)) => draft.set_state(if *on { "on" } else { "off" }),
                Some(Value::Null) => draft.set_state(State::UNKNOWN),
                _ => {}
            }
            let light = &self.0;
            let named = values.get("color_mode").and_then(Value::as_str);
            let only = light.modes.first().filter(|_| light.modes.len() == 1).map(String::as_str);
            let told = || mode_of(values).filter(|_| light.modes.len() > 1);
            if let Some(mode) = named.or(only).or_else(told).filter(|mode| light.supports(mode)) {
                self.color(mode, values, draft);
            }
            if light.dims()
                && let Some(value) = values.get("brightness").and_then(lenient)
            {
                light.store_brightness(value, draft);
            }
            if light.effects
                && let Some(effect) = values.get("effect")
            {
                draft.set("effect", effect.clone());
            }
        })
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        self.0.refuse(action, out)?;
        let on = match action {
            Action::TurnOn { .. } => true,
            Action::TurnOff { .. } => false,
            Action::Toggle => out.subject.state.state != "on",
            _ => return Err(out.unsupported()),
        };
        let message = match self.0.wish(action, &out.subject).filter(|_| on) {
            Some(wish) => self.message(&wish),
            None => {
                let mut message = Map::new();
                message.insert("state".into(), json!("OFF"));
                let transition = match action {
                    Action::TurnOff { transition } | Action::TurnOn { transition, .. } => *transition,
                    _ => None,
                };
                let transition = transition.map(f64::from).filter(|_| self.0.transition);
                common_parts(&mut message, &Wish { transition, ..Wish::default() });
                message
            }
        };
        out.raw(Role::State, &Value::Object(message).to_string())
    }

    fn expect(&self, action: &Action, subject: &Subject<'_>) -> Vec<Check> {
        self.0.expect(action, subject)
    }
}
