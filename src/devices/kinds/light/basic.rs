//! The default schema: a topic for each property.

use std::sync::Arc;

use minijinja::Value;

use super::super::super::discovery::fields::Fields;
use super::super::super::effect::CommandError;
use super::super::super::expectation::Check;
use super::super::common::{self, NONE};
use super::super::{Built, Draft, Input, Kind, Role, Subject, Writer};
use super::color::{Shade, mired_kelvin, rgb_to_hs, store_kelvin, store_plain};
use super::{Light, Wish, ordered};
use crate::model::Action;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OnCommand {
    First,
    Last,
    Brightness,
}

#[derive(Debug)]
struct BasicLight {
    light: Light,
    on: Arc<str>,
    off: Arc<str>,
    on_command: OnCommand,
    /// What the device reports; nothing else can be expected of it.
    reports: Vec<Role>,
    dims_by_topic: bool,
}

const READS: [(Role, &str, &str); 10] = [
    (Role::State, "state_topic", "state_value_template"),
    (Role::Brightness, "brightness_state_topic", "brightness_value_template"),
    (Role::ColorMode, "color_mode_state_topic", "color_mode_value_template"),
    (Role::ColorTemp, "color_temp_state_topic", "color_temp_value_template"),
    (Role::Effect, "effect_state_topic", "effect_value_template"),
    (Role::Hs, "hs_state_topic", "hs_value_template"),
    (Role::Rgb, "rgb_state_topic", "rgb_value_template"),
    (Role::Rgbw, "rgbw_state_topic", "rgbw_value_template"),
    (Role::Rgbww, "rgbww_state_topic", "rgbww_value_template"),
    (Role::Xy, "xy_state_topic", "xy_value_template"),
];

const WRITES: [(Role, &str, &str); 10] = [
    (Role::State, "command_topic", ""),
    (Role::Brightness, "brightness_command_topic", "brightness_command_template"),
    (Role::ColorTemp, "color_temp_command_topic", "color_temp_command_template"),
    (Role::Effect, "effect_command_topic", "effect_command_template"),
    (Role::Hs, "hs_command_topic", "hs_command_template"),
    (Role::Rgb, "rgb_command_topic", "rgb_command_template"),
    (Role::Rgbw, "rgbw_command_topic", "rgbw_command_template"),
    (Role::Rgbww, "rgbww_command_topic", "rgbww_command_template"),
    (Role::White, "white_command_topic", ""),
    (Role::Xy, "xy_command_topic", "xy_command_template"),
];

/// The mode that each command topic stands for.
const MODES: [(Role, &str); 7] = [
    (Role::ColorTemp, "color_temp"),
    (Role::Hs, "hs"),
    (Role::Xy, "xy"),
    (Role::Rgb, "rgb"),
    (Role::Rgbw, "rgbw"),
    (Role::Rgbww, "rgbww"),
    (Role::White, "white"),
];

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    // The topics decide what the light can do, so they are read before it is made.
    let mut topics = Built::new(Nothing, "MQTT LightEntity");
    common::reads(fields, &mut topics, &READS);
    common::writes(fields, &mut topics, &WRITES);
    if topics.reads(Role::State)
        && !topics.writes(Role::State)
        && fields.get("state_value_template").is_none()
    {
        fields.note("there is no command_topic, so the light can only be read");
    }
    common::need_any(&topics, fields, "a command_topic")?;
    let dims = topics.writes(Role::Brightness);
    let mut modes: Vec<&str> =
        MODES.iter().filter(|(role, _)| topics.writes(*role)).map(|(_, mode)| *mode).collect();
    if modes.is_empty() {
        modes.push(if dims { "brightness" } else { "onoff" });
    }
    let scale = |number: Option<f64>| number.filter(|scale| *scale >= 1.0).unwrap_or(255.0);
    let light = Light {
        modes: ordered(&modes),
        brightness_scale: scale(fields.number("brightness_scale")),
        white_scale: scale(fields.number("white_scale")),
        kelvin: fields.flag("color_temp_kelvin").unwrap_or(false),
        effects: topics.writes(Role::Effect),
        flash: None,
        transition: false,
    };
    let capabilities = light.describe(fields);
    let kind = BasicLight {
        on: fields.payload_or("payload_on", "ON"),
        off: fields.payload_or("payload_off", "OFF"),
        on_command: match fields.text("on_command_type").as_deref() {
            Some("first") => OnCommand::First,
            Some("brightness") => OnCommand::Brightness,
            _ => OnCommand::Last,
        },
        reports: topics.reads.iter().map(|read| read.role).collect(),
        dims_by_topic: dims,
        light,
    };
    Ok(Built { kind: Box::new(kind), capabilities, ..topics })
}

/// Stands in while the topics are read.
#[derive(Debug)]
struct Nothing;

impl Kind for Nothing {
    fn read(&self, _: Role, _: &Input<'_>, _: &mut Draft<'_>) -> Result<(), String> {
        Ok(())
    }
}

/// Numbers with commas between.
fn numbers<const N: usize>(text: &str) -> Result<[f64; N], String> {
    let parts: Vec<f64> = text.split(',').filter_map(|part| part.trim().parse().ok()).collect();
    let finite = parts.iter().all(|part: &f64| part.is_finite());
    parts.try_into().ok().filter(|_| finite).ok_or_else(|| format!("{text:?} is not {N} numbers"))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
fn bytes<const N: usize>(text: &str, scale: f64) -> Result<[u8; N], String> {
    numbers::<N>(text).map(|parts| parts.map(|part| (part * scale).round().clamp(0.0, 255.0) as u8))
}

impl BasicLight {
    fn reports(&self, role: Role) -> bool {
        self.reports.contains(&role)
    }

    /// Takes a colour; without a brightness topic its brightest part is the brightness.
    fn shade<const N: usize>(
        &self,
        text: &str,
        make: fn([u8; N]) -> Shade,
        draft: &mut Draft<'_>,
    ) -> Result<(), String> {
        let mut scale = 1.0;
        if !self.reports(Role::Brightness) {
            let brightest = numbers::<N>(text)?.into_iter().fold(0.0, f64::max);
            if brightest <= 0.0 {
                return Ok(());
            }
            draft.set_number("brightness", brightest.min(255.0));
            scale = 255.0 / brightest;
        }
        make(bytes::<N>(text, scale)?).store(draft);
        Ok(())
    }

    fn property(&self, role: Role, text: &str, draft: &mut Draft<'_>) -> Result<(), String> {
        match role {
            Role::Brightness => {
                let [value] = numbers::<1>(text)?;
                self.light.store_brightness(value, draft);
            }
            Role::ColorMode if matches!(text, "onoff" | "brightness" | "white") => store_plain(text, draft),
            Role::ColorMode => draft.set("color_mode", text),
            Role::ColorTemp => {
                let [value] = numbers::<1>(text)?;
                if value > 0.0 && !self.other_mode(draft, "color_temp") {
                    store_kelvin(if self.light.kelvin { value } else { mired_kelvin(value) }, draft);
                }
            }
            Role::Effect => draft.set("effect", text),
            Role::Hs if !self.other_mode(draft, "hs") => {
                let [hue, saturation] = numbers::<2>(text)?;
                Shade::Hs(hue, saturation).store(draft);
            }
            Role::Xy if !self.other_mode(draft, "xy") => {
                let [x, y] = numbers::<2>(text)?;
                Shade::Xy(x, y).store(draft);
            }
            Role::Rgb if !self.other_mode(draft, "rgb") => self.shade(text, Shade::Rgb, draft)?,
            Role::Rgbw if !self.other_mode(draft, "rgbw") => self.shade(text, Shade::Rgbw, draft)?,
            Role::Rgbww if !self.other_mode(draft, "rgbww") => self.shade(text, Shade::Rgbww, draft)?,
            _ => {}
        }
        Ok(())
    }

    /// Whether the device has said that it is in another colour mode than this.
    fn other_mode(&self, draft: &Draft<'_>, mode: &str) -> bool {
        self.reports(Role::ColorMode)
            && draft.get("color_mode").and_then(serde_json::Value::as_str).is_some_and(|now| now != mode)
    }

    fn send_shade(&self, shade: Shade, wish: &Wish, out: &mut Writer<'_>) -> Result<(), CommandError> {
        // A light without a brightness topic is dimmed through its colour.
        let known = out.subject.attribute("brightness").unwrap_or(255.0);
        let brightness = if self.dims_by_topic { 255.0 } else { wish.brightness.map_or(known, f64::from) };
        let scaled = |part: u8| (f64::from(part) * brightness / 255.0).floor();
        let channels: (Role, Vec<(&str, u8)>) = match shade {
            Shade::Hs(hue, saturation) => {
                let more = [("hue", Value::from(hue)), ("sat", Value::from(saturation))];
                return out.send_with(Role::Hs, format!("{hue:?},{saturation:?}"), &more);
            }
            Shade::Xy(x, y) => {
                let more = [("x", Value::from(x)), ("y", Value::from(y))];
                return out.send_with(Role::Xy, format!("{x:?},{y:?}"), &more);
            }
            Shade::Rgb([r, g, b]) => (Role::Rgb, vec![("red", r), ("green", g), ("blue", b)]),
            Shade::Rgbw([r, g, b, w]) => {
                (Role::Rgbw, vec![("red", r), ("green", g), ("blue", b), ("white", w)])
            }
            Shade::Rgbww([r, g, b, c, w]) => (
                Role::Rgbww,
                vec![("red", r), ("green", g), ("blue", b), ("cold_white", c), ("warm_white", w)],
            ),
        };
        let (role, parts) = channels;
        let text: Vec<String> = parts.iter().map(|(_, part)| format!("{}", scaled(*part))).collect();
        let more: Vec<(&str, Value)> = parts
            .iter()
            .map(|(name, part)| (*name, super::super::writer::number_value(scaled(*part))))
            .collect();
        out.send_with(role, text.join(","), &more)
    }

    /// Brightness alone, for a light that has only a colour topic.
    fn dim_by_color(&self, wish: &Wish, out: &mut Writer<'_>) -> Result<(), CommandError> {
        let list = |name: &str| super::numbers::<3>(out.subject.state.attributes.get(name)?);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
        let rgb = list("rgb_color").map_or([255; 3], |parts| parts.map(|part| part.clamp(0.0, 255.0) as u8));
        let [r, g, b] = rgb;
        let shade = if out.has(Role::Rgb) {
            Shade::Rgb(rgb)
        } else if out.has(Role::Rgbw) {
            Shade::Rgbw([r, g, b, 0])
        } else if out.has(Role::Rgbww) {
            Shade::Rgbww([r, g, b, 0, 0])
        } else {
            return Ok(());
        };
        self.send_shade(shade, wish, out)
    }

    fn turn_on(&self, mut wish: Wish, out: &mut Writer<'_>) -> Result<(), CommandError> {
        match self.on_command {
            OnCommand::First => out.raw(Role::State, &self.on)?,
            OnCommand::Brightness if wish.brightness.is_none() && wish.white.is_none() => {
                let known = out.subject.attribute("brightness").unwrap_or(255.0).clamp(1.0, 255.0);
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "clamped to a byte"
                )]
                let known = known as u8;
                wish.brightness = Some(known);
            }
            _ => {}
        }
        if let Some(shade) = wish.shade {
            self.send_shade(shade, &wish, out)?;
        }
        match wish.brightness {
            Some(brightness) if self.dims_by_topic => {
                out.number(Role::Brightness, self.light.device_brightness(brightness))?;
            }
            Some(_) if wish.shade.is_none() => self.dim_by_color(&wish, out)?,
            _ => {}
        }
        if let Some(kelvin) = wish.kelvin {
            let value = if self.light.kelvin { kelvin } else { mired_kelvin(kelvin) };
            out.number(Role::ColorTemp, value)?;
        }
        if let Some(effect) = &wish.effect {
            out.send(Role::Effect, effect.as_str())?;
        }
        if let Some(white) = wish.white {
            out.number(Role::White, (f64::from(white) / 255.0 * self.light.white_scale).round())?;
        }
        if self.on_command == OnCommand::Last {
            out.raw(Role::State, &self.on)?;
        }
        Ok(())
    }
}

impl Kind for BasicLight {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        let text = input.text()?;
        if text.is_empty() {
            return Ok(());
        }
        match role {
            Role::State => common::on_off(&text, &self.on, &self.off, draft),
            _ if text == NONE => Ok(()),
            role => self.property(role, &text, draft),
        }
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        self.light.refuse(action, out)?;
        let on = match action {
            Action::TurnOn { .. } => true,
            Action::TurnOff { .. } => false,
            Action::Toggle => out.subject.state.state != "on",
            _ => return Err(out.unsupported()),
        };
        match self.light.wish(action, &out.subject).filter(|_| on) {
            Some(wish) => self.turn_on(wish, out),
            None => out.raw(Role::State, &self.off),
        }
    }

    fn expect(&self, action: &Action, subject: &Subject<'_>) -> Vec<Check> {
        let colors = [Role::Hs, Role::Rgb, Role::Rgbw, Role::Rgbww, Role::Xy];
        let mut checks = self.light.expect(action, subject);
        // Where the state is assumed so is the rest; otherwise only what is reported can be waited for.
        if self.reports(Role::State) {
            checks.retain(|check| match check {
                Check::Near("brightness", ..) => self.reports(Role::Brightness),
                Check::Near("color_temp_kelvin", ..) => self.reports(Role::ColorTemp),
                Check::Hue(..) => colors.iter().any(|role| self.reports(*role)),
                Check::Text("effect", _) => self.reports(Role::Effect),
                Check::Text("color_mode", _) => self.reports(Role::ColorMode),
                _ => true,
            });
        }
        checks
    }
}

/// Hue and saturation of a colour given as text, for the schema made of templates.
pub(super) fn hue_of(red: &str, green: &str, blue: &str) -> Result<Option<(f64, f64)>, String> {
    if [red, green, blue].iter().any(|part| part.is_empty() || *part == NONE) {
        return Ok(None);
    }
    bytes::<3>(&format!("{red},{green},{blue}"), 1.0).map(|rgb| Some(rgb_to_hs(rgb)))
}
