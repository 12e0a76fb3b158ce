//! Lights as Zigbee2MQTT speaks of them: one JSON object for everything, and dimming that takes its time.

use serde_json::{Value, json};

use crate::model::{Publish, Timestamp};

use super::card::Card;
use super::machine::{Machine, Ramp, after, json as message, put, round, whole};

/// Zigbee's brightest.
const FULL: i64 = 254;
/// How long a change takes when the command does not say.
const TRANSITION: i64 = 600;
/// How often a light that is dimming says how far it is.
const STEP: i64 = 150;
/// Longest transition that is taken at its word.
const LONGEST: f64 = 600.0;

/// What a light can do besides being dimmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ability {
    Brightness,
    White,
    Color,
}

/// How the colour was last set.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Hue {
    Mired(i64),
    Xy(f64, f64),
}

pub(super) struct Light {
    card: Card,
    ability: Ability,
    on: bool,
    /// What it goes back to when it is switched on.
    level: i64,
    brightness: Ramp,
    hue: Hue,
    next: Option<Timestamp>,
}

impl Light {
    pub(super) fn new(card: Card, ability: Ability) -> Self {
        Self {
            card,
            ability,
            on: false,
            level: 180,
            brightness: Ramp::resting(0),
            hue: Hue::Mired(370),
            next: None,
        }
    }

    fn state(&self, now: Timestamp) -> Publish {
        let brightness = if self.on { self.brightness.at(now).max(1) } else { self.level };
        let mut state = json!({
            "state": if self.on { "ON" } else { "OFF" },
            "brightness": brightness,
            "linkquality": 120,
        });
        let mode = match self.hue {
            Hue::Mired(mired) if self.ability != Ability::Brightness => {
                put(&mut state, "color_temp", json!(mired));
                "color_temp"
            }
            Hue::Xy(x, y) if self.ability == Ability::Color => {
                put(&mut state, "color", json!({"x": round(x, 4), "y": round(y, 4)}));
                "xy"
            }
            _ => "brightness",
        };
        put(&mut state, "color_mode", json!(mode));
        message(self.card.topic(""), &state)
    }

    fn switch(&mut self, on: bool, level: i64, transition: i64, now: Timestamp) {
        let from = if self.on { self.brightness } else { Ramp::resting(0) };
        if on {
            self.level = level;
        }
        self.brightness = from.towards(if on { level } else { 0 }, transition, now);
        // A lamp that goes out is on until it is dark.
        self.on = on || self.brightness.moving(now);
        self.next = self.brightness.moving(now).then(|| after(now, STEP));
    }

    fn color(&mut self, wanted: &Value) {
        if let Some(mired) =
            wanted.get("color_temp").and_then(Value::as_f64).filter(|_| self.ability != Ability::Brightness)
        {
            self.hue = Hue::Mired(whole(mired.clamp(153.0, 500.0)));
        }
        let Some(color) = wanted.get("color").filter(|_| self.ability == Ability::Color) else { return };
        let part = |key: &str| color.get(key).and_then(Value::as_f64);
        let rgb = match (part("r"), part("g"), part("b"), part("hue").or_else(|| part("h"))) {
            (Some(r), Some(g), Some(b), _) => Some((r / 255.0, g / 255.0, b / 255.0)),
            (.., Some(hue)) => {
                let saturation = part("saturation").or_else(|| part("s")).unwrap_or(100.0);
                Some(rgb_of(hue, saturation / 100.0))
            }
            _ => None,
        };
        if let (Some(x), Some(y)) = (part("x"), part("y")) {
            self.hue = Hue::Xy(x.clamp(0.0, 1.0), y.clamp(0.0, 1.0));
        } else if let Some(rgb) = rgb {
            let (x, y) = xy_of(rgb);
            self.hue = Hue::Xy(x, y);
        }
    }
}

impl Machine for Light {
    fn topics(&self) -> Vec<String> {
        vec![self.card.topic("set"), self.card.topic("get")]
    }

    fn announce(&self) -> Vec<Publish> {
        let modes = match self.ability {
            Ability::Brightness => json!(["brightness"]),
            Ability::White => json!(["color_temp"]),
            Ability::Color => json!(["xy", "color_temp"]),
        };
        let mut body = json!({
            "schema": "json",
            "state_topic": self.card.topic(""),
            "command_topic": self.card.topic("set"),
            "brightness": true,
            "brightness_scale": FULL,
            "supported_color_modes": modes,
            "object_id": self.card.id,
        });
        if self.ability != Ability::Brightness {
            put(&mut body, "min_mireds", json!(153));
            put(&mut body, "max_mireds", json!(500));
            put(&mut body, "effect", json!(true));
            put(
                &mut body,
                "effect_list",
                json!(["blink", "breathe", "okay", "finish_effect", "stop_effect"]),
            );
        }
        vec![self.card.entity("light", "", None, body)]
    }

    fn report(&self, now: Timestamp) -> Vec<Publish> {
        vec![self.state(now)]
    }

    fn receive(&mut self, topic: &str, payload: &str, now: Timestamp) -> Vec<Publish> {
        let wanted: Value = serde_json::from_str(payload).unwrap_or(Value::Null);
        if topic.ends_with("/set") {
            if !wanted.is_object() {
                return Vec::new();
            }
            self.color(&wanted);
            let number = |key: &str| wanted.get(key).and_then(Value::as_f64);
            let level = number("brightness").map(|level| whole(level.clamp(0.0, 254.0)));
            let transition =
                number("transition").map_or(TRANSITION, |s| whole(s.clamp(0.0, LONGEST) * 1_000.0));
            match wanted.get("state").and_then(Value::as_str).map(str::to_ascii_uppercase).as_deref() {
                Some("OFF") => self.switch(false, 0, transition, now),
                Some("TOGGLE") if self.on => self.switch(false, 0, transition, now),
                Some("ON" | "TOGGLE") => {
                    self.switch(level != Some(0), level.unwrap_or(self.level), transition, now);
                }
                _ => {
                    if let Some(level) = level {
                        self.switch(level > 0, level, transition, now);
                    }
                }
            }
        }
        vec![self.state(now)]
    }

    fn tick(&mut self, now: Timestamp) -> Vec<Publish> {
        if self.next.is_none_or(|next| now < next) {
            return Vec::new();
        }
        self.next = self.brightness.moving(now).then(|| after(now, STEP));
        if self.next.is_none() && self.brightness.target() == 0 {
            self.on = false;
        }
        vec![self.state(now)]
    }

    fn due(&self) -> Option<Timestamp> {
        self.next
    }
}

fn rgb_of(hue: f64, saturation: f64) -> (f64, f64, f64) {
    let channel = |shift: f64| {
        let k = (shift + hue.rem_euclid(360.0) / 60.0) % 6.0;
        1.0 - saturation.clamp(0.0, 1.0) * k.min(4.0 - k).clamp(0.0, 1.0)
    };
    (channel(5.0), channel(3.0), channel(1.0))
}

/// CIE 1931 chromaticity of sRGB (IEC 61966-2-1).
fn xy_of((r, g, b): (f64, f64, f64)) -> (f64, f64) {
    let linear = |c: f64| if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
    let (r, g, b) = (linear(r), linear(g), linear(b));
    let x = 0.4124 * r + 0.3576 * g + 0.1805 * b;
    let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let z = 0.0193 * r + 0.1192 * g + 0.9505 * b;
    let sum = x + y + z;
    if sum <= 0.0 { (0.3127, 0.3290) } else { (x / sum, y / sum) }
}

#[cfg(test)]
mod tests {
    use super::super::test_card;
    use super::super::timeline::Timeline;
    use super::*;

    #[test]
    fn what_a_light_does() {
        let mut lamp = Timeline::new(Light::new(test_card("lamp"), Ability::Color), "");
        lamp.table(&[
            (
                0,
                "set",
                r#"{"state":"ON","brightness":200,"transition":1}"#,
                &[("/state", "ON"), ("/brightness", "1")],
            ),
            (500, "", "", &[("/state", "ON"), ("/brightness", "100")]),
            (1_200, "", "", &[("/state", "ON"), ("/brightness", "200")]),
            (
                2_000,
                "set",
                r#"{"color":{"r":255,"g":0,"b":0}}"#,
                &[("/color_mode", "xy"), ("/color/x", "0.6401")],
            ),
            (2_100, "set", r#"{"color":{"hue":240,"saturation":100}}"#, &[("/color/y", "0.06")]),
            (
                2_200,
                "set",
                r#"{"color_temp":9000}"#,
                &[("/color_mode", "color_temp"), ("/color_temp", "500")],
            ),
            (3_000, "set", r#"{"state":"OFF","transition":1}"#, &[("/state", "ON")]),
            (3_500, "", "", &[("/state", "ON"), ("/brightness", "100")]),
            (4_200, "", "", &[("/state", "OFF"), ("/brightness", "200")]),
            (
                5_000,
                "set",
                r#"{"state":"TOGGLE","transition":0}"#,
                &[("/state", "ON"), ("/brightness", "200")],
            ),
            (6_000, "set", "no json", &[]),
            (6_000, "set", r#"{"brightness":-5,"transition":-1}"#, &[("/state", "OFF")]),
            (7_000, "get", r#"{"state":""}"#, &[("/state", "OFF")]),
        ]);
    }

    #[test]
    fn a_light_without_colour_has_none() {
        let mut lamp = Timeline::new(Light::new(test_card("lamp"), Ability::Brightness), "");
        lamp.table(&[(
            0,
            "set",
            r#"{"state":"ON","color_temp":200,"color":{"x":0.1,"y":0.1}}"#,
            &[("/color_mode", "brightness"), ("/color_temp", ""), ("/color", "")],
        )]);
    }
}
