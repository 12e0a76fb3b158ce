//! `light` in its three schemas: default, `json` and `template`.

mod basic;
mod color;
mod json;
mod template;

use serde_json::Value;

use self::color::{Shade, mired_kelvin};
use super::super::discovery::fields::Fields;
use super::super::effect::CommandError;
use super::super::expectation::Check;
use super::switch::switched;
use super::{Built, Draft, Subject, Writer, offer};
use crate::model::{Action, Attributes, Color};

/// What the schemas have in common.
#[derive(Debug)]
struct Light {
    modes: Vec<String>,
    /// The device's brightest value.
    brightness_scale: f64,
    white_scale: f64,
    /// Whether the device counts in kelvin rather than mired.
    kelvin: bool,
    effects: bool,
    /// Whether the device reports its effect at all is only known once it did.
    flash: Option<(f64, f64)>,
    transition: bool,
}

/// A wish for a light that is to be on, in the forms that this light has.
#[derive(Debug, Default)]
struct Wish {
    brightness: Option<u8>,
    shade: Option<Shade>,
    kelvin: Option<f64>,
    white: Option<u8>,
    effect: Option<String>,
    flash: Option<f64>,
    transition: Option<f64>,
}

/// Home Assistant's modes.
const MODES: [&str; 9] = ["onoff", "brightness", "color_temp", "hs", "xy", "rgb", "rgbw", "rgbww", "white"];

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let schema = fields.text("schema").unwrap_or_else(|| "basic".to_owned());
    match schema.to_ascii_lowercase().as_str() {
        "json" => json::build(fields),
        "template" => template::build(fields),
        "basic" | "default" => basic::build(fields),
        other => {
            fields.note(format!("there is no light schema {other:?}; the default is taken"));
            basic::build(fields)
        }
    }
}

impl Light {
    fn supports(&self, mode: &str) -> bool {
        self.modes.iter().any(|supported| supported == mode)
    }

    fn dims(&self) -> bool {
        self.modes.iter().any(|mode| mode != "onoff")
    }

    /// What the entity can do, for people and programs.
    fn describe(&self, fields: &mut Fields<'_>) -> Attributes {
        let mut about = Attributes::new();
        offer(&mut about, "supported_color_modes", self.modes.iter().cloned());
        if self.supports("color_temp") {
            let limit = |mired: Option<f64>, kelvin: Option<f64>, default: f64| {
                mired.map(mired_kelvin).or(kelvin).unwrap_or(default)
            };
            let warmest = limit(fields.number("max_mireds"), fields.number("min_kelvin"), 2000.0);
            let coldest = limit(fields.number("min_mireds"), fields.number("max_kelvin"), 6535.0);
            about.insert("min_color_temp_kelvin".into(), super::draft::tidy(warmest));
            about.insert("max_color_temp_kelvin".into(), super::draft::tidy(coldest));
        }
        let mut features = Vec::new();
        if self.effects {
            features.push("effect");
            let effects = fields.list("effect_list").unwrap_or_default();
            offer(&mut about, "effect_list", effects);
        }
        if self.flash.is_some() {
            features.push("flash");
        }
        if self.transition {
            features.push("transition");
        }
        offer(&mut about, "supported_features", features);
        about
    }

    /// Fits an action to what the light can do. `None` for off.
    fn wish(&self, action: &Action, subject: &Subject<'_>) -> Option<Wish> {
        let Action::TurnOn { brightness, color, color_temp_kelvin, white, effect, flash, transition } =
            action
        else {
            return Some(Wish::default());
        };
        if *brightness == Some(0) {
            return None;
        }
        let mut wish = Wish {
            brightness: brightness.filter(|_| self.dims()),
            shade: color.and_then(|color| Shade::wanted(color, |mode| self.supports(mode))),
            white: white.filter(|_| self.supports("white")),
            effect: effect.clone().filter(|_| self.effects),
            flash: None,
            transition: transition.map(f64::from).filter(|seconds| self.transition && *seconds >= 0.0),
            kelvin: None,
        };
        if let Some(kelvin) = color_temp_kelvin.map(f64::from) {
            if self.supports("color_temp") {
                let low = subject.number("min_color_temp_kelvin").unwrap_or(1000.0);
                let high = subject.number("max_color_temp_kelvin").unwrap_or(40_000.0);
                wish.kelvin = Some(kelvin.clamp(low.min(high), high.max(low)));
            } else if wish.shade.is_none() {
                let [r, g, b] = color::kelvin_to_rgb(kelvin);
                wish.shade = Shade::wanted(Color::Rgb(r, g, b), |mode| self.supports(mode));
            }
        }
        wish.flash = match (flash.as_deref(), self.flash) {
            (Some("long"), Some((_, long))) => Some(long),
            (Some(_), Some((short, _))) => Some(short),
            _ => None,
        };
        Some(wish)
    }

    /// Whether the action asks for something that this light has not at all.
    fn refuse(&self, action: &Action, out: &Writer<'_>) -> Result<(), CommandError> {
        let Action::TurnOn { brightness, color, color_temp_kelvin, effect, .. } = action else {
            return Ok(());
        };
        let wish = self.wish(action, &out.subject);
        let lost_color = color.is_some() && wish.as_ref().is_some_and(|wish| wish.shade.is_none());
        let lost_kelvin = color_temp_kelvin.is_some()
            && wish.as_ref().is_some_and(|wish| wish.shade.is_none() && wish.kelvin.is_none());
        let what = if lost_color {
            "change its colour"
        } else if lost_kelvin {
            "change its colour temperature"
        } else if brightness.is_some() && !self.dims() {
            "be dimmed"
        } else if let Some(effect) = effect
            && self.effects
            && out.subject.words("effect_list").next().is_some()
        {
            return out.choose("effect_list", "effect", effect);
        } else {
            return Ok(());
        };
        Err(CommandError::Unsupported { entity: out.subject.entity.id.clone(), what: what.to_owned() })
    }

    fn device_brightness(&self, brightness: u8) -> f64 {
        (f64::from(brightness) * self.brightness_scale / 255.0).round().max(1.0)
    }

    /// Takes the device's brightness; 0 means nothing, since off says that.
    fn store_brightness(&self, value: f64, draft: &mut Draft<'_>) {
        if value > 0.0 && value.is_finite() {
            draft.set_number("brightness", (value * 255.0 / self.brightness_scale).round().clamp(1.0, 255.0));
        }
    }

    fn expect(&self, action: &Action, subject: &Subject<'_>) -> Vec<Check> {
        let on = match action {
            Action::TurnOn { .. } => true,
            Action::TurnOff { .. } => false,
            Action::Toggle => subject.state.state != "on",
            _ => return Vec::new(),
        };
        let Some(wish) = self.wish(action, subject).filter(|_| on) else { return vec![switched(false)] };
        let mut checks = vec![switched(true)];
        // A slow change is on its way when the device says on.
        if wish.transition.is_some_and(|seconds| seconds > 1.0) {
            return checks;
        }
        if let Some(brightness) = wish.brightness {
            let step = 255.0 / self.brightness_scale.clamp(1.0, 255.0);
            checks.push(Check::Near("brightness", f64::from(brightness), step / 2.0 + 1.5));
        }
        if let Some(kelvin) = wish.kelvin {
            checks.push(Check::Near("color_temp_kelvin", kelvin, kelvin * 0.05));
        } else if let Some(shade) = wish.shade {
            let (hue, saturation) = color::rgb_to_hs(shade.rgb());
            checks.push(Check::Hue(hue, saturation));
        } else if wish.white.is_some() {
            checks.push(Check::Text("color_mode", "white".to_owned()));
        }
        if let Some(effect) = wish.effect.filter(|_| subject.state.attributes.contains_key("effect")) {
            checks.push(Check::Text("effect", effect));
        }
        checks
    }
}

/// The modes that a message names, in Home Assistant's order; unknown ones are noted.
fn modes(fields: &mut Fields<'_>) -> Vec<String> {
    let named = fields.list("supported_color_modes").unwrap_or_default();
    for unknown in named.iter().filter(|mode| !MODES.contains(&mode.as_str())) {
        fields.note(format!("supported_color_modes: {unknown:?} is no color mode"));
    }
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    ordered(&named)
}

/// Colour modes in Home Assistant's order; a light that does more is not merely switched or dimmed.
fn ordered(named: &[&str]) -> Vec<String> {
    let mut modes: Vec<String> =
        MODES.iter().filter(|mode| named.contains(mode)).map(|mode| (*mode).to_owned()).collect();
    if modes.len() > 1 {
        modes.retain(|mode| mode != "onoff" && mode != "brightness");
    }
    modes
}

/// Three numbers of a JSON list.
fn numbers<const N: usize>(value: &Value) -> Option<[f64; N]> {
    let list: Vec<f64> = value.as_array()?.iter().filter_map(Value::as_f64).collect();
    list.try_into().ok()
}
