//! `on brightness=50%` and the like, as the actions of the model.

use crate::config::nearest;
use crate::model::{Action, Code, Color, Domain, MediaAction};

/// What may be asked of a device, for messages.
const VERBS: &[&str] = &[
    "on",
    "off",
    "toggle",
    "open",
    "close",
    "stop",
    "lock",
    "unlock",
    "unlatch",
    "start",
    "pause",
    "dock",
    "clean-spot",
    "locate",
    "press",
    "install",
    "play",
    "next",
    "previous",
    "mute",
    "unmute",
    "arm_away",
    "arm_home",
    "arm_night",
    "disarm",
];
/// The values that may be set, for messages.
const KEYS: &[&str] = &[
    "brightness",
    "color",
    "color_temp",
    "white",
    "effect",
    "flash",
    "transition",
    "position",
    "tilt",
    "temperature",
    "low",
    "high",
    "mode",
    "fan_mode",
    "swing_mode",
    "preset",
    "humidity",
    "speed",
    "oscillating",
    "direction",
    "option",
    "value",
    "text",
    "volume",
    "muted",
    "code",
    "command",
];

/// Words after the entity into actions: at most one word for what to do, and any number of `key=value`.
///
/// # Errors
/// What is wrong with which word, and what is allowed.
pub(super) fn parse(domain: Domain, words: &[String]) -> Result<Vec<Action>, String> {
    let mut wish = Wish { domain, verb: None, pairs: Vec::new() };
    for word in words {
        match word.split_once('=') {
            Some((key, value)) => {
                let key = key.to_lowercase().replace('-', "_");
                if !KEYS.contains(&key.as_str()) {
                    return Err(unknown("value", &key, KEYS));
                }
                if wish.pairs.iter().any(|(known, _)| *known == key) {
                    return Err(format!("{key} is given twice"));
                }
                wish.pairs.push((key, value.to_owned()));
            }
            None if wish.verb.is_none() => wish.verb = Some(word.to_lowercase()),
            None => {
                return Err(format!(
                    "{word:?}: only one thing to do at a time; values are written as key=value"
                ));
            }
        }
    }
    wish.actions()
}

fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    let meant = nearest(word, known.iter().copied())
        .map_or_else(String::new, |near| format!(" (did you mean {near}?)"));
    format!("unknown {what} {word:?}{meant}; known: {}", known.join(", "))
}

struct Wish {
    domain: Domain,
    verb: Option<String>,
    pairs: Vec<(String, String)>,
}

impl Wish {
    fn take(&mut self, key: &str) -> Option<String> {
        let at = self.pairs.iter().position(|(known, _)| known == key)?;
        Some(self.pairs.remove(at).1)
    }

    fn code(&mut self) -> Option<Code> {
        self.take("code").map(Code::from)
    }

    fn number<T: Copy + std::str::FromStr + PartialOrd + std::fmt::Display>(
        &mut self,
        key: &str,
        least: T,
        most: T,
    ) -> Result<Option<T>, String> {
        let Some(text) = self.take(key) else { return Ok(None) };
        let bare = text.trim_end_matches(['%', 'K', '°', 'C', 'F', 's']);
        match bare.trim().parse::<T>() {
            Ok(number) if number >= least && number <= most => Ok(Some(number)),
            _ => Err(format!("{key}={text}: write a number from {least} to {most}")),
        }
    }

    fn actions(mut self) -> Result<Vec<Action>, String> {
        let mut actions = Vec::new();
        let verb = self.verb.take();
        let is_off = verb.as_deref() == Some("off");
        if is_off {
            let transition = self.number("transition", 0.0, 6_553.0)?;
            actions.push(Action::TurnOff { transition });
        } else if let Some(light) = self.light(verb.as_deref() == Some("on"))? {
            actions.push(light);
        } else if let Some(verb) = &verb {
            actions.push(self.verb_action(verb)?);
        }
        if verb.as_deref().is_some_and(|verb| verb != "on")
            && matches!(actions.first(), Some(Action::TurnOn { .. }))
        {
            return Err("brightness, colour and effect go with `on`".to_owned());
        }
        self.values(&mut actions)?;
        if let Some((key, _)) = self.pairs.first() {
            return Err(format!("{key} does not go with what is asked of a {}", self.domain));
        }
        if actions.is_empty() {
            return Err(format!("say what to do: {}; or a value such as brightness=50%", VERBS.join(", ")));
        }
        Ok(actions)
    }

    /// `on`, with all that a light can be given with it.
    fn light(&mut self, on: bool) -> Result<Option<Action>, String> {
        let before = self.pairs.len();
        let action = Action::TurnOn {
            brightness: self.brightness()?,
            color: self.take("color").map(|text| color(&text)).transpose()?,
            color_temp_kelvin: self.number("color_temp", 1_000, 12_000)?,
            white: self.number("white", 0, 255)?,
            effect: self.take("effect"),
            flash: self.take("flash"),
            transition: self.number("transition", 0.0, 6_553.0)?,
        };
        Ok((on || self.pairs.len() < before).then_some(action))
    }

    fn brightness(&mut self) -> Result<Option<u8>, String> {
        let Some(text) = self.take("brightness") else { return Ok(None) };
        let wrong = || format!("brightness={text}: write 0% to 100%, or 0 to 255");
        let Some(percent) = text.strip_suffix('%') else {
            return text.parse().map(Some).map_err(|_| wrong());
        };
        match percent.trim().parse::<u16>() {
            Ok(percent) if percent <= 100 => Ok(u8::try_from((percent * 255 + 50) / 100).ok()),
            _ => Err(wrong()),
        }
    }

    fn verb_action(&mut self, verb: &str) -> Result<Action, String> {
        let media = self.domain == Domain::MediaPlayer;
        Ok(match verb {
            "toggle" => Action::Toggle,
            "open" => Action::Open,
            "close" => Action::Close,
            "stop" if media => Action::Media(MediaAction::Stop),
            "stop" => Action::Stop,
            "lock" => Action::Lock { code: self.code() },
            "unlock" => Action::Unlock { code: self.code() },
            "unlatch" => Action::OpenLatch { code: self.code() },
            "start" => Action::Start,
            "pause" => Action::Pause,
            "dock" => Action::ReturnToBase,
            "clean-spot" => Action::CleanSpot,
            "locate" => Action::Locate,
            "press" => Action::Press,
            "install" => Action::Install,
            "play" => Action::Media(MediaAction::Play),
            "next" => Action::Media(MediaAction::Next),
            "previous" => Action::Media(MediaAction::Previous),
            "mute" => Action::Media(MediaAction::Mute { muted: true }),
            "unmute" => Action::Media(MediaAction::Mute { muted: false }),
            "arm_away" | "arm_home" | "arm_night" | "disarm" => {
                Action::Alarm { service: verb.to_owned(), code: self.code() }
            }
            other => return Err(unknown("word", other, VERBS)),
        })
    }

    /// The values that are an action of their own.
    fn values(&mut self, actions: &mut Vec<Action>) -> Result<(), String> {
        if let Some(mode) = self.take("mode") {
            actions.push(match self.domain {
                Domain::Climate => Action::SetHvacMode { hvac_mode: mode },
                _ => Action::SetMode { mode },
            });
        }
        let temperature = self.number("temperature", -100.0, 500.0)?;
        let target_temp_low = self.number("low", -100.0, 500.0)?;
        let target_temp_high = self.number("high", -100.0, 500.0)?;
        if temperature.is_some() || target_temp_low.is_some() || target_temp_high.is_some() {
            actions.push(Action::SetTemperature { temperature, target_temp_low, target_temp_high });
        }
        let percent = |wish: &mut Self, key: &str| wish.number(key, 0_u8, 100);
        actions.extend(percent(self, "position")?.map(|position| Action::SetPosition { position }));
        actions.extend(percent(self, "tilt")?.map(|tilt_position| Action::SetTiltPosition { tilt_position }));
        actions.extend(percent(self, "humidity")?.map(|humidity| Action::SetHumidity { humidity }));
        actions
            .extend(percent(self, "volume")?.map(|volume| Action::Media(MediaAction::SetVolume { volume })));
        if self.domain == Domain::Vacuum {
            actions.extend(self.take("speed").map(|fan_speed| Action::SetFanSpeed { fan_speed }));
        } else {
            actions.extend(percent(self, "speed")?.map(|percentage| Action::SetPercentage { percentage }));
        }
        let texts = [
            self.take("fan_mode").map(|fan_mode| Action::SetFanMode { fan_mode }),
            self.take("swing_mode").map(|swing_mode| Action::SetSwingMode { swing_mode }),
            self.take("preset").map(|preset_mode| Action::SetPresetMode { preset_mode }),
            self.take("direction").map(|direction| Action::SetDirection { direction }),
            self.take("option").map(|option| Action::SelectOption { option }),
            self.take("text").map(|text| Action::SetText { text }),
            self.take("command").map(|command| Action::SendCommand { command }),
        ];
        actions.extend(texts.into_iter().flatten());
        actions.extend(self.number("value", f64::MIN, f64::MAX)?.map(|value| Action::SetValue { value }));
        actions.extend(self.truth("oscillating")?.map(|oscillating| Action::Oscillate { oscillating }));
        actions.extend(self.truth("muted")?.map(|muted| Action::Media(MediaAction::Mute { muted })));
        Ok(())
    }

    fn truth(&mut self, key: &str) -> Result<Option<bool>, String> {
        match self.take(key).as_deref() {
            None => Ok(None),
            Some("true" | "yes" | "on") => Ok(Some(true)),
            Some("false" | "no" | "off") => Ok(Some(false)),
            Some(other) => Err(format!("{key}={other}: write true or false")),
        }
    }
}

/// A name, `#ff8800` or `255,136,0`.
fn color(text: &str) -> Result<Color, String> {
    let named = [
        ("red", [255, 0, 0]),
        ("orange", [255, 165, 0]),
        ("yellow", [255, 255, 0]),
        ("green", [0, 255, 0]),
        ("cyan", [0, 255, 255]),
        ("blue", [0, 0, 255]),
        ("purple", [128, 0, 128]),
        ("magenta", [255, 0, 255]),
        ("pink", [255, 192, 203]),
        ("white", [255, 255, 255]),
    ];
    let names: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
    let wrong = || {
        format!("color={text}: write #rrggbb, red,green,blue from 0 to 255, or one of {}", names.join(", "))
    };
    let parts = match text.strip_prefix('#') {
        Some(hex) if hex.len() == 6 && hex.is_ascii() => {
            let part = |at: usize| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
            [part(0), part(2), part(4)]
        }
        Some(_) => return Err(wrong()),
        None => match named.iter().find(|(name, _)| *name == text.to_lowercase()) {
            Some((_, rgb)) => rgb.map(Some),
            None => {
                let mut parts = text.split(',').map(|part| part.trim().parse::<u8>().ok());
                let rgb = [parts.next().flatten(), parts.next().flatten(), parts.next().flatten()];
                if parts.next().is_some() {
                    return Err(wrong());
                }
                rgb
            }
        },
    };
    match parts {
        [Some(red), Some(green), Some(blue)] => Ok(Color::Rgb(red, green, blue)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn actions(domain: Domain, words: &str) -> Result<serde_json::Value, String> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        parse(domain, &words).map(|actions| serde_json::to_value(actions).unwrap())
    }

    #[test]
    fn words_become_actions() {
        let cases = [
            (Domain::Light, "on", json!([{"action": "turn_on"}])),
            (Domain::Light, "on brightness=50%", json!([{"action": "turn_on", "brightness": 128}])),
            (Domain::Light, "brightness=200", json!([{"action": "turn_on", "brightness": 200}])),
            (Domain::Light, "color=#ff8000", json!([{"action": "turn_on", "color": {"rgb": [255, 128, 0]}}])),
            (Domain::Light, "on color_temp=2700K", json!([{"action": "turn_on", "color_temp_kelvin": 2700}])),
            (Domain::Light, "off transition=2", json!([{"action": "turn_off", "transition": 2.0}])),
            (Domain::Cover, "position=40%", json!([{"action": "set_position", "position": 40}])),
            (
                Domain::Climate,
                "mode=heat temperature=21.5",
                json!([{"action": "set_hvac_mode", "hvac_mode": "heat"}, {"action": "set_temperature", "temperature": 21.5}]),
            ),
            (
                Domain::Fan,
                "on speed=30%",
                json!([{"action": "turn_on"}, {"action": "set_percentage", "percentage": 30}]),
            ),
            (Domain::MediaPlayer, "stop", json!([{"action": "media", "media": "stop"}])),
            (Domain::Vacuum, "speed=max", json!([{"action": "set_fan_speed", "fan_speed": "max"}])),
        ];
        for (domain, words, wanted) in cases {
            assert_eq!(actions(domain, words), Ok(wanted), "{words}");
        }
    }

    #[test]
    fn mistakes_say_what_is_allowed() {
        for (words, part) in [
            ("", "say what to do"),
            ("onn", "did you mean on?"),
            ("brigtness=5", "did you mean brightness?"),
            ("on brightness=101%", "0% to 100%"),
            ("on off", "only one thing"),
            ("color=#12", "#rrggbb"),
            ("color=1,2,3,4", "#rrggbb"),
            ("brightness=1 brightness=2", "twice"),
            ("open brightness=5", "go with `on`"),
            ("off effect=rainbow", "does not go"),
            ("stop code=1", "does not go"),
        ] {
            let told = actions(Domain::Light, words);
            assert!(told.as_ref().is_err_and(|told| told.contains(part)), "{words}: {told:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_words_make_it_panic(domain in 0..Domain::ALL.len(), words in proptest::collection::vec("[a-z_]{0,8}=?[0-9%#,.KeE-]{0,6}", 0..4)) {
            let _ = parse(Domain::ALL[domain], &words);
        }
    }
}
