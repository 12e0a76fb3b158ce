//! The `template` schema: templates make and read one message.

use minijinja::Value;

use super::super::super::discovery::fields::Fields;
use super::super::super::effect::CommandError;
use super::super::super::expectation::Check;
use super::super::super::template::Template;
use super::super::common::{self, NONE};
use super::super::writer::number_value;
use super::super::{Built, Draft, Input, Kind, Role, Subject, Writer};
use super::basic::hue_of;
use super::color::{Shade, hs_to_rgb, mired_kelvin, store_kelvin};
use super::{Light, Wish, ordered};
use crate::model::{Action, State};

#[derive(Debug)]
struct TemplateLight {
    light: Light,
    on: Option<Template>,
    off: Option<Template>,
    state: Option<Template>,
    brightness: Option<Template>,
    color_temp: Option<Template>,
    rgb: Option<[Template; 3]>,
    effect: Option<Template>,
}

pub(super) fn build(fields: &mut Fields<'_>) -> Result<Built, String> {
    let mut template = |key: &str| fields.template(key).ok().flatten();
    let (on, off) = (template("command_on_template"), template("command_off_template"));
    let (state, brightness) = (template("state_template"), template("brightness_template"));
    let (color_temp, effect) = (template("color_temp_template"), template("effect_template"));
    let (red, green, blue) =
        (template("red_template"), template("green_template"), template("blue_template"));
    let rgb = match (red, green, blue) {
        (Some(red), Some(green), Some(blue)) => Some([red, green, blue]),
        _ => None,
    };
    if on.is_none() || off.is_none() {
        return Err("the template schema needs command_on_template and command_off_template".to_owned());
    }
    let mut modes = Vec::new();
    if color_temp.is_some() {
        modes.push("color_temp");
    }
    if rgb.is_some() {
        modes.push("hs");
    }
    if modes.is_empty() {
        modes.push(if brightness.is_some() { "brightness" } else { "onoff" });
    }
    let light = Light {
        modes: ordered(&modes),
        brightness_scale: 255.0,
        white_scale: 255.0,
        kelvin: fields.flag("color_temp_kelvin").unwrap_or(false),
        effects: fields.get("effect_list").is_some(),
        flash: Some((2.0, 10.0)),
        transition: true,
    };
    let capabilities = light.describe(fields);
    let reads_state = state.is_some();
    let kind = TemplateLight { light, on, off, state, brightness, color_temp, rgb, effect };
    let mut built = Built { capabilities, ..Built::new(kind, "MQTT Template Light") };
    if reads_state {
        common::read(fields, &mut built, Role::State, "state_topic", "");
    }
    common::write(fields, &mut built, Role::State, "command_topic", "");
    common::need_any(&built, fields, "a command_topic")?;
    Ok(built)
}

impl TemplateLight {
    fn on_values(&self, wish: &Wish, subject: &Subject<'_>) -> Vec<(&'static str, Value)> {
        let mut values = vec![("state", Value::from(true))];
        if let Some(brightness) = wish.brightness {
            values.push(("brightness", Value::from(brightness)));
        }
        if let Some(kelvin) = wish.kelvin {
            let value = if self.light.kelvin { kelvin } else { mired_kelvin(kelvin) };
            values.push(("color_temp", number_value(value)));
        }
        if let Some(Shade::Hs(hue, saturation)) = wish.shade {
            let known = subject.attribute("brightness").unwrap_or(255.0);
            let dims = self.brightness.is_some();
            let brightness = if dims { 255.0 } else { wish.brightness.map_or(known, f64::from) };
            let channels =
                hs_to_rgb(hue, saturation).map(|part| (f64::from(part) * brightness / 255.0).round());
            for (name, part) in ["red", "green", "blue"].into_iter().zip(channels) {
                values.push((name, number_value(part)));
            }
            values.push(("hue", Value::from(hue)));
            values.push(("sat", Value::from(saturation)));
        }
        if let Some(effect) = &wish.effect {
            values.push(("effect", Value::from(effect.as_str())));
        }
        if let Some(flash) = wish.flash {
            values.push(("flash", Value::from(if flash > 5.0 { "long" } else { "short" })));
        }
        if let Some(transition) = wish.transition {
            values.push(("transition", number_value(transition)));
        }
        values
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| *number > 0.0 && number.is_finite())
}

impl Kind for TemplateLight {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        if role != Role::State {
            return Ok(());
        }
        let render = |template: &Option<Template>| match template {
            Some(template) => input.render(template),
            None => Ok(String::new()),
        };
        match render(&self.state)?.as_str() {
            "on" => draft.set_state("on"),
            "off" => draft.set_state("off"),
            NONE => draft.set_state(State::UNKNOWN),
            "" => {}
            other => return Err(format!("{other:?} is neither on nor off")),
        }
        if let Some(brightness) = number(&render(&self.brightness)?) {
            self.light.store_brightness(brightness, draft);
        }
        if let Some(value) = number(&render(&self.color_temp)?) {
            store_kelvin(if self.light.kelvin { value } else { mired_kelvin(value) }, draft);
        }
        if let Some([red, green, blue]) = &self.rgb {
            let parts = (input.render(red)?, input.render(green)?, input.render(blue)?);
            if let Some((hue, saturation)) = hue_of(&parts.0, &parts.1, &parts.2)? {
                Shade::Hs(hue, saturation).store(draft);
            }
        }
        let effect = render(&self.effect)?;
        if !effect.is_empty() {
            common::word("effect", &effect, draft);
        }
        Ok(())
    }

    fn write(&self, action: &Action, out: &mut Writer<'_>) -> Result<(), CommandError> {
        self.light.refuse(action, out)?;
        let on = match action {
            Action::TurnOn { .. } => true,
            Action::TurnOff { .. } => false,
            Action::Toggle => out.subject.state.state != "on",
            _ => return Err(out.unsupported()),
        };
        let (template, values) = match self.light.wish(action, &out.subject).filter(|_| on) {
            Some(wish) => (&self.on, self.on_values(&wish, &out.subject)),
            None => {
                let mut values = vec![("state", Value::from(false))];
                if let Action::TurnOff { transition: Some(seconds) } = action {
                    values.push(("transition", number_value(f64::from(*seconds))));
                }
                (&self.off, values)
            }
        };
        let Some(template) = template else { return Err(out.unsupported()) };
        let text = out.render(template, Value::from(()), &values)?;
        out.raw(Role::State, &text)
    }

    fn expect(&self, action: &Action, subject: &Subject<'_>) -> Vec<Check> {
        let mut checks = self.light.expect(action, subject);
        if self.effect.is_none() {
            checks.retain(|check| !matches!(check, Check::Text("effect", _)));
        }
        checks
    }
}
